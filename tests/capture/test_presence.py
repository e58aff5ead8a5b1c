"""A recorder that runs can be found; one that is gone leaves nothing behind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from inspector.capture.presence import announce, left_over, running


def test_found_while_it_runs(home: Path, tmp_path: Path) -> None:
    """Within the block it is found, with its proxy and its recording; after it, nothing is left."""
    with announce(home, "http://127.0.0.1:1", "uid", tmp_path / "r.db") as recorder:
        assert running(home) == [recorder]
        assert (recorder.proxy_url, recorder.session) == ("http://127.0.0.1:1", "uid")
        assert recorder.recording == str(tmp_path / "r.db")
    assert running(home) == []
    assert list((home / "recorders").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no permission bits")
def test_its_file_is_for_its_owner(home: Path) -> None:
    """The URL may hold a password."""
    with announce(home, "http://u:p@10.0.0.1:1", "uid", Path("r.db")):
        (path,) = (home / "recorders").iterdir()
        assert path.stat().st_mode & 0o777 == 0o600


def test_dead_ones_are_removed(home: Path) -> None:
    """A recorder that was killed is told by its process id, and a file that makes no sense goes too."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    with announce(home, "http://127.0.0.1:1", "uid", Path("r.db")) as recorder:
        directory = home / "recorders"
        dead = {"pid": child.pid, "proxy_url": "x", "session": "s", "recording": "r", "started_at": 1.0}
        (directory / f"{child.pid}.json").write_text(json.dumps(dead))
        (directory / "broken.json").write_text("{")
        (directory / "other.json").write_text("[]")
        assert running(home) == [recorder]
        assert len(list(directory.iterdir())) == 1


def test_nothing_runs_in_an_empty_home(home: Path) -> None:
    """A data directory that does not exist holds no recorder, and is not made by asking."""
    assert running(home) == []
    assert not home.exists()


def test_terminal_of_a_recorder_that_ended(home: Path) -> None:
    """A terminal set up by `env` keeps the proxy's address when the recorder ends: that is no proxy the user needs."""
    terminal = {"B2_INSPECTOR_ACTIVE": "1", "HTTPS_PROXY": "http://127.0.0.1:1"}
    assert left_over(home, terminal)
    assert not left_over(home, {"HTTPS_PROXY": "http://corp:3128"})
    assert not left_over(home, {"B2_INSPECTOR_ACTIVE": "1"})
    with announce(home, "http://127.0.0.1:1", "uid", Path("r.db")):
        assert not left_over(home, terminal)
