"""The writer makes way for the traffic, as far as the system lets it, and comes forward when it is late."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from inspector.recorder.courtesy import AUTOGROUP, BACK, BULK_BYTES, BULK_SECONDS, CAUGHT_UP, FORWARD, LATE
from inspector.recorder.spool import Lag

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no sessions of this kind")

SCRIPT = """
import json, sys
from pathlib import Path
from inspector.recorder.courtesy import Courtesy
from inspector.recorder.spool import Lag

path = Path(sys.argv[1])
courtesy = Courtesy(path)
for step in json.loads(sys.argv[2]):
    courtesy.mind(*step[:2], Lag(*step[2])) if step else courtesy.come_forward()
    print(path.read_text().split()[-1] if path.is_file() else "none")
"""

Step = tuple[float, int, Lag] | tuple[()]
CALLS: Step = (1.0, BULK_BYTES - 1, Lag(0.0, 0))
STREAM: Step = (1.0, BULK_BYTES, Lag(0.0, 0))
LAGGING: Step = (1.0, BULK_BYTES, Lag(CAUGHT_UP.seconds + 1, CAUGHT_UP.size + 1))
LATE_BY_TIME: Step = (1.0, BULK_BYTES, Lag(LATE.seconds + 1, 0))
LATE_BY_SIZE: Step = (1.0, BULK_BYTES, Lag(0.0, LATE.size + 1))
SOON: Step = (1.0 + BULK_SECONDS / 2, 0, Lag(0.0, 0))
LATER: Step = (1.0 + BULK_SECONDS * 2, 0, Lag(0.0, 0))
END: Step = ()


def levels(path: Path, *steps: Step, session: bool = True) -> list[str]:
    """What the file says after each step of a process that leads its session, or does not."""
    command = [sys.executable, "-c", SCRIPT, str(path), json.dumps(steps)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, start_new_session=session)
    return done.stdout.split()


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param([CALLS], [FORWARD], id="calls are not kept waiting"),
        pytest.param([STREAM, SOON, LATER], [BACK, BACK, FORWARD], id="a stream is, as long as it lasts"),
        pytest.param([STREAM, LAGGING], [BACK, BACK], id="a little lag is no reason"),
        pytest.param([STREAM, LATE_BY_TIME], [BACK, FORWARD], id="a long one is"),
        pytest.param([STREAM, LATE_BY_SIZE], [BACK, FORWARD], id="a spool that fills is"),
        pytest.param([LATE_BY_TIME, LAGGING, STREAM], [FORWARD, FORWARD, BACK], id="until it has caught up"),
        pytest.param([STREAM, END], [BACK, FORWARD], id="no traffic to make way for"),
    ],
)
def test_it_steps_back_and_forward(steps: list[Step], expected: list[int], tmp_path: Path) -> None:
    path = tmp_path / "autogroup"
    path.write_text(str(FORWARD))
    assert levels(path, *steps) == [str(level) for level in expected]


def test_others_of_its_session_are_left_alone(tmp_path: Path) -> None:
    """The value of a session holds for all its processes."""
    path = tmp_path / "autogroup"
    path.write_text(str(FORWARD))
    assert levels(path, STREAM, session=False) == [str(FORWARD)]


def test_a_system_without_autogroups_is_no_trouble(tmp_path: Path) -> None:
    assert levels(tmp_path / "no" / "autogroup", STREAM, LATE_BY_TIME) == ["none", "none"]


@pytest.mark.skipif(not os.access(AUTOGROUP, os.W_OK), reason="a kernel without autogroups, or a closed /proc")
def test_the_system_takes_it() -> None:
    """No right is needed; but the system wants to be asked no more than ten times a second."""
    for _ in range(5):
        if levels(AUTOGROUP, STREAM) == [str(BACK)]:
            return
        time.sleep(0.2)
    pytest.fail("the session's nice value stayed as it was")
