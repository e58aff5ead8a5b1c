"""What is printed for a shell sets exactly that value in it."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from inspector.capture.shells import SHELLS, spoken_by

VALUES = ["plain", "", "a b", "it's", 'say "x"', "$HOME `id` \\ !", "a;b|c&d", "ünïcode", "back\\slash\\", "new\nline"]


@pytest.mark.parametrize("command", ["sh", "bash", "zsh", "dash"])
def test_posix_shells_read_it_back(command: str) -> None:
    """Values with every awkward sign arrive unchanged, and what is unset is gone."""
    shell = shutil.which(command)
    if shell is None:
        pytest.skip(f"{command} is not installed here")
    names = [f"V{number}" for number in range(len(VALUES))]
    lines = [SHELLS["bash"].set(name, value) for name, value in zip(names, VALUES, strict=True)]
    script = "\n".join(["V_GONE=1", *lines, SHELLS["bash"].unset("V_GONE"), "env -0"])
    printed = subprocess.run([shell, "-c", script], capture_output=True, check=True).stdout.decode()
    found = dict(entry.split("=", 1) for entry in printed.split("\0") if entry)
    assert [found[name] for name in names] == VALUES
    assert "V_GONE" not in found


def test_fish_and_powershell_quote_their_own_way() -> None:
    """fish escapes quote and backslash within single quotes; PowerShell doubles quotes, typographic ones too."""
    assert SHELLS["fish"].set("A", "it's \\ $x") == r"set -gx A 'it\'s \\ $x';"
    assert SHELLS["pwsh"].set("A", "it's ‘$x‘") == "$env:A = 'it''s ‘‘$x‘‘'"
    assert SHELLS["fish"].unset("A") == "set -e A;"


@pytest.mark.parametrize(
    ("command", "language"),
    [("/bin/zsh", "bash"), ("-bash\n", "bash"), ("/usr/bin/fish", "fish"), (r"C:\ps\pwsh.exe", "pwsh"), ("tmux", None)],
)
def test_shell_is_told_by_its_name(command: str, language: str | None) -> None:
    """Login shells, paths and extensions are seen through; what is no shell is none."""
    shell = spoken_by(command)
    assert (shell.name if shell else None) == language
