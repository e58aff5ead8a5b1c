"""What was signed instead is found at the least number of deviations, proved, and nothing is found where nothing is."""

from __future__ import annotations

import base64
import hashlib
import random
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.sigv4.alternatives import SIGNING_AXES, gather
from inspector.sigv4.hypotheses.model import (
    HEADER_LIST,
    METHOD,
    PATH,
    PAYLOAD,
    QUERY,
    Change,
    Problem,
    Surroundings,
    Value,
    problem,
)
from inspector.sigv4.hypotheses.register import Registered, all_hypotheses
from inspector.sigv4.key import Key
from inspector.sigv4.signed import SignedRequest, signed_request
from inspector.sigv4.solve import Outcome, Progress, search, solve
from inspector.sigv4.verify import verify
from inspector.wire.exchange import BodyInfo, Digests, Request
from tests.support.signing import HOST, KEY, SECRET, resent, signed_call


def registered(cause: str, *changes: Change) -> Registered:
    return Registered(cause, "family", "Words.", lambda _: iter(changes))


def change(words: str, values: dict[str, Value], weight: int = 1, cause: str = "") -> Change:
    return Change(values, words, weight, cause)


HOSTS = registered("host", *(change(f"host {n}", {"header:host": b"host:h%d" % n}) for n in range(5)))
PATHS = registered("path", *(change(f"path {n}", {"path": b"/p%d" % n}) for n in range(5)))
REGIONS = registered("region", *(change(f"region {n}", {"region": b"r%d" % n}) for n in range(5)))
BOTH = registered("both", change("both", {"header:host": b"host:h1", "path": b"/p1"}, 2, "host+path"))
MACRO = registered("macro", change("macro", {"header:host": b"host:h2", "path": b"/p2"}))
REGISTER = [HOSTS, PATHS, REGIONS]

HOST_1 = {b"host": b"h1"}
PATH_1 = {"path": b"/p1"}


def solved(
    call: SignedRequest, depth: int = 2, register: list[Registered] | None = None, around: Surroundings | None = None
) -> Outcome:
    return solve(problem(call, KEY, around=around or Surroundings()), depth, register or REGISTER)


# Levels


def test_one_deviation_is_found_alone() -> None:
    """At the first level, proved by what was signed; what does not explain it is ruled out."""
    outcome = solved(signed_call(lines=HOST_1))
    (explanation,) = outcome.explanations

    assert explanation.causes == ("host",)
    assert explanation.words == "host 1"
    assert explanation.canonical_request is not None
    assert b"\nhost:h1\n" in explanation.canonical_request
    assert hashlib.sha256(explanation.canonical_request).hexdigest().encode() in explanation.string_to_sign
    assert (outcome.tried, outcome.level) == (15, 1)
    assert outcome.ruled_out == ("path", "region")


def test_two_deviations_are_found_together() -> None:
    """At the second level, in the order of the register; the first was searched whole before."""
    outcome = solved(signed_call(signed=PATH_1, lines=HOST_1))
    (explanation,) = outcome.explanations

    assert explanation.causes == ("host", "path")
    assert explanation.words == "host 1; path 1"
    assert (outcome.tried, outcome.level) == (15 + 75, 2)
    assert outcome.ruled_out == ("region",)


def test_three_deviations_are_found_on_request() -> None:
    """Not before depth 3 is asked for."""
    call = signed_call(signed=PATH_1, lines=HOST_1, secret=SECRET + b"\n")
    secrets = registered("key", change("a line feed", {"secret": SECRET + b"\n"}))

    assert solved(call, 2, [*REGISTER, secrets]).explanations == ()
    assert solved(call, 3, [*REGISTER, secrets]).explanations[0].causes == ("host", "path", "key")


def test_a_search_goes_no_deeper_than_asked() -> None:
    """One level at a time, and none below the first that explains."""
    call = signed_call(signed=PATH_1, lines=HOST_1)

    assert solved(call, 1).explanations == ()
    assert solved(call, 1).level == 1
    assert solved(call, 0).tried == 0


