"""What B2 does with a header, and what it says with one: for who reads a call and wonders.

Each row has its source. Nothing here was confirmed against a live account; where a report is the only source, the words
say so. `docs` are Backblaze's pages on the S3-compatible API (backblaze.com/apidocs, backblaze.com/docs).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meaning:
    """Lower-case name (`*` at its end: all that begin so), what it means at B2, and where that is known from."""

    name: str
    words: str
    source: str


REQUEST = (
    Meaning("authorization", "who signed, and what: needed for every call but reads of a public bucket", "docs"),
    Meaning("host", "always signed; names the region, and in virtual-host style the bucket", "docs"),
    Meaning("x-amz-content-sha256", "the payload's hash or mode; B2 wants it among the signed headers", "aws.s3#404"),
    Meaning("x-amz-date", "when it was signed; B2 does not say how far it may be off (AWS: 15 minutes)", "B2_CLI#237"),
    Meaning("content-md5", "checked; needed for Object Lock buckets where no checksum header is sent", "sftpgo#1336"),
    Meaning("x-amz-acl", "must be the bucket's own ACL, else 400", "docs, s3-put-object"),
    Meaning("x-amz-grant-*", "not supported: grants are no part of B2's ACLs", "docs, ACL"),
    Meaning("x-amz-expected-bucket-owner", "honoured: another owner gives 403", "docs, s3-put-object"),
    Meaning(
        "x-amz-object-lock-mode", "GOVERNANCE or COMPLIANCE; the bucket must have Object Lock", "docs, s3-put-object"
    ),
    Meaning("x-amz-object-lock-retain-until-date", "until when the version cannot be deleted", "docs, s3-put-object"),
    Meaning("x-amz-object-lock-legal-hold", "ON or OFF", "docs, s3-put-object"),
    Meaning("x-amz-server-side-encryption", "AES256 only: B2 has no KMS", "docs, s3-put-object"),
    Meaning("x-amz-server-side-encryption-aws-kms-*", "not supported: B2 has no KMS", "docs"),
    Meaning("x-amz-server-side-encryption-customer-*", "SSE-C: three headers, needed for each read, too", "docs"),
    Meaning("x-amz-copy-source-server-side-encryption-customer-*", "SSE-C of the source of a copy", "docs"),
    Meaning("x-amz-copy-source", "makes it a copy; needs readFiles and writeFiles", "docs, s3-copy-object"),
    Meaning("x-amz-copy-source-range", "the bytes that a part is copied from", "docs, s3-upload-part-copy"),
    Meaning("x-amz-copy-source-if-*", "a condition on the source; 412 where it fails", "docs, s3-upload-part-copy"),
    Meaning("x-amz-metadata-directive", "COPY or REPLACE the source's metadata", "docs, s3-copy-object"),
    Meaning("x-amz-meta-*", "stored and given back; name and info headers have 7,000 bytes together", "docs, limits"),
    Meaning("cache-control", "stored and given back", "docs, s3-put-object"),
    Meaning("content-disposition", "stored and given back", "docs, s3-put-object"),
    Meaning("content-encoding", "stored and given back; aws-chunked is taken off", "docs, s3-put-object"),
    Meaning("content-language", "stored and given back", "docs, s3-put-object"),
    Meaning("content-type", "stored and given back", "docs, s3-put-object"),
    Meaning("expires", "stored and given back", "docs, s3-put-object"),
    Meaning("x-amz-checksum-mode", "refused with 400 until about July 2025, accepted since", "tusd#1302"),
    Meaning("x-amz-checksum-*", "refused with 400 until about July 2025, accepted since", "tusd#1302"),
    Meaning("x-amz-sdk-checksum-algorithm", "refused with 400 until about July 2025, accepted since", "tusd#1302"),
    Meaning(
        "x-amz-trailer", "names the checksum that follows the body; refused with 400 until 2025", "ClickHouse#107318"
    ),
    Meaning("x-amz-decoded-content-length", "bytes of the payload inside aws-chunked framing", "AWS documentation"),
    Meaning("x-amz-tagging", "refused with 400, even when it is empty", "s3proxy#34"),
    Meaning("x-amz-storage-class", "STANDARD only", "gobackup#155"),
    Meaning("if-none-match", "on reads a condition; on PutObject 501", "obsidian-s3-sync#78"),
    Meaning("if-match", "on reads a condition; on PutObject 501", "obsidian-s3-sync#78"),
    Meaning("range", "some bytes of the object: 206", "docs, s3-get-object"),
    Meaning("x-amz-security-token", "a session's token; B2 has no STS", "docs, intro"),
    Meaning("expect", "waits for 100 before the body is sent; B2 takes it", "cyberduck#16107"),
    Meaning("amz-sdk-invocation-id", "ignored; the same for all attempts of one call", "measured with SDKs"),
    Meaning("amz-sdk-request", "ignored; which attempt it is, of how many", "measured with SDKs"),
    Meaning("user-agent", "ignored; names the SDK and its version", "measured with SDKs"),
    Meaning("x-backblaze-live-read-enabled", "B2's own: parts can be read while the upload goes on", "docs, live read"),
    Meaning("x-backblaze-live-read-part-size", "B2's own: the part size of such an upload", "docs, live read"),
    Meaning("x-bz-test-mode", "the native API's: provokes failures, caps and expiry", "docs, integration checklist"),
)

RESPONSE = (
    Meaning("x-amz-request-id", "16 hex digits in lower case say: this answer is B2's", "more than ten traces"),
    Meaning("x-amz-id-2", "begins with `a` at B2, 21 or 33 characters", "traces"),
    Meaning("x-amz-version-id", "B2's file id: it holds the bucket id and the moment of the upload", "traces"),
    Meaning("date", "the server's clock when it answered", "traces"),
    Meaning("server", "nginx, where it is there", "cyberduck#16107"),
    Meaning(
        "content-length", "of a failed HEAD: it tells which error it was, for each has its own length", "two traces"
    ),
    Meaning("cache-control", "the bucket's own on reads; no-store on errors and writes", "cyberduck#16107"),
    Meaning("x-amz-checksum-*", "what was sent with the upload", "tusd#1302"),
    Meaning(
        "etag", "the MD5 of a plain upload; of a multipart one another value with `-` and the number of parts", "S3"
    ),
    Meaning("retry-after", "seconds to wait, with 503 or 429", "docs, rate limits"),
    Meaning("x-bz-file-id", "the native API's file id: the version id of S3", "native API"),
    Meaning("x-bz-content-sha1", "the SHA-1 that came with the upload", "native API"),
    Meaning("x-bz-info-*", "the file's info: `x-amz-meta-` of S3", "native API"),
)


def meaning_of(name: bytes, request: bool) -> Meaning | None:
    """What a header means at B2; None where nothing is known of it. The longest name that fits counts."""
    wanted = name.decode("latin-1").lower()
    fitting = (one for one in (REQUEST if request else RESPONSE) if _fits(one.name, wanted))
    return max(fitting, key=lambda one: (not one.name.endswith("*"), len(one.name)), default=None)


def _fits(pattern: str, name: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
