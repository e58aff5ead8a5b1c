"""The operations of S3, one row each: how a request is told to be one, and what Backblaze B2 makes of it.

Facts
-----
Names, methods, places and markers are those of AWS's service model (botocore's `s3/2006-03-01`), which the tests walk
as an oracle; PostObject and OptionsObject are in no model and bear the names of AWS's API reference.

Support: Backblaze, "Call the S3-Compatible API" (backblaze.com/docs/cloud-storage-call-the-s3-compatible-api), the
`apidocs/s3-*` pages, and the public threads named in a row. An operation that neither lists counts as unsupported.

Transaction classes: backblaze.com/cloud-storage/transaction-pricing, "Pricing Organized by API Calls", of which stored
copies were read: show the class, not a price. Lifecycle, logging and tagging calls are not on that page.

Capabilities: documented for ListBuckets, DeleteObject and DeleteObjects; for the rest inferred from the names in the
capability list of backblaze-labs/b2-sdk-typescript `src/types/auth.ts`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from urllib.parse import unquote_to_bytes

from inspector.wire.headers import Header
from inspector.wire.query import Pair


class Place(str, Enum):
    """What a request addresses."""

    SERVICE = "service"
    BUCKET = "bucket"
    OBJECT = "object"


class Support(str, Enum):
    """What Backblaze B2 makes of an operation; `unknown` where no source says."""

    YES = "yes"
    NO = "no"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


NOT_LISTED = "Not among the calls that B2's S3-compatible API lists."


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    `markers` must all be present in a request: a query key (`uploads`), a query key with its value (`list-type=2`), a
    header (`x-amz-copy-source:`), or a header with the beginning of its value (`content-type: multipart/form-data`).
    `transaction` is B2's class (A, B, C), None where it publishes none. `capability` says what an application key
    needs, empty where B2 does not support the call.
    """

    name: str
    method: str
    place: Place
    markers: tuple[str, ...] = ()
    b2: Support = Support.NO
    note: str = NOT_LISTED
    transaction: str | None = None
    capability: str = ""


SERVICE, BUCKET, OBJECT = Place.SERVICE, Place.BUCKET, Place.OBJECT
YES, NO, DIFFERS = Support.YES, Support.NO, Support.DIFFERS

LISTED = "Listed as supported."
LIFECYCLE = "Documented on its own page (apidocs); the older introduction still lists lifecycle rules as unsupported."
LOGGING = "Documented on its own page (apidocs); the older introduction still lists bucket logging as unsupported."
NO_POLICY = "B2 has no bucket policies; application keys carry the permissions."
NO_WEBSITE = "B2 does not serve buckets as websites."
NO_TAGS = "B2 has no object tags: x-amz-tagging is refused, reading them answers an empty set."
CANNED = "Canned ACLs only, no grants."
VERSIONED = "B2 keeps versions of every file; only reading the state is listed."
ON_HIDES = "Without a version a file is hidden, with one it is deleted."
ON_FORMS = "Browser form uploads are answered 501; presign a PutObject instead."
ON_PUT = (
    "If-Match and If-None-Match are answered 501, x-amz-tagging is refused, x-amz-acl must be the bucket's own, "
    "the storage class is STANDARD."
)
ON_COPY = "x-amz-tagging is refused, x-amz-tagging-directive ignored; the checksum algorithm stays the source's."
ON_DELETE = "Without versionId the file is hidden, with it that version is deleted."
ON_UPLOADS = "x-amz-acl must be the bucket's own; x-backblaze-live-read-enabled is B2's extension."
ON_PARTS = "Parts of 5,000,000 bytes to 5 GB, the last one of at least 1 byte; 1 to 10,000 of them."
NO_KMS = "AES256 only: B2 has no KMS."
# backblaze-labs/b2-mcp#22, #26
ON_LOCK = "Refused on a bucket that was made without Object Lock; the native b2_update_bucket can switch it on."
ON_PREFLIGHT = "B2 documents CORS rules, not the preflight."
READ_WRITE = "readFiles and writeFiles"

