"""Start the recorder's proxy, hear what it says, end it.

mitmdump runs in a process of its own, in a session of its own (Ctrl-C is for the user's command, not for it), with an
environment that holds no secret. Options that are secret travel over its standard input, which is its lifeline too.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import queue
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from inspector.capture.authority import ensure_authority
from inspector.capture.chain import UpstreamProxy, goes_direct
from inspector.capture.presence import left_over
from inspector.capture.routes import parse_route
from inspector.capture.settings import default_spool, parse_keep
from inspector.capture.trust import upstream_bundle
from inspector.errors import CaptureError
from inspector.paths import OWN_PYTHON

ADDONS: tuple[str, ...] = ("heads.py", "record.py", "route.py", "lifeline.py", "lean.py")
ENDPOINT_ADDONS: tuple[str, ...] = ("heads.py", "record.py", "resign.py", "route.py", "lifeline.py", "lean.py")
START_SECONDS = 60.0
KEPT_ERRORS = 20
PROXY_USER = "b2-inspector"
_SECRET_NAME = re.compile(r"SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIAL|_KEY|ACCESS_KEY|AUTH", re.IGNORECASE)
_SECRET_VALUE = re.compile(r"://[^/@\s]*:[^/@\s]*@")
_PROXY_NAME = re.compile(r"^(?:https?|all|no)_proxy$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class EndpointOptions:
    """An endpoint instead of a proxy: clients speak to it as to the S3 server at `upstream` (scheme, host and port).

    `key` is the (key id, secret) that calls are signed with for the upstream, `clients` are those that clients may
    sign with.
    """

    upstream: str
    key: tuple[str, str] = field(repr=False)
    clients: Sequence[tuple[str, str]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ProxyOptions:
    """What a capture is asked to do; the fields are the command line's options."""

    recording: Path
    session_uid: str
    session_kind: str
    listen_host: str = "127.0.0.1"
    listen_port: int = 0
    password: str | None = None
    connect_to: Sequence[str] = ()
    upstream_ca: Path | None = None
    insecure_upstream: bool = False
    keep_body: str = "16m"
    hosts: Sequence[str] = ()
    all_hosts: bool = False
    name: str | None = None
    program: str | None = None
    endpoint: EndpointOptions | None = None


_ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(32 << 20)}
"""glibc (`mallopt(3)`; others know no such variables) would give the memory of each large read back to the system, and
ask for it again with the next: two page faults for each page of a stream."""


def addons_dir() -> Path:
    """Where the addon files lie: inside the installed package, else at the top of the checkout."""
    package = Path(__file__).resolve().parent.parent
    packaged = package / "_addons"
    return packaged if packaged.is_dir() else package.parent / "addons"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a listener on `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def clean_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without anything that looks like a secret, and without proxies (they are chained by option)."""
    return {
        name: value
        for name, value in environ.items()
        if not (_SECRET_NAME.search(name) or _PROXY_NAME.match(name) or _SECRET_VALUE.search(value))
    }


class Proxy:
    """A running recorder. `say` is called with each word meant for the user, from a thread."""

    def __init__(
        self, options: ProxyOptions, data_dir: Path, environ: Mapping[str, str], say: Callable[[str], None]
    ) -> None:
        _check(options)
        self._say = say
        self._events: queue.Queue[dict[str, Any]] = queue.Queue()
        self._errors: list[str] = []
        self.session: int | None = None
        self.host, self.port = options.listen_host, options.listen_port
        self._password = options.password
        self._spool = default_spool(data_dir, options.session_uid)
        self.authority = ensure_authority(data_dir)
        upstream = None if left_over(data_dir, environ) else UpstreamProxy.of(environ)
        if options.endpoint is not None and upstream is not None:
            upstream = _not_through(upstream, options.endpoint, say)
        command = _command(options, data_dir, environ, self.authority.directory, upstream)
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_ALLOCATOR | clean_environment(environ) | {"B2_INSPECTOR_HOME": str(data_dir)},
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self._readers = [self._start(self._read_events), self._start(self._read_errors)]
        self._tell_secrets(_secrets(options, upstream))

    def _start(self, work: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=work, name=work.__name__, daemon=True)
        thread.start()
        return thread

    def _tell_secrets(self, secrets: Mapping[str, str]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(secrets).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            pass  # It is gone already; wait_until_ready says why.

    @property
    def pid(self) -> int:
        """The proxy's process id."""
        return self._process.pid

    def _read_events(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            try:
                event = json.loads(line)
            except ValueError:
                self._note_error(line)  # mitmproxy logs to standard output
                continue
            if event.get("event") in ("talk", "writer-died"):
                self._say(event["text"])
            self._events.put(event)
        self._events.put({"event": "end"})

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._note_error(line)

    def _note_error(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip()
        if text:
            self._errors.append(text)
            del self._errors[:-KEPT_ERRORS]

    def wait_until_ready(self) -> str:
        """The URL of the proxy, once it listens and its session is open in the recording.

        Raises:
            CaptureError: it could not start; says why.
        """
        listening = False
        while not (listening and self.session is not None):
            try:
                event = self._events.get(timeout=START_SECONDS)
            except queue.Empty:
                event = {"event": "failed", "text": f"it did not start within {START_SECONDS:.0f} s"}
            if event["event"] == "listening":
                self.host, self.port, listening = event["host"], event["port"], True
            elif event["event"] == "session":
                self.session = event["id"]
            elif event["event"] in ("failed", "writer-died", "end"):
                self.stop()
                shutil.rmtree(self._spool, ignore_errors=True)  # nobody was served, so nothing is in it
                raise CaptureError("the recorder could not start", self._why(event))
        return self.url

    def _why(self, event: dict[str, Any]) -> str:
        words = [event["text"]] if event["event"] == "failed" else self._errors[-5:]
        return "\n  ".join(words) or "run it again; `b2-inspector info` shows the paths"

    @property
    def url(self) -> str:
        """`http://HOST:PORT` as a client must write it, with the password where one is demanded."""
        host = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        user = f"{PROXY_USER}:{quote(self._password, safe='')}@" if self._password is not None else ""
        return f"http://{user}[{host}]:{self.port}" if ":" in host else f"http://{user}{host}:{self.port}"

    @property
    def alive(self) -> bool:
        """Whether the proxy still runs."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End the proxy and wait until the writer has written everything."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        # The writer shares the proxy's standard output: its end means that both are done.
        for reader in self._readers:
            reader.join()
        self._process.wait()


def _not_through(
    upstream: UpstreamProxy, endpoint: EndpointOptions, say: Callable[[str], None]
) -> UpstreamProxy | None:
    """mitmproxy has one mode a listener: an endpoint cannot go on through the user's proxy."""
    parts = urlsplit(endpoint.upstream)
    if not goes_direct(upstream.no_proxy, parts.hostname or "", parts.port or 443):
        say("HTTPS_PROXY is not used: an endpoint speaks to its upstream directly")
    return None