def test_a_signature_that_is_right_needs_no_deviation() -> None:
    """It is only written otherwise: in upper case, in base64, with a tail; what was signed is what arrived."""
    call = signed_call()
    right = call.authorization.signature or ""
    raw = bytes.fromhex(right)
    for written in (
        right.upper().encode(),
        base64.b64encode(raw),
        base64.urlsafe_b64encode(raw),
        right.encode() + b"?1592",
    ):
        headers = tuple((n, v.replace(right.encode(), written)) for n, v in call.request.headers)
        broken = resent(call, headers=headers)
        (explanation,) = solved(broken).explanations

        assert verify(broken, KEY).verdict == "mismatch"
        assert explanation.deviations == ()
        assert explanation.canonical_request == verify(call, KEY).canonical_request


@pytest.mark.parametrize("signature", [b"", b"0", b"g" * 64, b"0 " * 32, b"\xff" * 64, b"A" * 43])
def test_without_a_signature_nothing_is_searched(signature: bytes) -> None:
    """There is nothing to reproduce."""
    call = signed_call()
    right = (call.authorization.signature or "").encode()
    headers = tuple((n, v.replace(right, signature)) for n, v in call.request.headers)
    outcome = solved(resent(call, headers=headers))

    assert outcome == Outcome((), 0, 0, ())


# Equals


def test_what_comes_to_the_same_bytes_is_one_explanation() -> None:
    """A change of two causes and the pair of both: the one step speaks, the pair is known beside it."""
    (explanation,) = solved(signed_call(signed=PATH_1, lines=HOST_1), 2, [*REGISTER, BOTH]).explanations

    assert explanation.causes == ("host", "path")
    assert explanation.words == "both"
    assert [[one.changes[0].words for one in way] for way in explanation.also] == [["host 1", "path 1"]]


def test_a_macro_is_less_than_two_deviations() -> None:
    """It is found first, and the pair is not looked for."""
    outcome = solved(signed_call(signed={"path": b"/p2"}, lines={b"host": b"h2"}), 2, [*REGISTER, MACRO])
    (explanation,) = outcome.explanations

    assert (explanation.causes, explanation.also, outcome.level) == (("macro",), (), 1)


def test_one_alternative_of_many_names_has_the_first() -> None:
    """Of those that set the same values, the first in the register gives cause and words; the others are kept."""
    first, second = (registered(name, change(name, {"header:host": b"host:h1"})) for name in ("specific", "general"))
    (explanation,) = solved(signed_call(lines=HOST_1), 2, [PATHS, first, second]).explanations

    assert explanation.causes == ("specific",)
    assert [one.cause for one in explanation.deviations[0].changes] == ["specific", "general"]


def test_a_step_without_effect_is_not_blamed() -> None:
    """A recipe that gives the same bytes here explains nothing: the smaller set is found first, or is the only one."""
    idle = registered("idle", change("idle", {"string": rule_in_other_words}))
    alone = solved(signed_call(lines=HOST_1), 2, [idle, *REGISTER])
    pair = solved(signed_call(signed=PATH_1, lines=HOST_1), 2, [idle, *REGISTER])

    assert [one.causes for one in alone.explanations] == [("host",)]
    assert [one.causes for one in pair.explanations] == [("host", "path")]
    assert [one.also for one in (*alone.explanations, *pair.explanations)] == [(), ()]
    assert "idle" in pair.ruled_out


def rule_in_other_words(signing: object, canonical: bytes) -> bytes:
    digest = hashlib.sha256(canonical).hexdigest()
    return b"\n".join(
        (signing.algorithm, signing.timestamp, signing.scope, digest.encode())  # type: ignore[attr-defined]
    )


def test_two_causes_of_one_change_rule_out_neither_alone() -> None:
    """Tried together only, they say nothing of each."""
    outcome = solved(signed_call(lines={b"host": b"nobody's"}), 2, [HOSTS, BOTH])

    assert outcome.ruled_out == ("host",)


# Shrunk searches


def test_a_proved_key_is_not_searched() -> None:
    """Another call verified with it: not its secret, nor what is made of it; also where this scope is another."""
    secrets = registered("secret", change("with a line feed", {"secret": SECRET + b"\n"}))
    proved = Surroundings(proved=frozenset({KEY.key_id}))
    spoilt = signed_call(secret=SECRET + b"\n")
    elsewhere = signed_call(region=b"elsewhere", lines=HOST_1)

    assert solved(spoilt, 1, [secrets]).explanations[0].causes == ("secret",)
    assert solved(spoilt, 1, [secrets, HOSTS], proved).explanations == ()
    assert solved(spoilt, 1, [secrets, HOSTS], proved).ruled_out == ("host",)
    assert solved(elsewhere, 1, [secrets, HOSTS], proved).explanations[0].causes == ("host",)


