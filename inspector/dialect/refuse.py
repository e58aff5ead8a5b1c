"""What B2 refuses on sight of a request's head, in the order in which this stand-in looks.

In which order B2 looks is not known; here it is who asks, whether the signature holds, whether the key may, and only
then what is asked for. A rule is a function from request and account to a refusal or None.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from inspector.dialect.asked import Account, Asked
from inspector.dialect.capabilities import missing
from inspector.dialect.refusal import Refusal, said, unsaid
from inspector.native.ids import cluster_of_host, is_application_key, is_aws_key_id, is_master_key_id, read_key_id
from inspector.s3.names import bucket_name_fault
from inspector.s3.operations import OPERATIONS, Support
from inspector.sigv4.canonical import signed_names
from inspector.sigv4.sign import LONGEST_EXPIRY
from inspector.sigv4.verify import verify

Rule = Callable[[Asked, Account], Refusal | None]

_READS = ("GetObject", "HeadObject")
_ACL_OPERATIONS = ("PutBucketAcl", "PutObjectAcl", "CreateBucket", "PutObject", "CopyObject", "CreateMultipartUpload")
_CANNED = (b"private", b"public-read")
_WRITES_ONCE = ("PutObject", "CompleteMultipartUpload", "CopyObject")
_CONDITIONS = (b"if-none-match", b"if-match")
_CALLS = {
    "PostObject": "post-object",
    **dict.fromkeys(("PutObjectTagging", "DeleteObjectTagging", "PutBucketTagging"), "object-tagging-call"),
}
"""Calls whose refusal is a cause of its own."""

_SUPPORT = {row.name: row.b2 for row in OPERATIONS}


def refuse(asked: Asked, account: Account) -> Refusal | None:
    """What B2 would refuse this request with; None where it would do what it is asked. Never raises."""
    return next((refusal for rule in RULES if (refusal := rule(asked, account)) is not None), None)


def native(asked: Asked, account: Account) -> Refusal | None:
    """B2's native API, which nothing here stands in for."""
    if asked.facts.api != "b2":
        return None
    words = "--local stands in for B2's S3-compatible API; its native API is not served (b2-inspector)"
    return Refusal(400, "bad_request", words, "", "unknown", native=True)


def unauthenticated(asked: Asked, account: Account) -> Refusal | None:
    """Nothing says who asks: only objects of public buckets can be read so (kahing/goofys#739)."""
    if asked.signed.authorization.scheme != "none" or asked.request.method == b"OPTIONS":
        return None
    if asked.facts.operation == "PostObject":
        return said("call-not-supported", "post-object")
    if asked.facts.operation not in _READS:
        return said("unauthenticated", "auth-missing")
    if asked.facts.bucket in account.public:
        return None
    return said("bucket-not-authorized", "auth-missing", bucket=asked.facts.bucket or "")


def old_signature(asked: Asked, account: Account) -> Refusal | None:
    """SigV2: refused in words where it stands in a header; in a URL it counts for nothing (b2-sdk-python#136)."""
    authorization = asked.signed.authorization
    if authorization.scheme != "sigv2":
        return None
    if authorization.presigned:
        return said("bucket-not-authorized", "sigv2-used", bucket=asked.facts.bucket or "")
    return said("sigv2-refused", "sigv2-used")


def foreign_authorization(asked: Asked, account: Account) -> Refusal | None:
    """Basic, bearer and native tokens, SigV4A: what B2 says to them has not been published."""
    scheme = asked.signed.authorization.scheme
    if scheme == "sigv4-post":
        return said("call-not-supported", "post-object")
    if scheme not in ("other", "b2-native", "sigv4a"):
        return None
    return unsaid(403, "AccessDenied", "sigv4a-used" if scheme == "sigv4a" else "auth-foreign", f"auth {scheme}")


def key_id(asked: Asked, account: Account) -> Refusal | None:
    """The key id: empty, malformed, of another cluster, unknown."""
    authorization = asked.signed.authorization
    if not authorization.scheme.startswith("sigv4"):
        return None
    name = authorization.key_id
    if not name:
        part = authorization.part("credential")
        component = part.raw.decode("utf-8", "replace") if part else ""
        return said("component-malformed", "key-id-empty", component=component)
    parts, known = read_key_id(name), account.key(name) is not None
    if parts is None:
        return None if known else said("key-id-malformed", _malformed(name))
    cluster = cluster_of_host(asked.request.signed_host.decode("latin-1").partition(":")[0])
    if cluster is not None and parts.cluster != cluster:
        return said("key-not-valid", "key-wrong-cluster", key=name)
    return said("key-not-valid", "key-unknown", key=name) if account.keys and not known else None


