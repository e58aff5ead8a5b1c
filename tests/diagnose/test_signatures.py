"""What a secret at hand adds: proofs, verdicts that are no mismatch, and no accusation without one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from inspector.demo.calls import KEY_ID
from inspector.demo.calls import SECRET as DEMO_SECRET
from inspector.diagnose.call import Call
from inspector.diagnose.examine import Diagnosis, examine
from inspector.diagnose.finding import Certainty, Fault, Finding
from inspector.s3.sentences import error_length
from inspector.sigv4 import steps
from inspector.sigv4.hypotheses.model import Surroundings
from inspector.sigv4.key import Key
from inspector.sigv4.signed import SignedRequest
from inspector.store.reader import Recording
from inspector.view.call import call_of
from inspector.wire.exchange import BodyInfo, Digests, SignedChunk
from inspector.wire.headers import Headers
from tests.support.calls import known
from tests.support.diagnosed import Answer, answered
from tests.support.signing import HOST, KEY, REGION, SECRET, TIMESTAMP, resent, signed_call, without

SIGNED_AT = 1_773_480_413.0
"""The moment of TIMESTAMP."""

FAILED = Answer(403, "SignatureDoesNotMatch", "Signature validation failed", at=SIGNED_AT)
NOT_ENTITLED = Answer(403, "AccessDenied", "not entitled", at=SIGNED_AT)
TAKEN = Answer(200, at=SIGNED_AT)
SAMPLE = Path(__file__).parents[2] / "recordings" / "sample.db"


def of(signed: SignedRequest, answer: Answer = FAILED, **more: object) -> Call:
    return answered(signed, answer, at=SIGNED_AT, **more)  # type: ignore[arg-type]


def found(diagnosis: Diagnosis) -> dict[str, Finding]:
    return {one.cause: one for one in diagnosis.findings}


def certainties(diagnosis: Diagnosis) -> dict[str, Certainty]:
    return {one.cause: one.certainty for one in diagnosis.findings}


def test_a_proof_shows_what_was_signed_beside_what_arrived() -> None:
    """The line that differs, and both canonical requests."""
    diagnosis = examine(of(signed_call(lines={b"host": HOST + b":443"})), [KEY])
    first = diagnosis.findings[0]

    assert (first.cause, first.certainty) == ("host-default-port-included", Certainty.PROVED)
    assert first.seen.split("\n") == [f"signed:  host:{HOST.decode()}:443", f"arrived: host:{HOST.decode()}"]
    assert b"host:" + HOST + b":443\n" in (diagnosis.signed or b"")
    assert b"host:" + HOST + b"\n" in (diagnosis.arrived or b"")


def test_whose_doing_it_is_stands_apart_from_the_proof() -> None:
    """Without a trace of anything in between it is the cause's usual one, with one it is the path's."""
    changed = {b"host": HOST + b":443"}
    alone = found(examine(of(signed_call(lines=changed)), [KEY]))["host-default-port-included"]
    through = found(examine(of(signed_call(lines=changed, unsigned=((b"Via", b"1.1 edge"),))), [KEY]))

    assert alone.fault is Fault.CLIENT
    assert through["host-default-port-included"].fault is Fault.PATH
    assert "came through: Via: 1.1 edge" in through["host-default-port-included"].seen


def test_a_secret_is_proved_and_not_shown() -> None:
    """Neither the one at hand nor the one that was used."""
    diagnosis = examine(of(signed_call(secret=SECRET + b"\n")), [KEY])

    assert certainties(diagnosis)["key-secret-whitespace"] == Certainty.PROVED
    assert SECRET.decode() not in repr(diagnosis)
    assert SECRET.decode()[5:] not in "".join(repr(one) for one in diagnosis.findings)


def test_the_token_of_a_url_is_not_shown() -> None:
    """A query that differs is shown, less its secrets."""
    signed = signed_call(b"/photos/a.jpg?X-Amz-Security-Token=s3cr3tt0ken", presigned=True)
    diagnosis = examine(of(resent(signed, target=signed.request.target + b"&utm_source=mail")), [KEY])

    assert "query-param-added" in certainties(diagnosis) or "presign-param-added" in certainties(diagnosis)
    assert "s3cr3tt0ken" not in "".join(one.seen + one.summary for one in diagnosis.findings)


@pytest.mark.parametrize(
    ("cause", "arrived", "signed", "fault"),
    [
        ("path-slashes-merged", b"/b/a//c", {"path": b"/b/a/c"}, Fault.CLIENT),
        ("path-slashes-merged", b"/b/a/c", {"path": b"/b/a//c"}, Fault.PATH),
        ("path-double-encoded", b"/b/a%2520c", {"path": b"/b/a%20c"}, Fault.CLIENT),
        ("path-double-encoded", b"/b/a%20c", {"path": b"/b/a%2520c"}, Fault.CLIENT),
    ],
)
def test_which_way_round_it_is_says_whose_fault_it_is(
    cause: str, arrived: bytes, signed: dict[str, bytes], fault: Fault
) -> None:
    """A path that was merged on its way does not have two slashes at its end."""
    first = examine(of(signed_call(arrived, signed=signed)), [KEY]).findings[0]
    assert (first.cause, first.fault) == (cause, fault)


def test_each_side_of_a_cause_has_a_fix_of_its_own() -> None:
    merged, unmerged = (
        examine(of(signed_call(path, signed={"path": signed})), [KEY]).findings[0].fix
        for path, signed in ((b"/b/a//c", b"/b/a/c"), (b"/b/a/c", b"/b/a//c"))
    )
    assert "signer" in merged
    assert "nginx" in unmerged


def test_a_signer_that_leaves_the_port_out_is_not_a_proxy() -> None:
    signed = signed_call(host=b"minio.local:9000", lines={b"host": b"minio.local"})
    first = examine(of(signed), [KEY]).findings[0]
    assert (first.cause, first.fault) == ("host-port-dropped", Fault.CLIENT)


def test_the_service_comes_before_the_rule_that_goes_with_it() -> None:
    """Generic signers follow the general rule for every service but S3: one setting, two findings."""
    signed = signed_call(b"/b/x//a%20c", service=b"b2", signed={"path": b"/b/x/a%2520c"})
    diagnosis = examine(of(signed), [KEY])
    first, second = diagnosis.findings[:2]
    assert (first.cause, first.certainty) == ("scope-wrong-service", Certainty.PROVED)
    assert (second.cause, second.certainty) == ("path-double-encoded", Certainty.PROVED)
    assert "by the rule of other services" in second.summary
    assert "path-slashes-merged" not in found(diagnosis)


def test_two_deviations_are_two_findings() -> None:
    """Each says that it explains the signature together with the other."""
    signed = signed_call(secret=SECRET + b"\n", lines={b"host": HOST + b":443"})
    diagnosis = examine(of(signed), [KEY])
    proved = [one for one in diagnosis.findings if one.certainty is Certainty.PROVED]

    assert {one.cause for one in proved} == {"key-secret-whitespace", "host-default-port-included"}
    assert all("together" in one.summary for one in proved)


def test_a_right_signature_that_was_refused() -> None:
    """Only where the answer says that it does not match: `not entitled` means that the signature is fine."""
    assert certainties(examine(of(signed_call()), [KEY])) == {"sig-ok-locally-but-403": Certainty.LIKELY}
    assert "sig-ok-locally-but-403" not in certainties(examine(of(signed_call(), NOT_ENTITLED), [KEY]))
    assert examine(of(signed_call(), TAKEN), [KEY]).findings == ()


def test_what_verifies_as_recorded_was_not_changed_before() -> None:
    """A proxy was passed, and accept-encoding was signed: as it arrived here it is right."""
    signed = signed_call(headers={b"Accept-Encoding": b"identity"}, unsigned=((b"Via", b"1.1 edge"),))
    assert certainties(examine(of(signed), [])).get("hdr-accept-encoding-changed") is Certainty.LIKELY
    assert certainties(examine(of(signed), [KEY])).get("hdr-accept-encoding-changed") is Certainty.HINT


def test_an_answer_to_head_says_by_its_length_that_the_signature_does_not_match() -> None:
    """It has no body; the length of the one it would have had is there."""
    head = signed_call(method=b"HEAD")
    assert "sig-ok-locally-but-403" in certainties(examine(of(head), [KEY]))
    assert error_length("AccessDenied", "not entitled") != error_length(FAILED.code or "", FAILED.message)
    assert examine(of(head, NOT_ENTITLED), [KEY]).findings == ()


def test_a_wrong_signature_that_was_accepted_is_no_reproach() -> None:
    """The server decides; this side has something to learn."""
    diagnosis = examine(of(signed_call(secret=b"another secret altogether"), TAKEN), [KEY])
    finding = found(diagnosis)["sig-bad-locally-but-200"]

    assert (finding.certainty, finding.fault) == (Certainty.HINT, Fault.UNKNOWN)
    assert max(one.certainty for one in diagnosis.findings) == Certainty.HINT


def test_what_nothing_explains_says_what_was_tried() -> None:
    """And that the secret may be another one, as a hint as long as nothing speaks for it."""
    diagnosis = examine(of(signed_call(secret=b"another secret altogether")), [KEY])

    assert certainties(diagnosis) == {"key-wrong-secret": Certainty.HINT, "unexplained": Certainty.HINT}
    assert diagnosis.findings[0].summary == "Perhaps the client signed with another secret than the one at hand"
    assert "tried" in found(diagnosis)["unexplained"].summary
    assert "host-rewritten" in found(diagnosis)["unexplained"].seen or diagnosis.outcome is not None


def test_calls_with_other_keys_that_verify_speak_against_the_secret() -> None:
    """This side reads the client's requests aright, so the secret is what is left."""
    around = Surroundings(proved=frozenset(("004another0000000000000001",)))
    diagnosis = examine(of(signed_call(secret=b"another secret altogether"), around=around), [KEY])
    assert certainties(diagnosis)["key-wrong-secret"] == Certainty.LIKELY