def redacted_call(**signed: bytes) -> SignedRequest:
    """A signed token was replaced before it was stored; the hash is of the true canonical request."""
    call = signed_call(headers={b"X-Amz-Security-Token": b"true"}, **signed)  # type: ignore[arg-type]
    canonical = verify(call, KEY).canonical_request
    assert canonical is not None
    headers = tuple((name, b"pseudonym" if value == b"true" else value) for name, value in call.request.headers)
    return replace(
        resent(call, headers=headers),
        canonical_sha256=hashlib.sha256(canonical).hexdigest(),
        redacted=("header x-amz-security-token", "header cookie"),
    )


def test_with_a_redacted_value_key_and_scope_are_searched_all_the_same() -> None:
    """What was signed cannot be shown; what could not be searched is said."""
    spoilt = redacted_call(secret=SECRET + b"\n")
    outcome = solve(problem(spoilt, KEY))
    (explanation,) = outcome.explanations

    assert explanation.causes == ("key-secret-whitespace",)
    assert explanation.canonical_request is None
    assert explanation.string_to_sign.endswith((spoilt.canonical_sha256 or "").encode())
    assert outcome.not_searchable == ("header x-amz-security-token",)


def test_with_a_redacted_value_no_line_is_searched() -> None:
    """Nor ruled out."""
    call = replace(redacted_call(), canonical_sha256="0" * 64)
    outcome = solve(problem(call, KEY))

    assert outcome.explanations == ()
    assert outcome.ruled_out
    assert not [cause for cause in outcome.ruled_out if cause.startswith(("host-", "path-", "query-", "hdr-"))]


# Long searches

LARGE = [
    registered(axis, *(change("", {axis: b"%d" % n}) for n in range(2000)))
    for axis in ("path", "query", "header:host", "region")
]


def test_a_search_can_be_left_at_any_time() -> None:
    """Billions of candidates, and both the first progress and the end of it come at once."""
    began = time.process_time()
    under_way = search(problem(signed_call(lines={b"host": b"nobody's"}), KEY), 3, LARGE)
    steps = [next(under_way) for _ in range(20)]
    under_way.close()

    assert time.process_time() - began < 5
    assert all(isinstance(step, Progress) for step in steps)
    assert next(under_way, None) is None


def test_progress_counts_up_to_all_of_a_level() -> None:
    """Level after level, never more than there is to try, and the outcome last."""
    *steps, outcome = search(problem(signed_call(lines={b"host": b"nobody's"}), KEY), 2)
    last = {step.level: step for step in steps if isinstance(step, Progress)}

    assert isinstance(outcome, Outcome)
    assert sorted(last) == [1, 2]
    assert all(step.tried == step.to_try for step in last.values())
    assert all(step.tried <= step.to_try for step in steps if isinstance(step, Progress))
    assert outcome.tried == sum(step.tried for step in last.values())
    assert [step.level for step in steps if isinstance(step, Progress)] == sorted(
        step.level for step in steps if isinstance(step, Progress)
    )


# With everything that is known

BODY = BodyInfo(Digests(5, hashlib.sha256(b"hello").hexdigest(), "", ""), 5)
AROUND = Surroundings(
    hosts=(b"localhost:9000", b"photos." + HOST),
    header_values={b"content-type": (b"text/plain",), b"accept-encoding": (b"gzip, br",)},
    query_names=(b"versionId", b"utm_source"),
    regions=("us-east-005", "eu-central-003"),
    keys=(Key("other", b"K004otherothersecret"),),
    date_header="Sat, 14 Mar 2026 09:26:54 GMT",
)


def kinds(secret: bytes = SECRET) -> Iterator[SignedRequest]:
    """A download, an upload, a list and a presigned URL."""
    yield signed_call(b"/photos/a%20b.jpg", headers={b"Range": b"bytes=0-9"}, secret=secret)
    upload = {b"Content-Type": b"image/jpeg", b"X-Amz-Meta-A": b"1  2", b"X-Amz-Acl": b"private"}
    payload = BODY.sent.sha256.encode()
    yield signed_call(b"/photos/c", method=b"PUT", headers=upload, payload=payload, body=BODY, secret=secret)
    yield signed_call(b"/photos?list-type=2&prefix=a/b&x", secret=secret)
    yield signed_call(b"/photos/a+b?versionId=1", presigned=True, secret=secret)


