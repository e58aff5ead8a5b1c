"""What a call reads and what it changes: the object, the bucket's list, its settings, the parts of an upload.

Order matters within one of these and nowhere else. Parts of an upload may come in any order, two objects have nothing
to do with each other, and a GET means what the last PUT of its own object left.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

from inspector.replay.match.document import DELETE, FORM
from inspector.replay.match.question import Question, place_of
from inspector.s3.operations import Place
from inspector.s3.xml import tree
from inspector.wire import form

Scope = Hashable


class Touched(NamedTuple):
    """The scope that a call belongs to, and those that it changes when it succeeds; `writes`: it is there to change."""

    scope: Scope
    changes: tuple[Scope, ...] = ()
    writes: bool = False


_LISTS = frozenset(("ListObjects", "ListObjectsV2", "ListObjectVersions"))
_OF_PARTS = frozenset(("UploadPart", "UploadPartCopy"))
_OF_UPLOADS = frozenset(("CreateMultipartUpload", "AbortMultipartUpload"))
_ABOUT = frozenset(
    f"{verb}Object{what}" for what in ("Acl", "Tagging", "Retention", "LegalHold") for verb in ("Get", "Put", "Delete")
)
"""What is said of an object, and does not change what it holds."""

_READS = ("GET", "HEAD", "OPTIONS")
_NO_CHANGE = frozenset(("SelectObjectContent",))

SERVICE: Scope = ("service",)


def object_scope(bucket: str, key: bytes) -> Scope:
    """The object itself."""
    return ("object", bucket, key)


def touched(question: Question, method: str, document: bytes = b"") -> Touched:
    """What a call of S3 reads and changes. `document` is the payload of a call whose names stand there
    (`names_in_body`).
    """
    if question.api == "other":
        here: Scope = ("other", question.bucket, question.key)
        return Touched(here) if method in _READS else Touched(here, (here,), writes=True)
    place = place_of(question)
    if place is Place.SERVICE:
        return Touched(SERVICE)
    if place is Place.BUCKET:
        return _bucket(question, method, document)
    return _object(question, method)


def names_in_body(question: Question) -> bool:
    """Whether the objects that a call is about are named in its payload."""
    return question.operation in (DELETE, FORM)


def _object(question: Question, method: str) -> Touched:
    bucket, key, name = question.bucket, question.key, question.operation
    itself, parts = object_scope(bucket, key), ("parts", bucket, key)
    if name in _OF_PARTS:
        return Touched(parts, (parts,), writes=True)
    if name in _OF_UPLOADS:
        return Touched(parts, (parts, ("uploads", bucket)), writes=True)
    if name == "ListParts":
        return Touched(parts)
    said: Scope = ("about", bucket, key)
    if name in _ABOUT:
        return Touched(said) if method in _READS else Touched(said, (said,), writes=True)
    if method in _READS or name in _NO_CHANGE:
        return Touched(itself)
    changes: tuple[Scope, ...] = (itself, ("list", bucket), said)
    if name == "CompleteMultipartUpload":
        changes = (*changes, parts, ("uploads", bucket))
    return Touched(itself, changes, writes=True)


def _bucket(question: Question, method: str, document: bytes) -> Touched:
    bucket, name = question.bucket, question.operation
    listed, settings = ("list", bucket), ("settings", bucket)
    if name in _LISTS:
        return Touched(listed)
    if name == "ListMultipartUploads":
        return Touched(("uploads", bucket))
    if name == DELETE:
        objects = tuple(object_scope(bucket, key) for key in dict(deletions_of(document)))
        return Touched(listed, (listed, *objects), writes=True)
    if name == FORM:
        objects = tuple(object_scope(bucket, key) for key in posted_keys(document))
        return Touched(listed, (listed, *objects), writes=True)
    if method in _READS:
        return Touched(settings)
    if name in ("CreateBucket", "DeleteBucket"):
        return Touched(settings, (settings, listed, SERVICE), writes=True)
    return Touched(settings, (settings,), writes=True)


def posted_keys(document: bytes) -> tuple[bytes, ...]:
    """The keys that a browser's form may have stored its file under.

    S3 puts the file's name in the place of `${filename}` (AWS documentation, POST Object); not every server does.
    """
    key = form.value_of(document, b"key")
    if not key:
        return ()
    name = form.file_name(document)
    return tuple(dict.fromkeys((key, key.replace(b"${filename}", name or b""))))


def deletions_of(document: bytes) -> list[tuple[bytes, str | None]]:
    """The keys that a DeleteObjects names, each with its version (None: the newest)."""
    root = tree(document)
    found = []
    for entry in root.children if root is not None else ():
        named = {child.name: child.text for child in entry.children}
        if "Key" in named:
            found.append((named["Key"].encode(), named.get("VersionId") or None))
    return found
