"""The clipboard: a tool that is really run, the terminal, a file; and the words that are true of each."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from inspector.tui.give.clipboard import LONGEST_OSC52, by_tool, copied, no_osc52, tools

TEXT = "curl 'https://x/文'\n"


def tool(directory: Path, name: str, code: int = 0) -> Path:
    """A program that keeps what it is given beside itself."""
    path = directory / name
    path.write_text(f"#!/bin/sh\n/bin/cat > '{directory}/taken'\nexit {code}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("platform", "environ", "names"),
    [
        ("darwin", {}, ["pbcopy"]),
        ("win32", {}, ["clip.exe"]),
        ("linux", {}, []),
        ("linux", {"DISPLAY": ":0"}, ["xclip", "xsel"]),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, ["wl-copy", "xclip", "xsel"]),
        ("linux", {"WSL_DISTRO_NAME": "Ubuntu"}, ["clip.exe"]),
        ("linux", {"TERMUX_VERSION": "0.118"}, ["termux-clipboard-set"]),
    ],
)
def test_the_tools_of_each_system(platform: str, environ: Mapping[str, str], names: list[str]) -> None:
    """The best first."""
    assert [one.command[0] for one in tools(environ, platform)] == names


@pytest.mark.skipif(sys.platform == "win32", reason="shell scripts stand in for the tools")
class TestTools:
    """Programs that are run."""

    def test_the_first_that_takes_the_text_is_named(self, tmp_path: Path) -> None:
        """One that fails is passed over."""
        tool(tmp_path, "wl-copy", code=1)
        tool(tmp_path, "xclip")
        environ = {"WAYLAND_DISPLAY": "w", "DISPLAY": ":0", "PATH": str(tmp_path)}
        assert by_tool(TEXT, environ, "linux") == "xclip"
        assert (tmp_path / "taken").read_text(encoding="utf-8") == TEXT

    def test_over_ssh_the_other_machines_clipboard_is_left_alone(self, tmp_path: Path) -> None:
        """An X display reaches through ssh, pbcopy and wl-copy do not."""
        for name in ("pbcopy", "wl-copy", "xclip"):
            tool(tmp_path, name)
        environ = {"SSH_CONNECTION": "1 2 3 4", "PATH": str(tmp_path), "WAYLAND_DISPLAY": "w"}
        assert by_tool(TEXT, environ, "darwin") is None
        assert by_tool(TEXT, {**environ, "DISPLAY": "localhost:10.0"}, "linux") == "xclip"


@pytest.mark.parametrize(
    ("environ", "size", "is_web", "reason"),
    [
        ({"TERM": "xterm-256color"}, 10, False, None),
        ({"TERM": "linux"}, 10, False, "Linux console"),
        ({"TERM_PROGRAM": "Apple_Terminal"}, 10, False, "Terminal.app"),
        ({"VTE_VERSION": "7006"}, 10, False, "takes no text"),
        ({"VTE_VERSION": "7600"}, 10, False, None),
        ({}, LONGEST_OSC52 + 1, False, "too long"),
        ({}, 10, True, "browser"),
    ],
)
def test_where_no_terminal_takes_a_text(
    environ: Mapping[str, str], size: int, is_web: bool, reason: str | None
) -> None:
    """It is not asked, and the reason is told."""
    found = no_osc52(environ, size, is_web)
    assert found is None if reason is None else found is not None and reason in found


def test_the_words_are_true() -> None:
    """Done, given to somebody who does not answer, or in a file whose path is told."""
    asked: list[str] = []
    nothing = {"PATH": "", "TERM": "xterm"}
    words = copied(TEXT, nothing, asked.append, lambda _: "/f", False)
    assert "does not say whether" in words
    assert asked == [TEXT]
    assert "set-clipboard" in copied(TEXT, {**nothing, "TMUX": "x"}, asked.append, lambda _: "/f", False)
    words = copied(TEXT, {**nothing, "TERM": "linux"}, asked.append, lambda _: "/f", False)
    assert words.startswith("not copied")
    assert words.endswith("It is in /f")
    assert len(asked) == 2
