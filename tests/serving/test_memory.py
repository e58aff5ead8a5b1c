"""Large objects go through piece by piece, up and down."""

from __future__ import annotations

import json
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from support.calls import HOST, record
from support.playing import said

SIZE = 160 * 1024 * 1024
ALLOWED = 48 * 1024 * 1024
"""Bytes by which the server may grow: some pieces of 1 MiB, and what the allocator keeps of them."""


@pytest.mark.slow
def test_large_objects_take_constant_memory(tmp_path: Path) -> None:
    """A server that hands out and takes in 160 MiB grows by a fraction of it."""
    body = bytes(range(256)) * (SIZE // 256)
    calls = [said(b"GET", b"/photos/large", body), said(b"PUT", b"/photos/up", sent=body)]
    path = record(tmp_path / "calls.db", calls)
    started = subprocess.Popen(
        [sys.executable, "-m", "inspector", "serve", "-r", str(path), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert started.stdout is not None
        place = urlsplit(json.loads(started.stdout.readline())["url"])
        before = psutil.Process(started.pid).memory_info().rss
        peak = 0
        client = HTTPConnection(str(place.hostname), place.port, timeout=60)
        client.request("GET", "/photos/large", headers={"Host": HOST})
        answer, came = client.getresponse(), 0
        while piece := answer.read(1 << 20):
            assert piece == body[came : came + len(piece)]
            came += len(piece)
            peak = max(peak, psutil.Process(started.pid).memory_info().rss)
        assert came == SIZE
        pieces = (body[at : at + (1 << 20)] for at in range(0, SIZE, 1 << 20))
        client.request("PUT", "/photos/up", pieces, {"Host": HOST, "Content-Length": str(SIZE)})
        assert client.getresponse().status == 200
        peak = max(peak, psutil.Process(started.pid).memory_info().rss)
    finally:
        started.terminate()
        started.wait()
    assert peak - before < ALLOWED
