"""What B2's S3-compatible API says when it refuses: the sentences that were seen, and the bytes they come in.

One table for everyone who needs B2's words: findings are told from them, the length of a HEAD answer is matched against
them, and a local server speaks them. Nothing here is made up: `seen` says where a sentence stands, `kind` how well.
`{name}` in a sentence is a part that differs from call to call.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

Kind = Literal["verbatim", "quoted", "docs"]
"""`verbatim`: copied from an answer that someone published; `quoted`: retold in a public file; `docs`: B2's own."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """An error that B2 is known to answer. `status` and `code` are None where no trace shows them."""

    name: str
    status: int | None
    code: str | None
    text: str
    kind: Kind
    seen: str


class Said(NamedTuple):
    """A sentence that was recognised, with the parts that differ from call to call."""

    sentence: Sentence
    parts: Mapping[str, str]


_UNSUPPORTED_HEADER = "Unsupported header '{header}' received for this API call."

SENTENCES = (
    Sentence(
        "key-id-malformed", 403, "InvalidAccessKeyId", "Malformed Access Key Id", "verbatim", "AlistGo/alist#8364"
    ),
    Sentence("key-not-valid", 403, "InvalidAccessKeyId", "The key '{key}' is not valid", "quoted", "peak/s5cmd#269"),
    Sentence(
        "signature-failed",
        403,
        "SignatureDoesNotMatch",
        "Signature validation failed",
        "verbatim",
        "backblaze-b2-samples/cloudflare-b2#5",
    ),
    Sentence(
        "sigv2-refused",
        400,
        "InvalidRequest",
        "The V2 signature authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256",
        "verbatim",
        "nfrastack/db-backup#57",
    ),
    Sentence(
        "credential-malformed",
        400,
        "InvalidRequest",
        "Authorization header's Credential is malformed",
        "quoted",
        "a public file",
    ),
    Sentence(
        "component-malformed",
        400,
        "AuthorizationHeaderMalformed",
        'Authorization header is malformed; the authorization component "{component}" is malformed.',
        "verbatim",
        "backblaze-b2-samples/b2-browser-upload#3",
    ),
    Sentence(
        "not-in-signature",
        400,
        "InvalidRequest",
        "header '{header}' must be included in signature",
        "verbatim",
        "cloudyr/aws.s3#404",
    ),
    Sentence(
        "signed-header-absent",
        400,
        "InvalidRequest",
        "header '{header}' is listed in signed headers, but is not present",
        "quoted",
        "backblaze-b2-samples/cloudflare-b2#15",
    ),
    Sentence(
        "unauthenticated",
        403,
        "AccessDenied",
        "Unauthenticated requests are not allowed for this api",
        "verbatim",
        "kahing/goofys#739",
    ),
    Sentence(
        "bucket-not-authorized",
        401,
        "UnauthorizedAccess",
        "bucket is not authorized: {bucket}",
        "verbatim",
        "backblaze-labs/genblaze#246",
    ),
    Sentence(
        "expired",
        401,
        "UnauthorizedAccess",
        "Request has expired given timestamp: '{timestamp}' and expiration: {expires}",
        "verbatim",
        "kyantech/Palmr#208",
    ),
    Sentence("not-entitled", 403, "AccessDenied", "not entitled", "verbatim", "rclone/rclone#4689"),
    Sentence("cannot-access-bucket", 403, "AccessDenied", "Cannot access bucket", "verbatim", "kopia/kopia#5329"),
    Sentence(
        "not-s3-enabled",
        403,
        "AccessDenied",
        "Not allowed to access bucket because it is not s3-enabled: {bucket}",
        "verbatim",
        "WWBN/AVideo#5884",
    ),
    Sentence(
        "cap-transactions",
        403,
        "AccessDenied",
        "Transaction cap exceeded, see the Caps & Alerts page to increase your cap",
        "quoted",
        "a public file",
    ),
    Sentence(
        "cap-download",
        403,
        "AccessDenied",
        "Cannot download file, download bandwidth or transaction (Class B) cap exceeded. See the Caps & Alerts page to"
        " increase your cap.",
        "quoted",
        "a public file; the native API's twin is verbatim in alangrainger/share-note#63",
    ),
    Sentence(
        "cap-storage",
        403,
        "AccessDenied",
        "Cannot upload files, storage cap exceeded. See the Caps & Alerts page to increase your cap.",
        "quoted",
        "a public file",
    ),
    Sentence(
        "unsupported-header", 400, "InvalidArgument", _UNSUPPORTED_HEADER, "verbatim", "iterate-ch/cyberduck#16107"
    ),
    Sentence("body-too-small", 400, "InvalidRequest", "The request body was too small", "verbatim", "tus/tusd#1302"),
    Sentence(
        "content-md5-missing",
        400,
        "InvalidRequest",
        "Missing required header for this request: Content-MD5",
        "verbatim",
        "sebastianfeldmann/phpbu#320",
    ),
    Sentence(
        "object-lock-checksum-missing",
        400,
        "InvalidRequest",
        "Content-MD5 OR x-amz-checksum- HTTP header is required for Put {what} requests with Object Lock parameters",
        "verbatim",
        "zmanda/amanda#275",
    ),
    Sentence(
        "object-lock-md5-missing",
        400,
        "InvalidRequest",
        "Content-MD5 HTTP header is required for Put {what} requests with Object Lock parameters",
        "quoted",
        "a public file",
    ),
    Sentence(
        "header-not-implemented",
        501,
        "NotImplemented",
        "A header you provided implies functionality that is not implemented",
        "verbatim",
        "sathinduga/obsidian-s3-sync-and-backup#78",
    ),
    Sentence(
        "call-not-supported",
        501,
        "NotImplemented",
        "Backblaze B2 does not support this API call.",
        "verbatim",
        "knadh/listmonk#617",
    ),
    Sentence(
        "call-not-supported-short",
        None,
        "NotImplemented",
        "This API call is not supported.",
        "verbatim",
        "appleboy/docker-backup-database#14",
    ),
    Sentence(
        "storage-class",
        501,
        "NotImplemented",
        "Backblaze only supports the 'STANDARD' storage class, and not {class}",
        "verbatim",
        "gobackup/gobackup#155",
    ),
    Sentence(
        "canned-acl",
        400,
        "InvalidArgument",
        "Unsupported value for canned acl '{acl}'",
        "verbatim",
        "saltbo/zpan#126",
    ),
    Sentence(
        "no-such-bucket", 404, "NoSuchBucket", "The specified bucket does not exist: {bucket}", "docs", "API intro page"
    ),
    Sentence("no-such-key", 404, "NoSuchKey", "Key not found", "quoted", "a public file"),
    Sentence(
        "invalid-part",
        400,
        "InvalidPart",
        "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified"
        " entity tag may not match the part's entity tag.",
        "verbatim",
        "cloudreve/cloudreve#1315",
    ),
    Sentence("no-tomes", 503, "ServiceUnavailable", "no tomes available", "verbatim", "appwrite/appwrite#8868"),
    Sentence(
        "internal-error",
        500,
        "InternalError",
        "An internal error occurred.  Please retry your upload.",
        "verbatim",
        "mastodon/mastodon#30030",
    ),
    Sentence("internal-incident", 500, "InternalError", "internal incident{more}", "quoted", "a public file"),
    Sentence(
        "native-cors",
        400,
        "InvalidRequest",
        "The bucket contains B2 Native CORS rules. Please use B2 Native API instead. (See {url})",
        "quoted",
        "a public file",
    ),
    Sentence(
        "content-disposition",
        400,
        "InvalidRequest",
        "invalid b2-content-disposition: {reason}",
        "verbatim",
        "kyantech/Palmr#262",
    ),
    Sentence(
        "trailer-malformed",
        400,
        "MalformedTrailerError",
        "The request contained trailing data that was not well-formed or did not conform to our published schema.",
        "verbatim",
        "benbjohnson/litestream#918",
    ),
    Sentence(
        "chunk-too-large",
        None,
        None,
        "Chunk size of {size} exceeds 1 MiB maximum.",
        "verbatim",
        "benbjohnson/litestream#747",
    ),
    Sentence(
        "xml-malformed",
        400,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
        "verbatim",
        "backblaze-labs/b2-mcp#201",
    ),
    Sentence(
        "lifecycle-none",
        404,
        "NoSuchLifecycleConfiguration",
        "The lifecycle configuration does not exist.",
        "docs",
        "apidocs/s3-get-lifecycle-configuration",
    ),
    Sentence(
        "lifecycle-unsupported",
        400,
        "NotSupported",
        "The specified lifecycle configuration feature is not supported.",
        "docs",
        "apidocs/s3-put-lifecycle-configuration",
    ),
    Sentence(
        "live-read-size-invalid",
        400,
        "InvalidArgument",
        "Invalid Live Read part size provided in header x-backblaze-live-read-part-size.",
        "docs",
        "apidocs/s3-create-multipart-upload",
    ),
    Sentence(
        "live-read-size-small",
        400,
        "InvalidArgument",
        "Live Read part size in header x-backblaze-live-read-part-size is smaller than the minimum allowed size of"
        " {min} bytes.",
        "docs",
        "apidocs/s3-create-multipart-upload",
    ),
    Sentence(
        "live-read-size-large",
        400,
        "InvalidArgument",
        "Live Read part size in header x-backblaze-live-read-part-size is larger than the maximum allowed size of"
        " {max} bytes.",
        "docs",
        "apidocs/s3-create-multipart-upload",
    ),
    Sentence(
        "live-read-part-mismatch",
        400,
        "InvalidArgument",
        "This Live Read upload requires parts of size {size} for all but the last part.",
        "docs",
        "apidocs/s3-upload-part",
    ),
)