@pytest.mark.parametrize("kind", range(4))
@pytest.mark.slow
def test_wrong_secrets_prove_nothing(kind: int) -> None:
    """50 random secrets a kind of request: whatever is known to go wrong, none gives the signature."""
    chance = random.Random(kind)
    call = list(kinds())[kind]
    for _ in range(50):
        key = Key(KEY.key_id, b"K004" + base64.b64encode(chance.randbytes(20)))
        assert solve(problem(call, key, around=AROUND), 1).explanations == ()


@pytest.mark.parametrize("kind", range(4))
@pytest.mark.slow
def test_a_wrong_secret_proves_nothing_by_two_deviations_either(kind: int) -> None:
    """All pairs; it says how many that were."""
    call = list(kinds(b"K004somebodyelses"))[kind]
    outcome = solve(problem(call, KEY, around=AROUND), 2)

    assert outcome.explanations == ()
    assert outcome.level == 2
    assert outcome.tried > 10_000


CANONICAL_AXES = frozenset((METHOD, PATH, QUERY, HEADER_LIST, PAYLOAD))


def check(unsolved: Problem) -> None:
    """Every hypothesis keeps to the axes there are, says something, and shows no secret."""
    for one in gather(unsolved, all_hypotheses()):
        assert all(axis in CANONICAL_AXES | SIGNING_AXES or axis.startswith("header:") for axis in one.values)
        assert one.weight in (1, 2, 3)
        assert all(each.words for each in one.changes)
        assert all(each.cause for each in one.changes)


@pytest.mark.parametrize("kind", range(4))
def test_every_hypothesis_speaks_of_axes_that_there_are(kind: int) -> None:
    """On each kind of request."""
    check(problem(list(kinds())[kind], KEY, around=AROUND))


LINES = [
    (b"Host", b"h:1"),
    (b"host", b"\xff"),
    (b"X-Amz-Date", b"20260314T092653Z"),
    (b"X-Amz-Date", b"\xff"),
    (b"Date", b"Sat, 14 Mar 2026 09:26:53 GMT"),
    (b"x-amz-content-sha256", b"UNSIGNED-PAYLOAD"),
    (b"Forwarded", b'for=1;host="a'),
    (b"X-Forwarded-Host", b"a,b\xff"),
    (b"Content-Length", b"-1"),
    (b"amz-sdk-request", b"attempt=2; max=3"),
    (b"accept-encoding", b"gzip,gzip(gfe)"),
    (b"", b""),
]
NAMES = ["", "host", "host;x-amz-date", "Host;;\xff", "accept-encoding;amz-sdk-request;content-length;date;host"]
text = st.binary(max_size=12)


@given(
    st.lists(st.sampled_from(LINES) | st.tuples(text, text), max_size=6),
    st.sampled_from(NAMES),
    st.sampled_from([b"a/20260314/r/s3/aws4_request", b"a/\xff/\xfe/s3/x", b"a", b"a/00000000/r/s3/aws4_request"]),
    text,
    text,
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_no_request_is_too_odd_to_be_searched(
    headers: list[tuple[bytes, bytes]], names: str, credential: bytes, path: bytes, query: bytes, presigned: bool
) -> None:
    """Whatever the bytes, the search comes to an end without an exception, and proves nothing by chance."""
    target, lines = b"/" + path + b"?" + query, tuple(headers)
    if presigned:
        target += b"&X-Amz-Credential=%b&X-Amz-Date=%b&X-Amz-Signature=%b" % (credential, path, b"0" * 64)
    else:
        value = b"AWS4-HMAC-SHA256 Credential=%b, SignedHeaders=%b, Signature=%b" % (
            credential,
            names.encode("latin-1"),
            b"0" * 64,
        )
        lines = (*lines, (b"Authorization", value))
    call = signed_request(Request(b"GET", "https", "h", 443, target, lines))
    unsolved = problem(call, Key("a", path), around=AROUND)

    check(unsolved)
    assert solve(unsolved, 1).explanations == ()
