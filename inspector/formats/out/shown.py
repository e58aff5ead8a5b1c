"""A call as it may be shown to others: what authorizes it is gone, everything else is as it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import unquote_to_bytes

from inspector.facts import Facts
from inspector.s3.chunked import is_aws_chunked
from inspector.wire.credentials import HEADERS as SECRET_HEADERS
from inspector.wire.credentials import QUERY as SECRET_PARAMETERS
from inspector.wire.exchange import Exchange, Request, Response
from inspector.wire.headers import Headers

AUTHORIZING_HEADERS = SECRET_HEADERS | {
    b"authorization",
    b"proxy-authorization",
    b"cookie",
    b"set-cookie",
    b"x-amz-date",
    b"x-amz-content-sha256",
}
"""What a signer adds anew: of no use without the signature that goes."""

AUTHORIZING_PARAMETERS = SECRET_PARAMETERS | {
    b"x-amz-algorithm",
    b"x-amz-credential",
    b"x-amz-date",
    b"x-amz-expires",
    b"x-amz-signedheaders",
    b"x-amz-signature",
    b"awsaccesskeyid",
    b"signature",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A call for others. Bodies are None where they are not kept whole.

    An aws-chunked request is shown as its payload, without the framing and the headers that go with it: chunks and
    trailers are made anew by whoever signs.
    """

    exchange: Exchange
    facts: Facts
    request_body: bytes | None
    response_body: bytes | None

    @property
    def request(self) -> Request:
        """The request's head, without what authorizes it."""
        return self.exchange.request


def shown(exchange: Exchange, facts: Facts, request_body: bytes | None, response_body: bytes | None) -> Shown:
    """The call without what authorizes it: headers, parameters of presigned URLs, cookies, the key id.

    `request_body` is the payload: what aws-chunked framing held, else the body as sent.
    """
    request, response = exchange.request, exchange.response
    headers = _unframed(request.headers) if is_aws_chunked(request.headers) else request.headers
    return Shown(
        replace(
            exchange,
            request=replace(request, target=_target(request, facts), headers=_kept(headers)),
            response=None if response is None else _answer(response),
        ),
        replace(facts, key_id=None),
        request_body,
        response_body,
    )


def _unframed(headers: Headers) -> Headers:
    """The lines of a request whose payload travels as it is."""
    kept = []
    for name, value in headers:
        coding = name.lower() == b"content-encoding"
        left = _plain(value) if coding else value
        if name.lower() not in _FRAMING and (left or not coding):
            kept.append((name, left))
    return tuple(kept)


def _plain(codings: bytes) -> bytes:
    return b",".join(one for one in codings.split(b",") if one.strip().lower() != b"aws-chunked").strip()


_FRAMING = frozenset(
    (
        b"x-amz-decoded-content-length",
        b"x-amz-trailer",
        b"x-amz-sdk-checksum-algorithm",
        b"transfer-encoding",
        b"content-length",
    )
)


def _kept(headers: Headers) -> Headers:
    return tuple(line for line in headers if line[0].lower() not in AUTHORIZING_HEADERS)


def _answer(response: Response) -> Response:
    return replace(response, headers=_kept(response.headers))


def _target(request: Request, facts: Facts) -> bytes:
    """Nothing is touched where the URL does not authorize: `Expires` may be any parameter."""
    dropped = AUTHORIZING_PARAMETERS | ({b"expires"} if facts.auth == "sigv2" and facts.presigned else frozenset())
    path, mark, query = request.target.partition(b"?")
    pieces = query.split(b"&")
    kept = [piece for piece in pieces if unquote_to_bytes(piece.partition(b"=")[0]).lower() not in dropped]
    return path + mark + query if len(kept) == len(pieces) else path + (mark if kept else b"") + b"&".join(kept)


def is_text(data: bytes) -> bool:
    """Whether bytes are UTF-8 without controls, so that they may stand in a text."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return all(char >= " " or char in "\t\n\r" for char in text)


def url(request: Request) -> bytes:
    """The URL that the request was meant for."""
    host = request.host.encode()
    usual = {"http": 80, "https": 443}.get(request.scheme)
    port = b"" if request.port == usual else b":%d" % request.port
    return b"%b://%b%b%b" % (request.scheme.encode(), host, port, request.target)


def names(headers: Iterable[tuple[bytes, bytes]]) -> set[bytes]:
    """The names of header lines, in lower case."""
    return {name.lower() for name, _ in headers}
