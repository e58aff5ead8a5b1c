"""What B2 said: its sentence in an error's body, or the sentences that the length of an answer to HEAD allows.

Only an answer that is B2's own counts. B2's words may stand in another server's answer, and other servers answer where
B2 was asked: proxies, caches, stand-ins. What they say is no sentence of B2's, and B2's advice does not fit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from inspector.diagnose.call import Call
from inspector.diagnose.finding import Certainty
from inspector.diagnose.reading import answered, at_b2, without_words, wordless
from inspector.native.errors import read_error as read_json_error
from inspector.native.ids import is_request_id
from inspector.s3.lengths import fits
from inspector.s3.sentences import Sentence, error_body, recognise
from inspector.wire.query import pairs

_HOST_ID = re.compile(r"a[A-Za-z0-9+/=]{15,40}")
"""x-amz-id-2 as B2 writes it: 21 or 33 characters that begin with `a` (AlistGo/alist#8364, rclone/rclone#4689)."""

_REFUSED = re.compile(r"x-amz-(?:sdk-)?checksum-|x-amz-(?:trailer|tagging)$")
"""Headers that B2 is known to refuse, or to have refused, by name (minio/mc#5072, iterate-ch/cyberduck#16107,
tailscale/tailscale#16124, Intrinsec/s3proxy#34)."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A sentence of B2's, with the parts that differ from call to call, and how sure it is that B2 said it.

    `seen`: the code and message, or how the length comes about.
    """

    sentence: Sentence
    parts: Mapping[str, str]
    certainty: Certainty
    seen: str


def by_b2(call: Call) -> bool:
    """Whether the answer is B2's own: by the shape of its request id, else by the bytes of its error.

    At an endpoint of B2 the request id is enough; elsewhere (a name of one's own before B2) the host id must have B2's
    shape, too.
    """
    if call.response is None:
        return False
    request_id = _text(answered(call, b"x-amz-request-id"))
    if request_id:
        host_id = _text(answered(call, b"x-amz-id-2"))
        return is_request_id(request_id) and (at_b2(call.request) or _HOST_ID.fullmatch(host_id) is not None)
    return at_b2(call.request) and _in_b2s_form(call)


def _in_b2s_form(call: Call) -> bool:
    """Whether the body is an error byte for byte as B2 writes it, or one in its JSON."""
    if call.error is not None:
        return call.response_body == error_body(call.error.code, call.error.message)
    error = read_json_error(call.response_body)
    return error is not None and error.status == call.status


def heard(call: Call, *names: str) -> Iterator[Heard]:
    """Which of these sentences (all, where none is named) B2 said, or may have or may have said to a HEAD."""
    if not call.failed or call.facts.api == "b2" or not by_b2(call):
        return
    for one in _by_length(call) if wordless(call) else _in_words(call):
        if not names or one.sentence.name in names:
            yield one


def _in_words(call: Call) -> Iterator[Heard]:
    said = recognise(call.facts.error_code, call.facts.error_message or "")
    if said is not None:
        yield Heard(said.sentence, said.parts, Certainty.CERTAIN, spoken(call))


LONGEST_WORDS = 400
"""Characters of a message that are quoted: B2's longest sentences have half as many, other servers' know no end."""


def spoken(call: Call) -> str:
    """Status, code and message of the answer in a line."""
    words = (call.facts.error_code, call.facts.error_message)
    return f"HTTP {call.status} " + ": ".join(_quoted(word) for word in words if word)


def _quoted(word: str) -> str:
    return word if len(word) <= LONGEST_WORDS else f"{word[:LONGEST_WORDS]}… ({len(word)} characters)"


def _by_length(call: Call) -> Iterator[Heard]:
    """What an answer without its body would have said. Where no length came there is nothing to tell it from."""
    length = error_length_of(call)
    if length is None or call.status is None:
        return
    for fit in fits(call.status, length, _of_the_call(call)):
        seen = f"HTTP {call.status} {without_words(call)}, Content-Length {fit.arithmetic}"
        if fit.short:
            seen += '\n(of a body without standalone="yes", which was seen once)'
        yield Heard(fit.sentence, fit.parts, Certainty.HINT if fit.short else Certainty.LIKELY, seen)


def error_length_of(call: Call) -> int | None:
    """The Content-Length of an answer to HEAD that speaks of an error in XML, None where it does not say."""
    length, media = _text(answered(call, b"content-length")), _text(answered(call, b"content-type"))
    if not (length.isascii() and length.isdigit() and len(length) < 7):
        return None
    return int(length) if not media or "xml" in media.lower() else None


def _of_the_call(call: Call) -> dict[str, tuple[str, ...]]:
    """What may stand in the hole of a sentence, out of the call itself."""
    facts, authorization = call.facts, call.authorization
    written = [name for name, _ in call.request.headers] + [pair.name for pair in pairs(call.request.query)]
    names = tuple(dict.fromkeys(_text(name).lower() for name in written))
    signed = tuple(_text(name).lower() for name in authorization.signed_headers)
    credential = authorization.part("credential")
    return {
        "bucket": (facts.bucket or "",),
        "key": (facts.key_id or "",),
        "component": () if credential is None else (_text(credential.raw),),
        "unsupported-header.header": tuple(name for name in names if _REFUSED.match(name)),
        "not-in-signature.header": ("x-amz-content-sha256", *(name for name in names if name.startswith("x-amz-"))),
        "signed-header-absent.header": tuple(name for name in signed if name not in ("host", *names)),
        "timestamp": (authorization.timestamp or "",),
        "expires": ("" if authorization.expires is None else str(authorization.expires),),
    }


def _text(value: bytes | None) -> str:
    return "" if value is None else value.decode("utf-8", "replace").strip()
