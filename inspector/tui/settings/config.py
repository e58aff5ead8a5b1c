"""The config file, `config.toml` in the user's config directory: read once, never written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from inspector.errors import UsageError


@dataclass(frozen=True, slots=True)
class Config:
    """What the file says of the terminal UI; None where it says nothing."""

    theme: str | None = None
    ascii: bool | None = None
    mouse: bool | None = None
    columns: tuple[str, ...] | None = None
    widths: Mapping[str, int] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)


def read_config(path: Path) -> Config:
    """The config in this file; an empty one where there is none.

    Raises:
        UsageError: it cannot be read, or says what is not understood.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Config()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", "Mend it, or move it away.") from error
    import tomllib  # most users have no such file

    try:
        return _config(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is no TOML: {error}", "docs/tui.md shows one that is.") from error
    except UsageError as error:
        raise UsageError(f"{path}: {error.message}", error.hint) from None


def _config(data: dict[str, Any]) -> Config:
    from inspector.tui.settings.keys import keymap

    _demand_known("table", data, ("tui",))
    tui = _table("tui", data.get("tui", {}))
    _demand_known("setting", tui, ("theme", "ascii", "mouse", "columns", "widths", "keys"))
    return Config(
        theme=_theme(tui.get("theme")),
        ascii=_truth("ascii", tui.get("ascii")),
        mouse=_truth("mouse", tui.get("mouse")),
        columns=column_names(tui["columns"]) if "columns" in tui else None,
        widths=column_widths(_table("tui.widths", tui.get("widths", {}))),
        keys=keymap(_texts(_table("tui.keys", tui.get("keys", {})))),
    )


def _demand_known(what: str, given: Iterable[str], known: Iterable[str]) -> None:
    names = list(known)
    for name in given:
        if name not in names:
            near = get_close_matches(name, names, 1)
            hint = f"the nearest is {near[0]}" if near else f"there are {', '.join(names)}"
            raise UsageError(f"there is no {what} {name!r}", hint)


def _table(name: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UsageError(f"{name} is no table", f"as in: [{name}]")
    return value


def _truth(name: str, value: object) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise UsageError(f"{name} is {value!r}", "true or false")
    return value


def _theme(value: object) -> str | None:
    if value is None:
        return None
    from textual.theme import BUILTIN_THEMES

    _demand_known("theme", [str(value)], BUILTIN_THEMES)
    return str(value)


def _texts(table: dict[str, Any]) -> dict[str, str]:
    """The keys of actions: `id = "j,down"` or `id = ["j", "down"]`."""
    return {name: ",".join(value) if isinstance(value, list) else str(value) for name, value in _flat(table)}


def _flat(table: dict[str, Any], before: str = "") -> Iterable[tuple[str, Any]]:
    """`list.down` without quotes is a table in TOML."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield before + name, value


def column_names(value: object) -> tuple[str, ...]:
    """The names of columns, in order, each once.

    Raises:
        UsageError: one is unknown, or there is none.
    """
    from inspector.tui.calls.columns import COLUMNS

    names = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(names, (list, tuple)) or not names:
        raise UsageError("no columns are named", f"some of {', '.join(COLUMNS)}")
    _demand_known("column", map(str, names), COLUMNS)
    return tuple(dict.fromkeys(map(str, names)))


def column_widths(table: Mapping[str, object]) -> dict[str, int]:
    """The widths of columns, in cells.

    Raises:
        UsageError: a column is unknown, or its width is none.
    """
    from inspector.tui.calls.columns import COLUMNS, NARROWEST, WIDEST

    _demand_known("column", table, COLUMNS)
    for name, width in table.items():
        if not isinstance(width, int) or isinstance(width, bool) or not NARROWEST <= width <= WIDEST:
            raise UsageError(f"the width of {name} is {width!r}", f"cells, from {NARROWEST} to {WIDEST}")
    return {name: width for name, width in table.items() if isinstance(width, int)}