OPERATIONS: tuple[Operation, ...] = (
    # The service
    Operation("ListBuckets", "GET", SERVICE, (), YES, LISTED, "C", "listBuckets; restricted keys listAllBucketNames"),
    # A bucket and what is in it
    Operation("CreateBucket", "PUT", BUCKET, (), YES, LISTED, "C", "writeBuckets"),
    Operation("DeleteBucket", "DELETE", BUCKET, (), YES, LISTED, "A", "deleteBuckets"),
    Operation("HeadBucket", "HEAD", BUCKET, (), YES, LISTED, "C", "listBuckets or listAllBucketNames"),
    Operation("ListObjects", "GET", BUCKET, (), YES, LISTED, "C", "listFiles"),
    Operation("ListObjectsV2", "GET", BUCKET, ("list-type=2",), YES, LISTED, "C", "listFiles"),
    Operation("ListObjectVersions", "GET", BUCKET, ("versions",), YES, LISTED, "C", "listFiles"),
    Operation("ListMultipartUploads", "GET", BUCKET, ("uploads",), YES, LISTED, "C", "listFiles"),
    Operation("DeleteObjects", "POST", BUCKET, ("delete",), YES, ON_HIDES, "A", "writeFiles; deleteFiles for versions"),
    Operation("PostObject", "POST", BUCKET, ("content-type: multipart/form-data",), NO, ON_FORMS),
    Operation("CreateSession", "GET", BUCKET, ("session",)),
    # Objects
    Operation("PutObject", "PUT", OBJECT, (), DIFFERS, ON_PUT, "A", "writeFiles"),
    Operation("CopyObject", "PUT", OBJECT, ("x-amz-copy-source:",), DIFFERS, ON_COPY, "C", READ_WRITE),
    Operation("GetObject", "GET", OBJECT, (), YES, LISTED, "B", "readFiles"),
    Operation("HeadObject", "HEAD", OBJECT, (), YES, LISTED, "B", "readFiles"),
    Operation("DeleteObject", "DELETE", OBJECT, (), YES, ON_DELETE, "A", "writeFiles; deleteFiles with versionId"),
    # Multipart uploads
    Operation("CreateMultipartUpload", "POST", OBJECT, ("uploads",), YES, ON_UPLOADS, "A", "writeFiles"),
    Operation("UploadPart", "PUT", OBJECT, ("partNumber", "uploadId"), YES, ON_PARTS, "A", "writeFiles"),
    Operation(
        "UploadPartCopy", "PUT", OBJECT, ("partNumber", "uploadId", "x-amz-copy-source:"), YES, LISTED, "C", READ_WRITE
    ),
    Operation("CompleteMultipartUpload", "POST", OBJECT, ("uploadId",), YES, LISTED, "A", "writeFiles"),
    Operation("AbortMultipartUpload", "DELETE", OBJECT, ("uploadId",), YES, LISTED, "A", "writeFiles"),
    Operation("ListParts", "GET", OBJECT, ("uploadId",), YES, LISTED, "C", "listFiles"),
    # CORS preflight: a browser's question before any of the above
    Operation("OptionsObject", "OPTIONS", OBJECT, (), Support.UNKNOWN, ON_PREFLIGHT),
    Operation("OptionsObject", "OPTIONS", BUCKET, (), Support.UNKNOWN, ON_PREFLIGHT),
    # What belongs to an object
    Operation("GetObjectAcl", "GET", OBJECT, ("acl",), YES, LISTED, "C", "readFiles"),
    Operation("PutObjectAcl", "PUT", OBJECT, ("acl",), DIFFERS, f"{CANNED} The bucket's own alone.", "C", "writeFiles"),
    Operation("GetObjectLegalHold", "GET", OBJECT, ("legal-hold",), YES, LISTED, "B", "readFileLegalHolds"),
    Operation("PutObjectLegalHold", "PUT", OBJECT, ("legal-hold",), YES, LISTED, "A", "writeFileLegalHolds"),
    Operation("GetObjectRetention", "GET", OBJECT, ("retention",), YES, LISTED, "B", "readFileRetentions"),
    Operation(
        "PutObjectRetention", "PUT", OBJECT, ("retention",), YES, LISTED, "A", "writeFileRetentions; bypassGovernance"
    ),
    # (a stub: gose#42, quoting the documentation)
    Operation("GetObjectTagging", "GET", OBJECT, ("tagging",), DIFFERS, NO_TAGS, None, "readFiles"),
    Operation("PutObjectTagging", "PUT", OBJECT, ("tagging",), NO, NO_TAGS),
    Operation("DeleteObjectTagging", "DELETE", OBJECT, ("tagging",), NO, NO_TAGS),
    Operation("GetObjectAttributes", "GET", OBJECT, ("attributes",)),
    Operation("GetObjectTorrent", "GET", OBJECT, ("torrent",)),
    Operation("RestoreObject", "POST", OBJECT, ("restore",)),
    Operation("SelectObjectContent", "POST", OBJECT, ("select",)),
    Operation("RenameObject", "PUT", OBJECT, ("renameObject",)),
    Operation("UpdateObjectEncryption", "PUT", OBJECT, ("encryption",)),
    Operation("GetObjectAnnotation", "GET", OBJECT, ("annotation", "annotationName")),
    Operation("PutObjectAnnotation", "PUT", OBJECT, ("annotation",)),
    Operation("DeleteObjectAnnotation", "DELETE", OBJECT, ("annotation",)),
    Operation("ListObjectAnnotations", "GET", OBJECT, ("annotation",)),
    # What belongs to a bucket, as far as B2 has it
    Operation("GetBucketLocation", "GET", BUCKET, ("location",), YES, LISTED, "C", "listBuckets"),
    Operation("GetBucketAcl", "GET", BUCKET, ("acl",), YES, LISTED, "C", "readBuckets"),
    Operation("PutBucketAcl", "PUT", BUCKET, ("acl",), DIFFERS, CANNED, "C", "writeBuckets"),
    Operation("GetBucketCors", "GET", BUCKET, ("cors",), YES, LISTED, "C", "readBuckets"),
    Operation("PutBucketCors", "PUT", BUCKET, ("cors",), YES, LISTED, "C", "writeBuckets"),
    Operation("DeleteBucketCors", "DELETE", BUCKET, ("cors",), YES, LISTED, "C", "writeBuckets"),
    Operation("GetBucketEncryption", "GET", BUCKET, ("encryption",), YES, LISTED, "C", "readBucketEncryption"),
    Operation("PutBucketEncryption", "PUT", BUCKET, ("encryption",), DIFFERS, NO_KMS, "C", "writeBucketEncryption"),
    Operation("DeleteBucketEncryption", "DELETE", BUCKET, ("encryption",), YES, LISTED, "C", "writeBucketEncryption"),
    Operation("GetBucketVersioning", "GET", BUCKET, ("versioning",), YES, LISTED, "C", "readBuckets"),
    Operation("PutBucketVersioning", "PUT", BUCKET, ("versioning",), NO, VERSIONED),
    Operation(
        "GetBucketLifecycleConfiguration",
        "GET",
        BUCKET,
        ("lifecycle",),
        YES,
        LIFECYCLE,
        None,
        "readBucketLifecycleRules",
    ),
    Operation(
        "PutBucketLifecycleConfiguration",
        "PUT",
        BUCKET,
        ("lifecycle",),
        YES,
        LIFECYCLE,
        None,
        "writeBucketLifecycleRules",
    ),
    Operation(
        "DeleteBucketLifecycle", "DELETE", BUCKET, ("lifecycle",), YES, LIFECYCLE, None, "writeBucketLifecycleRules"
    ),
    Operation("GetBucketLogging", "GET", BUCKET, ("logging",), YES, LOGGING, None, "readBucketLogging"),
    Operation("PutBucketLogging", "PUT", BUCKET, ("logging",), YES, LOGGING, None, "writeBucketLogging"),
    Operation("GetObjectLockConfiguration", "GET", BUCKET, ("object-lock",), YES, LISTED, "B", "readBucketRetentions"),
    Operation(
        "PutObjectLockConfiguration", "PUT", BUCKET, ("object-lock",), DIFFERS, ON_LOCK, "A", "writeBucketRetentions"
    ),
    # What belongs to a bucket elsewhere
    Operation("GetBucketPolicy", "GET", BUCKET, ("policy",), NO, NO_POLICY),
    Operation("PutBucketPolicy", "PUT", BUCKET, ("policy",), NO, NO_POLICY),
    Operation("DeleteBucketPolicy", "DELETE", BUCKET, ("policy",), NO, NO_POLICY),
    Operation("GetBucketPolicyStatus", "GET", BUCKET, ("policyStatus",), NO, NO_POLICY),
    Operation("GetBucketWebsite", "GET", BUCKET, ("website",), NO, NO_WEBSITE),
    Operation("PutBucketWebsite", "PUT", BUCKET, ("website",), NO, NO_WEBSITE),
    Operation("DeleteBucketWebsite", "DELETE", BUCKET, ("website",), NO, NO_WEBSITE),
    Operation("GetBucketTagging", "GET", BUCKET, ("tagging",)),
    Operation("PutBucketTagging", "PUT", BUCKET, ("tagging",)),
    Operation("DeleteBucketTagging", "DELETE", BUCKET, ("tagging",)),
    Operation("GetBucketReplication", "GET", BUCKET, ("replication",)),
    Operation("PutBucketReplication", "PUT", BUCKET, ("replication",)),
    Operation("DeleteBucketReplication", "DELETE", BUCKET, ("replication",)),
    Operation("GetBucketNotificationConfiguration", "GET", BUCKET, ("notification",)),
    Operation("PutBucketNotificationConfiguration", "PUT", BUCKET, ("notification",)),
    Operation("GetBucketOwnershipControls", "GET", BUCKET, ("ownershipControls",)),
    Operation("PutBucketOwnershipControls", "PUT", BUCKET, ("ownershipControls",)),
    Operation("DeleteBucketOwnershipControls", "DELETE", BUCKET, ("ownershipControls",)),
    Operation("GetPublicAccessBlock", "GET", BUCKET, ("publicAccessBlock",)),
    Operation("PutPublicAccessBlock", "PUT", BUCKET, ("publicAccessBlock",)),
    Operation("DeletePublicAccessBlock", "DELETE", BUCKET, ("publicAccessBlock",)),
    Operation("GetBucketRequestPayment", "GET", BUCKET, ("requestPayment",)),
    Operation("PutBucketRequestPayment", "PUT", BUCKET, ("requestPayment",)),
    Operation("GetBucketAccelerateConfiguration", "GET", BUCKET, ("accelerate",)),
    Operation("PutBucketAccelerateConfiguration", "PUT", BUCKET, ("accelerate",)),
    Operation("GetBucketAbac", "GET", BUCKET, ("abac",)),
    Operation("PutBucketAbac", "PUT", BUCKET, ("abac",)),
    Operation("GetBucketAnalyticsConfiguration", "GET", BUCKET, ("analytics", "id")),
    Operation("ListBucketAnalyticsConfigurations", "GET", BUCKET, ("analytics",)),
    Operation("PutBucketAnalyticsConfiguration", "PUT", BUCKET, ("analytics",)),
    Operation("DeleteBucketAnalyticsConfiguration", "DELETE", BUCKET, ("analytics",)),
    Operation("GetBucketIntelligentTieringConfiguration", "GET", BUCKET, ("intelligent-tiering", "id")),
    Operation("ListBucketIntelligentTieringConfigurations", "GET", BUCKET, ("intelligent-tiering",)),
    Operation("PutBucketIntelligentTieringConfiguration", "PUT", BUCKET, ("intelligent-tiering",)),
    Operation("DeleteBucketIntelligentTieringConfiguration", "DELETE", BUCKET, ("intelligent-tiering",)),
    Operation("GetBucketInventoryConfiguration", "GET", BUCKET, ("inventory", "id")),
    Operation("ListBucketInventoryConfigurations", "GET", BUCKET, ("inventory",)),
    Operation("PutBucketInventoryConfiguration", "PUT", BUCKET, ("inventory",)),
    Operation("DeleteBucketInventoryConfiguration", "DELETE", BUCKET, ("inventory",)),
    Operation("GetBucketMetricsConfiguration", "GET", BUCKET, ("metrics", "id")),
    Operation("ListBucketMetricsConfigurations", "GET", BUCKET, ("metrics",)),
    Operation("PutBucketMetricsConfiguration", "PUT", BUCKET, ("metrics",)),
    Operation("DeleteBucketMetricsConfiguration", "DELETE", BUCKET, ("metrics",)),
    Operation("CreateBucketMetadataConfiguration", "POST", BUCKET, ("metadataConfiguration",)),
    Operation("GetBucketMetadataConfiguration", "GET", BUCKET, ("metadataConfiguration",)),
    Operation("DeleteBucketMetadataConfiguration", "DELETE", BUCKET, ("metadataConfiguration",)),
    Operation("CreateBucketMetadataTableConfiguration", "POST", BUCKET, ("metadataTable",)),
    Operation("GetBucketMetadataTableConfiguration", "GET", BUCKET, ("metadataTable",)),
    Operation("DeleteBucketMetadataTableConfiguration", "DELETE", BUCKET, ("metadataTable",)),
    Operation("UpdateBucketMetadataAnnotationTableConfiguration", "PUT", BUCKET, ("metadataAnnotationTable",)),
    Operation("UpdateBucketMetadataInventoryTableConfiguration", "PUT", BUCKET, ("metadataInventoryTable",)),
    Operation("UpdateBucketMetadataJournalTableConfiguration", "PUT", BUCKET, ("metadataJournalTable",)),
)