AGENT = (b"User-Agent", b"Boto3/1.44.5 md/Botocore#1.44.5")


@pytest.mark.parametrize(
    ("unsigned", "certainty"),
    [
        ((AGENT,), Certainty.LIKELY),
        ((AGENT, (b"Via", b"1.1 edge")), Certainty.HINT),
        (((b"User-Agent", b"homemade/1.0"),), Certainty.HINT),
    ],
)
def test_an_sdk_that_signs_aright_leaves_the_secret(unsigned: Headers, certainty: Certainty) -> None:
    """Unless something stood in between, or somebody wrote the signer himself."""
    signed = signed_call(secret=b"K004" + b"x" * 27, unsigned=unsigned)
    assert certainties(examine(of(signed), [KEY]))["key-wrong-secret"] is certainty


def test_a_header_that_did_not_come_is_enough() -> None:
    """Its value is unknown, so the search finds nothing; that accuses no secret."""
    signed = without(signed_call(headers={b"If-None-Match": b'"1"'}, unsigned=(AGENT,)), b"If-None-Match")
    told = certainties(examine(of(signed), [KEY]))
    assert told["hdr-conditional-stripped"] is Certainty.CERTAIN
    assert "key-wrong-secret" not in told


def test_a_proved_key_is_not_suspected() -> None:
    """Another call with it verifies: the request is to be looked at."""
    around = Surroundings(proved=frozenset((KEY.key_id,)))
    unknown = signed_call(lines={b"x-amz-date": b"nobody knows what"})
    diagnosis = examine(of(unknown, around=around), [KEY])
    assert "key-wrong-secret" not in certainties(diagnosis)
    assert "key-proven" in certainties(diagnosis)


