"""The real b2sdk against the native API: recorded, told, and replayed with other keys, other names, and nobody there.

The server is Backblaze's own simulator behind a door (`support.native_server`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("b2sdk")

from support.native_programs import LESS_USUAL, TOUR
from support.native_server import DOWNLOADS, KEYS, names, native_server
from support.playing import authority

from inspector.demo.certificates import make_certificates
from inspector.replay.play.player import Player
from inspector.replay.recorded import RecordedCassette
from inspector.serving.server import ReplayServer
from inspector.store.reader import Recording

pytestmark = pytest.mark.slow

BUCKET, OTHER_BUCKET = "tour-3fa9c2d1e0", "tour-77d0e4b2aa"
OTHER_KEYS = ("004ffffffffffff0000000007", "K004another")


@dataclass
class Recorded:
    """What was recorded of the tour, what it printed, and the secrets that the server gave or knew."""

    path: Path
    told: str
    summary: str
    asked: list[str]
    secrets: set[str]


def environment(directory: Path, bucket: str, keys: tuple[str, str], **more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    mine = {
        "B2_APPLICATION_KEY_ID": keys[0],
        "B2_APPLICATION_KEY": keys[1],
        "BUCKET": bucket,
        "PYTHONWARNINGS": "ignore",
    }
    return clean | mine | {"B2_INSPECTOR_HOME": str(directory / "home")} | more


def inspector(directory: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """The tour under a verb of the command line, in a directory with `tour.py`."""
    command = [sys.executable, "-m", "inspector", *words, "--", sys.executable, "tour.py"]
    return subprocess.run(command, cwd=directory, env=environ, capture_output=True, text=True, timeout=200, check=False)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """The tour, recorded once through the proxy under B2's host names."""
    directory = tmp_path_factory.mktemp("b2sdk")
    (directory / "tour.py").write_text(TOUR, encoding="utf-8")
    certificates = make_certificates(directory, names())
    with native_server(certificates, named=True) as b2:
        options = [*b2.connect_to, "--upstream-ca", str(certificates.authority)]
        done = inspector(directory, "run", "-r", "calls.db", *options, **environment(directory, BUCKET, KEYS))
        assert done.returncode == 0, done.stderr
        yield Recorded(directory / "calls.db", done.stdout, done.stderr, b2.asked, b2.secrets)


def test_every_call_is_there_with_its_meaning(recorded: Recorded) -> None:
    """Each that the server was asked, by B2's name; with file and file id."""
    with Recording(recorded.path) as opened:
        rows = list(opened.exchanges())
        stored = {row.id: opened.exchange(row.id) for row in rows}
    assert Counter(row.operation for row in rows) == Counter(recorded.asked)
    assert {row.client for row in rows if row.host != DOWNLOADS} == {f"b2sdk {__import__('b2sdk').__version__}"}
    uploads = [row for row in rows if row.operation == "b2_upload_file"]
    assert {row.key for row in uploads[:2]} == {"a b/é+c.txt"}
    begun = next(row for row in rows if row.operation == "b2_start_large_file")
    parts = [stored[row.id] for row in rows if row.operation == "b2_upload_part"]
    assert sorted(one.facts.part_number or 0 for one in parts if one) == [1, 2, 3, 4, 5, 6]
    assert {one.facts.upload_id for one in parts if one} == {begun.upload_id}


def test_no_secret_is_at_rest(recorded: Recorded) -> None:
    """Neither the key of Basic, nor tokens, nor the key that was made, in the file, beside it, or in its bodies."""
    assert len(recorded.secrets) > 15
    kept = b"".join(path.read_bytes() for path in recorded.path.parent.glob("calls.db*"))
    with Recording(recorded.path) as opened:
        for number in opened.ids():
            one = opened.exchange(number)
            assert one is not None
            kept += repr((one.exchange.request, one.exchange.response)).encode()
            kept += b"".join(opened.body(body).read() for body in (one.request_body, one.response_body) if body)
    assert [secret for secret in recorded.secrets if secret.encode() in kept] == []
    assert [secret for secret in recorded.secrets if secret in recorded.summary] == []


def test_replayed_with_another_key_and_another_bucket(recorded: Recorded) -> None:
    """Through the proxy, with nobody there: the same words, nothing missed, nothing left."""
    directory = recorded.path.parent
    environ = environment(directory, OTHER_BUCKET, OTHER_KEYS)
    done = inspector(directory, "replay", "-r", "calls.db", **environ)
    assert done.returncode == 0, done.stderr
    assert done.stdout == recorded.told
    assert f"replayed {len(recorded.asked)}, missed 0" in done.stderr


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_replayed_by_a_server_that_is_the_realm(recorded: Recorded, scheme: str) -> None:
    """Told of this server alone, b2sdk stays with it: the addresses in answers are its own. A suite may run twice."""
    directory = recorded.path.parent
    cassette = RecordedCassette(recorded.path)
    missed: list[str] = []
    with ReplayServer(Player(cassette), authority(), missed.append) as server:
        realm = f"{scheme}://127.0.0.1:{server.port}"
        trust = {"REQUESTS_CA_BUNDLE": str(server.authority.certificate)}
        for bucket in (OTHER_BUCKET, "tour-00aa11bb22"):
            environ = environment(directory, bucket, OTHER_KEYS, REALM=realm, **trust)
            command = [sys.executable, "tour.py"]
            done = subprocess.run(
                command, cwd=directory, env=environ, capture_output=True, text=True, timeout=200, check=False
            )
            assert done.returncode == 0, done.stderr
            assert done.stdout == recorded.told
    cassette.close()
    assert missed == []


def test_what_is_less_usual(tmp_path: Path) -> None:
    """Streams, copies in parts, locks, event notifications, a sync there and back; files with other times than then."""
    (tmp_path / "tour.py").write_text(LESS_USUAL, encoding="utf-8")
    certificates = make_certificates(tmp_path, names())
    with native_server(certificates, named=True) as b2:
        options = [*b2.connect_to, "--upstream-ca", str(certificates.authority)]
        live = inspector(tmp_path, "run", "-r", "calls.db", *options, **environment(tmp_path, BUCKET, KEYS))
        asked = len(b2.asked)
    assert live.returncode == 0, live.stderr
    assert "native-file-locked" in live.stderr
    for directory in ("up", "down"):
        shutil.rmtree(tmp_path / directory)
    replayed = inspector(tmp_path, "replay", "-r", "calls.db", **environment(tmp_path, OTHER_BUCKET, OTHER_KEYS))
    assert (replayed.stdout, replayed.returncode) == (live.stdout, 0), replayed.stderr
    assert f"replayed {asked}, missed 0" in replayed.stderr
