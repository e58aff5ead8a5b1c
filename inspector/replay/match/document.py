"""A payload that is a document, as what it says: XML and JSON as trees, forms as fields.

Namespaces, white space, the order of elements with different names and how entities are written mean nothing. Of an
XML that S3 reads as a set (keys to delete, parts of an upload) neither does the order of entries. Checksums of parts
are the SDK's choice, their ETags the server's; region is part of no question, so the location of a new bucket is not.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from inspector.replay.match.payload import Payload
from inspector.s3.xml import Tree, tree
from inspector.wire.form import boundary, fields

PARTS, DELETE, FORM = "CompleteMultipartUpload", "DeleteObjects", "PostObject"

_STORED = frozenset(("PutObject", "UploadPart", "b2_upload_file", "b2_upload_part"))
"""Calls whose payload is an object's bytes, whatever they look like."""

_NOT_ASKED = {
    PARTS: ("ETag", "Checksum"),
    "CreateBucket": ("LocationConstraint",),
}
"""Elements that are no part of the question, by the beginning of their names."""

_SETS = frozenset((PARTS, DELETE))
_FORM_SIGNING = frozenset(
    b"policy signature awsaccesskeyid x-amz-algorithm x-amz-credential x-amz-date x-amz-security-token "
    b"x-amz-signature submit".split()
)


def canonical_payload(operation: str, payload: Payload, content_type: bytes = b"") -> str:
    """What a payload is in a question: empty for none, else a hash of what it says, or of its bytes."""
    if not payload.size or operation in ("GetObject", "HeadObject"):
        return ""
    if operation in _STORED:
        return payload.sha256
    data = payload.document()
    if data is None:
        return payload.sha256
    if operation == FORM:
        return _form(content_type, data) or payload.sha256
    root = tree_of(operation, data)
    if root is None:
        return _json(data) or payload.sha256
    return _hash(repr(root)) if root.children or root.text else ""


def is_document(operation: str) -> bool:
    """Whether the payload of an operation is read, not only hashed."""
    return operation not in _STORED


def tree_of(operation: str, data: bytes) -> Tree | None:
    """The document of an operation without what is no part of the question; None where it is no XML."""
    if data.lstrip(b" \t\r\n\xef\xbb\xbf")[:1] != b"<":
        return None
    root = tree(data)
    return None if root is None else _plain(root, _NOT_ASKED.get(operation, ()), operation in _SETS)


def _plain(node: Tree, left_out: tuple[str, ...], is_set: bool) -> Tree:
    children = [_plain(child, left_out, is_set) for child in node.children if not child.name.startswith(left_out)]
    children.sort() if is_set else children.sort(key=lambda child: child.name)
    return Tree(node.name, node.text, tuple(children))


def part_tags(data: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """The ETags that a CompleteMultipartUpload names, by part number, without quotes."""
    from inspector.s3.multipart import read_parts

    return tuple((b"part %d" % (part.number or 0), (part.etag or "").encode()) for part in read_parts(data))


def _json(data: bytes) -> str | None:
    if data.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        value: Any = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return _hash(json.dumps(value, sort_keys=True, separators=(",", ":")))


def _form(content_type: bytes, data: bytes) -> str | None:
    """A browser's form: its fields without policy and signature, and the file, without the boundary between them."""
    mark = boundary(content_type)
    if mark is None:
        return None
    asked = sorted((one.name.lower(), one.value) for one in fields(content_type, data))
    kept = [pair for pair in asked if pair[0] not in _FORM_SIGNING]
    parts = data.split(b"--" + mark)
    files = [part.partition(b"\r\n\r\n")[2] for part in parts if b"filename" in part.partition(b"\r\n\r\n")[0]]
    return _hash(repr((kept, [hashlib.sha256(file).hexdigest() for file in files])))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
