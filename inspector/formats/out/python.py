"""Calls as a Python script for boto3: each by its method and arguments, bodies in files beside it.

Arguments are told from the request by a table; the tests walk botocore's model of S3 as an oracle, and send what the
script sends. What has no argument is said in a comment, never left out in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote_to_bytes

from inspector.formats.out.shown import AUTHORIZING_HEADERS, Shown, is_text
from inspector.s3.xml import Tree, tree
from inspector.wire.query import pairs

HEADER_ARGUMENTS = {
    "cache-control": "CacheControl",
    "content-disposition": "ContentDisposition",
    "content-encoding": "ContentEncoding",
    "content-language": "ContentLanguage",
    "content-type": "ContentType",
    "expires": "Expires",
    "if-match": "IfMatch",
    "if-none-match": "IfNoneMatch",
    "if-modified-since": "IfModifiedSince",
    "if-unmodified-since": "IfUnmodifiedSince",
    "range": "Range",
    "x-amz-acl": "ACL",
    "x-amz-copy-source": "CopySource",
    "x-amz-copy-source-range": "CopySourceRange",
    "x-amz-copy-source-if-match": "CopySourceIfMatch",
    "x-amz-copy-source-if-none-match": "CopySourceIfNoneMatch",
    "x-amz-expected-bucket-owner": "ExpectedBucketOwner",
    "x-amz-metadata-directive": "MetadataDirective",
    "x-amz-object-lock-legal-hold": "ObjectLockLegalHoldStatus",
    "x-amz-object-lock-mode": "ObjectLockMode",
    "x-amz-object-lock-retain-until-date": "ObjectLockRetainUntilDate",
    "x-amz-server-side-encryption": "ServerSideEncryption",
    "x-amz-storage-class": "StorageClass",
    "x-amz-tagging": "Tagging",
    "x-amz-website-redirect-location": "WebsiteRedirectLocation",
}
QUERY_ARGUMENTS = {
    "prefix": "Prefix",
    "delimiter": "Delimiter",
    "marker": "Marker",
    "max-keys": "MaxKeys",
    "continuation-token": "ContinuationToken",
    "start-after": "StartAfter",
    "fetch-owner": "FetchOwner",
    "key-marker": "KeyMarker",
    "version-id-marker": "VersionIdMarker",
    "upload-id-marker": "UploadIdMarker",
    "max-uploads": "MaxUploads",
    "max-parts": "MaxParts",
    "part-number-marker": "PartNumberMarker",
    "versionId": "VersionId",
    "partNumber": "PartNumber",
    "uploadId": "UploadId",
    "response-cache-control": "ResponseCacheControl",
    "response-content-disposition": "ResponseContentDisposition",
    "response-content-encoding": "ResponseContentEncoding",
    "response-content-language": "ResponseContentLanguage",
    "response-content-type": "ResponseContentType",
    "response-expires": "ResponseExpires",
}
NUMBERS = frozenset(("MaxKeys", "MaxUploads", "MaxParts", "PartNumber"))
TRUTHS = frozenset(("FetchOwner",))

_SUBRESOURCES = frozenset(("list-type", "x-id", "encoding-type", "acl", "uploads", "versions", "delete", "location"))
_SUBRESOURCES |= frozenset(("versioning", "lifecycle", "cors", "encryption", "tagging", "retention", "legal-hold"))
_SUBRESOURCES |= frozenset(("object-lock", "policy", "logging", "website", "notification", "replication"))
"""What makes the operation, and what boto3 adds by itself."""

_BY_BOTO3 = AUTHORIZING_HEADERS | {
    b"accept-encoding",
    b"amz-sdk-invocation-id",
    b"amz-sdk-request",
    b"connection",
    b"content-length",
    b"content-md5",
    b"expect",
    b"host",
    b"transfer-encoding",
    b"user-agent",
    b"x-amz-checksum-mode",
    b"x-amz-decoded-content-length",
    b"x-amz-sdk-checksum-algorithm",
    b"x-amz-trailer",
    b"x-amz-user-agent",
}
UPLOADS = frozenset(("PutObject", "UploadPart"))
_METADATA = "x-amz-meta-"
LONGEST_INLINE = 200

HEAD = '''"""{count} calls, as boto3 makes them. Keys come from the environment or a profile."""

import boto3

s3 = boto3.client("s3", endpoint_url={endpoint!r}, region_name={region!r})
'''


def script(calls: Iterable[tuple[Shown, str | None]], count: int, endpoint: str, region: str) -> Iterator[str]:
    """A script in pieces. Each call comes with the name of the file that holds its body, None without one."""
    yield HEAD.format(count=count, endpoint=endpoint, region=region)
    for call, body_file in calls:
        yield "\n" + "\n".join(statement(call, body_file)) + "\n"


def statement(call: Shown, body_file: str | None) -> Iterator[str]:
    """One call: a comment with its outcome, then the statement."""
    facts = call.facts
    status = call.exchange.response.status if call.exchange.response else "no answer"
    yield f"# {facts.operation or call.request.method.decode('latin-1')}: {status} {facts.error_code or ''}".rstrip()
    if facts.operation is None or facts.api != "s3" or facts.operation in ("PostObject", "OptionsObject"):
        yield f"# boto3 has no method for it: {call.request.method!r} {call.request.target!r}"
        return
    given = dict(arguments(call))
    left = list(left_over(call))
    if left:
        yield f"# without an argument in boto3: {', '.join(left)}"
    if body_file is not None:
        given["Body"] = None
    written = [f"{name}={_argument(name, value, body_file)}" for name, value in given.items()]
    yield f"s3.{method(facts.operation)}({', '.join(written)})"


def _argument(name: str, value: object, body_file: str | None) -> str:
    return f'open({body_file!r}, "rb")' if name == "Body" and body_file is not None else repr(value)


def method(operation: str) -> str:
    """boto3's name of an operation: `ListObjectsV2` is `list_objects_v2`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", operation)
    return spaced.lower()


