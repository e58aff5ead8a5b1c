"""Signers that get one step wrong are found by the step. Each is written out here by hand."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from inspector.sigv4.alternatives import gather
from inspector.sigv4.candidates import Candidates
from inspector.sigv4.hypotheses.model import problem
from inspector.sigv4.hypotheses.register import Registered, all_hypotheses
from inspector.sigv4.signed import SignedRequest
from inspector.sigv4.solve import solve
from tests.support.signing import (
    EMPTY,
    HOST,
    KEY,
    REGION,
    SECRET,
    TIMESTAMP,
    explanations,
    signed_call,
    two_deviations,
    with_signature,
)

BODY_HASH = hashlib.sha256(b"a body").hexdigest().encode()
DATE = TIMESTAMP[:8]
SCOPE = DATE + b"/" + REGION + b"/s3/aws4_request"
CREDENTIAL = KEY.key_id.encode() + b"/" + SCOPE
TEXT = b"AWS4-HMAC-SHA256\n" + TIMESTAMP + b"\n" + SCOPE + b"\n"
NAMES = b"host;x-amz-content-sha256;x-amz-date"
LINES = (b"host:" + HOST, b"x-amz-content-sha256:" + BODY_HASH, b"x-amz-date:" + TIMESTAMP)
CANONICAL = b"\n".join((b"PUT", b"/photos/a.jpg", b"partNumber=1&uploadId=x", *LINES, b"", NAMES, BODY_HASH))


def mac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def hexhash(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()


def right_text(canonical: bytes) -> bytes:
    return TEXT + hexhash(canonical)


def chained(*words: bytes, start: bytes = b"AWS4" + SECRET, then: Callable[[bytes], bytes] = bytes) -> bytes:
    key = start
    for word in words:
        key = then(mac(key, word))
    return key


WORDS = (DATE, REGION, b"s3", b"aws4_request")
RIGHT_KEY = chained(*WORDS)


@dataclass(frozen=True)
class Case:
    """What a signer hashed, signed and signed with, and the cause and words that say what is wrong with it."""

    cause: str
    words: str
    canonical: bytes = CANONICAL
    text: Callable[[bytes], bytes] = right_text
    key: bytes = RIGHT_KEY


def lf_to(separator: bytes) -> bytes:
    return CANONICAL.replace(b"\n", separator)


def crlf_behind(*lines: int) -> bytes:
    """The canonical request with CRLF behind some of its lines."""
    text = CANONICAL.split(b"\n")
    ends = (b"\r\n" if number in lines else b"\n" for number in range(len(text)))
    return b"".join(line + end for line, end in zip(text, ends, strict=True))[:-1]


def inserted(old: bytes, new: bytes) -> bytes:
    assert old in CANONICAL
    return CANONICAL.replace(old, new)


def headers_written(name: Callable[[bytes], bytes], after: bytes) -> bytes:
    canonical = CANONICAL
    for line in LINES:
        canonical = canonical.replace(line, name(line.partition(b":")[0]) + after + line.partition(b":")[2])
    return canonical


def lowered() -> bytes:
    canonical = CANONICAL
    for line in LINES:
        canonical = canonical.replace(line, line.lower())
    return canonical


def utf16(text: bytes) -> bytes:
    return text.decode().encode("utf-16-le")


def latin1(digest: bytes) -> bytes:
    return digest.decode("latin-1").encode()


def crossed() -> bytes:
    key = b"AWS4" + SECRET
    for word in WORDS:
        key = mac(word, key)
    return key


CASES = [
    # between the lines
    Case("impl-crlf", "the canonical request with CR LF", lf_to(b"\r\n")),
    Case("impl-crlf", "the string to sign with CR between", text=lambda c: right_text(c).replace(b"\n", b"\r")),
    Case(
        "impl-crlf",
        "the canonical request, and the string to sign, with CR between",
        lf_to(b"\r"),
        lambda c: right_text(c).replace(b"\n", b"\r"),
    ),
    Case("impl-crlf", "a backslash and an n", lf_to(b"\\n")),
    Case("impl-crlf", "CR LF behind the header lines was signed", crlf_behind(3, 4, 5)),
    Case("impl-crlf", "the query, the empty line and the list of headers", crlf_behind(0, 1, 2, 6, 7)),
    Case("impl-crlf", "the query, the last header line, the empty line", crlf_behind(0, 1, 2, 5, 6, 7)),
    Case("impl-no-blank-line", "without the empty line", CANONICAL.replace(b"\n\n", b"\n")),
    Case("impl-no-blank-line", "two empty lines", CANONICAL.replace(b"\n\n", b"\n\n\n")),
    Case("impl-trailing-newline", "the canonical request with a line feed at its end", CANONICAL + b"\n"),
    Case("impl-trailing-newline", "the string to sign with a line feed", text=lambda c: right_text(c) + b"\n"),
    Case("impl-trailing-newline", "each with a line feed", CANONICAL + b"\n", lambda c: right_text(c) + b"\n"),
    # parts
    Case("impl-part-missing", "without the line of the query", inserted(b"partNumber=1&uploadId=x\n", b"")),
    Case("impl-part-missing", "without the list of headers", inserted(NAMES + b"\n", b"")),
    Case("impl-part-missing", "without the payload's line", CANONICAL.removesuffix(b"\n" + BODY_HASH)),
    Case("impl-header-format", "an empty line in the place", inserted(NAMES + b"\n", b"\n")),
    Case("impl-part-missing", "without the algorithm", text=lambda c: right_text(c).partition(b"\n")[2]),
    Case("impl-part-missing", "without the scope", text=lambda c: right_text(c).replace(SCOPE + b"\n", b"")),
    Case("impl-part-missing", "without its end", text=lambda c: right_text(c).replace(b"/aws4_request", b"")),
    Case("impl-part-missing", "key id", text=lambda c: right_text(c).replace(SCOPE, CREDENTIAL)),
    Case("impl-algorithm", "'AWS4-HMAC-SHA1'", text=lambda c: right_text(c).replace(b"SHA256", b"SHA1", 1)),
    Case("impl-part-missing", "without the region", text=lambda c: right_text(c).replace(b"/" + REGION, b"")),
    Case("impl-part-missing", "a slash behind the scope", text=lambda c: right_text(c).replace(SCOPE, SCOPE + b"/")),
    # what tools print
    Case("impl-hash-dressed", "the payload's hash with the '  -'", CANONICAL + b"  -"),
    Case("impl-hash-dressed", "'SHA2-256(stdin)= '", text=lambda c: TEXT + b"SHA2-256(stdin)= " + hexhash(c)),
    Case("impl-hash-dressed", "'(stdin)= '", text=lambda c: TEXT + b"(stdin)= " + hexhash(c)),
    # hashes
    Case("impl-creq-not-hashed", "the hash of the string", text=lambda c: hashlib.sha256(right_text(c)).digest()),
    Case("impl-creq-not-hashed", "itself, not its hash", text=lambda c: TEXT + c),
    Case("impl-creq-not-hashed", "raw bytes", text=lambda c: TEXT + hashlib.sha256(c).digest()),
    Case("impl-creq-not-hashed", "base64", text=lambda c: TEXT + base64.b64encode(hashlib.sha256(c).digest())),
    Case("impl-creq-not-hashed", "hex hash", text=lambda c: TEXT + hexhash(hexhash(c))),
    Case("impl-creq-not-hashed", "without the string to sign", text=bytes),
    Case("impl-hash-uppercase", "the hash of the canonical", text=lambda c: TEXT + hexhash(c).upper()),
    Case("impl-hash-uppercase", "payload", CANONICAL.removesuffix(BODY_HASH) + BODY_HASH.upper()),
    Case(
        "impl-hash-uppercase",
        "both hashes",
        CANONICAL.removesuffix(BODY_HASH) + BODY_HASH.upper(),
        lambda c: TEXT + hexhash(c).upper(),
    ),
    # keys
    Case("impl-hex-chain", "each HMAC as the next", key=chained(*WORDS, then=lambda d: d.hex().encode())),
    Case("impl-hex-chain", "base64 of each", key=chained(*WORDS, then=base64.b64encode)),
    Case("impl-hex-chain", "hex of the last HMAC", key=RIGHT_KEY.hex().encode()),
    Case("impl-hex-chain", "Latin-1", key=chained(*WORDS, then=latin1)),
    Case("impl-no-AWS4-prefix", "no AWS4", key=chained(*WORDS, start=SECRET)),
    Case("impl-no-AWS4-prefix", "lower case", key=chained(*WORDS, start=b"aws4" + SECRET)),
    Case("impl-scope-order", "date, service, region", key=chained(DATE, b"s3", REGION, b"aws4_request")),
    Case("impl-scope-order", "without the terminator", key=chained(*WORDS[:3])),
    Case("impl-scope-order", "region, date", key=chained(REGION, DATE, *WORDS[2:])),
    Case("impl-scope-order", "'aws4-request' as the last", key=chained(*WORDS[:3], b"aws4-request")),
    Case("impl-scope-order", "the secret itself", key=SECRET),
    Case("impl-scope-order", "each other's place", key=crossed()),
    # headers
    Case("impl-header-case", "capitals were signed", headers_written(bytes.title, b":")),
    Case("impl-header-case", "in upper case were signed", headers_written(bytes.upper, b":")),
    Case("impl-header-format", "a space after the colon were signed", headers_written(bytes, b": ")),
    Case("impl-header-format", "capitals, and a space after", headers_written(bytes.title, b": ")),
    Case("impl-header-format", "their values as well", lowered()),
    Case("impl-header-format", "commas", inserted(NAMES, NAMES.replace(b";", b","))),
    Case("impl-header-format", "', '", inserted(NAMES, NAMES.replace(b";", b", "))),
    Case("impl-header-format", "semicolon at its end", inserted(NAMES, NAMES + b";")),
    # the first lines
    Case("impl-method-lower", "'put'", b"put" + CANONICAL[3:]),
    Case("impl-host-as-uri", "was signed as the path", inserted(b"\n/photos", b"\n" + HOST + b"/photos")),
    Case("impl-host-as-uri", "https://", inserted(b"\n/photos", b"\nhttps://" + HOST + b"/photos")),
    Case("impl-host-as-uri", "empty line for the query", inserted(b"a.jpg\n", b"a.jpg?").replace(b"x\nh", b"x\n\nh")),
    # encodings
    Case("impl-utf16", "the canonical request in UTF-16", utf16(CANONICAL)),
    Case("impl-utf16", "the string to sign in UTF-16", text=lambda c: utf16(right_text(c))),
    Case(
        "impl-utf16",
        "everything in UTF-16",
        utf16(CANONICAL),
        lambda c: utf16(right_text(c)),
        chained(*map(utf16, WORDS), start=utf16(b"AWS4" + SECRET)),
    ),
    Case("impl-utf16", "UTF-8 with a byte order mark", b"\xef\xbb\xbf" + CANONICAL),
]


def put(signature: bytes) -> SignedRequest:
    call = signed_call(b"/photos/a.jpg?partNumber=1&uploadId=x", method=b"PUT", payload=BODY_HASH)
    return with_signature(call, signature)


def test_the_right_signer_of_this_test_is_right() -> None:
    call = signed_call(b"/photos/a.jpg?partNumber=1&uploadId=x", method=b"PUT", payload=BODY_HASH)

    assert call.authorization.signature == mac(RIGHT_KEY, right_text(CANONICAL)).hex()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.cause}: {case.words}")
def test_the_step_that_is_wrong_is_found(case: Case) -> None:
    call = put(mac(case.key, case.text(case.canonical)).hex().encode())

    found = explanations(call)

    causes = {(change.cause, change.words) for one in found for way in one.deviations for change in way.changes}
    assert any(cause == case.cause and case.words in words for cause, words in causes), causes


def test_names_are_found_as_they_were_sent() -> None:
    """Neither small letters nor capitals at each word: the signer took what it sent."""
    names, digest = b"host;x-amz-content-sha256;x-amz-date;x-amz-meta-Tag", EMPTY
    canonical = b"\n".join(
        (
            b"GET\n/a\n",
            b"Host:" + HOST,
            b"X-Amz-Content-Sha256:" + EMPTY,
            b"X-Amz-Date:" + TIMESTAMP,
            b"x-amz-meta-TAG:1",
            b"\n" + names.lower(),
            digest,
        )
    )
    call = with_signature(
        signed_call(b"/a", headers={b"x-amz-meta-TAG": b"1"}), mac(RIGHT_KEY, right_text(canonical)).hex().encode()
    )

    (found,) = explanations(call)

    assert found.causes == ("impl-header-case",)
    assert "as they were sent" in found.words


def test_a_home_made_fault_and_a_wrong_region_are_found_together() -> None:
    key = chained(DATE, b"us-east-1", b"s3", b"aws4_request")
    text = (TEXT + hexhash(CANONICAL + b"\n")).replace(REGION, b"us-east-1")

    found = two_deviations(put(mac(key, text).hex().encode()), ("scope", "line_ends"))

    assert {"impl-trailing-newline", "scope-wrong-region"} in [set(one.causes) for one in found]


def test_a_home_made_key_is_found_with_a_spoilt_secret() -> None:
    key = chained(*WORDS, start=SECRET + b"\n")

    found = two_deviations(put(mac(key, right_text(CANONICAL)).hex().encode()), ("key", "homemade"))

    assert [set(one.causes) for one in found] == [{"impl-no-AWS4-prefix", "key-secret-whitespace"}]


@pytest.mark.parametrize(
    ("canonical", "words"),
    [
        (crlf_behind(1), "CR LF behind the path was"),
        (crlf_behind(0, 2, 7), "CR LF behind the method, the query and the list of headers"),
        (CANONICAL.replace(b"PUT\n", b"PUT"), "nothing behind the method"),
        (CANONICAL.replace(b"x\nhost", b"x\n\nhost"), "two line feeds behind the query"),
    ],
)
def test_single_line_ends_are_found_alone(canonical: bytes, words: str) -> None:
    (found,) = two_deviations(put(mac(RIGHT_KEY, right_text(canonical)).hex().encode()), ("line_ends",))

    assert found.causes == ("impl-crlf",)
    assert words in found.words


def indented(text: bytes) -> bytes:
    return b"\n".join(b"    " + line for line in text.split(b"\n"))


@pytest.mark.parametrize(
    ("canonical", "text", "words"),
    [
        (indented(CANONICAL), right_text, "the canonical request with 4 spaces before each line"),
        (CANONICAL, lambda c: indented(right_text(c)), "the string to sign with 4 spaces"),
        (CANONICAL.replace(b"\n", b"\n\t"), right_text, "a tab before each line but the first"),
        (b'"' + CANONICAL + b'"', right_text, "between double quotes"),
        (CANONICAL, lambda c: TEXT + b'"' + hexhash(c) + b'"', "the hash of the canonical request between quotes"),
    ],
)
def test_what_a_shell_leaves_round_a_text_is_found(
    canonical: bytes, text: Callable[[bytes], bytes], words: str
) -> None:
    (found,) = two_deviations(put(mac(RIGHT_KEY, text(canonical)).hex().encode()), ("dressing",))

    assert found.causes[0].endswith("-dressed")
    assert words in found.words


def test_a_signature_with_the_name_of_the_tool_before_it_is_read() -> None:
    call = put(b"SHA2-256(stdin)= " + mac(RIGHT_KEY, right_text(CANONICAL)).hex().encode())

    assert [one.causes for one in explanations(call)] == [()]


def test_recipes_of_equal_fields_are_tried_once() -> None:
    """Recipes are values: what two rows mean alike is one alternative."""
    first, second = (
        {frozenset(change.values.items()) for one in all_hypotheses() for change in one.changes(laid_out)}
        for laid_out in (problem(signed_call(), KEY), problem(signed_call(), KEY))
    )

    assert first == second


def own_families() -> list[Registered]:
    return [
        one for one in all_hypotheses() if one.family in ("key", "scope", "time", "line_ends", "homemade", "dressing")
    ]


@pytest.mark.parametrize("presigned", [False, True], ids=["header", "presigned"])
def test_no_way_to_go_wrong_comes_to_the_right_signature(presigned: bool) -> None:
    """Where an alternative has no effect, a fault that stands beside it would be said to be two."""
    call = signed_call(presigned=presigned)
    laid_out = problem(call, KEY)
    candidates = Candidates(laid_out, gather(laid_out, own_families()))

    right = bytes.fromhex(call.authorization.signature or "")

    assert [way for batch in candidates.level(1, right) for way in batch.found] == []


@pytest.mark.parametrize("presigned", [False, True], ids=["header", "presigned"])
def test_what_is_tried_alone_is_bounded(presigned: bool) -> None:
    """Each alternative costs up to a key derivation, and a search of pairs the square of it."""
    laid_out = problem(signed_call(presigned=presigned, secret=b"unknown"), KEY)

    assert 300 < solve(laid_out, 1, own_families()).tried <= 500


@pytest.mark.parametrize("line", [b"", b"prefix=a%2fb&list-type=2"], ids=["and no query line", "and the query line"])
def test_the_target_as_sent_is_found_in_the_line_of_the_path(line: bytes) -> None:
    """Signers take the request's URI whole, its query unsorted and its escapes as they are."""
    target = b"/photos?prefix=a%2fb&list-type=2"
    query = line and b"list-type=2&prefix=a%2Fb"
    lines = (b"host:" + HOST, b"x-amz-content-sha256:" + EMPTY, b"x-amz-date:" + TIMESTAMP)
    canonical = b"\n".join((b"GET", target, query, *lines, b"", NAMES, EMPTY))
    call = with_signature(signed_call(target), mac(RIGHT_KEY, right_text(canonical)).hex().encode())

    found = explanations(call)

    assert {change.cause for one in found for way in one.deviations for change in way.changes} == {"impl-host-as-uri"}
