"""From a recorded call to what is sent: changed as asked, carried on, signed anew; or the reason why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from inspector.replay import content, streams
from inspector.replay.carry import LONGEST, NAMES_IN_BODY, Carrier
from inspector.replay.changes import Changes, changed
from inspector.replay.content import Payload, Windows
from inspector.replay.place import over_http1
from inspector.replay.refused import Refused
from inspector.s3.addressing import locate
from inspector.s3.chunked import is_aws_chunked
from inspector.sending.line import head_of
from inspector.sigv4.authorization import Authorization, read_authorization
from inspector.sigv4.key import Key
from inspector.sigv4.sign import Stamp, amz_date, chunk_signer, resigned
from inspector.sigv4.unsigned import AUTHORIZING, with_line
from inspector.store.reader import Recording
from inspector.store.stored import Stored
from inspector.wire.exchange import Request
from inspector.wire.headers import get
from inspector.wire.query import Pair, pairs

SIGNED = ("sigv4-header", "sigv4-query", "sigv4-streaming", "sigv2", "sigv4a")
"""Schemes in whose place a SigV4 signature can be put."""

_NOT_SIGNED = {
    "sigv4-post": "a form's policy is signed by whoever made the form",
    "b2-native": "the native API is authorized by tokens, which no recording keeps",
    "other": "its authorization is no AWS signature, and no recording keeps it",
}
_FRESH = frozenset(f"header {name.lower().decode()}" for name in AUTHORIZING)
_FRESH_QUERY = "query x-amz-security-token"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key, and the session token where it is a temporary one."""

    key: Key
    token: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Ways:
    """How calls are sent again.

    `pick` gives the key for a call that names a key id; `secret` the true value of a header that was replaced, by its
    lower-case name (None: nobody knows it); `edit` hands a head to a person.
    """

    pick: Callable[[str | None], Credentials | None]
    changes: Changes = field(default_factory=Changes)
    as_is: bool = False
    secret: Callable[[str], bytes | None] = lambda name: None
    edit: Callable[[Request], Request] | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What is sent. `body` gives the bytes behind the head, as often as it is asked; None: there are none.

    `key_id` is that of the signature, None where none was made; `notes` are words on what a person may not expect.
    """

    request: Request
    body: Windows | None = None
    size: int = 0
    key_id: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def head(self) -> bytes:
        """The bytes of the head, its empty line included."""
        return head_of(self.request)


def prepared(recording: Recording, stored: Stored, ways: Ways, carrier: Carrier, moment: float) -> Outgoing:
    """What is sent for a recorded call at `moment` (Unix seconds).

    Raises:
        Refused: it cannot be sent; says why.
        OSError: the file that is to be its body cannot be read.
    """
    base = sent_on(recording, stored)
    authorization = read_authorization(base)
    _demand_signable(stored, base, ways)
    request = changed(over_http1(base), ways.changes)
    if ways.edit is not None:
        request = ways.edit(request)
    request = _with_secrets(request, base, stored.redacted, ways)
    if not ways.as_is:
        request = carrier.carried(request, stored.facts)
    payload = _payload(recording, stored, request, ways, carrier)
    if payload is None:
        _demand_whole(stored)
        request = _with_length(request, stored)
    else:
        request = content.with_payload(request, payload)
    if ways.as_is or authorization.scheme == "none":
        return _outgoing(
            recording, stored, request, payload, None, notes=_ages(authorization, moment) if ways.as_is else ()
        )
    return _signed(recording, stored, _Was(base, authorization), request, payload, ways, moment)


def sent_on(recording: Recording, stored: Stored) -> Request:
    """The request as the server got it: behind an endpoint another one than the client's."""
    forwarded = recording.forwarded(stored.row.id)
    return stored.exchange.request if forwarded is None else forwarded.request


# Whether it can be sent at all


def _demand_signable(stored: Stored, base: Request, ways: Ways) -> None:
    if stored.row.state == "open":
        raise Refused("it is still under way", "Wait for its end.")
    if base.method == b"CONNECT" or not base.target.startswith((b"/", b"*")):
        raise Refused("its target is no path of a server", "Only calls to a server are sent again.")
    if stored.facts.auth in _NOT_SIGNED and not ways.as_is:
        raise Refused(f"it cannot be signed anew: {_NOT_SIGNED[stored.facts.auth]}", "Let its own program send it.")
    if b"-ECDSA-" in content.word(base) and not ways.as_is:
        raise Refused("its chunks are signed by SigV4A, which is not signed here", "Send it as it was: --as-is.")


def _with_secrets(request: Request, base: Request, redacted: tuple[str, ...], ways: Ways) -> Request:
    """The request with the true value of what was replaced in its head, as far as signing does not write it anew."""
    for place in redacted:
        kind, _, name = place.partition(" ")
        fresh = not ways.as_is and (place in _FRESH or place.lower() == _FRESH_QUERY)
        if fresh or not _still_replaced(kind, name, request, base):
            continue
        value = ways.secret(name) if kind == "header" else None
        if value is None:
            hint = f"Give it: --secret-header {name}:FILE." if kind == "header" else "Let its own program send it."
            raise Refused(f"the true value of its {place} was replaced before it was recorded", hint)
        request = with_line(request, name.encode(), value)
    return request


def _still_replaced(kind: str, name: str, request: Request, base: Request) -> bool:
    """Whether a place that was replaced is in this request (not in the answer), and nobody has written it anew."""
    if kind == "query":
        values = {pair.value for pair in _named(base, name)}
        return any(pair.value in values for pair in _named(request, name))
    if kind != "header":
        return False
    there = get(request.headers, name.encode())
    return there is not None and there == get(base.headers, name.encode())