def _malformed(key_id: str) -> str:
    """What a key id that is none was meant to be, by its shape."""
    if is_master_key_id(key_id):
        return "key-master"
    if is_application_key(key_id):
        return "key-swapped"
    return "key-foreign-cloud" if is_aws_key_id(key_id) else "key-id-malformed"


def signed_headers(asked: Asked, account: Account) -> Refusal | None:
    """Headers that must be signed and are not, or are signed and not there."""
    authorization = asked.signed.authorization
    if authorization.scheme not in ("sigv4-header", "sigv4-streaming", "sigv4-query"):
        return None
    names = signed_names(authorization.signed_headers)
    if not authorization.presigned and b"x-amz-content-sha256" not in names:
        return said("not-in-signature", "hdr-unsigned-amz", header="x-amz-content-sha256")
    present = {name.lower() for name, _ in asked.request.headers} | {b"host"}
    absent = next((name for name in names if name not in present), None)
    if absent is None:
        return None
    return said("signed-header-absent", "hdr-signed-absent", header=absent.decode("utf-8", "replace"))


def expired(asked: Asked, account: Account) -> Refusal | None:
    """A presigned URL whose time is over (kyantech/Palmr#208)."""
    authorization = asked.signed.authorization
    if authorization.scheme != "sigv4-query" or authorization.expires is None or authorization.timestamp is None:
        return None
    begun = _moment(authorization.timestamp)
    if begun is None or begun + authorization.expires >= asked.now:
        return None
    return said("expired", "presign-expired", timestamp=authorization.timestamp, expires=str(authorization.expires))