def _check(options: ProxyOptions) -> None:
    parse_keep(options.keep_body)
    for spec in options.connect_to:
        parse_route(spec)
    if options.upstream_ca is not None and not options.upstream_ca.is_file():
        raise CaptureError(f"no such file: {options.upstream_ca}", "--upstream-ca names a PEM file")
    if options.password is not None and ":" in options.password:
        # mitmproxy's proxyauth (addons/proxyauth.py, SingleUser) splits at each colon.
        raise CaptureError("the proxy's password must not hold a colon", "choose another $B2_INSPECTOR_PROXY_PASSWORD")
    if options.listen_port:
        _demand_free(options.listen_host, options.listen_port)


def _demand_free(host: str, port: int) -> None:
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, proto) as probe:
            if sys.platform != "win32":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise CaptureError(
            f"cannot listen on {host}:{port}: {error.strerror or error}",
            "choose another with --listen HOST:PORT; port 0 takes a free one",
        ) from error


def _secrets(options: ProxyOptions, upstream: UpstreamProxy | None) -> dict[str, str]:
    secrets = {}
    if options.password is not None:
        secrets["proxyauth"] = f"{PROXY_USER}:{options.password}"
    if upstream is not None and upstream.auth is not None:
        secrets["b2_upstream_auth"] = upstream.auth
    if options.endpoint is not None:
        keys = {"upstream": options.endpoint.key, "clients": list(options.endpoint.clients)}
        secrets["b2_endpoint_keys"] = json.dumps(keys)
    return secrets


def _command(
    options: ProxyOptions,
    data_dir: Path,
    environ: Mapping[str, str],
    confdir: Path,
    upstream: UpstreamProxy | None,
) -> list[str]:
    settings = {
        "confdir": str(confdir),
        "http3": "false",
        "websocket": "false",
        "ssl_verify_upstream_trusted_ca": str(upstream_bundle(data_dir, environ, options.upstream_ca)),
        "ssl_insecure": _flag(options.insecure_upstream),
        "b2_recording": str(options.recording.absolute()),
        "b2_keep_body": options.keep_body,
        "b2_all_hosts": _flag(options.all_hosts),
        "b2_session_uid": options.session_uid,
        "b2_session_kind": options.session_kind,
        "b2_session_name": options.name or "",
        "b2_session_program": options.program or "",
        "b2_no_proxy": upstream.no_proxy if upstream is not None else "",
    }
    repeated = [("b2_host", host) for host in options.hosts] + [("b2_connect_to", spec) for spec in options.connect_to]
    mode = f"upstream:{upstream.url}" if upstream is not None else "regular"
    addons = ADDONS
    if options.endpoint is not None:
        addons, mode = ENDPOINT_ADDONS, f"reverse:{options.endpoint.upstream}"
        settings |= _endpoint_settings(options.endpoint)
        repeated.append(("b2_host", urlsplit(options.endpoint.upstream).hostname or ""))
    return [
        *OWN_PYTHON,
        "-c",
        "from mitmproxy.tools.main import mitmdump; mitmdump()",
        "--quiet",
        "--no-server",
        *("--mode", mode),
        *("--listen-host", options.listen_host),
        *("--listen-port", str(options.listen_port)),
        *(word for addon in addons for word in ("-s", str(addons_dir() / addon))),
        *(word for name, value in [*settings.items(), *repeated] for word in ("--set", f"{name}={value}")),
    ]


def _endpoint_settings(endpoint: EndpointOptions) -> dict[str, str]:
    """The Host line must reach the addon as the client signed it. What the upstream's certificate says is no matter of
    the client's, and nothing is opened upstream for a call that is refused.
    """
    return {
        "b2_upstream": endpoint.upstream,
        "keep_host_header": "true",
        "connection_strategy": "lazy",
        "upstream_cert": "false",
        "http2": "false",
    }


def _flag(value: bool) -> str:
    return "true" if value else "false"
