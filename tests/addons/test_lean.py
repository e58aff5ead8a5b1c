"""A recorder runs without those of mitmproxy's addons that could alter, answer or store what passes."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from inspector.capture import proxy
from inspector.capture.proxy import ADDONS, Proxy, ProxyOptions
from inspector.wire.uid import uuid7

PROBE = """
import json
from mitmproxy import ctx

def request(flow):
    pass

def done():
    with open({path!r}, "w") as file:
        json.dump([type(addon).__name__ for addon in ctx.master.addons.chain], file)
"""


@pytest.mark.slow
def test_altering_addons_are_taken_out(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could rewrite, answer or save is gone once the proxy listens; what the proxy needs is there."""
    probe, found = tmp_path / "probe.py", tmp_path / "found.json"
    probe.write_text(PROBE.format(path=str(found)))
    monkeypatch.setattr(proxy, "ADDONS", (*ADDONS, str(probe)))
    options = ProxyOptions(tmp_path / "calls.db", uuid7(time.time(), os.urandom(10)), "record")
    home.mkdir()
    running = Proxy(options, home, os.environ, print)
    running.wait_until_ready()
    running.stop()
    names = set(json.loads(found.read_text()))
    assert not names & {"AntiCache", "ModifyHeaders", "ModifyBody", "MapRemote", "ServerPlayback", "StickyAuth", "Save"}
    assert names >= {"Proxyserver", "TlsConfig", "NextLayer"}
