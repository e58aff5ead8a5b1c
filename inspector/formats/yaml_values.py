"""YAML read as data and nothing else, an item at a time: no tag makes an object, whatever it says.

PyYAML's constructors are not used, not even its safe ones: they hold the whole file, unfold aliases into copies when
one walks them, and refuse the tags that cassettes are full of. Its parser's events are enough: a tag is kept beside
its value, a merge key is a key, an alias is the very value that was named. What aliases may unfold to is bounded, and
so is the depth.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

import yaml

from inspector.errors import FormatError

DEPTH = 40
UNFOLDED_LIMIT = 256 * 1024 * 1024
"""Bytes of text that aliases may stand for in one file; a cassette of vcrpy's has a few kilobytes of them."""

BINARY = "tag:yaml.org,2002:binary"
_TEXT = ("tag:yaml.org,2002:str", "!")
_COLLECTIONS = ("!", "2002:seq", "2002:map", ":python/tuple", ":python/list", ":python/dict")
_NULLS = ("", "~", "null", "Null", "NULL")
_HINT = "Was it written by vcrpy, pytest-recording or VCR?"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Tagged(NamedTuple):
    """A value with a tag that is none of YAML's own: what a program would make an object of. Here it stays data."""

    tag: str
    value: Any


class _Weighed(NamedTuple):
    value: Any
    weight: int


class Items:
    """The items of the sequence under one of `names` in a YAML mapping, one by one; `beside` holds its other keys.

    Values are str, bytes (`!!binary`), None, list, dict with str keys, and `Tagged`. Numbers and truths stay text.
    """

    def __init__(self, stream: BinaryIO, names: tuple[str, ...]) -> None:
        self.beside: dict[str, Any] = {}
        self.name = ""
        self._names = names
        self._events = self._parsed(stream)
        self._anchors: dict[str, _Weighed] = {}
        self._unfolded = 0
        self._line = 0

    def __iter__(self) -> Iterator[Any]:
        """The items.

        Raises:
            FormatError: it is no YAML, no such mapping, or it is hostile; with the line.
        """
        root = next((event for event in self._events if not isinstance(event, _FRAME)), None)
        if isinstance(root, yaml.SequenceStartEvent):
            raise self._error("a list: cassettes of vcrpy before 1.0 look so", "Record it anew.")
        if not isinstance(root, yaml.MappingStartEvent):
            raise self._error("no mapping")
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            name = self._value(event, 1).value
            if isinstance(name, str) and name in self._names:
                self.name = name
                yield from self._sequence(next(self._events))
            else:
                value = self._value(next(self._events), 1).value
                if isinstance(name, str):
                    self.beside[name] = value
        if not self.name:
            raise self._error(f"a mapping without {' or '.join(self._names)}")

    def _parsed(self, stream: BinaryIO) -> Iterator[yaml.Event]:
        try:
            event: Any
            for event in yaml.parse(stream, Loader=_LOADER):
                self._line = event.start_mark.line + 1
                yield event
        except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            self._line = mark.line + 1 if mark else self._line
            raise self._error(f"no YAML: {getattr(error, 'problem', None) or 'it holds what YAML does not'}") from None

    def _sequence(self, event: yaml.Event) -> Iterator[Any]:
        if not isinstance(event, yaml.SequenceStartEvent):
            self._value(event, 1)
            return
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            yield self._value(event, 2).value

    def _value(self, event: Any, depth: int) -> _Weighed:
        """The value that begins with this event, and the bytes of text in it, aliases unfolded."""
        if depth > DEPTH:
            raise self._error(f"nested more than {DEPTH} deep")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(str(event.anchor))
        anchor = event.anchor
        if isinstance(event, yaml.ScalarEvent):
            found = _Weighed(self._scalar(event), len(event.value) + 1)
        elif isinstance(event, yaml.SequenceStartEvent):
            found = self._list(event, depth)
        elif isinstance(event, yaml.MappingStartEvent):
            found = self._dict(event, depth)
        else:
            raise self._error("broken off")
        if anchor is not None:
            self._anchors[anchor] = found
        return found

    def _alias(self, name: str) -> _Weighed:
        found = self._anchors.get(name)
        if found is None:
            raise self._error(f"an alias *{name[:40]} of what is not there, or not there yet")
        self._unfolded += found.weight
        if self._unfolded > UNFOLDED_LIMIT:
            raise self._error(f"aliases that unfold to more than {UNFOLDED_LIMIT >> 20} MiB", "This is no capture.")
        return found

    def _scalar(self, event: yaml.ScalarEvent) -> Any:
        tag, text = event.tag, event.value
        if tag == BINARY:
            return self._binary(text)
        if tag is None:
            return None if event.implicit[0] and text in _NULLS else text
        return (
            text
            if tag in _TEXT or (tag.startswith("tag:yaml.org,2002:") and ":python/" not in tag)
            else Tagged(tag, text)
        )

    def _binary(self, text: str) -> bytes:
        try:
            return binascii.a2b_base64(text.encode("ascii"))
        except (binascii.Error, UnicodeEncodeError):
            raise self._error("a !!binary that is no base64") from None

    def _list(self, event: yaml.SequenceStartEvent, depth: int) -> _Weighed:
        values: list[Any] = []
        weight = 1
        while not isinstance(inner := next(self._events), yaml.SequenceEndEvent):
            found = self._value(inner, depth + 1)
            values.append(found.value)
            weight += found.weight
        return _Weighed(self._tagged(event.tag, values), weight)

    def _dict(self, event: yaml.MappingStartEvent, depth: int) -> _Weighed:
        values: dict[str, Any] = {}
        weight = 1
        while not isinstance(inner := next(self._events), yaml.MappingEndEvent):
            name, found = self._value(inner, depth + 1), self._value(next(self._events), depth + 1)
            weight += name.weight + found.weight
            key = name.value.decode("latin-1") if isinstance(name.value, bytes) else name.value
            if isinstance(key, str):
                values[key] = found.value
        return _Weighed(self._tagged(event.tag, values), weight)

    def _tagged(self, tag: str | None, value: Any) -> Any:
        """YAML's own collections are what they are; a tuple of Python's is a list."""
        if (
            tag is None
            or tag == "!"
            or tag.endswith(("2002:seq", "2002:map", ":python/tuple", ":python/list", ":python/dict"))
        ):
            return value
        return Tagged(tag, value)

    def _error(self, what: str, hint: str = _HINT) -> FormatError:
        return FormatError(f"line {self._line}: {what}", hint)


_FRAME = (yaml.StreamStartEvent, yaml.DocumentStartEvent)