def test_a_secret_that_has_the_shape_of_a_key_id_is_said_to_be_swapped() -> None:
    """Or that names another cluster than the key id, to be of another key."""
    swapped = Key(KEY.key_id, b"004a1b2c3d4e5f60000000009")
    assert "key-swapped" in certainties(examine(of(signed_call()), [swapped]))
    foreign = Key(KEY.key_id, b"K002q8Hx2mN5vR7tY1wZ3bD6fG9jL0p")
    assert certainties(examine(of(signed_call()), [foreign]))["key-wrong-secret"] == Certainty.LIKELY


def test_a_secret_of_another_key_id_only_tests_whether_it_signed() -> None:
    """No mismatch is made of it."""
    other = Key("004a1b2c3d4e5f60000000099", SECRET, "profile b2")
    diagnosis = examine(of(signed_call()), [other])
    assert diagnosis.verification.verdict == "unverified"
    assert certainties(diagnosis) == {"key-other-profile": Certainty.PROVED}
    assert "profile b2" in diagnosis.findings[0].summary

    unrelated = Key("004a1b2c3d4e5f60000000099", b"nothing to do with it")
    assert examine(of(signed_call()), [unrelated]).findings == ()


def test_a_redacted_request_is_searched_by_key_and_scope() -> None:
    """Through the hash of its true canonical request."""
    signed = signed_call(secret=SECRET + b"\n")
    whole = examine(of(signed), [KEY])
    digest = hashlib.sha256(whole.arrived or b"").hexdigest()
    redacted = replace(signed, canonical_sha256=digest, redacted=("header x-amz-security-token",))
    diagnosis = examine(of(redacted), [KEY])

    assert diagnosis.arrived is None
    assert certainties(diagnosis)["key-secret-whitespace"] == Certainty.PROVED