def arguments(call: Shown) -> Iterator[tuple[str, Any]]:
    """The arguments of a call, bodies apart."""
    facts = call.facts
    if facts.bucket:
        yield "Bucket", facts.bucket
    if facts.key is not None:
        yield "Key", facts.key.decode("utf-8", "replace")
    for pair in pairs(call.request.query):
        name = QUERY_ARGUMENTS.get(unquote_to_bytes(pair.name).decode("utf-8", "replace"))
        if name is not None:
            yield name, _typed(name, unquote_to_bytes(pair.value or b"").decode("utf-8", "replace"))
    metadata: dict[str, str] = {}
    for raw, value in call.request.headers:
        header, text = raw.decode("latin-1").lower(), value.decode("utf-8", "replace")
        if header.startswith(_METADATA):
            metadata[header.removeprefix(_METADATA)] = text
        elif header in HEADER_ARGUMENTS and not _added_by_sdk(header, text, call):
            yield HEADER_ARGUMENTS[header], text
    if metadata:
        yield "Metadata", metadata
    yield from _body_arguments(call)


def _added_by_sdk(header: str, text: str, call: Shown) -> bool:
    """`aws-chunked` is framing, not content; a content type counts only where something is stored."""
    if header == "content-encoding":
        return text.replace(" ", "") == "aws-chunked"
    return header == "content-type" and call.facts.operation not in (*UPLOADS, "CreateMultipartUpload", "CopyObject")


def _typed(name: str, text: str) -> Any:
    if name in NUMBERS:
        return int(text) if text.isdigit() else text
    return text == "true" if name in TRUTHS else text


def _body_arguments(call: Shown) -> Iterator[tuple[str, Any]]:
    body, operation = call.request_body, call.facts.operation
    if operation == "CompleteMultipartUpload" and body and (root := tree(body)):
        yield "MultipartUpload", {"Parts": [_part(part) for part in root.children if part.name == "Part"]}
    elif operation == "DeleteObjects" and body and (root := tree(body)):
        objects = [{one.name: one.text for one in entry.children} for entry in root.children if entry.name == "Object"]
        quiet = any(one.name == "Quiet" and one.text == "true" for one in root.children)
        yield "Delete", {"Objects": objects, **({"Quiet": True} if quiet else {})}
    elif operation in UPLOADS and body is not None and inline(call):
        yield "Body", body


def inline(call: Shown) -> bool:
    """Whether the script needs no file for this call's body."""
    body = call.request_body
    return call.facts.operation not in UPLOADS or not body or (len(body) <= LONGEST_INLINE and is_text(body))


def _part(part: Tree) -> dict[str, Any]:
    texts = {one.name: one.text for one in part.children}
    return {name: int(text) if name == "PartNumber" and text.isdigit() else text for name, text in texts.items()}


def left_over(call: Shown) -> Iterator[str]:
    """What was sent and has no argument here."""
    for raw, _ in call.request.headers:
        name = raw.lower()
        known = name.decode("latin-1") in HEADER_ARGUMENTS or name.startswith(_METADATA.encode())
        if not known and name not in _BY_BOTO3 and not name.startswith(b"x-amz-checksum-"):
            yield f"header {name.decode('latin-1')}"
    for pair in pairs(call.request.query):
        name = unquote_to_bytes(pair.name)
        if (
            name.decode("utf-8", "replace") not in QUERY_ARGUMENTS
            and name.decode("utf-8", "replace") not in _SUBRESOURCES
        ):
            yield f"parameter {name.decode('utf-8', 'replace')}"
    told = ("PutObject", "UploadPart", "CompleteMultipartUpload", "DeleteObjects")
    if call.request_body and call.facts.operation not in told:
        yield f"a body of {len(call.request_body)} bytes"
