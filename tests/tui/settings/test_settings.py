"""The config file, and what the terminal UI remembers by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.calls import call, record
from support.screen import Screen, play, until
from textual.widgets import Static

from inspector.errors import UsageError
from inspector.tui.actions import help_lines
from inspector.tui.app import InspectorApp
from inspector.tui.calls.columns import USUAL, Chosen
from inspector.tui.screens.help import HelpScreen
from inspector.tui.settings.config import Config, read_config
from inspector.tui.settings.kept import Kept
from inspector.tui.settings.settings import Settings, settings_of

GOOD = """
[tui]
theme = "nord"
ascii = true
mouse = false
columns = ["id", "op", "subject"]
[tui.widths]
op = 24
[tui.keys]
list.down = "n,down"
"app.help" = ["?", "ctrl+g"]
"""


def read(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return read_config(path)


def test_what_a_config_may_say(tmp_path: Path) -> None:
    """Keys by the character or by name; ids with or without quotes."""
    config = read(tmp_path, GOOD)
    assert (config.theme, config.ascii, config.mouse) == ("nord", True, False)
    assert config.columns == ("id", "op", "subject")
    assert config.widths == {"op": 24}
    assert config.keys == {"list.down": "n,down", "app.help": "question_mark,ctrl+g"}


def test_no_config_is_none(tmp_path: Path) -> None:
    """As is an empty one."""
    assert read_config(tmp_path / "none.toml") == Config() == read(tmp_path, "")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("tui = 3", "tui is no table"),
        ("[tui", "no TOML"),
        ("[ui]\n", "the nearest is tui"),
        ("[tui]\nthem = 1", "the nearest is theme"),
        ('[tui]\ntheme = "nrod"', "the nearest is nord"),
        ('[tui]\nascii = "yes"', "true or false"),
        ('[tui]\ncolumns = ["sttus"]', "the nearest is status"),
        ("[tui]\ncolumns = []", "no columns"),
        ("[tui.widths]\nop = 1", "cells, from 3"),
        ('[tui.keys]\nlist.dwon = "j"', "the nearest is 'list.down'"),
        ('[tui.keys]\nlist.down = "pgdown"', "the nearest is 'pagedown'"),
        ('[tui.keys]\nlist.down = "ctrl+m"', "cannot tell ctrl+m from enter"),
        ('[tui.keys]\nlist.down = "hyper+x"', "no key 'hyper+x'"),
        ('[tui.keys]\nlist.down = "k"', "k would be both list.down and list.up"),
    ],
)
def test_what_is_not_understood_is_told_with_what_comes_nearest(tmp_path: Path, text: str, named: str) -> None:
    """With the file's name, for there may be several."""
    with pytest.raises(UsageError) as told:
        read(tmp_path, text)
    assert named in str(told.value)
    assert "config.toml" in told.value.message


def test_keys_may_be_exchanged(tmp_path: Path) -> None:
    """Two actions that take each other's keys are in no conflict."""
    assert len(read(tmp_path, '[tui.keys]\nlist.down = "k"\nlist.up = "j"').keys) == 2


def test_what_is_chosen_is_kept_and_the_config_stands_above_it(tmp_path: Path) -> None:
    """From one run to the next."""
    path = tmp_path / "tui.json"
    first = Settings(kept=Kept(path))
    first.choose_columns(Chosen(("id", "host", "subject"), {"host": 12}))
    first.keep_theme("dracula")
    second = Settings(kept=Kept(path))
    assert (second.columns, second.theme) == (Chosen(("id", "host", "subject"), {"host": 12}), "dracula")
    third = Settings(Config(theme="nord", columns=("id", "op")), Kept(path))
    assert (third.columns.names, third.theme) == (("id", "op"), "nord")
    second.choose_columns(Chosen())
    assert Settings(kept=Kept(path)).columns.names == USUAL


@pytest.mark.parametrize("text", ["", "[", "[1]", '{"columns": ["gone"], "theme": 3}', '{"columns": 7}'])
def test_a_memory_that_is_damaged_or_of_another_version_is_forgotten(tmp_path: Path, text: str) -> None:
    """It is no reason not to start."""
    path = tmp_path / "tui.json"
    path.write_text(text)
    settings = Settings(kept=Kept(path))
    assert settings.columns.names == USUAL
    assert settings.theme is None
    assert settings.history("filter") == []


def test_a_line_is_remembered_once_and_never_a_credential(tmp_path: Path) -> None:
    """What looks like a secret is not written, wherever it was typed."""
    settings = Settings(kept=Kept(tmp_path / "tui.json"))
    for line in ("status:403", "is:error", "status:403", " ", "body:K004abcdefghijklmnopqrstuvwxyz0"):
        settings.remember("filter", line)
    assert Settings(kept=Kept(tmp_path / "tui.json")).history("filter") == ["is:error", "status:403"]


def test_both_files_lie_in_the_home_that_is_named(tmp_path: Path) -> None:
    """As the recording and the certificate authority do."""
    (tmp_path / "config.toml").write_text("[tui]\nmouse = false\n")
    settings = settings_of({"B2_INSPECTOR_HOME": str(tmp_path)})
    assert settings.config.mouse is False
    settings.keep_theme("nord")
    assert (tmp_path / "tui.json").is_file()


def test_a_keymap_holds_and_the_help_shows_it(tmp_path: Path) -> None:
    """The new key works, the old one does nothing."""
    path = record(tmp_path / "calls.db", [call() for _ in range(3)])
    settings = Settings(Config(keys={"list.down": "n", "list.up": "p"}))

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("g", "n", "j")
        assert app.calls.selected == 2
        await pilot.press("n", "p", "k")
        assert app.calls.selected == 2
        assert any(line.keys == "n" for line in help_lines((), settings.config.keys) if line.id == "list.down")
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        words = str(app.screen.query_one(Static).render())
        assert "list.down" in words
        assert "explain [ID|FILTER|URL|CAUSE]" in words

    play(path, scene, settings=settings)
