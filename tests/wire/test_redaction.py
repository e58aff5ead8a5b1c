"""No credential survives, nothing else changes, and what was equal stays equal."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from urllib.parse import quote

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.wire.credentials import HEADERS, is_secret_field
from inspector.wire.exchange import Request, Response
from inspector.wire.headers import Header, Headers
from inspector.wire.redaction import Redactor, body_may_hold_secrets, is_pseudonym

SECRET = b"FwoGZXIvYXdz+EXAMPLE/Token=="
REDACTOR = Redactor(b"key of this test")
STANDIN = REDACTOR.pseudonym(SECRET)
SIGV4 = (
    b"AWS4-HMAC-SHA256 Credential=AK/20260101/us-west-004/s3/aws4_request, SignedHeaders=host, Signature=" + b"a" * 64
)


def call_of(
    target: bytes = b"/bucket/key",
    *headers: Header,
    method: bytes = b"GET",
    host: str = "s3.us-west-004.backblazeb2.com",
) -> Request:
    return Request(method, "https", host, 443, target, headers)


def answer_of(status: int = 200, *headers: Header) -> Response:
    return Response(status, headers)


def quoted(value: bytes) -> bytes:
    return quote(value, safe="").encode()


def basic(user: bytes, password: bytes) -> bytes:
    return b"Basic " + base64.b64encode(user + b":" + password)


# Heads


@pytest.mark.parametrize(
    ("name", "value", "clean"),
    [
        (b"X-Amz-Security-Token", SECRET, STANDIN),
        (b"x-amz-server-side-encryption-customer-key", SECRET, STANDIN),
        (b"x-amz-copy-source-server-side-encryption-customer-key", b" " + SECRET + b"\t", b" " + STANDIN + b"\t"),
        (b"X-Bz-Server-Side-Encryption-Customer-Key", SECRET, STANDIN),
        (b"x-amz-s3session-token", SECRET, STANDIN),
        (b"Authorization", SECRET, STANDIN),
        (b"Authorization", b"two " + SECRET, REDACTOR.pseudonym(b"two " + SECRET)),
        (b"Authorization", b"Bearer  " + SECRET, b"Bearer  " + STANDIN),
        (b"Authorization", b"Bearer e", b"Bearer " + REDACTOR.pseudonym(b"e")),
        (b"authorization", basic(b"0024eaff", SECRET), basic(b"0024eaff", STANDIN)),
        (b"Proxy-Authorization", basic(b"me", SECRET), basic(b"me", STANDIN)),
        (b"Authorization", b"Basic " + SECRET, b"Basic " + STANDIN),
        (b"Authorization", b"4_002" + SECRET, REDACTOR.pseudonym(b"4_002" + SECRET)),
        (b"Cookie", b'a=%b; b="%b";c' % (SECRET, SECRET), None),
        (b"Set-Cookie", b"sid=%b; Path=/; HttpOnly" % SECRET, b"sid=%b; Path=/; HttpOnly" % STANDIN),
        (
            b"Referer",
            b"https://h/k?a=1&X-Amz-Security-Token=%b&b=2#f" % quoted(SECRET),
            b"https://h/k?a=1&X-Amz-Security-Token=%b&b=2#f" % STANDIN,
        ),
        (
            b"Location",
            b"https://f004.backblazeb2.com/file/b/k?Authorization=%b" % quoted(SECRET),
            b"https://f004.backblazeb2.com/file/b/k?Authorization=%b" % STANDIN,
        ),
        (
            b"X-Original-Url",
            b"/?to=https%%3A%%2F%%2Fh%%3Fx-amz-security-token%%3D%b%%26b%%3D2&c" % quoted(quoted(SECRET)),
            b"/?to=https%%3A%%2F%%2Fh%%3Fx-amz-security-token%%3D%b%%26b%%3D2&c" % STANDIN,
        ),
    ],
)
def test_headers(name: bytes, value: bytes, clean: bytes | None) -> None:
    """Each place where a header holds a credential, in requests and answers."""
    lines = ((b"Host", b"h"), (name, value), (b"Date", b"today"))
    request, names = REDACTOR.redact_request(call_of(b"/", *lines))
    response, response_names = REDACTOR.redact_response(answer_of(200, *lines))

    assert request.headers == response.headers
    assert (request.headers[0], request.headers[2]) == (lines[0], lines[2])
    assert request.headers[1][0] == name
    assert SECRET not in request.headers[1][1]
    assert clean is None or request.headers[1][1] == clean
    assert names == response_names == (f"header {name.lower().decode()}",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"Authorization", SIGV4),
        (b"Authorization", SIGV4 + b", Junk=" + SECRET),
        (b"Authorization", b"AWS4-ECDSA-P256-SHA256 Credential=a/b/s3/aws4_request"),
        (b"Authorization", b"AWS AK:c2lnbmF0dXJl"),
        (b"x-amz-server-side-encryption-customer-key-MD5", SECRET),
        (b"x-amz-content-sha256", b"a" * 64),
        (b"x-amz-meta-token", b"mine"),
        (b"Content-MD5", SECRET),
        (b"Referer", b"https://h/?token-count=1"),
        (b"Cookie", b""),
        (b"X-Amz-Security-Token", b"  "),
    ],
)
def test_what_is_no_credential_stays(name: bytes, value: bytes) -> None:
    """Signatures, key ids and digests are what one inspects; the request is the same object."""
    request = call_of(b"/bucket/key?X-Amz-Signature=abc&X-Amz-Credential=AK&Expires=1", (name, value))

    assert REDACTOR.redact_request(request) == (request, ())
    assert REDACTOR.redact_request(request)[0] is request


@pytest.mark.parametrize(
    ("target", "clean", "name"),
    [
        (b"/k?X-Amz-Security-Token=%b&a=1", b"/k?X-Amz-Security-Token=%b&a=1", "query X-Amz-Security-Token"),
        (b"/k?a&&x-amz-security-token=%b", b"/k?a&&x-amz-security-token=%b", "query x-amz-security-token"),
        (b"/file/b/k?Authorization=%b", b"/file/b/k?Authorization=%b", "query Authorization"),
        (b"/k?X%%2DAmz%%2DSecurity-Token=%b", b"/k?X%%2DAmz%%2DSecurity-Token=%b", "query X-Amz-Security-Token"),
        (
            b"/k?x-amz-server-side-encryption-customer-key=%b",
            b"/k?x-amz-server-side-encryption-customer-key=%b",
            "query x-amz-server-side-encryption-customer-key",
        ),
    ],
)
def test_queries(target: bytes, clean: bytes, name: str) -> None:
    """The value of a parameter is replaced, however its name is written; the pseudonym is that of the decoded value."""
    request, names = REDACTOR.redact_request(call_of(target % quoted(SECRET)))

    assert request.target == clean % STANDIN
    assert names == (name,)


def test_a_url_inside_a_url() -> None:
    """A presigned URL that is handed on as a parameter loses its token too."""
    inner = quote(f"https://h/k?X-Amz-Date=1&X-Amz-Security-Token={quote(SECRET, safe='')}&b=2", safe="")
    request, names = REDACTOR.redact_request(call_of(b"/fetch?url=" + inner.encode() + b"&c=3"))

    assert STANDIN in request.target
    assert b"FwoG" not in request.target
    assert request.target.endswith(b"%26b%3D2&c=3")
    assert names == ("query url",)


tokens = st.binary(min_size=9, max_size=40).map(base64.b64encode)
cases = st.sampled_from([bytes.lower, bytes.upper, bytes.title])
plain_lines = st.lists(
    st.tuples(st.sampled_from([b"Host", b"x-amz-date", b"Range", b"x-amz-meta-a"]), st.binary(max_size=12)), max_size=3
)


@given(tokens, st.lists(st.tuples(st.sampled_from(sorted(HEADERS)), cases), min_size=1, max_size=4), plain_lines)
def test_no_secret_survives_in_any_case_and_number(
    secret: bytes, carriers: list[tuple[bytes, object]], others: list[Header]
) -> None:
    """Every line that carries it loses it; put back, it gives the request as it was."""
    lines: Headers = tuple((case(name), secret) for name, case in carriers)  # type: ignore[operator]
    target = b"/k?X-Amz-Security-Token=" + secret
    true = Request(b"GET", "https", "h", 443, target, (*others, *lines, *others))
    clean, names = REDACTOR.redact_request(true)

    assert secret not in clean.target + b"".join(value for _, value in clean.headers)
    stand = REDACTOR.pseudonym(secret)
    assert clean.target.replace(stand, secret) == true.target
    assert tuple((name, value.replace(stand, secret)) for name, value in clean.headers) == true.headers
    assert len(names) == len({name.lower() for name, _ in carriers}) + 1


@given(st.binary(max_size=60))
def test_pseudonyms(value: bytes) -> None:
    """Stable under a key, different under another, and left alone when met again."""
    stand = REDACTOR.pseudonym(value)

    assert REDACTOR.pseudonym(value) == REDACTOR.pseudonym(stand) == stand
    assert not value or is_pseudonym(stand)
    assert not value or Redactor(b"another").pseudonym(value) != stand


def test_the_version_of_a_native_token_stays() -> None:
    """One still sees that it was a token of B2's."""
    assert REDACTOR.pseudonym(b"4_0024eaff_acct").startswith(b"4_redacted-")


