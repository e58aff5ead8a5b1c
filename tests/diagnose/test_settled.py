"""What was asked of B2 itself settles what its public traces leave open, for calls to B2 and for nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inspector.diagnose.call import Call
from inspector.diagnose.examine import examine
from inspector.diagnose.finding import Certainty, Finding
from inspector.diagnose.register import all_causes
from inspector.diagnose.settled import BY_CAUSE
from inspector.doctor.probe.ask import Ask, Bench, built
from inspector.doctor.probe.table import PROBES
from inspector.s3.probed import CAUSE_OF, Answered, Fact, ProbedFacts
from inspector.sigv4.key import Key
from inspector.sigv4.signed import signed_request
from inspector.wire.exchange import EMPTY_BODY
from tests.support.diagnosed import NOON, Answer, answered, asked

HINT, LIKELY, CERTAIN, PROVED = Certainty.HINT, Certainty.LIKELY, Certainty.CERTAIN, Certainty.PROVED
KEY = Key("0041234567890ab0000000001", b"K004abcdefghijklmnopqrstuvwxyz1")
HOST = "s3.us-west-004.backblazeb2.com"
MISMATCH = ("SignatureDoesNotMatch", "Signature validation failed")
B2 = ((b"x-amz-request-id", b"f15a449517f8b909"),)


def facts(**answers: list[Answered] | str) -> ProbedFacts:
    """Facts of B2's, by the names of probes with underscores: what each request came to, or the answer in a word."""
    return ProbedFacts(HOST, "2026-11-22T17:08:27Z", True, dict(_fact(*one) for one in answers.items()))


def _fact(name: str, said: list[Answered] | str) -> tuple[str, Fact]:
    name = name.replace("_", "-")
    answer, seen = (said, ()) if isinstance(said, str) else ("", tuple(said))
    return name, Fact(name, "Is it so?", answer, "it is so", seen)


def took(variant: str) -> Answered:
    return Answered(variant, 200)


def refused(variant: str, code: str = MISMATCH[0], message: str = MISMATCH[1], status: int = 403) -> Answered:
    return Answered(variant, status, code, message)


def request(region: str = "us-west-004", date: str = "20261122T120000Z", host: str = HOST, *lines: str) -> str:
    return "\n".join(
        (
            "GET /photos/a HTTP/1.1",
            f"Host: {host}",
            f"x-amz-date: {date}",
            "x-amz-content-sha256: UNSIGNED-PAYLOAD",
            f"Authorization: AWS4-HMAC-SHA256 Credential={KEY.key_id}/{date[:8]}/{region}/s3/aws4_request, "
            f"SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={'0' * 64}",
            *lines,
        )
    )


def says(code: str = MISMATCH[0], message: str = MISMATCH[1], status: int = 403) -> Answer:
    return Answer(status, code, message, headers=B2)


def found(call: Call, cause: str) -> Finding | None:
    return next((one for one in examine(call).findings if one.cause == cause), None)


ELSEWHERE = asked(request(region="eu-west-1"), says())


@pytest.mark.parametrize(
    ("seen", "certainty"),
    [
        (None, LIKELY),
        ([took("us-east-1"), took("nowhere")], HINT),
        ([took("us-east-1"), refused("nowhere")], CERTAIN),
        ([refused("us-east-1"), refused("nowhere")], CERTAIN),
        ([refused("us-east-1"), refused("nowhere", "AuthorizationHeaderMalformed", "region", 400)], LIKELY),
        ([refused("us-east-1"), Answered("nowhere", None)], LIKELY),
    ],
)
def test_whether_the_scopes_region_is_checked(seen: list[Answered] | None, certainty: Certainty) -> None:
    """Taken: no cause. Refused in the way of this call: the cause. Refused otherwise, or not answered: as before."""
    probed = facts(scope_region=seen) if seen else facts()
    one = found(replace(ELSEWHERE, probed=probed), "scope-wrong-region")
    assert one is not None
    assert one.certainty is certainty
    assert bool(one.probed) is (seen is not None and seen[-1].status is not None)
    assert ("not known to refuse" in one.summary) is (seen is None)


