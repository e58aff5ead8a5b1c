"""One request of a probe as data, and how it becomes bytes: signed by the rule, or in one place otherwise.

In targets and values `{b}` stands for the bucket, `{p}` for the probe's prefix (`b2-inspector-probe/…/`), `{q}` for the
same percent-encoded, `{t}` for its random part, `{h}` for the host as the endpoint names it, `{n}` for its name alone,
`{o}` for its port.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from types import MappingProxyType
from urllib.parse import quote

from inspector.s3.framing import Encoder
from inspector.sigv4 import steps
from inspector.sigv4.canonical import canonical_query, canonical_uri, header_values, signed_names
from inspector.sigv4.key import Key
from inspector.sigv4.sign import ChunkSigner, Stamp, amz_date, presign, usual_headers
from inspector.wire.exchange import Request
from inspector.wire.headers import Header

NOTHING: Mapping[bytes, bytes] = MappingProxyType({})

SPOILT_SIGNATURE = b"0" * 64
SIGNED_CHUNKS = b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_TRAILER = b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"


@dataclass(frozen=True, slots=True)
class Bench:
    """What the requests of one probing have in common. `host` with its port where that is not the scheme's own."""

    host: str
    scheme: str
    port: int
    bucket: str
    prefix: str
    region: str
    key: Key

    @property
    def token(self) -> str:
        """The random part of the prefix."""
        return self.prefix.strip("/").rpartition("/")[2]

    def filled(self, text: bytes) -> bytes:
        """A template with its marks replaced."""
        name = self.host.rpartition(":")[0] if self.host.endswith(f":{self.port}") else self.host
        for mark, value in (
            (b"{b}", self.bucket),
            (b"{p}", self.prefix),
            (b"{q}", quote(self.prefix, safe="")),
            (b"{t}", self.token),
            (b"{h}", self.host),
            (b"{n}", name),
            (b"{o}", str(self.port)),
        ):
            text = text.replace(mark, value.encode())
        return text