@pytest.mark.parametrize(("answer", "certainty"), [(FAILED, Certainty.CERTAIN), (TAKEN, Certainty.HINT)])
def test_a_body_that_was_changed_after_signing(answer: Answer, certainty: Certainty) -> None:
    """The signature is right, its hash of the body is not: certain, and whose fault the traces tell."""
    payload = known(b"hello").sent.sha256.encode()
    signed = signed_call(method=b"PUT", payload=payload, body=known(b"hallo"))
    diagnosis = examine(of(signed, answer, body=b"hallo"), [KEY])
    assert certainties(diagnosis)["payload-body-altered"] == certainty


# Chunks


def test_a_body_that_was_compressed_is_told_once() -> None:
    """In which form it was hashed says more than that it differs."""
    declared = hashlib.sha256(b"a\r\n").hexdigest().encode()
    signed = replace(signed_call(method=b"PUT", payload=declared), body=known(b"a\n"))
    diagnosis = examine(of(signed, body=b"a\n"), [KEY])
    assert diagnosis.verification.verdict == "verified"
    assert [one.cause for one in diagnosis.findings if one.certainty is Certainty.CERTAIN] == ["payload-gzip"]


def test_a_url_that_is_bound_to_a_header_says_so_where_nothing_else_is_known() -> None:
    """What value it had cannot be searched; that it has to be sent so can be said."""
    length = {b"Content-Length": b"81234567"}
    signed = resent(signed_call(method=b"PUT", presigned=True, headers=length))
    other = tuple((name, b"5" if name == b"Content-Length" else value) for name, value in signed.request.headers)
    first = examine(of(resent(signed, headers=other)), [KEY]).findings[0]
    assert (first.cause, first.certainty) == ("presign-header-required", Certainty.HINT)
    assert "content-length" in first.summary


def test_where_no_signature_came_nothing_is_said_to_have_been_tried() -> None:
    signed = signed_call(presigned=True)
    cut = resent(signed, target=signed.request.target.partition(b"&X-Amz-SignedHeaders")[0] + b"...")
    found = [one.cause for one in examine(of(cut), [KEY]).findings]
    assert found[0] == "presign-param-missing"
    assert not {"unexplained", "key-wrong-secret"} & {*found}


def test_what_was_ruled_out_fits_a_terminal() -> None:
    found_ = found(examine(of(signed_call(secret=b"quite another one")), [KEY]))["unexplained"]
    assert max(map(len, found_.seen.split("\n"))) <= 100


def streamed(
    spoil: int | None = None,
    head: Callable[[SignedRequest], SignedRequest] | None = None,
    mode: bytes = b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
) -> SignedRequest:
    """A signed stream of three chunks and the final one; the data of chunk `spoil` is not what was signed."""
    sizes = (9000, 9000, 100, 0)
    hashes = [steps.sha256_hex(bytes([number]) * size) for number, size in enumerate(sizes)]
    body = BodyInfo(
        Digests(18_500, "0" * 64, "", ""), 18_500, decoded=Digests(18_100, "1" * 64, "", ""), chunk_count=len(sizes)
    )
    length = {b"X-Amz-Decoded-Content-Length": b"18100"}
    signed = signed_call(method=b"PUT", payload=mode, headers=length, body=body)
    key = steps.signing_key(SECRET, TIMESTAMP[:8], REGION, b"s3")
    scope = steps.scope(TIMESTAMP[:8], REGION, b"s3")
    previous = (signed.authorization.signature or "").encode()
    chunks = []
    for number, (size, digest) in enumerate(zip(sizes, hashes, strict=True), 1):
        previous = steps.signature(key, steps.chunk_string_to_sign(TIMESTAMP, scope, previous, digest))
        came = steps.sha256_hex(b"another") if number == spoil else digest
        chunks.append(SignedChunk(size, came.decode(), previous.decode()))
    signed = head(signed) if head else signed
    return replace(signed, chunks=lambda: tuple(chunks))


