"""What differs between any two calls: moments, signatures, and ids that are drawn anew each time.

Sources: the request and response headers of boto3, AWS SDKs and B2 as recorded; RFC 9110 for Date, Age and Via.
"""

from __future__ import annotations

HEADERS = frozenset(
    (
        "age",
        "amz-sdk-invocation-id",
        "amz-sdk-request",
        "authorization",
        "cf-ray",
        "date",
        "expires",
        "keep-alive",
        "last-modified",
        "x-amz-date",
        "x-amz-id-2",
        "x-amz-request-id",
        "x-amz-security-token",
        "x-amz-version-id",
        "x-bz-upload-timestamp",
        "x-bz-file-id",
        "x-amzn-requestid",
        "x-amzn-trace-id",
    )
)
"""Lower-case names."""

QUERY = frozenset(
    (
        "awsaccesskeyid",
        "continuation-token",
        "expires",
        "signature",
        "uploadid",
        "x-amz-credential",
        "x-amz-date",
        "x-amz-security-token",
        "x-amz-signature",
    )
)
"""Lower-case names of parameters."""

ELEMENTS = frozenset(
    (
        "ContinuationToken",
        "CreationDate",
        "HostId",
        "Initiated",
        "LastModified",
        "NextContinuationToken",
        "RequestId",
        "UploadId",
        "VersionId",
        "authorizationToken",
        "fileId",
        "uploadTimestamp",
        "uploadUrl",
    )
)
"""Elements of XML answers and members of JSON ones."""

CANONICAL = frozenset(("x-amz-date", "x-amz-security-token", "amz-sdk-invocation-id", "amz-sdk-request"))
"""Lines of a canonical request, by the name before the colon."""
