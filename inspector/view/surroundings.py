"""What a recording knows around a call: the dictionaries that signatures are searched with.

Hosts, header values, parameters and regions of the calls beside it; whether another call proves its key. Values that
were replaced before they were stored are not offered: nobody signed a pseudonym.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar
from urllib.parse import unquote_to_bytes, urlsplit

from inspector.sigv4.authorization import read_authorization
from inspector.sigv4.hypotheses.model import Surroundings
from inspector.sigv4.key import Key
from inspector.sigv4.verify import verify
from inspector.store.around import Neighbour
from inspector.store.reader import Recording
from inspector.store.stored import Stored
from inspector.view.call import signed_of
from inspector.wire.headers import get
from inspector.wire.query import pairs

T = TypeVar("T")

NEIGHBOURS = 100
"""Calls that are looked at on each side."""
SIBLINGS = 12
"""Calls of the same key id that are verified at most until one proves it."""
VALUES = 16
"""Values of one header, or parameter, that are offered at most, the nearest first."""
PATHS = 32
HOSTS = 64
NAMES = 64

_DEFAULT_PORTS = (80, 443)

_CONDITIONS = (
    (b"if-match", b"etag"),
    (b"if-none-match", b"etag"),
    (b"if-range", b"etag"),
    (b"if-modified-since", b"last-modified"),
    (b"if-unmodified-since", b"last-modified"),
    (b"if-range", b"last-modified"),
)
"""Conditional headers, and the header of earlier answers that clients take their values from (RFC 9110, §13.1)."""


class Around:
    """Looks around calls of one recording, and remembers which keys it saw proved."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._hosts = tuple(_authorities(recording.host_names(HOSTS)))
        self._proved: set[tuple[int, str | None, Key]] = set()

    def of(self, stored: Stored, keys: Sequence[Key]) -> Surroundings:
        """What is known around a stored call."""
        near = self._recording.nearby(stored.row.id, stored.row.session, NEIGHBOURS)
        response = stored.exchange.response
        date = None if response is None else get(response.headers, b"date")
        return Surroundings(
            hosts=_first(HOSTS, (*_own_hosts(stored), *_hosts(near), *self._hosts), b""),
            header_values=_header_values(near, _signed_names(stored)),
            query_names=_first(NAMES, _query_names(near), b""),
            query_values=_query_values(near, stored.exchange.request.target),
            paths=_first(PATHS, (one.target.partition(b"?")[0] for one in near), b""),
            regions=_first(NAMES, (one.region for one in near if one.region), ""),
            keys=tuple(keys),
            proved=frozenset(key.key_id for key in keys if self._proves(stored, key)),
            date_header=None if date is None else date.decode("latin-1"),
        )

    def of_nothing(self, keys: Sequence[Key]) -> Surroundings:
        """What is known around a request that the recording does not hold."""
        return Surroundings(hosts=self._hosts, keys=tuple(keys))

    def _proves(self, stored: Stored, key: Key) -> bool:
        """Whether another call of the same session and client was signed with this key's secret."""
        row = stored.row
        if key.key_id != row.key_id:
            return False
        known = (row.session, row.client, key)
        if known not in self._proved:
            ids = self._recording.of_key(row.id, row.session, key.key_id, row.client, SIBLINGS)
            if any(self._verifies(number, key) for number in ids):
                self._proved.add(known)
        return known in self._proved

    def _verifies(self, number: int, key: Key) -> bool:
        stored = self._recording.exchange(number)
        return stored is not None and verify(signed_of(self._recording, stored), key).verdict == "verified"


def _own_hosts(stored: Stored) -> Iterator[bytes]:
    """The authorities of the call itself: where the client connected to, and where the answer sends it."""
    request, response = stored.exchange.request, stored.exchange.response
    yield from _authorities([(request.host, request.port)])
    if response is not None:
        yield from _location(get(response.headers, b"location"))


def _hosts(near: Iterable[Neighbour]) -> Iterator[bytes]:
    """Host lines, CONNECT targets and redirects."""
    for one in near:
        named = get(one.headers, b"host") or one.authority
        if named:
            yield named.strip()
        yield from _authorities([(one.host, one.port)])
        yield from _location(get(one.answer, b"location"))


def _authorities(places: Iterable[tuple[str, int]]) -> Iterator[bytes]:
    """As a client writes them: the port stands there unless it is the scheme's own."""
    for host, port in places:
        name = (f"[{host}]" if ":" in host else host).encode("utf-8", "replace")
        yield name if port in _DEFAULT_PORTS else b"%b:%d" % (name, port)


def _location(value: bytes | None) -> Iterator[bytes]:
    try:
        authority = urlsplit((value or b"").decode("latin-1")).netloc
    except ValueError:
        return
    if authority:
        yield authority.encode("latin-1")


def _signed_names(stored: Stored) -> frozenset[bytes]:
    """The headers that the call lists as signed, in lower case; hosts are offered apart."""
    names = read_authorization(stored.exchange.request).signed_headers
    return frozenset(name.lower() for name in names) - {b"host"}


def _header_values(near: Iterable[Neighbour], names: frozenset[bytes]) -> dict[bytes, tuple[bytes, ...]]:
    """The values that signed headers had in other calls, the nearest first; for conditions those of their answers."""
    values: dict[bytes, dict[bytes, None]] = {name: {} for name in names}
    conditions = [(condition, told) for condition, told in _CONDITIONS if condition in names]
    for one in near:
        hidden = {place.removeprefix("header ").lower().encode() for place in one.redacted}
        for written, value in one.headers:
            name = written.lower()
            if name in values and name not in hidden and len(values[name]) < VALUES:
                values[name][value.strip()] = None
        for condition, told in conditions:
            answered = get(one.answer, told)
            if answered is not None and len(values[condition]) < VALUES:
                values[condition][answered.strip()] = None
    return {name: tuple(known) for name, known in values.items() if known}


def _query_names(near: Iterable[Neighbour]) -> Iterator[bytes]:
    """The names of parameters, but those that authorize."""
    for one in near:
        yield from (name for name, _ in _parameters(one.target))


def _query_values(near: Iterable[Neighbour], target: bytes) -> dict[bytes, tuple[bytes, ...]]:
    """The values that the parameters of `target` have in other calls, the nearest first; none that authorize."""
    values: dict[bytes, dict[bytes, None]] = {name: {} for name, _ in _parameters(target)}
    for one in near:
        for name, value in _parameters(one.target):
            if name in values and len(values[name]) < VALUES:
                values[name][value] = None
    return {name: tuple(known) for name, known in values.items() if known}


def _parameters(target: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Names, decoded, and values, as sent, but for those that authorize."""
    for pair in pairs(target.partition(b"?")[2]):
        name = unquote_to_bytes(pair.name)
        if not name.lower().startswith(b"x-amz-"):
            yield name, pair.value or b""


def _first(count: int, values: Iterable[T], empty: T) -> tuple[T, ...]:
    """The first `count` different values, none of them empty."""
    return tuple(dict.fromkeys(value for value in values if value != empty))[:count]
