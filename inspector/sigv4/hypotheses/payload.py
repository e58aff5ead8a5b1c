"""The last line of the canonical request, the payload's: its hash was signed, or that of nothing, or a word instead."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from inspector.sigv4 import steps
from inspector.sigv4.authorization import EMPTY_SHA256, PAYLOAD_WORDS
from inspector.sigv4.hypotheses.header_lines import PAYLOAD_HEADER, line
from inspector.sigv4.hypotheses.model import PAYLOAD, Change, Problem, Value, header
from inspector.sigv4.hypotheses.percent import said
from inspector.sigv4.hypotheses.register import hypothesis
from inspector.wire.headers import get

UNSIGNED = b"UNSIGNED-PAYLOAD"
WORDS = tuple(dict.fromkeys((UNSIGNED, *(word for word in PAYLOAD_WORDS if word != EMPTY_SHA256))))

_HASH = re.compile(rb"[0-9a-f]{64}")
_SPACING = re.compile(rb"[\s_-]+")


class Payload(NamedTuple):
    """A last line that may have been signed, and what it is, in words."""

    text: bytes
    what: str


@hypothesis("payload-header-typo")
def typo(problem: Problem) -> Iterator[Change]:
    """What x-amz-content-sha256 says is misspelt there, and was signed as it is meant."""
    # arnemolland/sigv4#8
    written = problem.parts[PAYLOAD]
    plain = written.strip(b" \t\"'")
    meant = {_SPACING.sub(b"-", word): word for word in WORDS}.get(_SPACING.sub(b"-", plain).upper(), plain)
    for text in (meant, plain.lower()) if len(plain) == 64 else (meant,):
        yield Change({PAYLOAD: text}, f"the payload was signed as {said(text)}; {said(written)} arrived")


@hypothesis("payload-unsigned-vs-hash")
def unsigned_or_hash(problem: Problem) -> Iterator[Change]:
    """The payload was signed by its hash, and declared as unsigned or streamed, or the other way round."""
    # aws-request-signer#13, amplify-js#14604; presigned URLs above all
    words = [Payload(word, said(word)) for word in WORDS if b"-ECDSA-" not in word]  # those are SigV4A's
    words.append(Payload(steps.sha256_hex(UNSIGNED), f"the hash of the word {said(UNSIGNED)}"))
    words.append(Payload(UNSIGNED.lower(), said(UNSIGNED.lower())))
    hashes = [] if _is_hash(problem) else list(_hashes(problem))
    yield from _signed(problem, [*words, *hashes, *_declared(problem)])


@hypothesis("payload-empty-hash")
def empty_hash(problem: Problem) -> Iterator[Change]:
    """The hash of nothing was signed for the payload, or nothing at all in its place."""
    # lua-resty-aws#2; minio's skipContentSha256Cksum
    yield from _signed(problem, [Payload(EMPTY_SHA256, "the hash of nothing"), Payload(b"", "an empty line")])


@hypothesis("payload-body-altered")
def body_altered(problem: Problem) -> Iterator[Change]:
    """The hash of another form of the payload was signed than the one that was declared."""
    if _is_hash(problem):
        base = problem.parts[PAYLOAD]
        yield from _signed(problem, [*_hashes(problem), Payload(steps.sha256_hex(base), "the hash of the hex hash")])


def _is_hash(problem: Problem) -> bool:
    return _HASH.fullmatch(problem.parts[PAYLOAD].lower()) is not None


def _hashes(problem: Problem) -> Iterator[Payload]:
    """The hashes of the body that are known of it, whatever is kept."""
    body = problem.signed.body
    if body.truncated != "incomplete":
        yield Payload(body.sent.sha256.encode(), "the hash of the body that arrived")
        yield Payload(base64.b64encode(bytes.fromhex(body.sent.sha256)), "the hash of the body in base64")
        yield Payload(body.sent.md5.encode(), "the MD5 of the body")
    if body.decoded is not None:
        yield Payload(body.decoded.sha256.encode(), "the hash of the payload inside aws-chunked framing")


def _declared(problem: Problem) -> Iterator[Payload]:
    """What the header says, where it does not count by the rule."""
    declared = get(problem.signed.request.headers, PAYLOAD_HEADER)
    if declared is not None:
        yield Payload(declared.strip(), f"{said(declared)}, which x-amz-content-sha256 has,")


def _signed(problem: Problem, payloads: Iterable[Payload]) -> Iterator[Change]:
    """Each on the last line, in the header, and in both: SDKs write the line first and the header from it."""
    base = problem.parts[PAYLOAD]
    for text, what in payloads:
        if text == base:
            continue
        words = f"{what} was signed as the payload, not {said(base)}"
        yield Change({PAYLOAD: text}, words)
        if PAYLOAD_HEADER in problem.names and text:
            in_header: dict[str, Value] = {header(PAYLOAD_HEADER): line(PAYLOAD_HEADER, text)}
            yield Change({PAYLOAD: text, **in_header}, f"{words}, and in x-amz-content-sha256")
            yield Change(in_header, f"{what} was signed as x-amz-content-sha256, and {said(base)} as the payload")
