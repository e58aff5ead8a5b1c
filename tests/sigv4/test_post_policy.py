"""Browser uploads: the policy's signature, what was signed instead of it, and whether the form keeps to it."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.auth import HmacV1PostAuth, S3SigV4PostAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from inspector.sigv4 import steps
from inspector.sigv4.authorization import read_authorization
from inspector.sigv4.key import Key
from inspector.sigv4.post_form import file_size, form_facts
from inspector.sigv4.post_policy import REDACTED, explain_policy
from inspector.sigv4.signed import SignedRequest
from inspector.sigv4.verify import verify
from inspector.wire.exchange import EMPTY_DIGESTS, BodyInfo, Request

KEY = Key("004a1b2c3d4e5f60000000007", b"K004q8Hx2mN5vR7tY1wZ3bD6fG9jL0p")
OTHER = Key("005", b"K005anothersecretanothersecret0", "profile other")
NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC).timestamp()
CONTENT_TYPE = b"multipart/form-data; boundary=----form"

Fields = Sequence[tuple[str, str]]


def form_body(fields: Fields, file: bytes | None = b"contents") -> bytes:
    parts = [
        b'------form\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (name.encode(), value.encode())
        for name, value in fields
    ]
    if file is not None:
        head = (
            b'------form\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain'
        )
        parts.append(head + b"\r\n\r\n" + file + b"\r\n")
    return b"".join(parts) + b"------form--\r\n"


def upload(body: bytes, kept: int | None = None) -> SignedRequest:
    """A form as the recorder keeps it: all of its length, and the first `kept` bytes."""
    host = "bucket.s3.us-west-004.backblazeb2.com"
    request = Request(b"POST", "https", host, 443, b"/", ((b"Host", host.encode()), (b"Content-Type", CONTENT_TYPE)))
    info = BodyInfo(replace(EMPTY_DIGESTS, size=len(body)), len(body))
    return SignedRequest(request, read_authorization(request, body[:kept]), info)


POLICY = {
    "expiration": "2026-03-14T12:00:00.000Z",
    "conditions": [
        {"bucket": "bucket"},
        ["starts-with", "$key", "user/"],
        {"acl": "private"},
        ["starts-with", "$Content-Type", "image/"],
        ["content-length-range", 1, 100],
    ],
}
FORM = {"key": "user/a.jpg", "acl": "private", "Content-Type": "image/jpeg"}


def by_botocore(signer: type, policy: Mapping[str, Any] = POLICY, token: str | None = None) -> Fields:
    """The fields that botocore's own signers make for a form."""
    request = AWSRequest("POST", "https://s3.us-west-004.backblazeb2.com/bucket")
    request.context["s3-presign-post-fields"] = dict(FORM)
    request.context["s3-presign-post-policy"] = json.loads(json.dumps(policy))
    signer(Credentials(KEY.key_id, KEY.secret.decode(), token), "s3", "us-west-004").add_auth(request)
    return tuple(request.context["s3-presign-post-fields"].items())


SIGNERS = [S3SigV4PostAuth, HmacV1PostAuth]


@pytest.mark.parametrize("signer", SIGNERS)
@pytest.mark.parametrize("token", [None, "to/ken"])
def test_forms_of_botocore_verify_and_keep_to_their_policy(signer: type, token: str | None) -> None:
    """By SigV4 and by SigV2; with another secret they do not."""
    fields = by_botocore(signer, token=token)
    body = form_body(fields)
    signed = upload(body)
    found = verify(signed, KEY)
    assert found.verdict == "verified"
    assert found.scheme == ("sigv4-post" if signer is S3SigV4PostAuth else "sigv2")
    assert found.signature == signed.authorization.signature
    assert found.string_to_sign == dict(fields)["policy"].encode()
    assert verify(signed, replace(KEY, secret=KEY.secret + b"\n")).verdict == "mismatch"
    assert list(explain_policy(signed, KEY)) == []
    assert list(form_facts(signed, body, "bucket", NOW)) == []


def test_without_a_secret_or_the_true_policy_nothing_is_verified() -> None:
    """A policy with a session token is kept without it, so that its true bytes are gone."""
    signed = upload(form_body(by_botocore(S3SigV4PostAuth)))
    assert verify(signed, None).verdict == "unverified"
    found = verify(replace(signed, redacted=("body policy",)), KEY)
    assert (found.verdict, found.note, found.string_to_sign) == ("unverified", REDACTED, None)


# Forms signed by hand: what is signed may differ from what is sent

SCOPE = (b"20260314", b"us-west-004", b"s3")
CREDENTIAL = f"{KEY.key_id}/20260314/us-west-004/s3/aws4_request"


