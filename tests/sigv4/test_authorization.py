"""Every way of authorizing is told from the others, read as far as its bytes reach, and never refused."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inspector.sigv4.authorization import Authorization, Oddity, read_authorization
from inspector.wire.exchange import Request
from inspector.wire.headers import Headers
from inspector.wire.redaction import Redactor

S3 = "s3.us-west-004.backblazeb2.com"
EMPTY = b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
SIG = b"0123456789abcdef" * 4
SCOPE = b"20260102/us-west-004/s3/aws4_request"
CREDENTIAL = b"0024eaffceaa8f9000000000f/" + SCOPE
DATE = (b"X-Amz-Date", b"20260102T030405Z")
GOOD = b"AWS4-HMAC-SHA256 Credential=%b, SignedHeaders=host;x-amz-date, Signature=%b" % (CREDENTIAL, SIG)
PRESIGNED = (
    b"/bucket/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AK%2F20260102%2Fus-west-004%2Fs3%2Faws4_request"
    b"&X-Amz-Date=20260102T030405Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host%3Brange&X-Amz-Signature=" + SIG
)
BOUNDARY = b"----abc"
SCOPE_READ = {
    "key_id": "0024eaffceaa8f9000000000f",
    "date": "20260102",
    "region": "us-west-004",
    "service": "s3",
    "terminator": "aws4_request",
}


def request_of(
    target: bytes = b"/bucket/key", headers: Headers = (), host: str = S3, method: bytes = b"GET"
) -> Request:
    return Request(method, "https", host, 443, target, ((b"Host", host.encode()), *headers))


def signed(value: bytes = GOOD, payload: bytes | None = EMPTY, *more: tuple[bytes, bytes]) -> Request:
    hashed = () if payload is None else ((b"x-amz-content-sha256", payload),)
    return request_of(headers=(DATE, *hashed, (b"Authorization", value), *more))


def form_of(*fields: tuple[bytes, bytes]) -> bytes:
    parts = [b'--%b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (BOUNDARY, *item) for item in fields]
    file = b'--%b\r\nContent-Disposition: form-data; name="file"; filename="policy"\r\n\r\nDATA\r\n' % BOUNDARY
    return b"".join(parts) + file + b"--%b--\r\n" % BOUNDARY


POST_FORM = form_of(
    (b"key", b"uploads/x"),
    (b"X-Amz-Algorithm", b"AWS4-HMAC-SHA256"),
    (b"X-Amz-Credential", CREDENTIAL),
    (b"X-Amz-Date", b"20260102T030405Z"),
    (b"Policy", b"eyJ9"),
    (b"X-Amz-Signature", SIG),
)
POST = request_of(b"/bucket", ((b"Content-Type", b"multipart/form-data; boundary=" + BOUNDARY),), method=b"POST")


def basic(text: bytes) -> Headers:
    return ((b"Authorization", b"Basic " + base64.b64encode(text)),)


@dataclass(frozen=True)
class Case:
    name: str
    request: Request
    truth: dict[str, Any]
    body: bytes = b""
    odd: tuple[str, ...] = field(default=())
    """The `where` of each oddity, in order."""


THE_WORD_ALONE = (
    "header Authorization",
    "header Authorization: Credential",
    "header Authorization: SignedHeaders",
    "header Authorization: Signature",
)
API = "api.backblazeb2.com"
CASES = [
    Case(
        "header",
        signed(),
        {
            **SCOPE_READ,
            "scheme": "sigv4-header",
            "payload": "empty",
            "algorithm": "AWS4-HMAC-SHA256",
            "signed_headers": (b"host", b"x-amz-date"),
            "signature": SIG.decode(),
            "timestamp": "20260102T030405Z",
            "security_token": False,
        },
    ),
    Case("hash", signed(payload=b"a" * 64), {"payload": "hash"}),
    Case("unsigned", signed(payload=b"UNSIGNED-PAYLOAD"), {"scheme": "sigv4-header", "payload": "unsigned"}),
    Case(
        "unsigned trailer",
        signed(payload=b"STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
        {"scheme": "sigv4-header", "payload": "trailer"},
    ),
    Case(
        "streaming",
        signed(payload=b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
        {"scheme": "sigv4-streaming", "payload": "chunk-signed"},
    ),
    Case(
        "streaming with trailer",
        signed(payload=b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"),
        {"scheme": "sigv4-streaming", "payload": "chunk-signed"},
    ),
    Case(
        "curl sends no payload hash",
        signed(payload=None),
        {"scheme": "sigv4-header", "payload": None},
        odd=("header x-amz-content-sha256",),
    ),
    Case("payload typo", signed(payload=b"UNSIGNED"), {"payload": None}, odd=("header x-amz-content-sha256",)),
    Case("payload upper", signed(payload=EMPTY.upper()), {"payload": "empty"}, odd=("header x-amz-content-sha256",)),
    Case("no space after commas", signed(GOOD.replace(b", ", b",")), {**SCOPE_READ, "scheme": "sigv4-header"}),
    Case("token", signed(GOOD, EMPTY, (b"X-Amz-Security-Token", b"FwoG")), {"security_token": True}),
    Case("token in the query", request_of(PRESIGNED + b"&X-Amz-Security-Token=FwoG"), {"security_token": True}),
    Case(
        "date line",
        request_of(headers=((b"date", b"Fri, 02 Jan 2026 03:04:05 GMT"), (b"authorization", GOOD))),
        {"timestamp": "Fri, 02 Jan 2026 03:04:05 GMT"},
        odd=("header x-amz-content-sha256",),
    ),
    Case(
        "no date",
        request_of(headers=((b"authorization", GOOD), (b"x-amz-content-sha256", EMPTY))),
        {"timestamp": None},
        odd=("header x-amz-date",),
    ),
    Case(
        "sigv4a",
        signed(
            b"AWS4-ECDSA-P256-SHA256 Credential=AK/20260102/s3/aws4_request, SignedHeaders=host, Signature=3045",
            b"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
            (b"X-Amz-Region-Set", b"*"),
        ),
        {"scheme": "sigv4a", "payload": "chunk-signed", "key_id": "AK", "region": "*", "service": "s3"},
    ),
    Case(
        "presigned",
        request_of(PRESIGNED),
        {
            "scheme": "sigv4-query",
            "payload": "unsigned",
            "key_id": "AK",
            "region": "us-west-004",
            "signed_headers": (b"host", b"range"),
            "signature": SIG.decode(),
            "expires": 3600,
            "presigned": True,
        },
    ),
    Case(
        "presigned with a payload hash",
        request_of(PRESIGNED + b"&X-Amz-Content-Sha256=" + EMPTY),
        {"scheme": "sigv4-query", "payload": "empty"},
    ),
    Case("post policy", POST, {**SCOPE_READ, "scheme": "sigv4-post", "signature": SIG.decode()}, body=POST_FORM),
    Case(
        "post policy of SigV2",
        POST,
        {"scheme": "sigv2", "key_id": "AK", "signature": "c2ln"},
        body=form_of((b"AWSAccessKeyId", b"AK"), (b"policy", b"eyJ9"), (b"signature", b"c2ln")),
    ),
    Case("a form that authorizes nothing", POST, {"scheme": "none"}, body=form_of((b"policy", b"x"), (b"key", b"y"))),
    Case(
        "sigv2",
        request_of(headers=((b"Authorization", b"AWS AK:c2lnbmF0dXJl"), (b"Date", b"today"))),
        {"scheme": "sigv2", "key_id": "AK", "signature": "c2lnbmF0dXJl", "timestamp": "today"},
    ),
    Case(
        "presigned sigv2",
        request_of(b"/bucket/key?AWSAccessKeyId=AK&Signature=c2ln%3D&Expires=1767323045"),
        {"scheme": "sigv2", "key_id": "AK", "signature": "c2ln=", "expires": 1767323045, "presigned": True},
    ),
    Case(
        "native door",
        request_of(b"/b2api/v4/b2_authorize_account", basic(b"0024eaff:K002secret"), API),
        {"scheme": "b2-native", "key_id": "0024eaff"},
    ),
    Case(
        "native token",
        request_of(
            b"/b2api/v4/b2_list_buckets", ((b"Authorization", b"4_0024eaff_acct_x="),), "api004.backblazeb2.com"
        ),
        {"scheme": "b2-native", "key_id": None},
    ),
    Case(
        "native token that looks like none",
        request_of(b"/b2api/v4/b2_list_buckets", ((b"Authorization", b"broken"),), "api004.backblazeb2.com"),
        {"scheme": "b2-native"},
    ),
    Case(
        "native token on a host of one's own",
        request_of(b"/file/bucket/key", ((b"Authorization", b"4_0024eaff_dnld"),), "cdn.example.com"),
        {"scheme": "b2-native"},
    ),
    Case(
        "download token",
        request_of(b"/file/bucket/key?Authorization=3_2026_dnld", host="f004.backblazeb2.com"),
        {"scheme": "b2-native", "presigned": False},
    ),
    Case("basic elsewhere", request_of(headers=basic(b"user:pass")), {"scheme": "other", "key_id": None}),
    Case("bearer", request_of(headers=((b"Authorization", b"Bearer abc"),)), {"scheme": "other"}),
    Case("token at S3", request_of(headers=((b"Authorization", b"abc"),)), {"scheme": "other"}),
    Case("empty", request_of(headers=((b"Authorization", b""),)), {"scheme": "other"}, odd=("header Authorization",)),
    Case("none", request_of(), {"scheme": "none", "payload": None, "parts": (), "oddities": ()}),
    Case("a parameter called like one", request_of(b"/b/k?Expires=1&X-Amz-Date=2"), {"scheme": "none"}),
    # Malformed ones, read as far as they reach.
    Case(
        "both",
        Request(b"GET", "https", S3, 443, PRESIGNED, signed().headers),
        {"scheme": "sigv4-header"},
        odd=("header Authorization",),
    ),
    Case(
        "no key id",
        signed(GOOD.replace(CREDENTIAL, b"/" + SCOPE)),
        {"key_id": None, "region": "us-west-004"},
        odd=("header Authorization: Credential",),
    ),
    Case(
        "no region",
        signed(GOOD.replace(b"us-west-004", b"")),
        {"region": None, "service": "s3"},
        odd=("header Authorization: Credential",),
    ),
    Case(
        "a key id with slashes",
        signed(GOOD.replace(CREDENTIAL, b"a/b/" + SCOPE)),
        {"key_id": "a/b", "date": "20260102"},
        odd=("header Authorization: Credential",),
    ),
    Case(
        "a newline in the key id",
        signed(GOOD.replace(b"000f/", b"000f\n/")),
        {"key_id": "0024eaffceaa8f9000000000f\n", "signature": SIG.decode()},
        odd=("header Authorization: Credential",),
    ),
    Case(
        "a short credential",
        signed(GOOD.replace(CREDENTIAL, b"AK")),
        {"key_id": "AK", "date": None, "terminator": None},
        odd=("header Authorization: Credential",) * 5,
    ),
    Case(
        "another day",
        signed(GOOD.replace(b"/20260102/", b"/20260101/")),
        {"date": "20260101"},
        odd=("header X-Amz-Date",),
    ),
    Case(
        "components apart by spaces",
        signed(GOOD.replace(b", ", b" ")),
        {**SCOPE_READ, "signature": SIG.decode()},
        odd=("header Authorization: Credential", "header Authorization: SignedHeaders"),
    ),
    Case(
        "components in another order",
        signed(
            b"AWS4-HMAC-SHA256 Signature=%b, SignedHeaders=host;x-amz-date, Credential=%b" % (SIG, CREDENTIAL),
        ),
        {**SCOPE_READ, "signature": SIG.decode(), "signed_headers": (b"host", b"x-amz-date")},
    ),
    Case(
        "an unknown component",
        signed(GOOD.replace(b", Signed", b", Extra=1, Signed")),
        {**SCOPE_READ, "signature": SIG.decode()},
        odd=("header Authorization",),
    ),
    Case(
        "a name in another case",
        signed(GOOD.replace(b"Credential", b"credential")),
        SCOPE_READ,
        odd=("header Authorization: Credential",),
    ),
    Case(
        "no signature",
        signed(GOOD.partition(b", Signature")[0]),
        {"signature": None, **SCOPE_READ},
        odd=("header Authorization: Signature",),
    ),
    Case("the word alone", signed(b"AWS4-HMAC-SHA256"), {"scheme": "sigv4-header"}, odd=THE_WORD_ALONE),
    Case(
        "upper-case hex",
        signed(GOOD.replace(SIG, SIG.upper())),
        {"signature": SIG.upper().decode()},
        odd=("header Authorization: Signature",),
    ),
    Case(
        "names unsorted, in upper case, without host",
        signed(GOOD.replace(b"host;x-amz-date", b"x-amz-date;Range")),
        {"signed_headers": (b"x-amz-date", b"Range")},
        odd=("header Authorization: SignedHeaders",) * 3,
    ),
    Case(
        "an unknown algorithm",
        signed(GOOD.replace(b"SHA256 ", b"SHA512 ")),
        {"scheme": "sigv4-header", "algorithm": "AWS4-HMAC-SHA512", **SCOPE_READ},
        odd=("header Authorization",),
    ),
    Case(
        "sent twice",
        signed(GOOD, EMPTY, (b"Authorization", b"Bearer abc")),
        {"scheme": "sigv4-header"},
        odd=("header Authorization",),
    ),
    Case(
        "a date of another form",
        request_of(headers=((b"x-amz-date", b"2026-01-02T03:04:05Z"), (b"authorization", GOOD))),
        {"timestamp": "2026-01-02T03:04:05Z"},
        odd=("header x-amz-date", "header x-amz-content-sha256"),
    ),
    Case(
        "a tail on the signature",
        request_of(PRESIGNED + b"?1592"),
        {"scheme": "sigv4-query", "signature": SIG.decode() + "?1592"},
        odd=("query X-Amz-Signature",),
    ),
    Case(
        "a credential encoded twice",
        request_of(PRESIGNED.replace(b"%2F", b"%252F")),
        {"key_id": "AK", "region": "us-west-004"},
        odd=("query X-Amz-Credential",),
    ),
    Case(
        "lower-case escapes",
        request_of(PRESIGNED.replace(b"%2F", b"%2f")),
        {"key_id": "AK"},
        odd=("query X-Amz-Credential",),
    ),
    Case(
        "a parameter without value",
        request_of(PRESIGNED.replace(b"X-Amz-Expires=3600", b"X-Amz-Expires")),
        {"expires": None},
        odd=("query X-Amz-Expires", "query X-Amz-Expires"),
    ),
    Case(
        "a missing parameter",
        request_of(PRESIGNED.replace(b"&X-Amz-Expires=3600", b"")),
        {"expires": None, "scheme": "sigv4-query"},
        odd=("query X-Amz-Expires",),
    ),
    Case(
        "names in lower case",
        request_of(PRESIGNED.replace(b"X-Amz-Date", b"x-amz-date")),
        {"timestamp": "20260102T030405Z"},
        odd=("query X-Amz-Date",),
    ),
    Case(
        "a bare semicolon",
        request_of(PRESIGNED.replace(b"%3B", b";")),
        {"signed_headers": (b"host", b"range")},
        odd=("query X-Amz-SignedHeaders",),
    ),
    Case(
        "a form without its date",
        POST,
        {"scheme": "sigv4-post", "timestamp": None},
        body=POST_FORM.replace(b'"X-Amz-Date"', b'"Date"'),
        odd=("form x-amz-date",),
    ),
    Case(
        "basic that is not base64",
        request_of(b"/b2api/v4/b2_authorize_account", ((b"Authorization", b"Basic :"),), API),
        {"scheme": "b2-native", "key_id": None},
        odd=("header Authorization: Basic",),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_reads_each_way_of_authorizing(case: Case) -> None:
    """Each field says what the bytes say, and each oddity names its place."""
    found = read_authorization(case.request, case.body)

    assert {name: getattr(found, name) for name in case.truth} == case.truth
    assert tuple(oddity.where for oddity in found.oddities) == case.odd


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_parts_stand_where_they_say(case: Case) -> None:
    """The bytes of a part are found again at its place and offset."""
    for part in read_authorization(case.request, case.body).parts:
        kind, _, name = part.place.partition(" ")
        whole = {
            "header": [value for key, value in case.request.headers if key == name.encode()],
            "query": [case.request.query],
            "form": [case.body],
        }[kind]
        assert any(text[part.start : part.start + len(part.raw)] == part.raw for text in whole)


def test_secrets_are_no_parts() -> None:
    """A token, a session token or an application key is in nothing that is returned."""
    secret = b"S3CR3TV4LUE"
    requests = [
        request_of(b"/b2api/v4/b2_authorize_account", basic(b"keyid:" + secret), API),
        request_of(b"/b2api/v4/b2_list_buckets", ((b"Authorization", b"4_" + secret),), API),
        request_of(b"/file/b/k?Authorization=4_" + secret),
        request_of(PRESIGNED + b"&X-Amz-Security-Token=" + secret),
        signed(GOOD, EMPTY, (b"X-Amz-Security-Token", secret)),
    ]
    for request in requests:
        shown = repr(read_authorization(request))
        assert secret.decode() not in shown
        assert base64.b64encode(b"keyid:" + secret).decode() not in shown
    body = form_of((b"x-amz-security-token", secret), (b"x-amz-signature", SIG))
    assert secret.decode() not in repr(read_authorization(POST, body))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_redaction_changes_no_fact(case: Case) -> None:
    """What is stored reads as what was said: facts can be computed again from it."""
    redactor = Redactor(b"key")
    request, _ = redactor.redact_request(case.request)
    body, _ = redactor.redact_body(case.request, None, case.body)

    assert read_authorization(request, body) == read_authorization(case.request, case.body)


def test_a_form_is_read_from_its_first_bytes() -> None:
    """A body of which only the beginning is kept still says who signed it."""
    cut = POST_FORM[: POST_FORM.index(b"DATA")]

    assert read_authorization(POST, cut).key_id == SCOPE_READ["key_id"]


WORDS = [b"AWS4-HMAC-SHA256", b"Credential=", b"SignedHeaders=", b"Signature=", b"/", b",", b" ", b";", b"=", b"%2F"]
WORDS += [b"AWS ", b":", b"Basic ", b"4_", b"X-Amz-Credential=", b"X-Amz-Signature=", b"&", b"Authorization=", b"?"]
messy = st.lists(st.sampled_from(WORDS) | st.binary(max_size=6), max_size=20).map(b"".join)
names = st.sampled_from([b"Authorization", b"X-Amz-Date", b"x-amz-content-sha256", b"Date", b"content-type", b"x"])


@given(target=messy, headers=st.lists(st.tuples(names, messy), max_size=5).map(tuple), body=messy)
@example(target=b"?X-Amz-Credential", headers=(), body=b"")
@example(target=b"/", headers=((b"content-type", b"multipart/form-data; boundary=a"),), body=b"--a\r\n\r\n\r\n--a")
def test_never_raises(target: bytes, headers: Headers, body: bytes) -> None:
    """Whatever the bytes are, there is an answer."""
    request = request_of(b"/" + target, headers, method=b"POST")

    assert isinstance(read_authorization(request, body), Authorization)


@pytest.mark.parametrize("length", range(len("AWS4"), len(GOOD)))
def test_a_header_that_was_cut_is_said_to_be_odd(length: int) -> None:
    """No cut goes unseen."""
    found = read_authorization(signed(GOOD[:length]))

    assert found.scheme == "sigv4-header"
    assert found.oddities


def test_an_oddity_says_where_and_what() -> None:
    """The words name the part and quote what is odd about it."""
    found = read_authorization(signed(GOOD.replace(b"aws4_request", b"aws4")))

    assert found.oddities == (Oddity("header Authorization: Credential", "ends with 'aws4', not with 'aws4_request'"),)
