"""A local S3 server that answers as B2 does: moto (or another) behind a proxy that speaks B2's dialect.

Two processes: the S3 server, and a mitmdump in reverse mode with `addons/b2_dialect.py`, which presents a certificate
of this project's own authority for whatever host it is asked as. Both end with their standard input.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from inspector.capture.authority import Authority, ensure_authority
from inspector.capture.proxy import addons_dir, clean_environment
from inspector.errors import CaptureError, UsageError
from inspector.native.ids import CLUSTERS
from inspector.paths import OWN_PYTHON

START_SECONDS = 60.0

NOWHERE = "no-such-endpoint.invalid"
"""Where an endpoint leads that B2 has not: to a name that does not resolve, as its own would not (RFC 6761 §6.4)."""

# Buckets of B2 keep versions from their first day, and CreateBucket names no location (moto asks for one outside of
# us-east-1, which it reads out of the scope). A part of an upload that is not there is no error of the server's (moto
# 5.1 answers 500). A bucket in the host is put into the path: moto knows AWS's names only.
# Standard input is the lifeline: it ends when we do.
_MOTO = """
import os, re, sys, threading
from moto.moto_server.werkzeug_app import create_backend_app
from moto.s3.exceptions import NoSuchUpload
from moto.s3.models import FakeBucket, S3Backend
from werkzeug.serving import make_server
plain = FakeBucket.__init__
def versioned(bucket, *args, **kwargs):
    plain(bucket, *args, **kwargs)
    bucket.versioning_status = "Enabled"
FakeBucket.__init__ = versioned
part = S3Backend.upload_part
def known_upload(backend, bucket_name, multipart_id, *args, **kwargs):
    if multipart_id not in backend.get_bucket(bucket_name).multiparts:
        raise NoSuchUpload(upload_id=multipart_id)
    return part(backend, bucket_name, multipart_id, *args, **kwargs)
S3Backend.upload_part = known_upload
app = create_backend_app("s3")
def anywhere(environ, start):
    scope = environ.get("HTTP_AUTHORIZATION", "")
    host = re.fullmatch(r"(.+)\\.s3\\.[a-z0-9-]+\\.backblazeb2\\.com(?::\\d+)?", environ.get("HTTP_HOST", ""))
    for name in ("PATH_INFO", "RAW_URI", "REQUEST_URI") if host else ():
        if name in environ:
            environ[name] = "/" + host[1] + environ[name]
    environ["HTTP_HOST"] = "localhost"
    environ["HTTP_AUTHORIZATION"] = re.sub(r"(/\\d{8}/)[^/]+(/s3/)", r"\\1us-east-1\\2", scope)
    return app(environ, start)
server = make_server("127.0.0.1", 0, anywhere, threaded=True)
print(server.server_port, flush=True)
def end():
    sys.stdin.buffer.read()
    os._exit(0)
