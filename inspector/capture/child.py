"""The user's command as a child: signals go through, and its exit code comes back as a shell would give it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType

_FORWARDED = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGQUIT", "SIGBREAK")


def run_child(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run a command to its end; gives its exit code, 128+n when signal n killed it.

    Raises:
        OSError: it cannot be started.
    """
    with subprocess.Popen(argv, env=dict(environ)) as child, _forwarding(child):
        code = child.wait()
    return 128 - code if code < 0 else code


@contextmanager
def _forwarding(child: subprocess.Popen[bytes]) -> Iterator[None]:
    """Hand signals on to the child.

    Ctrl-C in a terminal reaches the whole foreground process group, the child included: handing it on would make two
    of one, and many programs take the second for "at once". Without a terminal it reached us alone. (So does a `kill
    -INT` of us alone in the foreground of one; nothing tells the two apart.)
    """

    def forward(number: int, frame: FrameType | None) -> None:
        if child.poll() is None:
            child.send_signal(number)

    def ignore(number: int, frame: FrameType | None) -> None:
        pass

    handlers = dict.fromkeys(_FORWARDED, forward)
    handlers["SIGINT"] = ignore if _in_foreground() else forward
    before = {}
    for name, handler in handlers.items():
        number = getattr(signal, name, None)
        if number is not None:
            before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def _in_foreground() -> bool:
    """Whether a terminal's Ctrl-C is meant for our process group, whatever standard input is."""
    if sys.platform == "win32":
        return True  # a console's Ctrl-C reaches all of its processes
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False  # there is none
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