def _named(request: Request, name: str) -> list[Pair]:
    return [pair for pair in pairs(request.query) if unquote_to_bytes(pair.name).decode("utf-8", "replace") == name]


def _demand_whole(stored: Stored) -> None:
    info = stored.request_info
    if info.truncated is not None:
        raise Refused(
            f"of its body {info.stored_size} of {info.sent.size} bytes were kept ({info.truncated})",
            "Give the payload: --body FILE. To keep all: run --keep-body all.",
        )
    if info.redacted:
        raise Refused("secrets in its body were replaced before it was recorded", "Give the payload: --body FILE.")


def _with_length(request: Request, stored: Stored) -> Request:
    """A body says its length or its chunks (RFC 9112 §6); HTTP/2 needs neither."""
    size = stored.request_info.stored_size
    said = get(request.headers, b"content-length")
    if get(request.headers, b"transfer-encoding") is not None or (said is None and not size):
        return request
    if said is None:
        return with_line(request, b"Content-Length", b"%d" % size)
    if said.strip() != b"%d" % size:
        raise Refused(
            f"its Content-Length says {said.decode('latin-1')}, and the recording holds {size} bytes",
            "Give the payload: --body FILE.",
        )
    return request


# Its body


def _payload(recording: Recording, stored: Stored, request: Request, ways: Ways, carrier: Carrier) -> Payload | None:
    """A payload in place of the recorded one; None where that is sent."""
    if ways.changes.body is not None:
        return content.of_file(ways.changes.body, request)
    info = stored.request_info
    if ways.as_is or stored.facts.operation not in NAMES_IN_BODY or info.stored_size > LONGEST or info.truncated:
        return None
    if is_aws_chunked(request.headers):
        return None  # no SDK frames a small XML body
    then = recording.body(stored.request_body).read()
    now = carrier.body(stored.facts, then)
    return None if now == then else content.of_bytes(now, request)


def _outgoing(
    recording: Recording,
    stored: Stored,
    request: Request,
    payload: Payload | None,
    key: Key | None,
    notes: tuple[str, ...] = (),
) -> Outgoing:
    """The request as it stands, with its body framed as its head says. `key` signs the chunks of a signed stream."""
    windows = _windows(recording, stored, request, payload, key)
    length = (get(request.headers, b"content-length") or b"").strip()
    size = int(length) if length.isdigit() else 0
    key_id = key.key_id if key else None
    if get(request.headers, b"transfer-encoding") is not None:
        inner = windows
        return Outgoing(request, lambda: content.in_http_chunks(inner()), size, key_id, notes)
    empty = not (payload.digests.size if payload else stored.request_info.stored_size) and size == 0
    return Outgoing(request, None if empty else windows, size, key_id, notes)


def _windows(
    recording: Recording, stored: Stored, request: Request, payload: Payload | None, key: Key | None
) -> Windows:
    signer = partial(chunk_signer, request, key) if key is not None and content.is_signed(request) else None
    if payload is not None:
        return streams.framed(request, payload, signer) if is_aws_chunked(request.headers) else payload.windows

    def recorded() -> Iterator[bytes]:
        return iter(recording.body(stored.request_body))

    if signer is None:
        return recorded
    chunks = partial(recording.chunks, stored.row.id)
    streams.demand_chain(stored.request_info, chunks)
    return streams.signed_again(recorded, chunks, stored.request_info.trailers, signer)


# Its signature


class _Was(NamedTuple):
    """The request as it was sent, and what its authorization is read as."""

    request: Request
    authorization: Authorization


def _signed(
    recording: Recording,
    stored: Stored,
    was: _Was,
    request: Request,
    payload: Payload | None,
    ways: Ways,
    moment: float,
) -> Outgoing:
    """The request signed in the way it was."""
    base, authorization = was
    with_key = ways.pick(authorization.key_id)
    if with_key is None:
        raise Refused(
            "there is no key to sign it with",
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile: --profile NAME.",
        )
    service = authorization.service or "s3"
    stamp = Stamp(amz_date(moment), _region(request, authorization, ways.changes).encode(), service.encode())
    info = stored.request_info
    said = content.word(request) or info.sent.sha256.encode()
    hashed = said if payload is None else content.declared(request, payload.digests.sha256)
    as_read = authorization if request.headers == base.headers and request.target == base.target else None
    signed = resigned(request, with_key.key, stamp, hashed, token=with_key.token, authorization=as_read)
    notes = [] if authorization.key_id in (None, with_key.key.key_id) else [f"signed with key id {with_key.key.key_id}"]
    if authorization.scheme in ("sigv2", "sigv4a"):
        notes.append(f"it was signed by {authorization.scheme}, and is by SigV4 now")
    return replace(_outgoing(recording, stored, signed, payload, with_key.key), notes=tuple(notes))


def _region(request: Request, authorization: Authorization, changes: Changes) -> str:
    """The region that is signed for: as it was, unless the call goes elsewhere and its host says another."""
    if changes.region is not None:
        return changes.region
    in_host = locate(request).region
    before = authorization.region if authorization.region != "*" else None
    region = in_host or before if changes.endpoint is not None else before or in_host
    if region is None:
        raise Refused("neither its signature nor its host names a region", "Name it: --region REGION.")
    return region


def _ages(authorization: Authorization, moment: float) -> tuple[str, ...]:
    """How old the signature is that is sent as it was."""
    from inspector.replay.age import age_words

    words = age_words(authorization, moment)
    return (words,) if words else ()
