"""Credentials in the heads of an exchange: in its target and header lines, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote_to_bytes

from inspector.leaks.find import Find, finds
from inspector.leaks.shapes import Level, stands_for_a_secret
from inspector.wire.exchange import Exchange, Request, Response
from inspector.wire.headers import Headers
from inspector.wire.query import pairs
from inspector.wire.redaction import secrets_in_headers, secrets_in_target

_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9-]{0,59}")


@dataclass(frozen=True, slots=True)
class Leak:
    """A credential and where it stands: a place in words, and the `offset` of the find in that place's bytes."""

    where: str
    find: Find


def exchange_leaks(exchange: Exchange, known: Iterable[bytes] = ()) -> Iterator[Leak]:
    """The credentials in both heads of an exchange."""
    known = tuple(known)
    yield from request_leaks(exchange.request, known)
    if exchange.response is not None:
        yield from response_leaks(exchange.response, known)


def request_leaks(request: Request, known: tuple[bytes, ...] = (), called: str = "request") -> Iterator[Leak]:
    """The credentials in a request's head."""
    yield from _in_place(f"{called} target", request.target, known, secrets_in_target(request.target))
    yield from _in_place(f"{called} authority", request.authority, known, ())
    yield from _in_headers(called, request.headers, known)


def response_leaks(response: Response, known: tuple[bytes, ...] = ()) -> Iterator[Leak]:
    """The credentials in an answer's head."""
    yield from _in_place("response reason", response.reason, known, ())
    yield from _in_headers("response", response.headers, known)


def _in_headers(called: str, headers: Headers, known: tuple[bytes, ...]) -> Iterator[Leak]:
    named: dict[int, list[bytes]] = {}
    for number, value in secrets_in_headers(headers):
        named.setdefault(number, []).append(value)
    for number, (name, value) in enumerate(headers):
        # The name stands before, for what is a credential by its name.
        line = name + b": " + value
        where = f"{called} header {name.decode().lower() if _NAME.fullmatch(name) else f'line {number + 1}'}"
        yield from _in_place(where, line, known, named.get(number, ()), len(name) + 2)


def _in_place(
    where: str, data: bytes, known: tuple[bytes, ...], named: Iterable[bytes], skip: int = 0
) -> Iterator[Leak]:
    """What is found in a place, and what its name says to be a secret, once."""
    found: set[bytes] = set()
    for find in finds(data, known):
        found.add(find.value)
        yield Leak(where, Find(find.what, find.level, max(0, find.offset - skip), find.how, find.value))
    for value in named:
        if not any(value in other or other in value for other in found if other) and not stands_for_a_secret(value):
            found.add(value)
            yield Leak(where, Find("a secret by its place", Level.SECRET, max(0, data.find(value) - skip), (), value))


def live_until(request: Request) -> float | None:
    """Until when a presigned URL is good, in Unix seconds; None for one that is none, or whose signature is gone."""
    values = {unquote_to_bytes(pair.name): unquote_to_bytes(pair.value or b"") for pair in pairs(request.query)}
    signature = values.get(b"X-Amz-Signature", b"")
    if not signature or stands_for_a_secret(signature):
        return None
    try:
        moment = datetime.strptime(values[b"X-Amz-Date"].decode(), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return moment.timestamp() + int(values[b"X-Amz-Expires"])
    except (KeyError, ValueError):
        return None