BY_NAME = {operation.name: operation for operation in OPERATIONS}

# Keys that operations without a marker take, for which an empty value is no sub-resource.
PARAMETERS = frozenset(
    b"prefix delimiter marker max-keys encoding-type continuation-token start-after fetch-owner max-buckets "
    b"bucket-region versionId".split()
)


@dataclass(frozen=True, slots=True)
class _Row:
    operation: Operation
    markers: frozenset[bytes]


def _index() -> dict[tuple[str, Place], tuple[_Row, ...]]:
    """The rows by what every request shows at once, those with most markers first."""
    index: dict[tuple[str, Place], tuple[_Row, ...]] = {}
    for operation in sorted(OPERATIONS, key=lambda operation: -len(operation.markers)):
        row = _Row(operation, frozenset(marker.encode() for marker in operation.markers))
        where = (operation.method, operation.place)
        index[where] = (*index.get(where, ()), row)
    return index


_INDEX = _index()
_HEADER_MARKERS = frozenset(marker.encode() for row in OPERATIONS for marker in row.markers if ":" in marker)
_HEADER_NAMES = frozenset(marker.partition(b":")[0] for marker in _HEADER_MARKERS)


def identify(method: str, place: Place, query: Iterable[Pair], headers: Iterable[Header]) -> Operation | None:
    """The operation that a request asks for: of the rows whose markers are all present the one with most; else None.

    A query key that S3 does not know is ignored where it has a value, as servers ignore it. Without one it is how S3
    spells a sub-resource: a bucket's, or one that would be written to, then belongs to an operation that no row knows.
    """
    rows = _INDEX.get((method, place), ())
    pairs = [(_decoded(pair.name), _decoded(pair.value or b"")) for pair in query]
    present = _query_markers(pairs) | _header_markers(headers)
    for row in rows:
        if row.markers <= present:
            return row.operation if row.markers or not _has_stranger(method, place, pairs) else None
    return None