def _moment(timestamp: str | None) -> float | None:
    """Unix seconds of `YYYYMMDD'T'HHMMSS'Z'`, None for anything else."""
    try:
        return datetime.strptime(timestamp or "", "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


ALLOWED_SKEW = 15 * 60
"""Seconds that S3 servers allow a clock to be off (AWS documentation); B2's own limit is not published."""


def clock(asked: Asked, account: Account) -> Refusal | None:
    """A call that was signed long ago, or will be: no server of S3 takes it. B2's words and limit are not published."""
    authorization = asked.signed.authorization
    if authorization.scheme not in ("sigv4-header", "sigv4-streaming"):
        return None
    signed = _moment(authorization.timestamp)
    if signed is None or abs(signed - asked.now) <= ALLOWED_SKEW:
        return None
    minutes = round((signed - asked.now) / 60)
    what = f"signed {abs(minutes)} minutes {'ahead of' if minutes > 0 else 'behind'} the clock of this machine"
    return unsaid(403, "RequestTimeTooSkewed", "clock-skew", what)


def too_long(asked: Asked, account: Account) -> Refusal | None:
    """A URL that is to live for more than seven days, the most that SigV4 has."""
    authorization = asked.signed.authorization
    if authorization.scheme != "sigv4-query" or (authorization.expires or 0) <= LONGEST_EXPIRY:
        return None
    return unsaid(400, "InvalidArgument", "presign-too-long", f"X-Amz-Expires={authorization.expires}")


def signature(asked: Asked, account: Account) -> Refusal | None:
    """The signature, where the key's secret is at hand. The body is not looked at yet."""
    key = account.key(asked.signed.authorization.key_id or "")
    if key is None or verify(asked.signed, key).verdict != "mismatch":
        return None
    return said("signature-failed", "signature-mismatch")


def entitlement(asked: Asked, account: Account) -> Refusal | None:
    """What the key may not do."""
    if account.capabilities is None or asked.signed.authorization.scheme == "none":
        return None
    return said("not-entitled", "not-entitled") if missing(asked.facts, account.capabilities) else None


def unsupported_call(asked: Asked, account: Account) -> Refusal | None:
    """Calls that B2 does not have."""
    operation = asked.facts.operation
    if asked.request.method == b"OPTIONS" or _SUPPORT.get(operation or "") not in (None, Support.NO):
        return None
    return said("call-not-supported", _CALLS.get(operation or "", "api-call-not-supported"))


def unsupported_header(asked: Asked, account: Account) -> Refusal | None:
    """Headers that B2 refuses by name; tagging even when it is empty (Intrinsec/s3proxy#34)."""
    if asked.header(b"x-amz-tagging") is None:
        return None
    return said("unsupported-header", "tagging-header", header="x-amz-tagging")


def conditional_write(asked: Asked, account: Account) -> Refusal | None:
    """Writing only if, or only if not (sathinduga/obsidian-s3-sync-and-backup#78)."""
    if asked.facts.operation not in _WRITES_ONCE:
        return None
    present = any(asked.header(name) is not None for name in _CONDITIONS)
    return said("header-not-implemented", "conditional-write") if present else None


def storage_class(asked: Asked, account: Account) -> Refusal | None:
    """Any class but STANDARD (gobackup/gobackup#155)."""
    value = asked.header(b"x-amz-storage-class")
    if value is None or value.strip() in (b"STANDARD", b""):
        return None
    return said("storage-class", "storage-class", **{"class": value.strip().decode("utf-8", "replace")})


def acl(asked: Asked, account: Account) -> Refusal | None:
    """Canned ACLs other than B2's two (saltbo/zpan#126); grants, whose refusal has not been published."""
    if asked.facts.operation not in _ACL_OPERATIONS:
        return None
    value = asked.header(b"x-amz-acl")
    if value is not None and value.strip() not in _CANNED:
        return said("canned-acl", "canned-acl-unsupported", acl=value.strip().decode("utf-8", "replace"))
    granted = any(name.lower().startswith(b"x-amz-grant-") for name, _ in asked.request.headers)
    return unsaid(400, "InvalidArgument", "acl-grants-xml", "grants in headers") if granted else None


def encryption(asked: Asked, account: Account) -> Refusal | None:
    """Encryption under KMS keys, which B2 has not (its documentation; the words are not published)."""
    value = asked.header(b"x-amz-server-side-encryption")
    if value is None or not value.strip().startswith(b"aws:kms"):
        return None
    return unsaid(400, "InvalidArgument", "sse-kms", f"encryption {value.strip().decode('utf-8', 'replace')!r}")


def bucket_name(asked: Asked, account: Account) -> Refusal | None:
    """A bucket was to be called as none is at B2 (b2-naming.ts; the words over S3 are not published)."""
    fault = bucket_name_fault(asked.facts.bucket or "") if asked.facts.operation == "CreateBucket" else ""
    what = f"the name {asked.facts.bucket!r} {fault}"
    return unsaid(400, "InvalidBucketName", "bucket-name-invalid", what) if fault else None


def owner(asked: Asked, account: Account) -> Refusal | None:
    """Another owner is expected than the account that stands in the key id (apidocs: honoured, else 403)."""
    named = asked.header(b"x-amz-expected-bucket-owner")
    parts = read_key_id(asked.signed.authorization.key_id or "")
    if named is None or parts is None or named.strip() == parts.account.encode():
        return None
    return unsaid(403, "AccessDenied", "expected-bucket-owner-mismatch", "the bucket has another owner than expected")


MOST_METADATA = 7000
"""Bytes of name and metadata together (apidocs/b2-upload-file)."""


def metadata(asked: Asked, account: Account) -> Refusal | None:
    """More metadata than B2 keeps."""
    if asked.facts.operation not in ("PutObject", "CreateMultipartUpload", "CopyObject"):
        return None
    lines = [(n, v) for n, v in asked.request.headers if n.lower().startswith(b"x-amz-meta-")]
    size = len(asked.facts.key or b"") + sum(len(name) - len(b"x-amz-meta-") + len(value) for name, value in lines)
    if size <= MOST_METADATA:
        return None
    return unsaid(400, "MetadataTooLarge", "metadata-too-large", f"{size} bytes of name and metadata")


RULES: tuple[Rule, ...] = (
    native,
    unauthenticated,
    old_signature,
    foreign_authorization,
    key_id,
    signed_headers,
    expired,
    too_long,
    clock,
    signature,
    entitlement,
    unsupported_call,
    unsupported_header,
    conditional_write,
    storage_class,
    acl,
    encryption,
    bucket_name,
    metadata,
    owner,
)
