"""Which program a command line starts: behind `env`, `uv run`, `sudo` and their like, by name, shebang or build."""

from __future__ import annotations

import mmap
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path, PureWindowsPath

from inspector.capture.clients import BY_COMMAND, BY_NAME, BY_SUFFIX, UNKNOWN, Program

Which = Callable[[str], str | None]

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_GO_MAGIC = b"\xff Go buildinf:"  # debug/buildinfo in Go's source: every Go program since 1.13, at a multiple of 16
_EXECUTABLES = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A command that runs another: the options of it that take a value, the words to pass over before the other."""

    valued: tuple[str, ...] = ()
    words: int = 0
    verbs: tuple[str, ...] = ()  # it is a wrapper only when one of these comes first
    note: str = ""


_SUDO_NOTE = "sudo gives its command a fresh environment: run `sudo b2-inspector run -- ...` instead."

WRAPPERS = {
    "env": Wrapper(("-u", "--unset", "-C", "--chdir")),
    "nohup": Wrapper(),
    "nice": Wrapper(("-n", "--adjustment")),
    "ionice": Wrapper(("-c", "-n")),
    "setsid": Wrapper(),
    "stdbuf": Wrapper(("-i", "-o", "-e")),
    "time": Wrapper(("-f", "--format", "-o", "--output")),
    "timeout": Wrapper(("-s", "--signal", "-k", "--kill-after"), words=1),
    "gtimeout": Wrapper(("-s", "--signal", "-k", "--kill-after"), words=1),
    "caffeinate": Wrapper(("-t", "-w")),
    "taskset": Wrapper(words=1),
    "strace": Wrapper(("-e", "-o", "-s", "-p", "-u")),
    "command": Wrapper(),
    "exec": Wrapper(),
    "sudo": Wrapper(("-u", "-g", "-h", "-p", "-C", "-D"), note=_SUDO_NOTE),
    "doas": Wrapper(("-u", "-C"), note=_SUDO_NOTE.replace("sudo", "doas")),
    "uv": Wrapper(
        ("--with", "--with-requirements", "-p", "--python", "--env-file", "--project", "--directory", "--group",
         "--extra", "--package", "--index", "--index-url", "--default-index", "--config-file"),
        verbs=("run", "tool run"),
    ),
    "uvx": Wrapper(("--from", "--with", "-p", "--python", "--index", "--env-file")),
    "pipx": Wrapper(("--spec", "--python", "--pip-args"), verbs=("run",)),
    "poetry": Wrapper(("-C", "--directory", "-P", "--project"), verbs=("run",)),
    "pdm": Wrapper(("-p", "--project"), verbs=("run",)),
    "pipenv": Wrapper(verbs=("run",)),
    "hatch": Wrapper(("-e", "--env"), verbs=("run",)),
    "rye": Wrapper(verbs=("run",)),
    "conda": Wrapper(("-n", "--name", "-p", "--prefix", "--cwd"), verbs=("run",)),
    "mamba": Wrapper(("-n", "--name", "-p", "--prefix", "--cwd"), verbs=("run",)),
    "micromamba": Wrapper(("-n", "--name", "-p", "--prefix", "--cwd"), verbs=("run",)),
    "pyenv": Wrapper(verbs=("exec",)),
    "mise": Wrapper(verbs=("exec", "x")),
    "direnv": Wrapper(words=1, verbs=("exec",)),
    "aws-vault": Wrapper(("-d", "--duration"), words=1, verbs=("exec",)),
    "op": Wrapper(("--env-file",), verbs=("run",)),
    "doppler": Wrapper(("-p", "--project", "-c", "--config"), verbs=("run",)),
    "chamber": Wrapper(words=1, verbs=("exec",)),
    "busybox": Wrapper(),
}  # fmt: skip


def detect(argv: Sequence[str], which: Which = shutil.which) -> Program:
    """The program that a command line starts; `UNKNOWN` where nothing tells.

    Reads the head of a script and, of a binary, whether Go built it; `which` finds a command's file. Never fails: a
    command that does not exist is for whoever starts it to say.
    """
    words = list(argv)
    wrapper = WRAPPERS.get(command_name(words[0])) if words else None
    inner = _unwrapped(words[1:], wrapper) if wrapper else None
    if wrapper is None or inner is None:
        return _program(words, which) if words else UNKNOWN
    program = detect(inner, which)
    if program is UNKNOWN:  # `uv run mytool`: a tool that only uv finds is most likely of uv's language
        program = BY_COMMAND.get(command_name(words[0]), UNKNOWN)
    return replace(program, notes=(*program.notes, wrapper.note)) if wrapper.note else program


def command_name(word: str) -> str:
    """What a command is called: no directory, no `.exe`, lower case."""
    name = PureWindowsPath(word).name.lower()  # reads both kinds of slash
    return re.sub(r"\.(exe|cmd|bat|com)$", "", name)


def _unwrapped(words: list[str], wrapper: Wrapper) -> list[str] | None:
    """The command inside a wrapper's arguments; None where it wraps none (`uv sync`)."""
    if wrapper.verbs:
        verb = next((verb for verb in wrapper.verbs if words[: len(verb.split())] == verb.split()), None)
        if verb is None:
            return None
        words = words[len(verb.split()) :]
    rest = _after_options(words, wrapper.valued)
    while rest and _ASSIGNMENT.match(rest[0]):
        rest = rest[1:]
    rest = rest[wrapper.words :]
    return (rest[1:] if rest[:1] == ["--"] else rest) or None


