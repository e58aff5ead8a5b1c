"""A recording searched for credentials: heads, bodies decoded, what is said beside the calls, and pages that are free.

Each body is searched once, however many calls have it. Signatures and key ids belong into a recording, for they are
what one inspects: whether they count is for the caller to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from inspector.leaks.find import AT_HAND, SHORTEST_KNOWN, Find, finds
from inspector.leaks.heads import exchange_leaks, live_until, request_leaks
from inspector.leaks.shapes import Level, matches, stands_for_a_secret
from inspector.leaks.streams import LAP, WINDOW, coded_finds, stream_finds
from inspector.s3.chunked import content_codings, is_aws_chunked
from inspector.store.bodies import payload
from inspector.store.reader import Recording
from inspector.store.stored import Stored
from inspector.view.exchange import headers_of
from inspector.wire.codings import can_unpack
from inspector.wire.redaction import body_may_hold_secrets, is_removed_signature, secrets_in_body

STRUCTURED = 1024 * 1024
"""Bytes of a body in whose fields secrets are looked for by name, as when it was recorded."""

LIVE = "presigned URL that is still good"
LEFT_BEHIND = "outside of any call (free space of the file)"

Progress = Callable[[int, int], None]

Read = tuple[int | str, ...]
"""A body's number, and the codings under which it was read."""


class Place(NamedTuple):
    """A credential of a recording: the exchange's id (None: beside the calls), the place in words, and the find."""

    exchange: int | None
    where: str
    find: Find


@dataclass(slots=True)
class Scan:
    """Searches one recording.

    `known`: secrets to look for. `signatures`: whether signatures and key ids count. `now` (Unix seconds) tells which
    presigned URLs are still good. `progress` is told how many calls are done, of how many.
    """

    opened: Recording
    known: tuple[bytes, ...] = ()
    signatures: bool = False
    now: float = 0.0
    progress: Progress = lambda done, count: None

    def places(self) -> Iterator[Place]:
        """Every credential, in the order of the calls."""
        seen: set[bytes] = set()
        for place in self.every():
            seen.add(place.find.value)
            if self.signatures or place.find.level is Level.SECRET:
                yield place
        yield from _left_behind(self.opened.path, self.known, seen)

    def every(self) -> Iterator[Place]:
        """Every find in rows and bodies, whatever it is worth; signatures too."""
        for where, text in self.opened.texts():
            for find in finds(text.encode("utf-8", "surrogateescape"), self.known):
                yield Place(None, where, find)
        ids = self.opened.ids()
        bodies: set[Read] = set()
        for done, number in enumerate(ids):
            self.progress(done, len(ids))
            stored = self.opened.exchange(number)
            if stored is not None:
                yield from self._of_call(number, stored, bodies)

    def _of_call(self, number: int, stored: Stored, bodies: set[Read]) -> Iterator[Place]:
        for leak in exchange_leaks(stored.exchange, self.known):
            yield Place(number, leak.where, leak.find)
        until = live_until(stored.exchange.request)
        if until is not None and until > self.now:
            yield Place(number, "request target", Find(LIVE, Level.SECRET, 0))
        forwarded = self.opened.forwarded(number)
        if forwarded is not None:
            for leak in request_leaks(forwarded.request, self.known, "forwarded request"):
                yield Place(number, leak.where, leak.find)
        yield from self._chunks(number)
        for where, text in _texts(stored):
            for find in finds(text.encode("utf-8", "surrogateescape"), self.known):
                yield Place(number, where, find)
        yield from self._bodies(number, stored, bodies)

    def _chunks(self, number: int) -> Iterator[Place]:
        signed = (chunk.signature for chunk in self.opened.chunks(number))
        for signature in signed:
            if signature and not is_removed_signature(signature.encode()):
                yield Place(number, "chunk signatures", Find("signature", Level.SIGNATURE, 0, (), signature.encode()))
                return

    def _bodies(self, number: int, stored: Stored, seen: set[Read]) -> Iterator[Place]:
        for side, body in (("request", stored.request_body), ("response", stored.response_body)):
            if body is None:
                continue
            found: set[bytes] = set()
            read: Read = (body, *content_codings(headers_of(stored, side == "request")))
            for find in self._in_body(stored, side == "request", body, read in seen):
                if find.value not in found or not find.how:
                    found.add(find.value)
                    yield Place(number, f"{side} body", find)
            seen.add(read)

    def _in_body(self, stored: Stored, request: bool, body: int, done: bool) -> Iterator[Find]:
        """By its fields, where it is of a kind that has secret ones; then by what it says, which others may say too."""
        yield from self._named(stored, request, body)
        if done:
            return
        yield from stream_finds(self.opened.body(body), self.known)
        headers = headers_of(stored, request)
        framed = request and is_aws_chunked(headers)
        if framed:
            for find in stream_finds(payload(self.opened.body(body), headers, True), self.known):
                yield replace(find, how=("aws-chunked", *find.how))
        codings = [coding for coding in content_codings(headers) if coding != "aws-chunked"]
        if "br" in codings and all(map(can_unpack, codings)):
            yield from coded_finds(payload(self.opened.body(body), headers, framed), codings, self.known)

    def _named(self, stored: Stored, request: bool, body: int) -> Iterator[Find]:
        response = None if request else stored.exchange.response
        if not body_may_hold_secrets(stored.exchange.request, response):
            return
        data = self.opened.body(body).read(0, STRUCTURED)
        for value in secrets_in_body(stored.exchange.request, response, data):
            if not stands_for_a_secret(value):
                yield Find("a secret by its place", Level.SECRET, max(0, data.find(value)), (), value)


def _texts(stored: Stored) -> Iterator[tuple[str, str]]:
    exchange = stored.exchange
    yield "note", stored.row.note or ""
    yield "failure", exchange.failure.text if exchange.failure else ""
    yield "addresses", "\n".join((exchange.client_address, exchange.server_address, exchange.server_connection))
    yield "facts", "\n".join(str(getattr(stored.facts, name)) for name in ("error_message", "client", "invocation_id"))


def _left_behind(path: Path, known: Iterable[bytes], seen: set[bytes]) -> Iterator[Place]:
    """What SQLite has not written over yet, or holds in its journal: secrets of one shape only, or known ones."""
    known = [secret for secret in dict.fromkeys(known) if len(secret) >= SHORTEST_KNOWN]
    for file in (path, path.with_name(path.name + "-wal")):
        for start, window in _file_windows(file):
            for secret in known:
                if secret not in seen and (at := window.find(secret)) >= 0:
                    seen.add(secret)
                    yield Place(None, LEFT_BEHIND, Find(AT_HAND, Level.SECRET, start + at, (), secret))
            for match in matches(window, exact=True):
                if match.value not in seen:
                    seen.add(match.value)
                    yield Place(None, LEFT_BEHIND, Find(match.what, match.level, start + match.start, (), match.value))


def _file_windows(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with path.open("rb") as file:
            start = 0
            while window := file.read(WINDOW):
                yield start, window
                if len(window) < WINDOW:
                    return
                start += WINDOW - LAP
                file.seek(start)
    except FileNotFoundError:
        return
