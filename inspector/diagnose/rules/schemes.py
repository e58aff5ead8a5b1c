"""Other schemes than SigV4, and authorizations that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.diagnose.call import Call
from inspector.diagnose.finding import Certainty, Fault, Seen
from inspector.diagnose.reading import LIST_FAULTS, at_b2, doubtful, failed_or_open, line, refused, sent, shown
from inspector.diagnose.register import rule
from inspector.s3.sentences import errors_of_length, recognise
from inspector.sigv4.canonical import signed_names
from inspector.sigv4.parts import Oddity
from inspector.wire.headers import get


def _to_s3(call: Call) -> bool:
    """Whether it is an S3 call whose signature, or lack of one, may be at fault; a browser's preflight is unsigned."""
    return call.facts.api == "s3" and doubtful(call) and call.request.method != b"OPTIONS"


@rule(when=doubtful)
def sigv2(call: Call) -> Iterator[Seen]:
    """Signed with the scheme before SigV4, which B2 does not take."""
    if call.authorization.scheme == "sigv2":
        part = call.authorization.part("signature")
        form = "Authorization: AWS KEYID:…" if part and part.place.startswith("header") else "AWSAccessKeyId, Signature"
        certainty = Certainty.CERTAIN if at_b2(call.request) else Certainty.LIKELY
        yield Seen("sigv2-used", certainty, f"{form} ({part.place})" if part else form)


@rule(when=doubtful)
def sigv4a(call: Call) -> Iterator[Seen]:
    """Signed with SigV4A, which only AWS is known to take."""
    if call.authorization.scheme == "sigv4a":
        yield Seen("sigv4a-used", Certainty.LIKELY, str(call.authorization.algorithm))


@rule(when=_to_s3)
def auth_missing(call: Call) -> Iterator[Seen]:
    """Nothing in the request says who sent it, and the answer is a refusal."""
    if call.authorization.scheme != "none" or call.status is None:
        return
    said = recognise(call.facts.error_code, call.facts.error_message or "")
    told = said is not None and said.sentence.name in ("unauthenticated", "bucket-not-authorized")
    certainty = Certainty.CERTAIN if told else Certainty.LIKELY
    left = [name for name in LEFT_OF_A_SIGNER if sent(call, name) is not None]
    if left:
        names = " and ".join(map(shown, left))
        words = f"The Authorization header was taken off: {names}, which signers send beside it, came"
        seen = "\n".join(line(name, sent(call, name) or b"") for name in left)
        yield Seen("auth-missing", certainty, f"no Authorization header\n{seen}", words, STRIPPED, Fault.PATH)
        return
    yield Seen("auth-missing", certainty, "no Authorization header, no X-Amz-Signature in the query")


LEFT_OF_A_SIGNER = (b"x-amz-date", b"x-amz-content-sha256")
STRIPPED = (
    "Look for what takes Authorization off on the way: a redirect that was followed, Squid (cache_peer login=PASS keeps"
    " it), a gateway that reads the header itself, middleware that keeps credentials from the upstream."
)


@rule(when=_to_s3)
def auth_foreign(call: Call) -> Iterator[Seen]:
    """Authorized by something that the S3 API does not know: Basic, Bearer, a token of B2's native API."""
    if call.authorization.scheme == "other":
        yield Seen("auth-foreign", Certainty.CERTAIN, _kind(call.authorization.algorithm))


def _native_token_at_s3(call: Call) -> bool:
    return call.facts.api == "s3" and call.authorization.scheme == "b2-native" and refused(call)


@rule(when=_native_token_at_s3)
def native_token(call: Call) -> Iterator[Seen]:
    """A token of B2's native API, sent to the S3 API."""
    if at_b2(call.request):
        words = "A token of B2's native API, where the S3 API wants a SigV4 signature"
        yield Seen("auth-foreign", Certainty.CERTAIN, "Authorization: a token of B2's native API (not shown)", words)


def _kind(algorithm: str | None) -> str:
    return f"Authorization: {algorithm or 'of an unknown kind'} … (not shown)"