def signed_form(
    policy: bytes,
    of: bytes | None = None,
    *,
    secret: bytes = KEY.secret,
    scope: tuple[bytes, ...] = SCOPE,
    v2: bool = False,
    more: Mapping[str, str] | None = None,
) -> Fields:
    """The fields of a form that sends `policy` and signs `of`."""
    text = policy if of is None else of
    fields = {**FORM, "policy": policy.decode(), **(more or {})}
    if v2:
        signature = base64.b64encode(hmac.digest(secret, text, "sha1")).decode()
        return tuple({**fields, "AWSAccessKeyId": KEY.key_id, "signature": signature}.items())
    fields["x-amz-algorithm"] = "AWS4-HMAC-SHA256"
    fields["x-amz-credential"] = CREDENTIAL
    fields["x-amz-date"] = "20260314T092653Z"
    fields["x-amz-signature"] = steps.signature(steps.signing_key(secret, *scope), text).decode()
    return tuple(fields.items())


PLAIN = json.dumps({**POLICY, "comment": "??>>~~"}, indent=1).encode()
SENT = base64.b64encode(PLAIN)
MIME = base64.encodebytes(PLAIN)
assert b"/" in SENT or b"+" in SENT
URL_SAFE = SENT.replace(b"+", b"-").replace(b"/", b"_")

BYTES = [
    (MIME.replace(b"\n", b"\r\n"), MIME, "LF line breaks, and sent with CRLF"),
    (SENT, MIME, "in lines of 76, each ended by LF"),
    (SENT, MIME.rstrip(b"\n"), "in lines of 76, broken by LF"),
    (SENT, SENT + b"\n", "a line feed after it"),
    (MIME, SENT, "without its line breaks"),
    (SENT, URL_SAFE, "in the URL-safe alphabet"),
    (URL_SAFE, SENT, "in the standard alphabet"),
    (SENT.rstrip(b"="), SENT, "in the standard alphabet"),
    (SENT, SENT.rstrip(b"="), "without padding"),
    (SENT, PLAIN, "the policy's JSON was signed"),
    (SENT, base64.b64encode(SENT), "base64 twice"),
    (SENT, base64.b64encode(PLAIN.replace(b"\n", b"\r\n")), "the same JSON with CRLF line breaks"),
    (SENT, base64.b64encode(json.dumps(json.loads(PLAIN)).encode()), "as Python writes it"),
    (SENT.replace(b"+", b" "), SENT, "'+' for each space"),
]


@pytest.mark.parametrize("v2", [False, True], ids=["sigv4", "sigv2"])
@pytest.mark.parametrize(("sent", "of", "words"), BYTES)
def test_says_which_form_of_the_policy_was_signed(sent: bytes, of: bytes, words: str, v2: bool) -> None:
    """The signature comes out over another form of the same policy."""
    if sent == of:
        pytest.skip("this policy has no such byte")
    signed = upload(form_body(signed_form(sent, of, v2=v2)))
    assert verify(signed, KEY).verdict == "mismatch"
    (found,) = explain_policy(signed, KEY)
    assert found.cause == "post-policy-bytes"
    assert words in found.words


def test_says_which_secret_and_scope_were_used() -> None:
    """Another secret of the user's, a spoilt one, another region than the credential names."""
    by_other = upload(form_body(signed_form(SENT, secret=OTHER.secret)))
    assert [one.cause for one in explain_policy(by_other, KEY, [OTHER])] == ["key-other-profile"]
    spoilt = upload(form_body(signed_form(SENT, secret=KEY.secret + b"\n")))
    assert {one.cause for one in explain_policy(spoilt, KEY)} == {"key-secret-whitespace"}
    elsewhere = upload(form_body(signed_form(SENT, scope=(b"20260314", b"us-east-1", b"s3"))))
    (found,) = explain_policy(elsewhere, KEY, regions=["us-west-004", "us-east-1"])
    assert (found.cause, found.seen) == ("scope-wrong-region", "20260314/us-east-1/s3/aws4_request")
    assert KEY.secret.decode() not in str(found)


# Whether a form keeps to its policy


def facts(
    policy: object = POLICY, form: Mapping[str, str] | None = None, drop: str = "", file: bytes | None = b"contents"
) -> list[str]:
    text = base64.b64encode(policy if isinstance(policy, bytes) else json.dumps(policy).encode())
    fields = [(name, value) for name, value in signed_form(text, more=form) if name != drop]
    body = form_body(fields, file)
    found = list(form_facts(upload(body), body, "bucket", NOW))
    assert all(one.cause == "post-policy-fields" and one.seen for one in found)
    return [one.words for one in found]


AUTH = [["starts-with", f"$x-amz-{name}", ""] for name in ("algorithm", "credential", "date")]
GOOD = {**POLICY, "conditions": [*POLICY["conditions"], *AUTH]}


def with_conditions(*conditions: object) -> dict[str, object]:
    return {**GOOD, "conditions": [*AUTH, ["starts-with", "$key", ""], *conditions]}