def _decoded(text: bytes) -> bytes:
    return unquote_to_bytes(text) if b"%" in text else text


def _query_markers(pairs: list[tuple[bytes, bytes]]) -> set[bytes]:
    """Keys, and keys with their value. Presigners move `x-amz-*` headers into the query, where they mean the same."""
    present: set[bytes] = set()
    for name, value in pairs:
        present.add(name)
        if value:
            present.add(name + b"=" + value)
        if name[:6].lower() == b"x-amz-":
            present.add(name.lower() + b":")
    return present


def _header_markers(headers: Iterable[Header]) -> set[bytes]:
    present: set[bytes] = set()
    for name, value in headers:
        lower = name.lower()
        if lower in _HEADER_NAMES:
            value_head = value.partition(b";")[0].strip().lower()
            present |= {lower + b":", lower + b": " + value_head} & _HEADER_MARKERS
    return present


def _has_stranger(method: str, place: Place, pairs: list[tuple[bytes, bytes]]) -> bool:
    if method == "OPTIONS":
        return False  # a preflight carries the query of the call that it asks for
    if place is Place.OBJECT and method in ("GET", "HEAD"):
        return False  # a cache buster such as `?1700000000` changes nothing about a download
    return any(not value and name not in PARAMETERS and name[:6].lower() != b"x-amz-" for name, value in pairs)