TOLD_ELSEWHERE = (
    "the query carries",
    "the key id is empty",
    "white space inside",
    "the date is not eight",
    "ends with",
    "semicolons",
    "percent-encoded",
    "the name is written",
    "no value",
    "another day than",
    "not of the form",
    "hex in upper case",
    "base64",
)
"""Beginnings of what the reader finds odd and another rule tells of, or that servers do not mind."""

PLACES_TOLD_ELSEWHERE = ("header x-amz-content-sha256", "header x-amz-date", "query X-Amz-Signature")

FATAL = ("missing", "the ", "empty", "no signature", "not a number")
"""Beginnings of what leaves a server nothing to verify."""


@rule(when=doubtful)
def auth_malformed(call: Call) -> Iterator[Seen]:
    """The authorization cannot be read as the scheme wants it."""
    found = [one for one in call.authorization.oddities if _untold(one) and not _date_lost(call, one)]
    if not found or not call.authorization.scheme.startswith("sigv"):
        return
    fatal = any(one.what.startswith(FATAL) or "components, not" in one.what for one in found)
    said = recognise(call.facts.error_code, call.facts.error_message or "")
    told = said is not None and said.sentence.name in ("credential-malformed", "component-malformed")
    certainty = Certainty.CERTAIN if fatal or told else Certainty.LIKELY
    seen = "\n".join(f"{one.where}: {one.what}" for one in found)
    yield Seen("auth-malformed", certainty, seen, f"{found[0].where}: {found[0].what}")


def _untold(one: Oddity) -> bool:
    if one.what.startswith("missing"):
        return one.where.startswith(("header Authorization", "form ")) or one.where == "header x-amz-date"
    if "is empty" in one.what and one.where.startswith("query "):
        return False
    if one.what in LIST_FAULTS and one.where.endswith("SignedHeaders"):
        return False
    return not one.what.startswith(TOLD_ELSEWHERE) and not one.where.endswith(PLACES_TOLD_ELSEWHERE)


def _date_lost(call: Call, one: Oddity) -> bool:
    """Whether it is a signed header that did not arrive: that has a cause of its own."""
    return one.where == "header x-amz-date" and b"x-amz-date" in signed_names(call.authorization.signed_headers)


@rule(when=doubtful)
def signature_encoding(call: Call) -> Iterator[Seen]:
    """The signature is not written as 64 lower-case hex digits."""
    if not call.authorization.scheme.startswith("sigv4-"):
        return
    for one in call.authorization.oddities:
        if one.where.endswith("Signature") and one.what.startswith(("hex in upper case", "base64")):
            seen = f"Signature={call.authorization.signature}"
            yield Seen("impl-signature-encoding", Certainty.CERTAIN, seen, f"The signature is {one.what}")


CHECKSUM_HEADERS = ("x-amz-checksum-", "x-amz-sdk-checksum-algorithm", "x-amz-trailer")
"""Beginnings of the headers that newer SDKs send by default, and that B2 refused by name until 2025."""


@rule(when=failed_or_open)
def checksum_unsupported(call: Call) -> Iterator[Seen]:
    """B2 names a checksum header of newer SDKs as unsupported."""
    said = recognise(call.facts.error_code, call.facts.error_message or "")
    if said is not None and said.sentence.name == "unsupported-header":
        name = said.parts.get("header", "").lower()
        if name.startswith(CHECKSUM_HEADERS):
            value = sent(call, name.encode())
            seen = f"{name}: {shown(value)}" if value is not None else f"{name} (not in the recorded request)"
            yield Seen("b2-checksum-unsupported", Certainty.CERTAIN, seen, f"B2 does not take the header {name}")
    elif call.request.method == b"HEAD" and call.status == 400:
        yield from _by_length(call)


def _by_length(call: Call) -> Iterator[Seen]:
    """An answer to HEAD has no body, but the length of the one it would have had."""
    length = get(call.response.headers, b"content-length") if call.response else None
    if length is None or not length.isdigit() or sent(call, b"x-amz-checksum-mode") is None:
        return
    hole = len("x-amz-checksum-mode")
    for guess in errors_of_length(400, int(length)):
        if guess.sentence.name == "unsupported-header" and guess.hole == hole:
            seen = f"Content-Length: {int(length)} is that of the error which names x-amz-checksum-mode"
            yield Seen("b2-checksum-unsupported", Certainty.LIKELY, seen)
