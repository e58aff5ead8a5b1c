"""Programs of the user's that take the whole terminal for a while: a pager, an editor."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from textual.app import SuspendNotSupported

from inspector.store.reader import Recording
from inspector.tui.give.body import write_body
from inspector.tui.jobs import Job
from inspector.tui.screens.choice import Choice, Item
from inspector.tui.services import Services
from inspector.view.render import safe

Command = Callable[[Mapping[str, str]], list[str] | None]


def pager(environ: Mapping[str, str]) -> list[str] | None:
    """The user's pager; None where there is none."""
    return _program(environ, ("PAGER",), ("less", "more"))


def editor(environ: Mapping[str, str]) -> list[str] | None:
    """The user's editor; None where there is none."""
    usual = ("notepad",) if sys.platform == "win32" else ("sensible-editor", "nano", "vim", "vi")
    return _program(environ, ("VISUAL", "EDITOR"), usual)


def _program(environ: Mapping[str, str], names: Sequence[str], usual: Sequence[str]) -> list[str] | None:
    for name in names:
        words = shlex.split(environ.get(name, ""), posix=sys.platform != "win32")
        if words:
            return words
    return next(([program] for program in usual if shutil.which(program)), None)


def hand_over(services: Services, words: Sequence[str]) -> bool:
    """Give the terminal to a program until it ends; whether it ended well, which is said otherwise."""
    # less shows control characters as such unless it is told not to, and a body must move no cursor.
    environ = {**os.environ, "LESS": "", "LESSSECURE": "1"}
    try:
        with services.app.suspend():
            done = subprocess.run(list(words), env=environ, check=False)
    except SuspendNotSupported:
        services.say("in a browser no program can have the terminal; y copies the path of a file", "warning")
        return False
    except OSError as error:
        services.say(f"{safe(words[0])} cannot be started: {error.strerror}. Name another in $PAGER, $EDITOR", "error")
        return False
    if done.returncode:
        services.say(f"{safe(words[0])} ended with {done.returncode}", "warning")
    return done.returncode == 0


def page_body(services: Services) -> None:
    """The body of the selected call in the user's pager."""
    _open(services, pager, "PAGER")


def edit_body(services: Services) -> None:
    """A copy of the body in the user's editor: what is recorded stays as it is."""
    _open(services, editor, "EDITOR")


def _open(services: Services, command: Command, variable: str) -> None:
    words = command(os.environ)
    number = services.selected
    if words is None:
        services.say(f"there is no program for it: name one in ${variable}", "error")
    elif number is not None:
        _choose_side(services, services.recording, number, partial(_write, services, words, number))


def _choose_side(services: Services, recording: Recording, number: int, chosen: Callable[[bool], None]) -> None:
    stored = recording.exchange(number)
    sides = [] if stored is None else [
        side for side, body in ((True, stored.request_body), (False, stored.response_body)) if body is not None
    ]  # fmt: skip
    if not sides:
        services.say("this call has no body", "warning")
    elif len(sides) == 1:
        chosen(sides[0])
    else:
        items = [Item("request", "r", "the request's body"), Item("answer", "a", "the answer's body")]
        choice = Choice(services, f"#{number} has two bodies", items, "answer")
        services.push(choice, lambda name: None if name is None else chosen(name == "request"))


def _write(services: Services, words: Sequence[str], number: int, request: bool) -> None:
    def work(job: Job) -> tuple[tempfile.TemporaryDirectory[str], Path] | None:
        stored = job.recording.exchange(number)
        if stored is None:
            return None
        directory = tempfile.TemporaryDirectory(prefix="b2-inspector-")  # 0700, and gone when the program is
        return directory, write_body(job, stored, request, Path(directory.name))

    def show(written: tuple[tempfile.TemporaryDirectory[str], Path] | None) -> None:
        if written is not None:
            with written[0]:
                hand_over(services, [*words, str(written[1])])

    services.jobs.start(services.app, "body", work, show)
