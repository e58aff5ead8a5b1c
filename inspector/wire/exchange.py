"""The exchange: one request with its answer or its failure, as it travelled.

Plain values without behaviour beyond reading themselves. Bodies are not part of them: a body may be a gibibyte,
so whoever has the bytes hands them beside the head, whole or in pieces; what is known of one is a `BodyInfo`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from inspector.wire.headers import Headers, get


class Fidelity(str, Enum):
    """How near the stored bytes are to those that travelled."""

    WIRE = "wire"
    REBUILT = "rebuilt"


@dataclass(frozen=True, slots=True)
class Request:
    """The head of a request.

    `target` is the raw request target as forwarded (path and query, percent-encoding untouched); `authority` is
    HTTP/2's `:authority` or that of an absolute-form target, empty where there was none; `host` and `port` are where
    the client meant it to go (CONNECT or the URL), before any re-routing.
    """

    method: bytes
    scheme: str
    host: str
    port: int
    target: bytes
    headers: Headers
    http_version: str = "HTTP/1.1"
    authority: bytes = b""

    @property
    def signed_host(self) -> bytes:
        """The host that a SigV4 signer signed: the Host line, else the authority (HTTP/2 has no Host line)."""
        host = get(self.headers, b"host")
        return self.authority if host is None else host

    @property
    def path(self) -> bytes:
        """The target before its first question mark."""
        return self.target.partition(b"?")[0]

    @property
    def query(self) -> bytes:
        """The target after its first question mark; empty where there is none."""
        return self.target.partition(b"?")[2]


@dataclass(frozen=True, slots=True)
class Response:
    """The head of an answer. `reason` is empty where the server sent none (B2 sends none)."""

    status: int
    headers: Headers
    reason: bytes = b""
    http_version: str = "HTTP/1.1"


@dataclass(frozen=True, slots=True)
class Digests:
    """Size in bytes and lower-case hex digests of a run of bytes."""

    size: int
    sha256: str
    md5: str
    crc32: str


@dataclass(frozen=True, slots=True)
class SignedChunk:
    """A chunk of an aws-chunked body: size of its data in bytes, their hex SHA-256, its signature (None: unsigned)."""

    size: int
    sha256: str
    signature: str | None


@dataclass(frozen=True, slots=True)
class BodyInfo:
    """What is known of a body besides its bytes, computed while it passed, so that it holds when those are gone.

    `sent` is the body after transfer decoding, as the client or server sent it. `decoded` is the payload inside
    aws-chunked framing (None for other bodies). `trailers` are the aws-chunked trailer lines. `checksum` is what this
    side computes for the declared trailer checksum, as (header name, base64). `truncated` says why stored bytes are
    fewer than sent ones (`keep-limit`, `recorder-behind`, `recorder-restarted`, `incomplete`,
    `missing-in-source`), None when all are kept.
    `redacted` is true where stored bytes differ from sent ones by redaction; `sent` is of the true bytes even then.
    `framing_error` says where and how aws-chunked framing broke.
    """

    sent: Digests
    stored_size: int
    truncated: str | None = None
    redacted: bool = False
    decoded: Digests | None = None
    trailers: tuple[tuple[bytes, bytes], ...] = ()
    checksum: tuple[str, str] | None = None
    chunk_count: int = 0
    framing_error: str | None = None


EMPTY_DIGESTS = Digests(
    size=0,
    sha256="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    md5="d41d8cd98f00b204e9800998ecf8427e",
    crc32="00000000",
)
EMPTY_BODY = BodyInfo(sent=EMPTY_DIGESTS, stored_size=0)


@dataclass(frozen=True, slots=True)
class Timing:
    """Moments in Unix seconds (None: not reached or not known); the proxy's clock.

    `tcp_ms` and `tls_ms` are how long the connection to the server took to open, on the exchange that opened it.
    """

    request_start: float
    request_end: float | None = None
    response_start: float | None = None
    response_end: float | None = None
    tcp_ms: float | None = None
    tls_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why no whole answer came: a kind out of a small vocabulary, and the words of whoever noticed.

    Kinds: `upstream-unreachable`, `upstream-tls`, `upstream-reset`, `bad-response`, `truncated`,
    `client-disconnected`, `request-rejected`, `proxy-limit` (mitmproxy cannot carry it), `recorder-stopped`, `unknown`.
    """

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request with its answer or its failure."""

    uid: str
    request: Request
    timing: Timing
    response: Response | None = None
    failure: Failure | None = None
    client_address: str = ""
    server_address: str = ""
    client_connection: str = ""
    server_connection: str = ""
    alterations: tuple[str, ...] = ()
    fidelity: Fidelity = Fidelity.WIRE
    interim: tuple[int, ...] = field(default=())