FREE = (["starts-with", "$acl", ""], ["starts-with", "$content-type", ""])
WRONG = [
    ({"policy": GOOD, "form": {"key": "other/a.jpg"}}, "key should begin with user/, and is other/a.jpg"),
    ({"policy": GOOD, "form": {"acl": "public-read"}}, "acl should be private, and is public-read"),
    ({"policy": GOOD, "form": {"Content-Type": "image/png,text/html"}}, "content-type should begin with image/"),
    ({"policy": GOOD, "form": {"x-amz-meta-a": "1"}}, "the field x-amz-meta-a stands in no condition"),
    ({"policy": GOOD, "file": b"x" * 101}, "the file has 101 bytes, and the policy allows 1 to 100"),
    ({"policy": GOOD, "file": b""}, "the file has 0 bytes, and the policy allows 1 to 100"),
    ({"policy": GOOD, "file": None}, "the form has no field `file`"),
    ({"policy": with_conditions(*FREE, {"x-amz-meta-b": "1"})}, "the policy wants a field x-amz-meta-b"),
    ({"policy": with_conditions(*FREE, {"bucket": "other"})}, "bucket should be other, and is bucket"),
    ({"policy": with_conditions(*FREE, ["content-length-range", "a", 1])}, "has no two numbers"),
    ({"policy": with_conditions(*FREE, ["matches", "$key", "a"])}, "cannot be read"),
    ({"policy": {**GOOD, "expiration": "2026-03-14T09:26:43Z"}}, "expired 10 s before the form came"),
    ({"policy": {**GOOD, "expiration": "14 March 2026"}}, "no time of the form"),
    ({"policy": {"EXPIRATION": GOOD["expiration"], "conditions": GOOD["conditions"]}}, "as `EXPIRATION`"),
    ({"policy": {"expiration": GOOD["expiration"]}}, "the policy has no `conditions`"),
    ({"policy": {**GOOD, "conditions": {}}}, "conditions are not a list"),
    ({"policy": b"{"}, "the policy is not JSON"),
    ({"policy": b"[]"}, "the policy is not a JSON object"),
    ({"policy": b"[" * 20_000}, "the policy is not JSON"),
    ({"policy": GOOD, "form": {"signature": "x"}}, "fields of SigV2 beside those of SigV4"),
]


@pytest.mark.parametrize(("given_form", "words"), WRONG)
def test_each_fault_of_a_form_is_seen_alone(given_form: dict[str, Any], words: str) -> None:
    """What a server refuses though the signature is right."""
    (found,) = facts(**given_form)
    assert words in found


def test_a_form_without_its_key_lacks_it_and_breaks_its_condition() -> None:
    """A missing field is said, and so is the condition that it leaves open."""
    assert facts(GOOD) == []
    assert facts(GOOD, drop="key") == [
        "the form has no field key",
        "the policy wants a field key, and the form has none",
    ]


def test_only_the_beginning_of_a_form_is_enough() -> None:
    """The fields stand before the file; its size follows from that of the whole body."""
    body = form_body(signed_form(base64.b64encode(json.dumps(GOOD).encode())), b"x" * 500)
    kept = body.index(b"xxx") + 20
    signed = upload(body, kept)
    assert file_size(CONTENT_TYPE, body[:kept], len(body)) == 500
    assert [one.words for one in form_facts(signed, body[:kept], "bucket", NOW)] == [
        "the file has 500 bytes, and the policy allows 1 to 100"
    ]
    cut = body[: body.index(b'name="x-amz-date"')]
    assert [one.words for one in form_facts(upload(body, len(cut)), cut, "bucket", NOW)] == []


def test_a_form_of_delimiters_takes_no_time() -> None:
    """Sixty-four kilobytes of them, and one head at the end."""
    body = b"------form" * 6500 + b"\r\n\r\n"
    started = time.process_time()
    assert file_size(CONTENT_TYPE, body, len(body)) is None
    assert time.process_time() - started < 1


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
policies = st.one_of(
    st.binary(max_size=200),
    st.builds(lambda value: base64.b64encode(json.dumps(value).encode()), json_values),
    st.builds(
        lambda conditions, moment: base64.b64encode(
            json.dumps({"expiration": moment, "conditions": conditions}).encode()
        ),
        st.lists(st.tuples(st.sampled_from(["eq", "starts-with", "content-length-range"]), json_values, json_values)),
        json_values,
    ),
)


@given(policies, st.sampled_from(["x-amz-signature", "signature"]), st.binary(max_size=40), st.integers(0, 2000))
def test_no_form_is_too_strange(policy: bytes, name: str, signature: bytes, cut: int) -> None:
    """Any bytes in any field: nothing raises, and nothing verifies."""
    value = policy.decode("latin-1")
    body = form_body([("policy", value), ("key", "k"), (name, signature.decode("latin-1"))])[: cut + 100]
    signed = upload(body)
    assert verify(signed, KEY).verdict in ("mismatch", "unverified", "none")
    list(explain_policy(signed, KEY, [OTHER], ["us-east-1"]))
    list(form_facts(signed, body, "bucket", NOW))
