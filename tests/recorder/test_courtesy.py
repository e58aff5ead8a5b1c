"""The writer makes way for the traffic, as far as the system lets it, and comes forward when it is late."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from inspector.recorder.courtesy import AUTOGROUP, BACK, CAUGHT_UP_SECONDS, FORWARD, LATE_SECONDS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no sessions of this kind")

SCRIPT = """
import json, sys
from pathlib import Path
from inspector.recorder.courtesy import Courtesy

path = Path(sys.argv[1])
courtesy = Courtesy(path)
for lag, closing in json.loads(sys.argv[2]):
    courtesy.mind(lag, closing=closing)
    print(path.read_text().split()[-1] if path.is_file() else "none")
"""

LATE, LAGGING, LEVEL = (LATE_SECONDS + 1, False), (CAUGHT_UP_SECONDS + 1, False), (0.0, False)
CLOSING = (0.0, True)


def levels(path: Path, *steps: tuple[float, bool], session: bool = True) -> list[str]:
    """What the file says after each step of a process that leads its session, or does not."""
    command = [sys.executable, "-c", SCRIPT, str(path), json.dumps(steps)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, start_new_session=session)
    return done.stdout.split()


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param([LEVEL, LAGGING], [BACK, BACK], id="a little lag is no reason"),
        pytest.param([LEVEL, LATE], [BACK, FORWARD], id="late"),
        pytest.param([LEVEL, LATE, LAGGING, LEVEL], [BACK, FORWARD, FORWARD, BACK], id="until it has caught up"),
        pytest.param([LEVEL, CLOSING], [BACK, FORWARD], id="no traffic to make way for"),
    ],
)
def test_it_steps_back_and_forward(steps: list[tuple[float, bool]], expected: list[int], tmp_path: Path) -> None:
    path = tmp_path / "autogroup"
    path.write_text(str(FORWARD))
    assert levels(path, *steps) == [str(level) for level in expected]


def test_others_of_its_session_are_left_alone(tmp_path: Path) -> None:
    """The value of a session holds for all its processes."""
    path = tmp_path / "autogroup"
    path.write_text(str(FORWARD))
    assert levels(path, LEVEL, session=False) == [str(FORWARD)]


def test_a_system_without_autogroups_is_no_trouble(tmp_path: Path) -> None:
    assert levels(tmp_path / "no" / "autogroup", LEVEL, LATE) == ["none", "none"]


@pytest.mark.skipif(not os.access(AUTOGROUP, os.W_OK), reason="a kernel without autogroups, or a closed /proc")
def test_the_system_takes_it() -> None:
    """No right is needed; but the system wants to be asked no more than ten times a second."""
    for _ in range(5):
        if levels(AUTOGROUP, LEVEL) == [str(BACK)]:
            return
        time.sleep(0.2)
    pytest.fail("the session's nice value stayed as it was")
