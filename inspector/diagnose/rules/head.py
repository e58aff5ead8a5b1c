"""Answers to HEAD, whose body is not there: what it would have said, by the length that it would have had.

Sentences about keys, rights, caps and what is not there are told by the rules of those; here are those about the
signer, and lengths that no sentence fits.
"""

from __future__ import annotations

from collections.abc import Iterator

from inspector.diagnose.call import Call
from inspector.diagnose.finding import Certainty, Seen
from inspector.diagnose.heard import by_b2, error_length_of, heard
from inspector.diagnose.reading import without_words, wordless
from inspector.diagnose.register import rule
from inspector.s3.lengths import FRAME

OF_SIGNERS = {
    "signature-failed": "signature-mismatch",
    "sigv2-refused": "sigv2-used",
    "credential-malformed": "auth-malformed",
    "component-malformed": "auth-malformed",
    "not-in-signature": "hdr-unsigned-amz",
    "signed-header-absent": "hdr-signed-absent",
    "unauthenticated": "auth-missing",
    "bucket-not-authorized": "auth-missing",
    "expired": "presign-expired",
}
"""B2's sentence to the cause that it speaks for."""


def headless(call: Call) -> bool:
    """Whether a call failed whose answer is B2's, and has no body here."""
    return wordless(call) and call.failed and by_b2(call) and call.facts.api != "b2"


@rule(when=headless)
def of_signers(call: Call) -> Iterator[Seen]:
    """The length is that of a sentence about who signed the request, and how."""
    for one in heard(call, *OF_SIGNERS):
        cause = OF_SIGNERS[one.sentence.name]
        if one.sentence.name == "component-malformed" and not call.facts.key_id:
            cause = "key-id-empty"
        words = f"By its length the answer says: {one.sentence.code}: {_message(one.seen)}"
        yield Seen(cause, one.certainty, one.seen, words)


def _message(seen: str) -> str:
    """The message at the end of the arithmetic."""
    return seen.partition("\n")[0].partition(": ")[2].partition(": ")[2]


@rule(when=headless)
def of_nothing_known(call: Call) -> Iterator[Seen]:
    """The length is none of a sentence that is known; asking again with GET shows the words."""
    length = error_length_of(call)
    if length is None or length <= FRAME or any(heard(call)):
        return
    arithmetic = f"Content-Length {length} = {FRAME} + {length - FRAME} of code and message"
    seen = f"HTTP {call.status} {without_words(call)}, {arithmetic}"
    yield Seen("head-404-403-no-body", Certainty.HINT, seen)
