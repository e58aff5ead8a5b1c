"""An exchange for each row of the catalogue of B2's failures, made from what the row says of request and answer.

The requests are signed by a signer of the tests, with the secret that is at hand, and rightly, where the row is not
about signatures: so what is found must follow from the answer and from what was asked.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from inspector.s3.sentences import error_body
from inspector.wire.exchange import Failure

HINT, LIKELY, CERTAIN, PROVED = "hint", "likely", "certain", "proved"

B2_IDS = {"x-amz-request-id": "f15a449517f8b909", "x-amz-id-2": "ade1uE2uxbjtvOXd2bpg="}
DAY = "20261122"
AT = f"{DAY}T120000Z"
UPLOAD_ID = "4_zf1f51fb913357c4f74ed0c1b_f239c4ba1a111c054_d20261122_m110000_c004_v0402007_t0044_u01795348800000"
FORM = "multipart/form-data; boundary=x"


@dataclass(frozen=True)
class Made:
    """A request and its answer.

    `first`: method and target. `headers` are signed and sent, `unsigned` sent only; `presigned` stands in the query.
    `raw` is an Authorization of its own, `anonymous` none. `signing` goes to the signer of the tests. `answer` are
    more header lines of the answer, `says` its message where the row has a pattern, `answered` its whole body.
    """

    first: str = "GET /photos/a.jpg"
    says: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    unsigned: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    status: int | None = None
    code: str | None = None
    answer: dict[str, str] = field(default_factory=dict)
    answered: bytes | None = None
    ids: bool = True
    host: str = "s3.us-west-004.backblazeb2.com"
    scheme: str = "https"
    key_id: str = "004a1b2c3d4e5f60000000007"
    presigned: bool = False
    anonymous: bool = False
    raw: str = ""
    agent: str = "Boto3/1.44.5 md/Botocore#1.44.5"
    signing: dict[str, Any] = field(default_factory=dict)
    failure: Failure | None = None
    sent_size: int | None = None
    date: str = "Sun, 22 Nov 2026 12:00:01 GMT"


@dataclass(frozen=True)
class Row:
    """How a row of the catalogue shows in a recording.

    `certainty` of its finding. `behind`: other causes that may be told before it, because they are as sure and more
    general. `earlier` are calls of the same session. `silent`: the same request, answered 200, has not even a hint of
    the cause.
    """

    certainty: str
    made: Made
    behind: tuple[str, ...] = ()
    earlier: tuple[Made, ...] = ()
    silent: bool = True


def put(**how: Any) -> Made:
    return Made("PUT /photos/a.jpg", **{"body": b"hello", **how})


def native(operation: str, says: str = "", method: str = "POST", **how: Any) -> Made:
    """A call of the native API, with its token."""
    how = {"host": "api004.backblazeb2.com", "raw": "4_004a1b2c3d4e5f60000000007_token", "agent": "b2sdk/2.8.0", **how}
    return Made(f"{method} /b2api/v3/{operation}", says, **how)


def xml(name: str, content: str = "") -> bytes:
    return f'<{name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{content}</{name}>'.encode()


def md5(data: bytes) -> str:
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


OTHER_HASH = hashlib.sha256(b"other").hexdigest().encode()
OTHER_SECRET = {"secret": b"K004anotherSecretAltogether0000"}
ENTITLED = ("not-entitled",)
NOT_ENTITLED = "not entitled"
POD = "pod-000-1007-13.backblaze.com"
GONE = Failure("upstream-reset", "connection reset by peer")
UNREACHABLE = Failure("upstream-unreachable", "[Errno 111] Connect call failed ('206.190.208.250', 80)")
NO_NAME = Failure("upstream-unreachable", "[Errno -2] Name or service not known")
UP = f"uploadId={UPLOAD_ID}"
COMPLETE = f"POST /photos/film?{UP}"
START = "POST /photos/film?uploads"
PART = f"PUT /photos/film?partNumber=1&{UP}"
BEGUN = Made(START, answered=xml("InitiateMultipartUploadResult", f"<UploadId>{UPLOAD_ID}</UploadId>"))


def part(number: int, size: int = 5) -> Made:
    return Made(f"PUT /photos/film?partNumber={number}&{UP}", body=b"x" * size, answer={"ETag": f'"{number:032x}"'})


def named(*etags: str) -> bytes:
    parts = (f"<Part><PartNumber>{n}</PartNumber><ETag>{etag}</ETag></Part>" for n, etag in enumerate(etags, 1))
    return xml("CompleteMultipartUpload", "".join(parts))


LIFECYCLE = (
    "<Rule><Status>Enabled</Status><Filter><Prefix>a/</Prefix></Filter><Transition><Days>1</Days></Transition></Rule>"
)
LIVE = "x-backblaze-live-read-part-size"
CORS = (
    "The bucket contains B2 Native CORS rules. Please use B2 Native API instead. (See"
    " https://www.backblaze.com/docs/cloud-storage-cors)"
)
TRANSACTION_CAP = "Transaction cap exceeded, see the Caps & Alerts page to increase your cap"
STORAGE_CAP = "Cannot upload files, storage cap exceeded. See the Caps & Alerts page to increase your cap."
IN_USE = "more than one upload using auth token 3_20160322221519_34f3b417db203ad8e5"
UNKNOWN_FIELD = "unknown field in com.backblaze.modules.b2.data.DownloadAuthTokenRequest: maxFileCount"
TWO_RULES = (
    "<Rule><Filter><Prefix>logs/</Prefix></Filter><Expiration><Days>1</Days></Expiration></Rule><Rule><Filter><Prefix>"
    "logs/</Prefix></Filter><Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration></Rule>"
)
MISMATCH = "Signature validation failed"
BAD_CHAR = "invalid b2-content-disposition: expected a token character at 75, but got '('"
TOKEN = "invalid b2-content-disposition: expected ';' but got Token{type=TOKEN, text='Main.mp4', startPosition=40}"
EXTENDED = "invalid b2-content-disposition: parameter at 22 must use valid extended value syntax"
DOWNLOAD_CAP = (
    "Cannot download file, download bandwidth or transaction (Class B) cap exceeded. See the Caps & Alerts page to"
    " increase your cap."
)
TOO_FEW = (
    "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified"
    " entity tag may not match the part's entity tag."
)
V2 = "The V2 signature authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256"
NO_CALL = "Backblaze B2 does not support this API call."
BAD_XML = "The XML you provided was not well-formed or did not validate against our published schema"
TRAILER = "The request contained trailing data that was not well-formed or did not conform to our published schema."


def header(name: str) -> str:
    return f"Unsupported header '{name}' received for this API call."


ROWS: tuple[Row, ...] = (
    # keys and signatures
    Row(CERTAIN, Made(says="Malformed Access Key Id", key_id="my-backup-key", signing=OTHER_SECRET)),
    Row(CERTAIN, Made(says="Malformed Access Key Id", key_id="4eaffceaa8f9", signing=OTHER_SECRET)),
    Row(CERTAIN, Made(says="Malformed Access Key Id", key_id="K004zzzzzzzzzzzzzzzzzzzzzzzzzzz", signing=OTHER_SECRET)),
    Row(CERTAIN, Made(says="Malformed Access Key Id", key_id="AKIAIOSFODNN7EXAMPLE", signing=OTHER_SECRET)),
    Row(
        LIKELY,
        Made("HEAD /photos", host="s3.us-east-005.backblazeb2.com", code="InvalidAccessKeyId",
             says="The key '004a1b2c3d4e5f60000000007' is not valid"),
    ),
    Row(CERTAIN, Made(says="The key '0044eaffceaa8f9000000000f' is not valid", key_id="0044eaffceaa8f9000000000f",
                      signing=OTHER_SECRET)),
    Row(LIKELY, Made(says=MISMATCH, signing=OTHER_SECRET), behind=("unexplained",)),
    Row(
        PROVED,
        Made(says=MISMATCH, headers={"Accept-Encoding": "gzip"}, signing={"lines": {b"accept-encoding": b"gzip, br"}}),
        silent=False,
    ),
    Row(PROVED, Made(says=MISMATCH, unsigned={"X-Forwarded-Host": "localhost:9000"},
                     signing={"lines": {b"host": b"localhost:9000"}}), silent=False),
    Row(PROVED, Made("HEAD /photos/a.jpg", says=MISMATCH, presigned=True, signing={"signed": {"method": b"GET"}}),
        silent=False),
    Row(
        CERTAIN,
        put(says=MISMATCH, presigned=True, headers={"content-type": "image/png"}, signing={"drop": b"content-type"}),
    ),
    Row(LIKELY, Made(says=MISMATCH, signing={"region": b"us-east-1", **OTHER_SECRET})),
    Row(LIKELY, put(says=MISMATCH)),
    Row(CERTAIN, Made(says=V2, raw="AWS 004a1b2c3d4e5f60000000007:frJIUN8DYpKDtOLCwo//yllqDzg=")),
    Row(
        CERTAIN,
        Made("GET /photos/a.jpg?AWSAccessKeyId=004a1b2c3d4e5f60000000007&Signature=abc%3D&Expires=1795352400", says=V2,
             anonymous=True),
    ),
    Row(
        CERTAIN,
        Made(says="Authorization header's Credential is malformed",
             raw=f"AWS4-HMAC-SHA256 Credential=004a1b2c3d4e5f60000000007/{DAY}/s3/aws4_request, "
             f"SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={'0' * 64}"),
    ),
    Row(
        CERTAIN,
        Made(says=f'Authorization header is malformed; the authorization component "/{DAY}/us-west-004/s3/aws4_request"'
             " is malformed.", key_id="", signing=OTHER_SECRET),
        silent=False,
    ),
    Row(
        CERTAIN,
        Made(says="header 'x-amz-content-sha256' must be included in signature",
             raw=f"AWS4-HMAC-SHA256 Credential=004a1b2c3d4e5f60000000007/{DAY}/us-west-004/s3/aws4_request, "
             f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"),
    ),
    Row(CERTAIN, Made("GET /photos", says="Unauthenticated requests are not allowed for this api", anonymous=True)),
    Row(CERTAIN, Made(says="bucket is not authorized: photos", anonymous=True)),
    Row(
        CERTAIN,
        Made(says="Request has expired given timestamp: '20261122T100000Z' and expiration: 3600", presigned=True,
             signing={"timestamp": b"20261122T100000Z"}),
    ),
    Row(CERTAIN, Made(presigned=True, code="InvalidArgument", says="?", signing={"expires": 700_000})),
    Row(CERTAIN, Made(signing={"timestamp": b"20261122T113000Z"}, says="?")),
    Row(LIKELY, Made(headers={"x-amz-security-token": "IQoJb3JpZ2luX2VjE"}, code="AccessDenied", says="?")),
    # rights
    Row(CERTAIN, Made(says=NOT_ENTITLED)),
    Row(LIKELY, Made("GET /", NOT_ENTITLED), ENTITLED),
    Row(LIKELY, Made("PUT /photos/b/x", NOT_ENTITLED, body=b"x"), ENTITLED,
        earlier=(Made("PUT /photos/a/x", body=b"x"),)),
    Row(LIKELY, Made("PUT /photos", NOT_ENTITLED, agent="rclone/v1.70.3"), ENTITLED),
    Row(LIKELY, Made(says=NOT_ENTITLED), ENTITLED),
    Row(LIKELY, put(says=NOT_ENTITLED), ENTITLED),
    Row(LIKELY, Made("GET /photos?list-type=2", NOT_ENTITLED), ENTITLED),
    Row(LIKELY, Made(f"DELETE /photos/a.jpg?versionId={UPLOAD_ID}", NOT_ENTITLED), ENTITLED),
    Row(LIKELY, Made("GET /photos?lifecycle", NOT_ENTITLED), ENTITLED),
    Row(LIKELY, Made("GET /photos?object-lock", NOT_ENTITLED), ENTITLED),
    Row(CERTAIN, Made("GET /photos", "Not allowed to access bucket because it is not s3-enabled: photos")),
    Row(LIKELY, Made("GET /photos", "?", {"x-amz-expected-bucket-owner": "123456789012"})),
    Row(LIKELY, Made(f"DELETE /photos/a.jpg?versionId={UPLOAD_ID}", "the version is under retention")),
    # caps
    Row(CERTAIN, Made("GET /photos?list-type=2", TRANSACTION_CAP)),
    Row(CERTAIN, Made(says=DOWNLOAD_CAP)),
    Row(CERTAIN, put(says=STORAGE_CAP)),
    # headers and checksums
    Row(CERTAIN, put(says=header("x-amz-request-payer"), headers={"x-amz-request-payer": "requester"})),
    Row(CERTAIN, put(says=header("x-amz-checksum-crc32"), headers={"x-amz-checksum-crc32": "NhCmhg=="})),
    Row(CERTAIN, put(says=header("x-amz-sdk-checksum-algorithm"), headers={"x-amz-sdk-checksum-algorithm": "CRC32"})),
    Row(CERTAIN, Made(START, header("x-amz-checksum-algorithm"),
                      {"x-amz-checksum-algorithm": "CRC32"})),
    Row(CERTAIN, Made(says=header("x-amz-checksum-mode"), headers={"x-amz-checksum-mode": "ENABLED"})),
    Row(CERTAIN, put(says=header("x-amz-tagging"), headers={"x-amz-tagging": ""})),
    Row(CERTAIN, put(says=header("x-amz-trailer"), headers={"x-amz-trailer": "x-amz-checksum-crc32"})),
    Row(CERTAIN, put(says="The request body was too small", headers={"Content-Length": "500"})),
    Row(
        CERTAIN,
        Made("PUT /photos/a.jpg?x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32", body=b"hello",
             presigned=True, code="BadDigest", says="?"),
    ),
    Row(CERTAIN, put(says="Missing required header for this request: Content-MD5")),
    Row(CERTAIN, put(says="Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object"
                     " Lock parameters", headers={"x-amz-object-lock-mode": "COMPLIANCE"})),
    Row(
        CERTAIN,
        Made("POST /photos?delete", header("x-amz-checksum-crc32"),
             {"x-amz-checksum-crc32": "NhCmhg==", "x-amz-sdk-checksum-algorithm": "CRC32"}, body=b"<Delete/>"),
    ),
    Row(CERTAIN, put(says="?", headers={"Content-MD5": md5(b"other")})),
    Row(CERTAIN, put(says="?", code="XAmzContentSHA256Mismatch", signing={"payload": OTHER_HASH}), silent=False),
    # what B2 does not have
    Row(CERTAIN, put(says="A header you provided implies functionality that is not implemented",
                     headers={"If-None-Match": "*"})),
    Row(CERTAIN, Made("POST /photos", NO_CALL, {"Content-Type": FORM}, anonymous=True, body=b"--x\r\n")),
    Row(CERTAIN, Made("GET /photos?policy", NO_CALL)),
    Row(CERTAIN, Made("PUT /photos?lifecycle", "This API call is not supported.", status=501,
                      body=xml("LifecycleConfiguration", LIFECYCLE))),
    Row(CERTAIN, put(says="Backblaze only supports the 'STANDARD' storage class, and not STANDARD_IA",
                     headers={"x-amz-storage-class": "STANDARD_IA"})),
    Row(LIKELY, put(says="?", status=400, code="InvalidArgument", headers={"x-amz-server-side-encryption": "aws:kms"})),
    Row(LIKELY, Made(says="?", code="InvalidRequest",
                     headers={"x-amz-server-side-encryption-customer-algorithm": "AES256"})),
    Row(LIKELY, Made("PUT /photos/a.jpg?tagging", "?", status=501, code="NotImplemented", body=xml("Tagging"))),
    Row(LIKELY, Made("GET /photos?accelerate", "?", status=400, code="InvalidRequest")),
    Row(CERTAIN, put(says="Unsupported value for canned acl 'authenticated-read'",
                     headers={"x-amz-acl": "authenticated-read"})),
    Row(LIKELY, Made("PUT /photos/a.jpg?acl", "?", {"x-amz-acl": "public-read"}, code="AccessDenied")),
    Row(LIKELY, Made("PUT /photos/a.jpg?acl", "?", {"x-amz-grant-read": "id=1"}, status=400, code="InvalidArgument")),
    Row(CERTAIN, Made("PUT /photos", "?", {"x-amz-acl": "public-read"}, status=403, code="no_payment_history")),
    # what is not there, taken, or may not be called so
    Row(CERTAIN, Made("GET /photos?location", "The specified bucket does not exist: photos")),
    Row(CERTAIN, Made(says="Key not found")),
    Row(HINT, Made("HEAD /photos/a.jpg", status=403, code="AccessDenied", says="words that nobody has published")),
    Row(CERTAIN, Made("PUT /backups", "?", code="BucketAlreadyExists")),
    Row(CERTAIN, Made("DELETE /photos", "?", code="BucketNotEmpty")),
    Row(CERTAIN, Made("PUT /pics", "?", code="InvalidBucketName")),
    Row(LIKELY, Made(f"PUT /photos/{'k' * 1100}", "?", body=b"x", code="InvalidArgument")),
    Row(LIKELY, put(says="?", code="InvalidRequest", headers={"x-amz-meta-a": "v" * 7500})),
    Row(CERTAIN, Made(COMPLETE, TOO_FEW, body=named("undefined"), code="InvalidPart"), earlier=(BEGUN, part(1))),
    Row(CERTAIN, Made(COMPLETE, "?", body=named(f"{1:032x}", f"{2:032x}"), code="EntityTooSmall"),
        earlier=(BEGUN, part(1), part(2))),
    Row(CERTAIN, Made(PART, "?", body=b"x"),
        earlier=(BEGUN, Made(f"DELETE /photos/film?{UP}", status=204, answered=b""))),
    Row(LIKELY, Made(f"PUT /photos/film?partNumber=10001&{UP}", "?", body=b"x", code="InvalidArgument")),
    Row(LIKELY, put(status=500, code="internal_error", says="incident id 199ec4f89122-40f425ccaab81307",
                    headers={"Content-Length": "6000000000"}, sent_size=6_000_000_000),
        behind=("internal-error-json",)),
    Row(LIKELY, Made("PUT /photos/copy", "Copy source too big: 6000000000", {"x-amz-copy-source": "/photos/a.jpg"},
                     status=400, code="InvalidRequest")),
    Row(LIKELY, Made("PUT /photos/copy", "Key not found", {"x-amz-copy-source": "/photos/a+b.jpg"})),
    Row(HINT, BEGUN, silent=False),
    # the server
    Row(CERTAIN, put(says="no tomes available")),
    Row(CERTAIN, put(says="An internal error occurred.  Please retry your upload.")),
    Row(CERTAIN, Made(f"PUT /photos/film?partNumber=2&{UP}", "internal incident", body=b"x")),
    Row(CERTAIN, Made(says="incident id 199ec4f89122-40f425ccaab81307")),
    Row(CERTAIN, Made(says="?", answer={"Retry-After": "5"})),
    Row(CERTAIN, Made(says="Too Many Requests", answer={"Retry-After": "5"})),
    Row(CERTAIN, put(says="?", status=400, code="RequestTimeout")),
    Row(CERTAIN, put(failure=GONE)),
    # the way there
    Row(CERTAIN, Made(scheme="http", failure=UNREACHABLE)),
    Row(LIKELY, Made("HEAD /s3.us-east-005.backblazeb2.com/photos", status=404)),
    Row(CERTAIN, Made(host="s3.us-west-4.backblazeb2.com", failure=NO_NAME)),
    Row(HINT, Made(failure=Failure("upstream-tls", "certificate verify failed: certificate has expired"))),
    Row(CERTAIN, Made("GET /a.jpg", host="my.photos.s3.us-west-004.backblazeb2.com",
                      failure=Failure("upstream-tls", "certificate verify failed: Hostname mismatch"))),
    Row(CERTAIN, Made("PUT /photos?cors", CORS, body=xml("CORSConfiguration"))),
    Row(LIKELY, Made("OPTIONS /photos/a.jpg", status=403, anonymous=True,
                     unsigned={"Origin": "https://app.example", "Access-Control-Request-Method": "PUT"}), silent=False),
    Row(CERTAIN, native("b2_update_bucket", "unknown allowedOperation value: S3 Put Object")),
    Row(LIKELY, Made("PUT /photos?cors", "?", code="InvalidRequest",
                     body=xml("CORSConfiguration", "<CORSRule><MaxAgeSeconds>604800</MaxAgeSeconds></CORSRule>"))),
    Row(HINT, put(unsigned={"Expect": "100-continue"}, failure=Failure("client-disconnected", "the client went away"))),
    Row(HINT, put(scheme="http", status=400, code="InvalidRequest", says="?",
                  headers={"x-amz-checksum-crc32": "NhCmhg==", "x-amz-sdk-checksum-algorithm": "CRC32"})),
    # surprises
    Row(HINT, Made("DELETE /photos/a.jpg", answer={"x-amz-delete-marker": "true"}), silent=False),
    Row(HINT, Made(answer={"ETag": '"0123456789abcdef0123456789abcdef-1"'}), silent=False),
    Row(HINT, Made(answer={"Content-Type": "text/plain;charset=utf-8"}), silent=False,
        earlier=(put(headers={"Content-Type": "text/plain; charset=utf-8"}),)),
    Row(HINT, Made("GET /photos?lifecycle", answered=xml("LifecycleConfiguration", TWO_RULES)), silent=False),
    Row(HINT, put(), silent=False, earlier=(put(failure=GONE),)),
    # the native API
    Row(CERTAIN, native("b2_list_buckets")),
    Row(CERTAIN, native("b2_list_buckets", "?")),
    Row(LIKELY, native("b2_authorize_account", method="GET")),
    Row(CERTAIN, native("b2_list_buckets", "accountId invalid")),
    Row(CERTAIN, native("b2_authorize_account", "This request is not currently supported on API version number 1")),
    Row(CERTAIN, native("b2_download_file_by_id", DOWNLOAD_CAP)),
    Row(CERTAIN, native("b2_upload_file/4f/c004_v1", "?", host=POD)),
    Row(CERTAIN, native("b2_list_file_names", "?")),
    Row(CERTAIN, native("b2_list_file_names", "200 calls/minute allowed for: API_LIST_FILE_NAMES_CALLED")),
    Row(CERTAIN, native("b2_upload_file/4f/c002", "c002_v0001118_t0002 is too busy", host=POD)),
    Row(CERTAIN, native("b2_list_buckets", "incident id 62096cb3b343-0424780b144c")),
    Row(CERTAIN, native("b2_upload_file/4f/c002", "Sha1 did not match data received", host=POD)),
    Row(CERTAIN, native("b2_upload_file/4f/c002", IN_USE, host=POD)),
    Row(CERTAIN, native("b2_finish_large_file", "large files must have at least 2 parts")),
    Row(CERTAIN, native("b2_copy_file", "Copy source too big: 6000000000")),
    Row(CERTAIN, Made("GET /file/photos/none.jpg", "File with such name does not exist.", host="f004.backblazeb2.com",
                      anonymous=True)),
    Row(CERTAIN, native("b2_delete_file_version", "?")),
    Row(CERTAIN, native("b2_create_bucket", "Bucket name is already in use.")),
    Row(CERTAIN, native("b2_create_bucket", "?")),
    Row(CERTAIN, native("b2_finish_large_file", "?")),
    Row(CERTAIN, native("b2_create_bucket", "?")),
    Row(LIKELY, native("b2_list_keys", "unauthorized for application key with capabilities 'listKeys'")),
    Row(CERTAIN, native("b2_download_file_by_id", "?", unsigned={"Range": "bytes=99-"})),
    Row(CERTAIN, native("b2_list_buckets", "?")),
    Row(CERTAIN, native("b2_upload_file/4f/c002", "?", host=POD)),
    Row(CERTAIN, native("b2_update_bucket", "?")),
    Row(CERTAIN, native("b2_list_file_names", "?")),
    # the rest, as it was gathered later
    Row(LIKELY, Made("HEAD /photos/none.jpg", "Cannot access bucket")),
    Row(CERTAIN, Made("GET /photos/a.jpg?response-content-disposition=attachment%3Bfilename%3Da%28", BAD_CHAR)),
    Row(CERTAIN, Made("GET /photos/a.jpg?response-content-disposition=attachment%3Bfilename%3DA%20Main.mp4", TOKEN)),
    Row(CERTAIN, put(says=EXTENDED, headers={"Content-Disposition": "attachment; filename*=UTF-8''a b"})),
    Row(CERTAIN, Made(PART, TRAILER, {"x-amz-trailer": "x-amz-checksum-crc32"}, body=b"x")),
    Row(CERTAIN, put(says="Chunk size of 5242880 exceeds 1 MiB maximum.", status=400, code="InvalidRequest")),
    Row(CERTAIN, Made("PUT /photos?lifecycle", BAD_XML, body=xml("LifecycleConfiguration"))),
    Row(CERTAIN, Made("PUT /photos?object-lock", "It cannot be enabled on existing buckets", code="InvalidRequest",
                      body=xml("ObjectLockConfiguration"))),
    Row(HINT, Made("GET /photos?lifecycle", "The lifecycle configuration does not exist.")),
    Row(CERTAIN, Made("PUT /photos?lifecycle", "The specified lifecycle configuration feature is not supported.",
                      body=xml("LifecycleConfiguration", LIFECYCLE))),
    Row(CERTAIN, Made(START,
                      "Invalid Live Read part size provided in header x-backblaze-live-read-part-size.",
                      {LIVE: "big"})),
    Row(CERTAIN, Made(START, "Live Read part size in header x-backblaze-live-read-part-size is"
                      " smaller than the minimum allowed size of 5000000 bytes.", {LIVE: "1"})),
    Row(CERTAIN, Made(START, "Live Read part size in header x-backblaze-live-read-part-size is"
                      " larger than the maximum allowed size of 5368709120 bytes.", {LIVE: "1"})),
    Row(CERTAIN, Made(PART,
                      "This Live Read upload requires parts of size 5000000 for all but the last part.", body=b"x")),
    Row(HINT, Made("GET /file/photos/a.tar", host="f004.backblazeb2.com", anonymous=True,
                   unsigned={"Range": "bytes=0-"}),
        silent=False),
    Row(LIKELY, Made("HEAD /photos/a.jpg", says="bucket is not authorized: photos", anonymous=True)),
    Row(CERTAIN, native("b2_get_download_authorization", UNKNOWN_FIELD, code="bad_request")),
    Row(CERTAIN, native("b2_list_file_names", "required field bucketId cannot be null")),
    Row(CERTAIN, native("b2_list_file_names?bucketId=4f&prefix&delimiter=/", "bad query string", method="GET")),
    Row(CERTAIN, native("b2_upload_file/4f/c002", "File names must not contain '\\'", host=POD)),
    Row(CERTAIN, native("b2_update_bucket", "Rule with prefix '' must have at least one additional property defined")),
    Row(HINT, native("b2_create_bucket", "internal incident"), behind=("native-internal-error",)),
    Row(CERTAIN, native("b2_upload_file/4f/c002", "Missing header: Content-Length", code="bad_request", host=POD)),
    Row(CERTAIN, native("b2_create_bucket", "Invalid default server-side encryption algorithm", code="bad_request")),
    Row(CERTAIN, native("b2_update_bucket",
                        "fileLockEnabled value of false is not allowed when bucket is already file lock enabled.")),
    Row(CERTAIN, native("b2_update_bucket", "Turning on file lock for an existing bucket having source replication"
                        " configuration is not allowed.")),
    Row(CERTAIN, native("b2_update_bucket", "Turning on file lock for a restricted bucket is not allowed.")),
)  # fmt: skip


def body_of(made: Made, status: int, code: str | None, kind: str | None) -> bytes:
    """The answer's body, as B2 writes it: its XML, or its JSON."""
    if made.answered is not None:
        return made.answered
    if status < 400 or (code is None and not made.says):
        return b""
    if kind == "json":
        return json.dumps({"code": code, "message": made.says, "status": status}).encode()
    return error_body(code or "InvalidRequest", made.says)