def _after_options(words: list[str], valued: tuple[str, ...]) -> list[str]:
    rest = list(words)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option == "--":
            break
        if option in ("-m", "--module", "-S", "--split-string"):
            # `uv run -m pytest` names a module, `env -S "python -u" x.py` a command line.
            return (["python", "-m"] if option in ("-m", "--module") else rest.pop(0).split() if rest else []) + rest
        if option in valued and rest:
            rest.pop(0)
    return rest


def _program(words: list[str], which: Which) -> Program:
    name = command_name(words[0])
    if module := _python_module(name, words):
        return BY_COMMAND.get(module, BY_NAME["python"])
    by_name = BY_COMMAND.get(name) or BY_COMMAND.get(_without_version(name))
    return by_name or BY_SUFFIX.get(Path(words[0]).suffix.lower()) or _by_content(which(words[0])) or UNKNOWN


def _python_module(name: str, words: list[str]) -> str | None:
    """`awscli` of `python -m awscli` as the command that it is."""
    options = list(takewhile(lambda word: word.startswith("-") and word != "-c", words[1:]))
    if _without_version(name) not in ("python", "pypy", "py") or options[-1:] != ["-m"]:
        return None
    module = next(iter(words[len(options) + 1 :]), "")
    return "aws" if module == "awscli" else module


def _without_version(name: str) -> str:
    """`python` of `python3.12`, `pythonw`, `pypy3`; `node` of `node22`."""
    return re.sub(r"w?[\d.-]*w?$", "", name)


def _by_content(path: str | None) -> Program | None:
    if path is None:
        return None
    try:
        with open(path, "rb") as file:
            head = file.read(4096)
            if head.startswith(_EXECUTABLES):
                return BY_NAME["go"] if _built_by_go(file.fileno()) else None
    except (OSError, ValueError):
        return None
    return _by_shebang(head)


def _by_shebang(head: bytes) -> Program | None:
    lines = head.decode("utf-8", "replace").splitlines()[:2]
    if not lines or not lines[0].startswith("#!"):
        return None
    if len(lines) > 1 and lines[1].startswith("'''exec'"):
        return BY_NAME["python"]  # pip's way round the length limit of a shebang: /bin/sh executes the real Python
    words = lines[0][2:].split()
    if words and command_name(words[0]) == "env":
        words = _unwrapped(words[1:], WRAPPERS["env"]) or []
    name = command_name(words[0]) if words else ""
    return BY_COMMAND.get(name) or BY_COMMAND.get(_without_version(name))


def _built_by_go(descriptor: int) -> bool:
    with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as content:
        position = content.find(_GO_MAGIC)
        while position > 0 and position % 16:
            position = content.find(_GO_MAGIC, position + 1)
        return position > 0