def test_a_note_says_when_and_where_it_was_asked() -> None:
    """For who wants to ask again."""
    one = found(replace(ELSEWHERE, probed=facts(scope_region=[refused("nowhere")])), "scope-wrong-region")
    assert one is not None
    assert one.probed == (f"Is it so? It is so ({HOST}, 2026-11-22)",)


def test_other_servers_are_not_weighed_by_what_b2_said() -> None:
    """Nor is B2 by what another service said."""
    probed = facts(scope_region=[took("nowhere")])
    aws = asked(request(region="eu-west-1", host="s3.us-west-2.amazonaws.com"), Answer(403, *MISMATCH))
    for call, of_b2 in ((aws, True), (ELSEWHERE, False)):
        one = found(replace(call, probed=replace(probed, of_b2=of_b2)), "scope-wrong-region")
        assert one is not None
        assert (one.certainty, one.probed) == (LIKELY, ())


LIMITS = [took("14m-behind"), took("16m-behind"), refused("61m-behind", "RequestTimeTooSkewed", "?")]


@pytest.mark.parametrize(("minutes", "certainty"), [(10, HINT), (16, HINT), (30, CERTAIN), (70, CERTAIN)], ids=str)
def test_how_far_a_clock_may_be_off(minutes: int, certainty: Certainty) -> None:
    """What was taken accuses no clock; beyond what was refused, and between, as the bytes say."""
    at = f"20261122T{(12 * 60 - minutes) // 60:02d}{(12 * 60 - minutes) % 60:02d}00Z"
    call = asked(request(date=at), Answer(403, "AccessDenied", "?", at=NOON, headers=B2))
    one = found(replace(call, probed=facts(clock_limit=LIMITS)), "clock-skew")
    assert one is not None
    assert one.certainty is certainty
    assert bool(one.probed) is (minutes != 30)


def test_a_fault_that_is_looked_for_first_is_not_there() -> None:
    """The answer is about the signature, and B2 looks at the clock before it: the clock is not why."""
    call = asked(request(date="20261122T100000Z"), says())
    order = facts(
        wrong_signature=[refused("sent")], order_signature_clock=[refused("sent", "RequestTimeTooSkewed", "?")]
    )
    before, after = found(call, "clock-skew"), found(replace(call, probed=order), "clock-skew")
    assert before is not None
    assert after is not None
    assert (before.certainty, after.certainty) == (CERTAIN, HINT)


def test_a_404_speaks_for_the_signature_only_where_b2_looks_at_that_first() -> None:
    """B2 was found to say NoSuchBucket to a wrong signature: then a bad scope is still worth a word."""
    answer = says("NoSuchBucket", "The specified bucket does not exist: photos", 404)
    call = asked(request(region="eu-west-1"), answer)
    order = facts(
        wrong_signature=[refused("sent")],
        order_signature_bucket=[refused("sent", "NoSuchBucket", "The specified bucket does not exist: <bucket>", 404)],
    )
    assert found(call, "scope-wrong-region") is None
    assert found(replace(call, probed=order), "scope-wrong-region") is not None


# Chunks


def test_chunk_signatures_that_b2_does_not_check_are_no_cause() -> None:
    """And are one where it does."""
    call = replace(ELSEWHERE, probed=facts(signed_chunks=[took("right"), took("wrong-chunk")]))
    settled = BY_CAUSE["chunk-signature"](call)
    assert settled is not None
    assert settled.taken


# The canonical form

BENCH = Bench(HOST, "https", 443, "photos", "p/", "us-west-004", KEY)
BY_THE_RULE = Ask(path=b"/{b}/a%2Fb")
AS_SENT = BY_THE_RULE.but(uri=b"/{b}/a%2Fb")


def call_of(ask: Ask, answer: Answer, probed: ProbedFacts) -> Call:
    signed = signed_request(built(ask, BENCH, NOON).request, EMPTY_BODY)
    return replace(answered(signed, answer), probed=probed)


