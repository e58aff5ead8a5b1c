"""The keymap of the config file: action ids and the keys that take their place, held against what there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from textual.keys import Keys, _character_to_key

from inspector.errors import UsageError
from inspector.tui.actions import ACTIONS, Action

_NAMED = frozenset(key.value for key in Keys if not key.value.startswith("<"))
_UNTELLABLE = {
    "ctrl+m": "enter",
    "ctrl+i": "tab",
    "ctrl+h": "backspace",
    "ctrl+j": "a line feed",
    "ctrl+left_square_bracket": "escape",
}
"""The same byte for a terminal."""


def keymap(wanted: Mapping[str, str]) -> dict[str, str]:
    """The keymap as Textual takes it, from `id = "key,key"`.

    Raises:
        UsageError: an id or a key is unknown, or two actions of one place would have the same key.
    """
    known = {action.id: action for action in ACTIONS}
    for id_ in wanted:
        if id_ not in known:
            raise UsageError(
                f"there is no action {id_!r}", _nearest(id_, known, "`?` names the actions with their ids")
            )
    mapped = {id_: ",".join(_key(id_, key.strip()) for key in _split(keys)) for id_, keys in wanted.items()}
    _demand_unambiguous(mapped)
    return mapped


def _split(keys: str) -> list[str]:
    """The keys of a list; a comma that stands alone is one."""
    return ["comma" if key == "" else key for key in keys.split(",")] if keys != "," else ["comma"]


def _key(id_: str, key: str) -> str:
    *modifiers, last = key.split("+") if key != "+" else ["+"]
    name = _character_to_key(last) if len(last) == 1 else last
    full = "+".join((*modifiers, name))
    if full in _UNTELLABLE:
        raise UsageError(f"{id_}: a terminal cannot tell {key} from {_UNTELLABLE[full]}", "take another key")
    unknown = [one for one in modifiers if one not in ("ctrl", "shift", "alt", "super", "meta")]
    if unknown or not (len(last) == 1 or name in _NAMED or full in _NAMED or _names_character(name)):
        hint = "as in ctrl+n, f5, pagedown, question_mark, or the character itself"
        raise UsageError(f"{id_}: there is no key {key!r}", _nearest(last, _NAMED, hint))
    return full


def _names_character(name: str) -> bool:
    import unicodedata

    try:
        return _character_to_key(unicodedata.lookup(name.replace("_", " "))) == name
    except KeyError:
        return False


def _demand_unambiguous(mapped: Mapping[str, str]) -> None:
    """Raises UsageError where one key would mean two things in one place: there the first would win in silence."""
    taken: dict[tuple[str, str], Action] = {}
    for action in ACTIONS:
        for key in map(_full, mapped.get(action.id, action.keys).split(",")):
            other = taken.setdefault((action.place, key), action)
            if key and other is not action and {action.id, other.id} & set(mapped):
                raise UsageError(
                    f"{key} would be both {other.id} and {action.id} ({action.place})",
                    f"give {other.id} ({other.words}) another key too",
                )


def _full(key: str) -> str:
    return _character_to_key(key) if len(key) == 1 else key


def _nearest(word: str, known: Iterable[str], otherwise: str) -> str:
    near = get_close_matches(word, list(known), 1)
    return f"the nearest is {near[0]!r}; {otherwise}" if near else otherwise