def test_a_genuine_stream_is_verified_to_its_end() -> None:
    """Head and chunks."""
    diagnosis = examine(of(streamed(), TAKEN), [KEY])
    assert (diagnosis.verification.verdict, diagnosis.chain.verdict) == ("verified", "verified")
    assert diagnosis.findings == ()


def test_a_broken_chunk_is_told_with_its_place() -> None:
    """The second begins at byte 9000."""
    diagnosis = examine(of(streamed(spoil=2)), [KEY])
    broken = [one for one in diagnosis.findings if one.cause.startswith("chunk-")]
    assert [one.cause for one in broken] == ["chunk-data-altered"]
    assert "chunk 2: 9000 bytes from byte 9000" in broken[0].seen


def test_a_broken_frame_is_told_before_the_chunk_that_it_spoils() -> None:
    """One size is wrong: so is the data that was read for that chunk, and with it its signature."""
    signed = streamed(spoil=2)
    broken = replace(signed.body, framing_error="at byte 18200: no CRLF after a chunk of 8999 bytes")
    slugs = [one.cause for one in examine(of(replace(signed, body=broken)), []).findings]
    spoilt = replace(signed, body=broken, chunks=lambda: tuple(signed.chunks())[:2])
    diagnosis = examine(of(spoilt), [KEY])
    assert slugs[0] == "chunk-framing"
    assert [one.cause for one in diagnosis.findings][:2] == ["chunk-framing", "chunk-signature"]


def test_signed_trailers_that_did_not_come_are_missing_not_wrong() -> None:
    """The chunks verify to their end, and behind it nothing stands."""
    mode = b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
    causes = [one.cause for one in examine(of(streamed(mode=mode)), [KEY]).findings]
    assert "trailer-missing" in causes
    assert "trailer-signature" not in causes


def test_the_first_chunk_proves_the_key() -> None:
    """So that the head's mismatch is not laid to the secret, whatever became of the head."""

    def unknown_header(signed: SignedRequest) -> SignedRequest:
        headers = tuple(
            (n, b"18101" if n.lower().endswith(b"content-length") else v) for n, v in signed.request.headers
        )
        return resent(signed, headers=headers)

    diagnosis = examine(of(streamed(head=unknown_header)), [KEY])
    assert diagnosis.verification.verdict == "mismatch"
    assert "key-wrong-secret" not in certainties(diagnosis)
    assert not [cause for cause in certainties(diagnosis) if cause.startswith("key-secret")]


# Real calls


@pytest.mark.parametrize("keys", [[], [Key(KEY_ID, DEMO_SECRET.encode())]], ids=["no secret", "secret"])
def test_real_calls_that_went_well_are_accused_of_nothing(keys: list[Key]) -> None:
    """Those of every client in the sample; and what failed for another reason is not laid to its signature."""
    with Recording(SAMPLE) as recording:
        stored = [recording.exchange(row.id) for row in recording.exchanges()]
        diagnoses = [examine(call_of(recording, one), keys) for one in stored if one is not None]

    assert len(diagnoses) > 30
    for one in diagnoses:
        if one.call.facts.error_code != "SignatureDoesNotMatch":
            assert [finding for finding in one.findings if finding.certainty > Certainty.HINT] == [], one.call.id


def test_the_samples_bad_signature_is_proved() -> None:
    """With the demo's secret."""
    with Recording(SAMPLE) as recording:
        bad = next(row.id for row in recording.exchanges("code:SignatureDoesNotMatch"))
        stored = recording.exchange(bad)
        assert stored is not None
        diagnosis = examine(call_of(recording, stored), [Key(KEY_ID, DEMO_SECRET.encode())])
    assert diagnosis.findings[0].certainty is Certainty.PROVED
