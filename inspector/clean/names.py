"""Names that tell whose calls these are: bucket names, account ids; each replaced by another of its own kind.

A bucket's name is a word like others, so it is replaced where it stands as an address: in hosts, at the head of paths,
in copy sources, and in the XML and JSON of the API. What objects hold, and their keys, stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from urllib.parse import quote_from_bytes

from inspector.native.ids import read_key_id
from inspector.s3.addressing import bucket_of_host
from inspector.wire.exchange import Exchange, Request, Response
from inspector.wire.headers import Headers, get

Digest = Callable[[bytes], str]
"""Hex digits under a key, the same for the same bytes."""

_ACCOUNT = re.compile(rb'"accountId"\s*:\s*"([0-9a-f]{12})"|<ID>([0-9a-f]{12})</ID>')
_BODY_TYPES = (b"xml", b"json")


def account_ids(key_ids: Iterable[str], bodies: Iterable[bytes]) -> set[bytes]:
    """The account ids that key ids hold, and that answers name."""
    found = {key.account.encode() for text in key_ids if (key := read_key_id(text))}
    for body in bodies:
        found.update(match[1] or match[2] for match in _ACCOUNT.finditer(body))
    return found


def other_account(account: bytes, digest: Digest) -> bytes:
    """An account id for another."""
    return digest(b"account " + account)[: len(account)].encode()


class Buckets:
    """Gives buckets other names."""

    def __init__(self, names: Iterable[str], digest: Digest) -> None:
        ordered = sorted(set(names), key=len, reverse=True)
        self._names = {name: f"bucket-{digest(b'bucket ' + name.encode())[:10]}" for name in ordered}
        words = b"|".join(re.escape(quote_from_bytes(name.encode()).encode()) for name in ordered)
        address = rb"(?<=[/>\"'=])(?:%b)(?=[/<\"'&?]|\Z)|(?<=//)(?:%b)(?=\.)" % (words, words)
        self._address = re.compile(address) if ordered else None
        self._copied = re.compile(rb"(/|%%2[fF])?(%b)(/|%%2[fF])" % words) if ordered else None

    def exchange(self, exchange: Exchange) -> Exchange:
        """An exchange with the other names in its heads."""
        if not self._names:
            return exchange
        response = exchange.response
        return replace(
            exchange,
            request=self._request(exchange.request),
            response=None if response is None else replace(response, headers=self._headers(response.headers)),
        )

    def body(self, message: Request | Response, body: bytes) -> bytes:
        """A body of the API with the other names; any other as it is."""
        kind = (get(message.headers, b"content-type") or b"").lower()
        of_the_api = any(word in kind for word in _BODY_TYPES) or body.lstrip()[:1] == b"<"
        return self._addresses(body) if of_the_api else body

    def _request(self, request: Request) -> Request:
        return replace(
            request,
            host=self._host(request.host),
            authority=self._host(request.authority.decode("latin-1")).encode("latin-1"),
            target=self._target(request),
            headers=self._headers(request.headers),
        )

    def _host(self, host: str) -> str:
        bucket = bucket_of_host(host.rpartition(":")[0].lower() or host.lower())
        return self._names.get(bucket or "", bucket or "") + host[len(bucket or "") :]

    def _target(self, request: Request) -> bytes:
        path, mark, query = request.target.partition(b"?")
        if bucket_of_host(request.host) is None:
            first, slash, rest = path[1:].partition(b"/")
            path = path[:1] + self._quoted(first) + slash + rest
        return path + mark + (self._addresses(query) if mark else b"")

    def _quoted(self, segment: bytes) -> bytes:
        for name, other in self._names.items():
            if segment == quote_from_bytes(name.encode()).encode():
                return other.encode()
        return segment

    def _headers(self, headers: Headers) -> Headers:
        return tuple((name, self._header(name.lower(), value)) for name, value in headers)

    def _header(self, name: bytes, value: bytes) -> bytes:
        if name == b"host":
            return self._host(value.decode("latin-1")).encode("latin-1")
        if name == b"x-amz-copy-source" and self._copied is not None:
            match = self._copied.match(value)
            return value if match is None else (match[1] or b"") + self._quoted(match[2]) + value[match.start(3) :]
        return self._addresses(value) if name in (b"location", b"referer", b"x-amz-tagging-directive") else value

    def _addresses(self, data: bytes) -> bytes:
        return data if self._address is None else self._address.sub(lambda match: self._quoted(match[0]), data)
