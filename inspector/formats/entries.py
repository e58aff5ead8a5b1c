"""The entries of a HAR one by one, whatever its size.

Why by hand: `json.load` of a 500 MB file needs several times that, and ijson's C back end refuses lone surrogates
(`"\\udc80"`), which is how mitmproxy's `hardump` writes request bodies that are no text. So the file is cut at its
brackets, in one pass over its bytes, and each entry is read by the standard library's `json` on its own: exact
places for errors, the memory of one entry.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from inspector.errors import FormatError

CHUNK_BYTES = 1024 * 1024

# All up to the next bracket that is not part of a string, or to a string without its end. Possessive, so that nothing
# is tried twice.
_INSIDE = rb'[^"\\]*+(?:\\.[^"\\]*+)*+"'
_SKIP = re.compile(rb'[^"{}\[\]]*+(?:"' + _INSIDE + rb'[^"{}\[\]]*+)*+', re.DOTALL)
_STRING_END = re.compile(_INSIDE, re.DOTALL)
_LOG = re.compile(rb'"log"\s*:\s*\{\Z')
_ENTRIES = re.compile(rb'"entries"\s*:\s*\[\Z')
_QUOTE = ord('"')
_KEY_BYTES = 200
_ENVELOPE_LIMIT = 64 * CHUNK_BYTES
_ENTRY_DEPTH = 3


class EntryReader:
    """Cuts a HAR into its entries. `envelope` holds, at the end, the file without them."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._depth = 0
        self._quoted = False
        self._in_log = False
        self._in_entries = False
        self._found = False
        self._held = bytearray()
        self._held_from = 0
        self._position = 0
        self._count = 0
        self.envelope = bytearray()

    def __iter__(self) -> Iterator[Any]:
        """The entries as Python values.

        Raises:
            FormatError: the file ends early, an entry is not JSON (with its place), or there is no `log.entries`.
        """
        while chunk := self._chunk():
            yield from self._entries(chunk)
            self._position += len(chunk)
        if self._depth or self._quoted:
            raise self._error(self._position, f"the file ends in the middle of entry {self._count + 1}")
        if not self._found:
            raise self._error(self._position, "this is JSON without `log.entries`")

    def creator(self) -> str:
        """The name of the program that wrote the file, as far as the envelope has been read; empty if not yet said."""
        match = re.search(rb'"creator"\s*:\s*\{[^{}]*?"name"\s*:\s*"([^"\\]{0,200})"', self.envelope)
        return match[1].decode("utf-8", "replace") if match else ""

    def log(self) -> dict[str, Any]:
        """What `log` holds besides the entries; empty where that cannot be read."""
        try:
            log = json.loads(self.envelope.decode("utf-8-sig", "surrogateescape")).get("log")
        except (ValueError, AttributeError):
            return {}
        return log if isinstance(log, dict) else {}

    def _chunk(self) -> bytes:
        """The next bytes, never ending between a backslash and what it escapes."""
        chunk = self._stream.read(CHUNK_BYTES)
        while (len(chunk) - len(chunk.rstrip(b"\\"))) % 2 and (more := self._stream.read(1)):
            chunk += more
        return chunk

    def _entries(self, chunk: bytes) -> Iterator[Any]:
        kept = 0
        for place in self._brackets(chunk):
            if chunk[place] in b"{[":
                kept = self._open(chunk, kept, place)
            elif self._close(chunk, place):
                self._held += chunk[kept : place + 1]
                kept = place + 1
                yield self._entry()
        self._keep(chunk[kept:])

    def _brackets(self, chunk: bytes) -> Iterator[int]:
        """Where the brackets stand that are not part of a string."""
        place = 0
        if self._quoted:
            end = _STRING_END.match(chunk)
            if end is None:
                return
            place = end.end()
        while True:
            skipped = _SKIP.match(chunk, place)
            assert skipped is not None
            place = skipped.end()
            self._quoted = place < len(chunk) and chunk[place] == _QUOTE
            if self._quoted or place == len(chunk):
                return
            yield place
            place += 1

    def _open(self, chunk: bytes, kept: int, place: int) -> int:
        """One level down. Gives up to where the chunk has been put away."""
        self._depth += 1
        if self._in_entries:
            if self._depth == _ENTRY_DEPTH + 1:
                self._held = bytearray()
                self._held_from = self._position + place
                return place
            return kept
        self._keep(chunk[kept : place + 1])
        tail = bytes(self.envelope[-_KEY_BYTES:])
        if self._depth == 2 and _LOG.search(tail):
            self._in_log = True
        elif self._depth == _ENTRY_DEPTH and self._in_log and _ENTRIES.search(tail):
            self._in_entries = self._found = True
        return place + 1

    def _close(self, chunk: bytes, place: int) -> bool:
        """One level up. Gives whether an entry ended here."""
        self._depth -= 1
        if self._depth < 0:
            raise self._error(self._position + place, f"a {chr(chunk[place])} closes what was never opened")
        if not self._in_entries:
            self._in_log = self._in_log and self._depth >= 2
            return False
        self._in_entries = self._depth >= _ENTRY_DEPTH
        return self._depth == _ENTRY_DEPTH

    def _keep(self, part: bytes) -> None:
        if self._depth > _ENTRY_DEPTH and self._in_entries:
            self._held += part
        elif not self._in_entries and len(self.envelope) < _ENVELOPE_LIMIT:
            self.envelope += part

    def _entry(self) -> Any:
        """The entry that has been held back, read."""
        text = self._held.decode("utf-8", "surrogateescape")
        self._held = bytearray()
        self._count += 1
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            place = self._held_from + len(text[: error.pos].encode("utf-8", "surrogateescape"))
            raise self._error(place, f"entry {self._count} is no JSON: {error.msg}") from None

    def _error(self, place: int, what: str) -> FormatError:
        return FormatError(
            f"byte {place}: {what}",
            'A HAR is one JSON object, {"log": {"entries": [...]}}. Was it saved whole?',
        )
