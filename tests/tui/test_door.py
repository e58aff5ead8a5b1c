"""How the terminal UI is started, and where it cannot be."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.calls import call, record

from inspector.errors import ExitCode


def started(*args: str) -> subprocess.CompletedProcess[str]:
    """The command with its output in pipes."""
    command = [sys.executable, "-m", "inspector", *args]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)


def test_without_a_terminal_the_command_shows_its_help() -> None:
    """A script that calls it by mistake does not hang."""
    told = started()
    assert told.returncode == ExitCode.OK
    assert told.stdout.startswith("Usage: b2-inspector")
    assert told.stderr == ""


def test_without_a_terminal_tui_names_what_works_without_one() -> None:
    """Before it looks for a recording."""
    told = started("tui", "is:error")
    assert told.returncode == ExitCode.USAGE
    assert told.stdout == ""
    assert "needs a terminal" in told.stderr
    assert "b2-inspector ls" in told.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
class TestOnATerminal:
    """On a pseudo-terminal, whose bytes are looked at."""

    def test_it_draws_and_ends_by_q(self, tmp_path: Path) -> None:
        """The screen is left as it was found, and the exit code is 0."""
        path = record(tmp_path / "calls.db", [call()])
        code, drawn = terminal(["-m", "inspector", "tui", "-r", str(path)], b"photos/a.jpg", b"q")
        assert code == ExitCode.OK
        assert drawn.index(b"\x1b[?1049h") < drawn.rindex(b"\x1b[?1049l")

    def test_a_terminal_that_is_closed_ends_it(self, tmp_path: Path) -> None:
        """A window is closed, a connection breaks: nothing stays behind that reads from a terminal that is gone."""
        path = record(tmp_path / "calls.db", [call()])
        main, process = on_terminal(["-m", "inspector", "tui", "-r", str(path)], controlling=True)
        with process:
            try:
                drawn = b""
                while b"photos/a.jpg" not in drawn:
                    drawn += os.read(main, 65536)
            finally:
                os.close(main)
            try:
                process.wait(15)
            finally:
                process.kill()

    def test_a_missing_recording_is_told_on_a_clean_screen(self, tmp_path: Path) -> None:
        """With the next step."""
        code, drawn = terminal(["-m", "inspector", "tui", "-r", str(tmp_path / "none.db")])
        assert code == ExitCode.FAILED
        assert b"There is no recording" in drawn
        assert b"b2-inspector run" in drawn
        assert b"\x1b[?1049h" not in drawn

    def test_a_filter_that_cannot_be_read_is_told_so(self, tmp_path: Path) -> None:
        """As every verb tells it."""
        path = record(tmp_path / "calls.db", [call()])
        code, drawn = terminal(["-m", "inspector", "tui", "-r", str(path), "--filter", "stat:4"])
        assert code == ExitCode.USAGE
        assert b"There is no field 'stat'." in drawn


def on_terminal(args: list[str], controlling: bool = False) -> tuple[int, subprocess.Popen[bytes]]:
    """Run Python on a terminal of 100x30. Gives our end of it, and the process.

    `controlling`: it is the process's own terminal, which hears when that is closed.
    """
    import fcntl
    import pty
    import struct
    import termios

    main, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    environ = {**os.environ, "TERM": "xterm-256color"}
    streams = {"stdin": other, "stdout": other, "stderr": other}
    mine = (lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)) if controlling else None
    process = subprocess.Popen(
        [sys.executable, *args], env=environ, start_new_session=controlling, preexec_fn=mine, **streams
    )
    os.close(other)
    return main, process


def terminal(args: list[str], wait_for: bytes = b"", send: bytes = b"") -> tuple[int, bytes]:
    """Run Python on a terminal of 100x30; send keys once something is drawn. Gives exit code and all that was drawn."""
    main, process = on_terminal(args)
    with process:
        drawn, deadline = b"", time.monotonic() + 20
        try:
            while time.monotonic() < deadline:
                try:
                    drawn += os.read(main, 65536)
                except OSError:  # Linux says so when the other side is closed; macOS gives nothing
                    break
                if send and wait_for in drawn:
                    os.write(main, send)
                    send = b""
                if process.poll() is not None:
                    break
        finally:
            if time.monotonic() >= deadline:
                process.kill()
            code = process.wait(10)
            os.close(main)
    return code, drawn
