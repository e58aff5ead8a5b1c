"""The rows of the table: built, signed, and told apart, without a server."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from inspector.doctor.probe.ask import Ask, Bench, Stream, built
from inspector.doctor.probe.model import Kind, Probe, Seen, Variant, answer_of
from inspector.doctor.probe.run import Probing
from inspector.doctor.probe.table import PROBES, sent_at_least, sent_at_most
from inspector.doctor.probe.table.query import LIST
from inspector.sending.address import Address
from inspector.sending.line import head_of
from inspector.sigv4.key import Key
from inspector.sigv4.sign import Stamp, amz_date, sign_header
from inspector.sigv4.signed import signed_request
from inspector.sigv4.verify import verify
from inspector.wire.exchange import EMPTY_BODY, BodyInfo, Digests

KEY = Key("0041234567890ab0000000001", b"K004abcdefghijklmnopqrstuvwxyz1")
BENCH = Bench(
    "s3.us-west-004.backblazeb2.com", "https", 443, "photos", "b2-inspector-probe/0123456789abcdef/", "us-west-004", KEY
)
NOW = 1_800_000_000.0
VARIANTS = [(probe, variant) for probe in PROBES for variant in probe.variants]
IDS = [f"{probe.name}-{variant.label}" for probe, variant in VARIANTS]


def body_info(body: bytes) -> BodyInfo:
    """What a verifier has to know of a body."""
    return replace(EMPTY_BODY, sent=Digests(len(body), hashlib.sha256(body).hexdigest(), "", ""))


def verdict(ask: Ask) -> str:
    """What this project's own verifier says."""
    ready = built(ask, BENCH, NOW)
    found = verify(signed_request(ready.request, body_info(ready.body)), KEY)
    return found.verdict if not found.note else f"{found.verdict}, but {found.note}"


@pytest.mark.parametrize(("probe", "variant"), VARIANTS, ids=IDS)
def test_every_request_stays_in_its_bucket_and_prefix(probe: Probe, variant: Variant) -> None:
    """What could store or remove anything names the prefix; nothing but DeleteObjects of no object is a POST."""
    ready = built(variant.ask, BENCH, NOW)
    request = ready.request
    assert request.method in (b"GET", b"HEAD", b"PUT", b"POST")
    if request.method == b"PUT":
        assert request.target.startswith(b"/photos/b2-inspector-probe/0123456789abcdef/")
    if request.method == b"POST":
        assert ready.body == b"<Delete><Object>"
    assert b"{" not in request.target
    assert KEY.secret not in head_of(request) + ready.body
    assert b"\r\n" not in request.target
    assert len(ready.body) < 4096


@pytest.mark.parametrize(("probe", "variant"), VARIANTS, ids=IDS)
def test_what_is_signed_by_the_rule_verifies(probe: Probe, variant: Variant) -> None:
    """And what is signed otherwise does not, by the rule."""
    ask = variant.ask
    if ask.http_date or ask.key_id or ask.names or ask.scope_shift:
        return  # the verifier asks for x-amz-date, sorted names, one date, and the key's own id
    otherwise = ask.spoil or ask.uri is not None or ask.query_signed is not None or bool(ask.values)
    assert (verdict(ask) == "verified") is not otherwise


def test_a_plain_request_is_signed_as_everywhere_else() -> None:
    """The same signature as `sign_header` makes."""
    request = built(LIST, BENCH, NOW).request
    again = sign_header(request, KEY, Stamp(amz_date(NOW), b"us-west-004"), hashlib.sha256(b"").hexdigest().encode())
    assert request.headers[-1] == again.headers[-1]


@pytest.mark.parametrize(
    "probe", [probe for probe in PROBES if probe.kind is Kind.EITHER], ids=lambda probe: probe.name
)
def test_the_forms_of_a_question_differ_in_their_signature_alone(probe: Probe) -> None:
    """The bytes on the wire are the same, so that the answer tells the rule and nothing else."""
    bare = [
        [line for line in head_of(built(variant.ask, BENCH, NOW).request).split(b"\r\n") if b"Signature=" not in line]
        for variant in probe.variants
    ]
    signatures = {head_of(built(variant.ask, BENCH, NOW).request) for variant in probe.variants}
    assert len(probe.variants) > 1
    assert all(lines == bare[0] for lines in bare)
    assert len(signatures) == len(probe.variants)


def test_names_are_unique_and_the_count_is_told() -> None:
    """Some sixty questions; no more than 120 requests."""
    assert len({probe.name for probe in PROBES}) == len(PROBES)
    assert all(len({variant.label for variant in probe.variants}) == len(probe.variants) for probe in PROBES)
    assert 60 <= sent_at_least() <= sent_at_most() <= 120


@pytest.mark.parametrize("spoil", ["", "chunk", "trailer"])
def test_a_streams_length_is_that_of_its_body(spoil: str) -> None:
    """Content-Length is written before the chunks are signed."""
    trailers = ((b"x-amz-checksum-crc32", b"AAAAAA=="),)
    ask = Ask(b"PUT", stream=Stream(b"data", b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", trailers, spoil))
    ready = built(ask, BENCH, NOW)
    assert (b"Content-Length", b"%d" % len(ready.body)) in ready.request.headers
    assert (b"0" * 64 in ready.body) == bool(spoil)


RULE = Probe("p", "?", (Variant("a", "A holds", LIST), Variant("b", "B holds", LIST)))


@pytest.mark.parametrize(
    ("kind", "seen", "answer", "words"),
    [
        (Kind.EITHER, [Seen("a", 404, "NoSuchKey", "")], "a", "A holds"),
        (Kind.EITHER, [Seen("a", 403, "X", "y"), Seen("b", 200, "", "")], "b", "B holds"),
        (
            Kind.EITHER,
            [Seen("a", 403, "X", "y"), Seen("b", 400, "", "")],
            "none",
            "refused (a: 403 X: y; b: status 400)",
        ),
        (Kind.EITHER, [Seen("a", 403, "X", "y"), Seen("b", None, "", "gone")], "unknown", "no answer came"),
        (Kind.TAKES, [Seen("a", 200, "", ""), Seen("b", 200, "", "")], "a, b", "A holds; B holds"),
        (Kind.TAKES, [Seen("a", 501, "X", "y"), Seen("b", 200, "", "")], "b", "B holds (refused: a: 501 X: y)"),
        (Kind.TAKES, [Seen("a", 501, "X", "y"), Seen("b", 503, "", "")], "none", "refused (a: 501"),
        (Kind.SAYS, [Seen("a", 501, "X", "y")], "X", "501 X: y"),
        (Kind.SAYS, [Seen("a", 404, "", "")], "status 404", "status 404"),
        (Kind.SAYS, [Seen("a", 200, "", "")], "taken", "status 200"),
        (Kind.SAYS, [Seen("a", None, "", "gone")], "no answer", "gone"),
    ],
)
def test_what_came_back_is_the_answer(kind: Kind, seen: list[Seen], answer: str, words: str) -> None:
    """A refusal is told with its words; nothing is concluded from silence."""
    found = answer_of(replace(RULE, kind=kind), seen)
    assert found[0] == answer
    assert found[1].startswith(words)


def test_sentences_lose_what_tells_whose_they_are() -> None:
    """Key id, bucket and prefix; words that merely contain the bucket's name stay."""
    probing = Probing(replace(BENCH, bucket="not"), Address("h", 1, None))
    said = f"bucket is not authorized: not; The key '{KEY.key_id}'; {BENCH.prefix}x; nothing"
    assert probing.anonymous(said) == "bucket is <bucket> authorized: <bucket>; The key '<key id>'; <prefix>x; nothing"