@dataclass(frozen=True, slots=True)
class Stream:
    """A body in aws-chunked framing: its `data` in one chunk, and trailers.

    `spoil`: `chunk` or `trailer`, whose signature is then wrong.
    """

    data: bytes
    mode: bytes = SIGNED_CHUNKS
    trailers: tuple[Header, ...] = ()
    spoil: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request: what goes over the wire, and where what is signed differs from the rule.

    `uri`, `query_signed`: the canonical forms that are signed instead of the rule's. `values`: canonical values of
    headers, by lower-case name. `names`: the SignedHeaders list as written; `not_signed`: names left out of it.
    `payload`: what x-amz-content-sha256 says instead of the body's hash. `shift`: seconds by which the moment is off;
    `scope_shift`: by which the scope's date is off besides. `expires`: signed in the query, for so many seconds.
    `http_date`: a Date line instead of x-amz-date. `spoil`: the signature is wrong. `chunked`: the body travels by
    Transfer-Encoding.
    """

    method: bytes = b"GET"
    path: bytes = b"/{b}"
    query: bytes = b""
    headers: tuple[Header, ...] = ()
    body: bytes = b""
    uri: bytes | None = None
    query_signed: bytes | None = None
    values: Mapping[bytes, bytes] = field(default_factory=lambda: NOTHING)
    names: tuple[bytes, ...] | None = None
    not_signed: frozenset[bytes] = frozenset()
    payload: bytes | None = None
    stream: Stream | None = None
    host: bytes = b"{h}"
    shift: float = 0.0
    scope_shift: float = 0.0
    region: bytes | None = None
    service: bytes = b"s3"
    key_id: str | None = None
    expires: int | None = None
    http_date: bool = False
    spoil: bool = False
    chunked: bool = False

    def but(self, **changes: object) -> Ask:
        """The same request, changed."""
        return replace(self, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Built:
    """A request ready to be sent."""

    request: Request
    body: bytes


def built(ask: Ask, bench: Bench, moment: float) -> Built:
    """The request, signed at `moment` (Unix seconds)."""
    key = bench.key if ask.key_id is None else replace(bench.key, key_id=ask.key_id)
    stamp = Stamp(amz_date(moment + ask.shift), ask.region or bench.region.encode(), ask.service)
    if ask.expires is not None:
        return Built(presign(_bare(ask, bench), key, stamp, ask.expires), b"")
    # The day of a scope may be another than the moment's; its time of day is part of nothing.
    scope = replace(stamp, timestamp=amz_date(moment + ask.shift + ask.scope_shift))
    date = (b"X-Amz-Date", stamp.timestamp)
    if ask.http_date:
        date = (b"Date", formatdate(moment + ask.shift, usegmt=True).encode())
    request = _bare(ask, bench, (*_body_lines(ask), date, (b"X-Amz-Content-Sha256", _payload(ask))))
    names = ask.names or signed_names(name for name, _ in request.headers if _is_signed(name.lower(), ask))
    to_sign = steps.string_to_sign(
        steps.sha256_hex(_canonical(request, ask, bench, names)), stamp.timestamp, scope.scope
    )
    signature = SPOILT_SIGNATURE if ask.spoil else steps.signature(scope.signing_key(key), to_sign)
    credential = b"%b Credential=%b/%b" % (steps.ALGORITHM, key.key_id.encode(), scope.scope)
    line = b"%b, SignedHeaders=%b, Signature=%b" % (credential, b";".join(names), signature)
    signed = replace(request, headers=(*request.headers, (b"Authorization", line)))
    chain = ChunkSigner(scope.signing_key(key), stamp.timestamp, scope.scope, signature)
    return Built(signed, _body(ask, chain))


def _bare(ask: Ask, bench: Bench, lines: tuple[Header, ...] = ()) -> Request:
    query = bench.filled(ask.query)
    target = bench.filled(ask.path) + (b"?" + query if query else b"")
    filled = tuple((name, bench.filled(value)) for name, value in ask.headers)
    headers = ((b"Host", bench.filled(ask.host)), (b"User-Agent", b"b2-inspector"), *filled, *lines)
    return Request(ask.method, bench.scheme, bench.host, bench.port, target, headers)


def _is_signed(name: bytes, ask: Ask) -> bool:
    return (usual_headers(name) or name in (b"x-probe", b"date")) and name not in ask.not_signed


def _canonical(request: Request, ask: Ask, bench: Bench, names: tuple[bytes, ...]) -> bytes:
    """The canonical request by the rule, but for what `ask` says otherwise."""
    values = header_values(request, names) | {name: bench.filled(value) for name, value in ask.values.items()}
    return b"\n".join(
        (
            request.method,
            canonical_uri(request.path) if ask.uri is None else bench.filled(ask.uri),
            canonical_query(request.query) if ask.query_signed is None else bench.filled(ask.query_signed),
            b"".join(b"%b:%b\n" % (name, values[name]) for name in names),
            b";".join(names),
            _payload(ask),
        )
    )


# Bodies


def _payload(ask: Ask) -> bytes:
    if ask.payload is not None:
        return ask.payload
    return ask.stream.mode if ask.stream else steps.sha256_hex(ask.body)


def _body_lines(ask: Ask) -> tuple[Header, ...]:
    if ask.stream is not None:
        named = tuple((b"X-Amz-Trailer", name) for name, _ in ask.stream.trailers)
        return (
            (b"Content-Encoding", b"aws-chunked"),
            (b"X-Amz-Decoded-Content-Length", b"%d" % len(ask.stream.data)),
            *named,
            (b"Content-Length", b"%d" % len(_framed(ask.stream, None))),
        )
    if ask.chunked:
        return ((b"Transfer-Encoding", b"chunked"),)
    has_body = ask.body or ask.method in (b"PUT", b"POST")
    return ((b"Content-Length", b"%d" % len(ask.body)),) if has_body else ()


def _body(ask: Ask, chain: ChunkSigner) -> bytes:
    if ask.stream is not None:
        return _framed(ask.stream, chain)
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(ask.body), ask.body) if ask.chunked else ask.body


def _framed(stream: Stream, chain: ChunkSigner | None) -> bytes:
    """The body of a stream; without a chain, one of the same size."""
    signed = stream.mode.startswith(b"STREAMING-AWS4-")

    def sign(data: bytes) -> bytes:
        signature = chain.chunk(steps.sha256_hex(data)) if chain else SPOILT_SIGNATURE
        return SPOILT_SIGNATURE if stream.spoil == "chunk" else signature

    def trailers() -> Iterator[Header]:
        yield from stream.trailers
        if signed and stream.trailers:
            signature = chain.trailer(stream.trailers) if chain else SPOILT_SIGNATURE
            yield b"x-amz-trailer-signature", SPOILT_SIGNATURE if stream.spoil == "trailer" else signature

    encoder = Encoder(sign if signed else None)
    return b"".join((*encoder.feed(stream.data), *encoder.finish(trailers)))
