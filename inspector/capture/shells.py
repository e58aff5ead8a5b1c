"""How a shell is told to set a variable. Pure: names and values in, a line of that shell's language out."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shell:
    """The two lines that a shell needs, and how its user runs what `b2-inspector env` prints."""

    name: str
    set: Callable[[str, str], str]
    unset: Callable[[str], str]
    usage: str


def _bash_set(name: str, value: str) -> str:
    return f"export {name}={shlex.quote(value)};"  # the semicolon: `eval $(...)` without quotes joins the lines


def _fish_set(name: str, value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"set -gx {name} '{escaped}';"


def _pwsh_set(name: str, value: str) -> str:
    # PowerShell takes the typographic single quotes for plain ones; each is doubled within a string.
    escaped = re.sub("(['\u2018\u2019\u201a\u201b])", r"\1\1", value)
    return f"$env:{name} = '{escaped}'"


SHELLS = {
    shell.name: shell
    for shell in (
        Shell("bash", _bash_set, lambda name: f"unset {name};", 'eval "$(b2-inspector env)"'),
        Shell("fish", _fish_set, lambda name: f"set -e {name};", "b2-inspector env --shell fish | source"),
        Shell(
            "pwsh",
            _pwsh_set,
            lambda name: f"Remove-Item Env:{name} -ErrorAction SilentlyContinue",
            "b2-inspector env --shell pwsh | Out-String | Invoke-Expression",
        ),
    )
}

_SPOKEN = {
    "bash": "bash",
    "sh": "bash",
    "dash": "bash",
    "ash": "bash",
    "ksh": "bash",
    "zsh": "bash",
    "fish": "fish",
    "pwsh": "pwsh",
    "powershell": "pwsh",
}
"""The language of each shell: export and single quotes are POSIX, zsh and ksh read them as bash does."""


def spoken_by(command: str) -> Shell | None:
    """The shell of a command's path or name (`/bin/zsh`, `-bash`, `pwsh.exe`); None where it is not known."""
    name = re.split(r"[\\/]", command.strip().lower())[-1].removesuffix(".exe").lstrip("-")
    language = _SPOKEN.get(name)
    return SHELLS[language] if language else None