def test_redacting_twice_changes_nothing_more() -> None:
    """What was replaced is no secret any more, whatever it stood in."""
    true = call_of(
        b"/k?X-Amz-Security-Token=" + quoted(SECRET),
        (b"Authorization", basic(b"id", SECRET)),
        (b"Cookie", b"a=" + SECRET),
        (b"Referer", b"/?Authorization=4_" + SECRET),
        (b"Proxy-Authorization", b"Bearer " + SECRET),
    )
    once, names = REDACTOR.redact_request(true)

    assert len(names) == 5
    assert REDACTOR.redact_request(once) == (once, ())


# Bodies

API = "api004.backblazeb2.com"
XML = (b"Content-Type", b"text/xml")
FORM = (b"Content-Type", b"application/x-www-form-urlencoded; charset=utf-8")


def native(call: bytes, method: bytes = b"POST", *headers: Header) -> Request:
    return call_of(b"/b2api/v4/" + call, *headers, method=method, host=API)


def test_native_json_keeps_every_other_byte() -> None:
    """Strings under secret keys are replaced at any depth; white space, escapes and order stay."""
    body = (
        b'{ "accountId":"0024eaff",\r\n\t"authorizationToken" : "%b",\n "allowed":{"capabilities":["token","key"],'
        b'"deep":[{"applicationKey":"K002\\/x"}]}, "authorization\\u0054oken":"\\u0041", "applicationKeyId":"002",'
        b'"customerKeyMd5":"md5", "nextToken":"n", "applicationKey":null, "x":"authorizationToken", "y":"z" }'
    )
    found, names = REDACTOR.redact_body(native(b"b2_authorize_account"), answer_of(), body % SECRET)

    assert found == (
        (body % STANDIN)
        .replace(b'"K002\\/x"', b'"%b"' % REDACTOR.pseudonym(b"K002/x"))
        .replace(b'"\\u0041"', b'"%b"' % REDACTOR.pseudonym(b"A"))
    )
    assert names == ("body authorizationToken", "body applicationKey")
    assert REDACTOR.redact_body(native(b"b2_authorize_account"), answer_of(), found) == (found, ())


