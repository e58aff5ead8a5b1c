"""The clipboard: by the system's own tool where there is one, else by the terminal, else a file.

Facts
-----
OSC 52 asks the terminal to take a text; no terminal says whether it did. Terminal.app and the Linux console do not know
it, nor does VTE before 0.76 (gnome-terminal, xfce4-terminal). tmux passes it on with `set-clipboard on` or `external`
(tmux(1)); screen needs it wrapped. xterm takes up to 100,000 characters of base64, others less.
`pbcopy`, `wl-copy` and `clip.exe` are of the machine they run on: over ssh that is the wrong one. An X display reaches
through ssh, and xclip with it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

LONGEST_OSC52 = 74_000
"""Bytes of text: base64 makes 98,668 characters of them."""

_PATIENCE = 3.0


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that takes the text from its standard input. `local`: it serves the machine on which it runs alone."""

    command: tuple[str, ...]
    local: bool = True
    encoding: str = "utf-8"


def tools(environ: Mapping[str, str], platform: str = sys.platform) -> Iterable[Tool]:
    """The tools that may serve here, the best first; whether they are installed is another question."""
    if platform == "darwin":
        yield Tool(("pbcopy",))
    if environ.get("WAYLAND_DISPLAY"):
        yield Tool(("wl-copy",))
    if environ.get("DISPLAY"):
        yield Tool(("xclip", "-selection", "clipboard"), local=False)
        yield Tool(("xsel", "--clipboard", "--input"), local=False)
    if platform == "win32" or environ.get("WSL_DISTRO_NAME"):
        yield Tool(("clip.exe",), encoding="utf-16-le")
    if environ.get("TERMUX_VERSION"):
        yield Tool(("termux-clipboard-set",))


def by_tool(text: str, environ: Mapping[str, str], platform: str = sys.platform) -> str | None:
    """Give a text to the first tool that takes it; the tool's name, or None."""
    remote = any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"))
    for tool in tools(environ, platform):
        program = shutil.which(tool.command[0], path=environ.get("PATH"))
        if program is not None and not (remote and tool.local) and _given(program, tool, text):
            return tool.command[0]
    return None


def _given(program: str, tool: Tool, text: str) -> bool:
    """Whether the tool ended well. Those of X go on in the background, so what they print is not waited for."""
    quiet = subprocess.DEVNULL
    try:
        done = subprocess.run(
            (program, *tool.command[1:]), input=text.encode(tool.encoding, "replace"), stdout=quiet, stderr=quiet,
            timeout=_PATIENCE, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def no_osc52(environ: Mapping[str, str], size: int, is_web: bool) -> str | None:
    """Why the terminal cannot be asked to take so many bytes; None where it may be."""
    if is_web:
        return "a browser's page has no way to the clipboard from here"
    if size > LONGEST_OSC52:
        return "it is too long for a terminal"
    if environ.get("TERM") == "linux":
        return "the Linux console has no clipboard"
    if environ.get("TERM_PROGRAM") == "Apple_Terminal":
        return "Terminal.app takes no text from programs"
    vte = environ.get("VTE_VERSION", "")
    if vte.isdigit() and int(vte) < 7600:
        return "this terminal takes no text from programs"
    return None


def copied(
    text: str, environ: Mapping[str, str], osc52: Callable[[str], object], to_file: Callable[[str], str], is_web: bool
) -> str:
    """Copy a text, and say how; never that it is done where nobody can know."""
    tool = by_tool(text, environ)
    if tool is not None:
        return f"copied, by {tool}"
    reason = no_osc52(environ, len(text.encode("utf-8", "replace")), is_web)
    if reason is None:
        osc52(text)
        where = " (in tmux: set -g set-clipboard on)" if environ.get("TMUX") else ""
        return f"given to the terminal, which does not say whether it took it{where}"
    return f"not copied: {reason}. It is in {to_file(text)}"