BY_NAME = {sentence.name: sentence for sentence in SENTENCES}

_HOLE = re.compile(r"\\\{(\w+)\\\}")


@lru_cache(maxsize=256)
def _pattern(sentence: Sentence) -> re.Pattern[str]:
    """The sentence as a pattern. A final full stop comes and goes from one call to the next, and so may a name behind a
    colon at the end; neither case nor white space makes another sentence.
    """
    escaped = re.escape(sentence.text.rstrip("."))
    escaped = re.sub(r":\\ (\\\{\w+\\\})\Z", r"(?::\\ \1|:)?", escaped)
    spaced = re.sub(r"(?:\\ )+", r"\\s+", escaped)
    return re.compile(_HOLE.sub(r"(?P<\1>.*?)", spaced) + r"\.?", re.IGNORECASE | re.DOTALL)


def recognise(code: str | None, message: str) -> Said | None:
    """The sentence that an error is, None for one that nobody has published. The more particular one wins."""
    for sentence in SENTENCES:
        if sentence.code is not None and code is not None and sentence.code != code:
            continue
        match = _pattern(sentence).fullmatch(message.strip())
        if match is not None:
            return Said(sentence, {name: part for name, part in match.groupdict().items() if part is not None})
    return None


# The bytes

PROLOGUE = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def error_body(code: str, message: str) -> bytes:
    """The body of an error, byte for byte as B2 sends it: four spaces, a final line end, apostrophes as they are.

    Two published traces have the Content-Length that this gives: iterate-ch/cyberduck#16107 (200), cloudyr/aws.s3#404
    (188); minio/mc#5072 (198) is an answer to HEAD that was predicted by it.
    """
    lines = ("<Error>", f"    <Code>{escape(code)}</Code>", f"    <Message>{escape(message)}</Message>", "</Error>", "")
    return (PROLOGUE + "\n".join(lines)).encode()


def escape(text: str) -> str:
    """XML's three, and no more."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def error_length(code: str, message: str) -> int:
    """The bytes of `error_body`: 115 beyond code and message."""
    return len(error_body(code, message))


class Guess(NamedTuple):
    """An error that an answer's length allows: `hole` is how many bytes its varying part would have, None without."""

    sentence: Sentence
    hole: int | None


LONGEST_HOLE = 255


def errors_of_length(status: int, length: int) -> Iterator[Guess]:
    """The sentences that an answer of this status and Content-Length may have had for a body: fixed ones first."""
    varying = []
    for sentence in SENTENCES:
        if sentence.code is None or sentence.status != status:
            continue
        bare = re.sub(r"\{\w+\}", "", sentence.text)
        rest = length - error_length(sentence.code, bare)
        if bare == sentence.text and rest == 0:
            yield Guess(sentence, None)
        elif bare != sentence.text and 0 < rest <= LONGEST_HOLE:
            varying.append(Guess(sentence, rest))
    yield from varying
