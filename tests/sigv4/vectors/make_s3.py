"""Make `s3.jsonl`: requests of real clients that a server took which checks every signature.

    python tests/sigv4/vectors/make_s3.py

Run it from the checkout. The secret in it opens nothing: it was invented for the server on this machine.
"""

from __future__ import annotations

import base64
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
os.environ.setdefault("B2_INSPECTOR_HOME", tempfile.mkdtemp())

from conftest import KEYS, NAMES  # noqa: E402
from support.genuine import CLIENTS, Play, recorder  # noqa: E402

from inspector.demo.certificates import make_certificates  # noqa: E402
from inspector.demo.server import RcloneServer  # noqa: E402
from inspector.sigv4.key import Key  # noqa: E402
from inspector.sigv4.verify import verify  # noqa: E402
from inspector.store.reader import Recording  # noqa: E402
from inspector.store.stored import Stored  # noqa: E402
from inspector.view.call import signed_of  # noqa: E402

NOT_THE_SIGNATURE = (404, 409, 412, 416)
"""Statuses that a server gives only after it has taken the signature."""
LARGEST = 2048


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        vectors = list(_distinct(_vectors(Path(name))))
    path = Path(__file__).with_name("s3.jsonl")
    path.write_text("".join(json.dumps(vector) + "\n" for vector in vectors), "utf-8")
    print(f"{len(vectors)} vectors")


def _vectors(directory: Path) -> Iterator[dict[str, Any]]:
    certificates = make_certificates(directory, NAMES)
    for bucket in ("photos-boto3", "photos-rclone"):
        (directory / "served" / bucket).mkdir(parents=True)
    server = RcloneServer(directory / "served", KEYS, certificates)
    with server, recorder(server.url, certificates, directory, directory) as stage:
        for client, program in CLIENTS.items():
            play = Play(stage, KEYS, directory, directory)
            program(play)
            calls = play.calls()
            with Recording(stage.recording) as recording:
                yield from filter(None, (_vector(client, recording, call) for call in calls))


def _vector(client: str, recording: Recording, call: Stored) -> dict[str, Any] | None:
    """A call as a vector; None where it was not taken, is large, or is not signed."""
    signed = signed_of(recording, call)
    taken = call.row.status is not None and (call.row.status < 400 or call.row.status in NOT_THE_SIGNATURE)
    known = "with trailers" in client and signed.authorization.payload != "trailer"  # the same client's, without
    if not taken or known or signed.authorization.signature is None or call.request_info.sent.size > LARGEST:
        return None
    found = verify(signed, Key(KEYS[0], KEYS[1].encode()))
    assert found.verdict == "verified", (client, call.row.path, found)
    assert found.canonical_request is not None
    assert found.string_to_sign is not None
    request, authorization = call.exchange.request, signed.authorization
    return {
        "id": f"{client}/{call.row.method} {call.row.path}",
        "source": f"{client}, taken by rclone serve s3",
        "mode": "query" if authorization.presigned else "header",
        "method": request.method.decode(),
        "target": request.target.decode("latin-1"),
        "headers": [[name.decode("latin-1"), _plain(value.decode("latin-1"))] for name, value in request.headers],
        "body_b64": base64.b64encode(recording.body(call.request_body).read()).decode(),
        "access_key": KEYS[0],
        "secret_key": KEYS[1],
        "token": None,
        "region": authorization.region,
        "service": authorization.service,
        "date": authorization.timestamp,
        "normalize": False,
        "double_encode": False,
        "expected": {
            "canonical_request": found.canonical_request.decode("latin-1"),
            "string_to_sign": found.string_to_sign.decode("latin-1"),
            "signature": authorization.signature,
        },
    }


def _plain(value: str) -> str:
    """A header's value without the name of the system that this was run on; no client signs its User-Agent."""
    return re.sub(r"os/linux#\S+", "os/linux#6.1.0", value)


def _distinct(vectors: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each call of a client once: what the answer was does not matter here."""
    seen = set()
    for vector in vectors:
        name = (vector["id"].partition("&X-Amz-")[0], vector["mode"])
        if name not in seen:
            seen.add(name)
            yield vector | {"id": vector["id"].partition("X-Amz-")[0]}


if __name__ == "__main__":
    main()