@pytest.mark.parametrize("length", range(1, 60))
def test_cut_json_holds_no_beginning_of_a_secret(length: int) -> None:
    """A body may be cut anywhere."""
    body = (b'{"a":"b","authorizationToken":"%b","c":"d"}' % SECRET)[:length]
    found, _ = REDACTOR.redact_body(native(b"b2_get_upload_url"), answer_of(), body)

    assert SECRET[:3] not in found
    assert found.startswith(body[:31])


json_values = st.recursive(
    st.none() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


@given(json_values, tokens, st.sampled_from(["authorizationToken", "applicationKey", "customerKey"]), st.booleans())
def test_json_stays_the_same_document(value: object, secret: bytes, key: str, ascii_only: bool) -> None:
    """Beside the secret nothing changes, whatever strings stand round it."""
    document = [value, {"before": value, key: secret.decode(), "after": value}, value]
    clean = [value, {"before": value, key: REDACTOR.pseudonym(secret).decode(), "after": value}, value]
    body = json.dumps(document, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    found, _ = REDACTOR.redact_body(native(b"b2_create_key"), answer_of(), body)

    if not any(is_secret_field(name) for name in _keys(value)):
        assert found == json.dumps(clean, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")


def _keys(value: object) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(key for inner in value.values() for key in _keys(inner))]
    return [key for inner in value for key in _keys(inner)] if isinstance(value, list) else []


def upload_form(token: bytes, policy: bytes) -> bytes:
    fields = [
        (b"key", b"${filename}"),
        (b"Policy", policy),
        (b"X-Amz-Security-Token", token),
        (b"X-Amz-Signature", b"0"),
    ]
    parts = [b'--B\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % field for field in fields]
    file = b'--B\r\nContent-Disposition: form-data; name="file"; filename="x-token"\r\n\r\n' + SECRET + b"\r\n--B--\r\n"
    return b"".join(parts) + file


def test_post_policy() -> None:
    """The token goes from its field and from the policy, which repeats it; the file is not touched."""
    policy = json.dumps({"conditions": [["eq", "$x-amz-security-token", "T"], {"x-amz-security-token": "T"}]})
    made = [policy.replace('"T"', f'"{value.decode()}"').encode() for value in (SECRET, STANDIN)]
    request = call_of(b"/b", (b"Content-Type", b"multipart/form-data; boundary=B"), method=b"POST")
    found, names = REDACTOR.redact_body(request, None, upload_form(SECRET, base64.b64encode(made[0])))

    assert found == upload_form(STANDIN, base64.b64encode(made[1]))
    assert names == ("body Policy", "body X-Amz-Security-Token")


def test_a_form_without_token_stays() -> None:
    """Most uploads carry none."""
    request = call_of(b"/b", (b"Content-Type", b"multipart/form-data; boundary=B"), method=b"POST")
    body = upload_form(b"", base64.b64encode(b'{"conditions": []}'))

    assert REDACTOR.redact_body(request, None, body) == (body, ())


STS_ANSWER = (
    b"<AssumeRoleResponse><Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>%b</SecretAccessKey>\n"
    b"<SessionToken>\n %b </SessionToken></Credentials></AssumeRoleResponse>"
)


@pytest.mark.parametrize(
    "request_",
    [
        call_of(b"/", FORM, method=b"POST", host="sts.us-east-1.amazonaws.com"),
        call_of(b"/?Action=AssumeRole&Version=2011-06-15", method=b"POST"),
        call_of(b"/?session"),
    ],
)
def test_answers_of_token_services(request_: Request) -> None:
    """The secret key and the token go, the key id stays."""
    found, names = REDACTOR.redact_body(request_, answer_of(200, XML), STS_ANSWER % (SECRET, SECRET))

    assert found == STS_ANSWER % (STANDIN, STANDIN)
    assert names == ("body SecretAccessKey", "body SessionToken")


def test_questions_to_token_services() -> None:
    """What one shows to get credentials is one."""
    request = call_of(b"/", FORM, method=b"POST")
    body = b"Action=AssumeRoleWithWebIdentity&WebIdentityToken=%b&DurationSeconds=900"
    found, names = REDACTOR.redact_body(request, None, body % quoted(SECRET))

    assert found == body % STANDIN
    assert names == ("body WebIdentityToken",)


def test_an_error_that_repeats_its_request() -> None:
    """AWS prints the token that expired, the canonical request, and the hex of its bytes."""
    request = call_of(b"/k", (b"x-amz-security-token", SECRET))
    body = b"<Error><Token-0>%b</Token-0><CanonicalRequest>a:%b\n</CanonicalRequest><Hex>61 %b</Hex></Error>"
    answer = answer_of(400, XML)
    found, names = REDACTOR.redact_body(request, answer, body % (SECRET, quoted(SECRET), SECRET.hex(" ").encode()))

    assert found == body % (STANDIN, STANDIN, STANDIN.hex(" ").encode())
    assert names == ("body echo",)
    assert body_may_hold_secrets(request, answer)


@pytest.mark.parametrize(("encoding", "pack", "unpack"), [
    (b"gzip", gzip.compress, gzip.decompress),
    (b"deflate", zlib.compress, zlib.decompress),
    (b"br", brotli.compress, brotli.decompress),
    (b"gzip, br", lambda a: brotli.compress(gzip.compress(a)), lambda b: gzip.decompress(brotli.decompress(b))),
])  # fmt: skip
def test_compressed_bodies(encoding: bytes, pack: object, unpack: object) -> None:
    """What is compressed is searched, and stays compressed."""
    answer = answer_of(200, (b"Content-Encoding", encoding))
    body = b'{"authorizationToken":"%b"}'
    found, names = REDACTOR.redact_body(native(b"b2_get_upload_url"), answer, pack(body % SECRET))  # type: ignore[operator]

    assert unpack(found) == body % STANDIN  # type: ignore[operator]
    assert names == ("body authorizationToken",)
    plain = pack(b'{"a":"b"}')  # type: ignore[operator]
    assert REDACTOR.redact_body(native(b"b2_get_upload_url"), answer, plain) == (plain, ())


@pytest.mark.parametrize(
    ("encoding", "body"), [(b"br", b"\xff" * 9), (b"gzip", b"not gzip"), (b"zstd", b"no"), (b"dcb", b"what")]
)
def test_a_body_that_cannot_be_searched_goes_whole(encoding: bytes, body: bytes) -> None:
    """Rather no body than a secret at rest."""
    found, names = REDACTOR.redact_body(
        native(b"b2_get_upload_url"), answer_of(200, (b"content-encoding", encoding)), body
    )

    assert is_pseudonym(found)
    assert names == ("body",)


@pytest.mark.parametrize(
    ("request_", "response", "expected"),
    [
        (native(b"b2_authorize_account"), answer_of(), True),
        (native(b"b2_create_key"), None, True),
        (native(b"b2_upload_file/abc/c001_v1_t1"), None, False),
        (native(b"b2_upload_part/abc"), None, False),
        (native(b"b2_upload_file/abc"), answer_of(), True),
        (native(b"b2_download_file_by_id?fileId=1"), answer_of(), False),
        (native(b"b2_download_file_by_id?fileId=1"), answer_of(404), True),
        (call_of(b"/b/k", method=b"PUT"), None, False),
        (call_of(b"/b/k", XML, method=b"PUT"), None, False),
        (call_of(b"/b?delete", XML, method=b"POST"), None, False),
        (call_of(b"/b/k"), answer_of(200, XML), False),
        (call_of(b"/b?list-type=2"), answer_of(200, XML), False),
        (call_of(b"/b", (b"content-type", b"multipart/form-data; boundary=x"), method=b"POST"), None, True),
    ],
)
def test_only_bodies_that_may_hold_secrets_are_looked_at(
    request_: Request, response: Response | None, expected: bool
) -> None:
    """Objects pass untouched, whatever is in them."""
    body = b'{"authorizationToken": "%b"}' % SECRET

    assert body_may_hold_secrets(request_, response) is expected
    if not expected:
        assert REDACTOR.redact_body(request_, response, body) == (body, ())


@given(st.binary(max_size=60), st.sampled_from([native(b"b2_create_key"), call_of(b"/", FORM, method=b"POST")]))
def test_no_body_raises(body: bytes, request: Request) -> None:
    """Whatever the bytes are."""
    REDACTOR.redact_body(request, None, body)
    REDACTOR.redact_body(request, answer_of(200, XML), body)
    form = call_of(b"/b", (b"content-type", b"multipart/form-data; boundary=x"), method=b"POST")
    REDACTOR.redact_body(form, None, b"--x\r\n" + body)