AS_SENT_IS_B2S = facts(escaped_slash_in_path="as-sent")


def test_what_b2_canonicalises_otherwise_is_verified_so() -> None:
    """A client that signs as B2 was found to is right, and no canonical form is suspected."""
    diagnosis = examine(call_of(AS_SENT, says(), AS_SENT_IS_B2S), [KEY])
    assert diagnosis.verification.verdict == "verified"
    assert [one.cause for one in diagnosis.findings] == ["sig-ok-locally-but-403"]
    good = examine(call_of(AS_SENT, Answer(200, headers=B2), AS_SENT_IS_B2S), [KEY])
    assert good.findings == ()
    assert examine(call_of(AS_SENT, says(), facts()), [KEY]).verification.verdict == "mismatch"


def test_a_client_that_signs_by_the_rule_is_told_that_b2_has_another() -> None:
    """Proved: its signature is that of the rule, and B2's own is another."""
    diagnosis = examine(call_of(BY_THE_RULE, says(), AS_SENT_IS_B2S), [KEY])
    one = diagnosis.findings[0]
    assert (one.cause, one.certainty) == ("b2-canonical-form", PROVED)
    assert len(one.probed) == 1
    assert "unexplained" not in {one.cause for one in diagnosis.findings}
    plain = examine(call_of(Ask(path=b"/{b}/ab"), says(), AS_SENT_IS_B2S), [KEY])
    assert "b2-canonical-form" not in {one.cause for one in plain.findings}


# Sentences


NO_UPLOAD = refused("sent", "NoSuchUpload", "No upload 4_z27 in <bucket>", 404)


def test_a_sentence_that_b2_said_when_asked_names_its_cause() -> None:
    """Words with digits and what was taken out may differ."""
    call = asked(request(), says("NoSuchUpload", "No upload 4_z99 in photos", 404))
    one = found(replace(call, probed=facts(no_such_upload=[NO_UPLOAD])), "no-such-upload")
    assert one is not None
    assert one.certainty is CERTAIN
    assert one.probed
    other = asked(request(), says("NoSuchUpload", "It is gone", 404))
    assert found(replace(other, probed=facts(no_such_upload=[NO_UPLOAD])), "no-such-upload") is None


def test_a_sentence_of_two_faults_names_neither() -> None:
    """Nobody can tell which it was."""
    both = facts(
        wrong_content_md5=[refused("sent", "InvalidRequest", "Bad", 400)],
        kms=[refused("sent", "InvalidRequest", "Bad", 400)],
    )
    call = replace(asked(request(), says("InvalidRequest", "Bad", 400)), probed=both)
    assert found(call, "sse-kms") is None
    assert found(call, "bad-digest") is None


def test_a_head_of_the_length_of_such_a_sentence() -> None:
    """Likely: the length alone says so."""
    call = asked(request().replace("GET", "HEAD"), says("NoSuchUpload", "No upload 4_z27 in photos", 404))
    one = found(replace(call, probed=facts(no_such_upload=[NO_UPLOAD])), "no-such-upload")
    assert one is not None
    assert one.certainty is LIKELY


def test_the_tables_name_probes_variants_and_causes_that_there_are() -> None:
    """A name that is mistyped settles nothing, silently."""
    variants = {probe.name: {one.label for one in probe.variants} for probe in PROBES}
    for name, cause in CAUSE_OF.items():
        probe, _, variant = name.partition("/")
        assert variant in variants[probe] or (not variant and variants[probe])
        assert cause in all_causes()
    assert BY_CAUSE.keys() <= all_causes().keys()
    everything = facts(**{name: [took(one) for one in labels] for name, labels in variants.items()})
    call = replace(ELSEWHERE, probed=everything)
    settled = {cause: asked_(call) for cause, asked_ in BY_CAUSE.items()}
    assert [cause for cause, one in settled.items() if one is None and cause != "clock-skew"] == []
