"""moto's S3 server: many operations, no signature checked."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from inspector.demo.certificates import Certificates

# moto_server cannot say which port it was given; this does, and takes its files the same way.
_PROGRAM = """
import sys, threading
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server
context = tuple(sys.argv[1:]) or None
app = DomainDispatcherApplication(create_backend_app)
server = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=context)
print(server.server_port, flush=True)
server.serve_forever()
"""


@contextmanager
def moto_server(certificates: Certificates | None = None, *, any_host: bool = False) -> Iterator[str]:
    """The URL of a fresh moto server, which forgets everything at its end. `any_host`: no host name holds a bucket."""
    files = [str(certificates.certificate), str(certificates.key)] if certificates else []
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *files],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | ({"S3_IGNORE_SUBDOMAIN_BUCKETNAME": "true"} if any_host else {}),
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.strip().isdigit(), "moto did not start"
        yield f"{'https' if certificates else 'http'}://127.0.0.1:{int(line)}"
    finally:
        process.terminate()
        process.wait(20)
        assert process.stdout is not None
        process.stdout.close()