threading.Thread(target=end, daemon=True).start()
server.serve_forever()
"""


@dataclass(frozen=True, slots=True)
class LocalOptions:
    """What the stand-in is asked to be. `upstream`: another S3 server's URL instead of moto; `upstream_key`: what is
    signed with for it, None: the client's own signature goes on.

    `keys` are (key id, secret); empty: any well-formed key id is valid and no signature is checked. `capabilities`
    None: the keys may do everything.
    """

    upstream: str | None = None
    keys: Sequence[tuple[str, str]] = field(default=(), repr=False)
    upstream_key: tuple[str, str] | None = field(default=None, repr=False)
    capabilities: str | None = None
    faults: Sequence[str] = ()
    public: Sequence[str] = ()


class LocalServer:
    """A context manager: the stand-in for B2, running.

    Raises:
        UsageError: `upstream` is no URL.
        CaptureError: moto is not installed, or something did not start; says what it said.
    """

    def __init__(self, options: LocalOptions, data_dir: Path, environ: Mapping[str, str]) -> None:
        self._options = options
        self._data_dir = data_dir
        self._environ = environ
        self._processes: list[subprocess.Popen[bytes]] = []
        self.port = 0

    @property
    def connect_to(self) -> tuple[str, ...]:
        """What `--connect-to` must say, so that B2's hosts lead here."""
        hosts = [f"{start}s3.{region}.backblazeb2.com" for region in CLUSTERS.values() for start in ("", "*.")]
        here = (*hosts, "api*.backblazeb2.com", "f???.backblazeb2.com", "*.backblaze.com")
        return (*(f"{host}:443:127.0.0.1:{self.port}" for host in here), f"*.backblazeb2.com:443:{NOWHERE}:443")

    def __enter__(self) -> LocalServer:
        try:
            authority = ensure_authority(self._data_dir)
            upstream = self._options.upstream or f"http://127.0.0.1:{self._start_moto()}"
            self.port = self._start_dialect(_origin(upstream), authority)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _start_moto(self) -> int:
        process = self._start([*OWN_PYTHON, "-c", _MOTO])
        line = _first_line(process)
        if not line.strip().isdigit():
            raise CaptureError(
                f"the local S3 server did not start: {_last_words(process)}",
                "pip install 'b2-inspector[demo]' brings moto; --local-upstream URL takes a server of your own",
            )
        return int(line)

    def _start_dialect(self, upstream: str, authority: Authority) -> int:
        settings = {
            "confdir": str(authority.directory),
            "keep_host_header": "true",
            "http3": "false",
            "websocket": "false",
            "connection_strategy": "lazy",
            "b2_capabilities": "*" if self._options.capabilities is None else self._options.capabilities,
        }
        if self._options.upstream is not None:
            settings["b2_local_upstream"] = upstream
        repeated = [("b2_fault", spec) for spec in self._options.faults]
        repeated += [("b2_public", bucket) for bucket in self._options.public]
        command = [
            *OWN_PYTHON,
            "-c",
            "from mitmproxy.tools.main import mitmdump; mitmdump()",
            *("--quiet", "--no-server", "--listen-host", "127.0.0.1", "--listen-port", "0"),
            *("--mode", f"reverse:{upstream}"),
            *(
                word
                for addon in ("b2_dialect.py", "route.py", "lifeline.py")
                for word in ("-s", str(addons_dir() / addon))
            ),
            *(word for name, value in [*settings.items(), *repeated] for word in ("--set", f"{name}={value}")),
        ]
        process = self._start(command)
        secrets = {
            "b2_local_keys": json.dumps(list(self._options.keys)),
            "b2_local_upstream_key": json.dumps(self._options.upstream_key) if self._options.upstream_key else "",
        }
        _tell(process, secrets)
        return _listening_port(process)

    def _start(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_without_aws(clean_environment(self._environ)) | {"B2_INSPECTOR_HOME": str(self._data_dir)},
            start_new_session=True,
        )
        self._processes.append(process)
        return process

    def _stop(self) -> None:
        """End both, the outer one first."""
        for process in reversed(self._processes):
            assert process.stdin is not None
            assert process.stdout is not None
            with contextlib.suppress(OSError):
                process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()
        self._processes.clear()


_SMALLEST_PART = {"S3_UPLOAD_PART_MIN_SIZE": "5000000"}
"""moto's variable; B2's smallest part is smaller than AWS's (absoluteMinimumPartSize)."""


def _without_aws(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without the user's settings for AWS: moto reads them (a profile that is not there, a region).

    With B2's smallest part in place of moto's own.
    """
    plain = {name: value for name, value in environ.items() if not name.upper().startswith("AWS_")}
    return plain | _SMALLEST_PART | {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{url!r} is no URL of an S3 server", "write --local-upstream http://127.0.0.1:9000")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _tell(process: subprocess.Popen[bytes], secrets: Mapping[str, str]) -> None:
    assert process.stdin is not None
    with contextlib.suppress(OSError):
        process.stdin.write(json.dumps(secrets).encode() + b"\n")
        process.stdin.flush()


def _lines(process: subprocess.Popen[bytes]) -> queue.Queue[bytes]:
    """What the process says, read in a thread: it must never wait for us."""
    lines: queue.Queue[bytes] = queue.Queue()

    def read() -> None:
        assert process.stdout is not None
        with contextlib.suppress(ValueError, OSError):
            for line in process.stdout:
                lines.put(line)
        lines.put(b"")

    threading.Thread(target=read, name="local-server", daemon=True).start()
    return lines


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    try:
        return _lines(process).get(timeout=START_SECONDS)
    except queue.Empty:
        return b""


def _last_words(process: subprocess.Popen[bytes]) -> str:
    code = process.poll()
    return "it ended" if code is not None else "it said nothing"


def _listening_port(process: subprocess.Popen[bytes]) -> int:
    lines, said = _lines(process), ""
    while True:
        try:
            line = lines.get(timeout=START_SECONDS)
        except queue.Empty:
            line = b""
        if not line:
            raise CaptureError(f"the local stand-in for B2 did not start: {said or 'it said nothing'}", "try again")
        event = _event(line)
        if event.get("event") == "listening":
            return int(event["port"])
        said = event.get("text") or line.decode(errors="replace").strip()


def _event(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
