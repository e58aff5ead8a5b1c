"""S3's error bodies, and the ids that some answers give in their XML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from inspector.s3.xml import local_name, parse, texts

ERRORS_UNDER_200 = frozenset({"CopyObject", "UploadPartCopy", "CompleteMultipartUpload"})
"""Operations whose error may come under status 200: the head is sent before the work is done.

docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html, API_UploadPartCopy.html, API_CompleteMultipartUpload.html.
DeleteObjects answers 200 too, with an <Error> a key inside <DeleteResult>: those are results, not the call's error.
"""


@dataclass(frozen=True, slots=True)
class ErrorText:
    """What an error body says; `fields` are its other elements (Resource, RequestId, StringToSign...)."""

    code: str
    message: str
    fields: Mapping[str, str] = field(default_factory=dict)


def read_error(body: bytes) -> ErrorText | None:
    """The error that a body states, or None where its root is no <Error> (HTML, text, JSON, results). Never raises.

    The namespace does not matter, nor does what the Content-Type claims; a body that is broken or cut off is read as
    far as it goes. Entities are not expanded.
    """
    root = parse(body)
    if root is None or local_name(root) != "Error":
        return None
    fields = texts(root)
    return ErrorText(fields.pop("Code", ""), fields.pop("Message", ""), fields)


def read_upload_id(body: bytes) -> str | None:
    """The upload id that the answer to CreateMultipartUpload gives, or None. Never raises."""
    root = parse(body)
    if root is None or local_name(root) != "InitiateMultipartUploadResult":
        return None
    return texts(root).get("UploadId") or None
