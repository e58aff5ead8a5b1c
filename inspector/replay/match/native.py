"""What a call of B2's native API asks: its JSON taken apart as an S3 request's path and query are.

Facts
-----
A call names a bucket by `bucketId` (or `bucketName`), a file by `fileId`, `fileName` or both; ids are the server's and
so those of the recording. `accountId` is the caller's own, another on replay. `fileInfo` and `contentType` are stored
and given back, like S3's metadata: b2sdk adds the file's own time (`src_last_modified_millis`), which differs after
each checkout. `null` is how b2sdk leaves an argument away; `{}` is how it says nothing (b2-sdk-python, raw_api.py).
Apply to all versions of the API: the same names mean the same in each.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import Any

from inspector.native.body import text_of
from inspector.native.operations import UPLOADS
from inspector.wire.credentials import is_secret_field
from inspector.wire.headers import Header

Lines = tuple[Header, ...]

AUTHORIZE = "b2_authorize_account"

NAMES = ("prefix", "namePrefix", "fileNamePrefix", "startFileName", "keyName")
"""Arguments in which names stand that a program may draw anew, beside bucket and file."""

_BUCKET, _KEY = ("bucketName", "bucketId"), "fileName"
_CONTENT = "large_file_sha1"
_NOT_ASKED = frozenset(("accountId",))
_STORED = frozenset(("fileInfo", "contentType"))
_DOWNLOADS = frozenset(("b2_download_file_by_id", "b2_download_file_by_name"))


def has_arguments(operation: str) -> bool:
    """Whether a call's body holds its arguments, not a file's bytes."""
    return operation not in UPLOADS and operation not in _DOWNLOADS


class Arguments:
    """A call's arguments, of its body and of its query: bucket and key, named lines, stored ones, and a hash of all
    others, empty where there are none.
    """

    __slots__ = ("bucket", "key", "named", "rest", "stored")

    def __init__(self, document: bytes, query: Lines) -> None:
        given = {name.decode("utf-8", "replace"): value.decode("utf-8", "replace") for name, value in query}
        said = {name: value for name, value in (given | _object(document)).items() if value is not None}
        name = next((one for one in _BUCKET if one in said), "")
        self.bucket = text_of(said, name) or ""
        self.key = (text_of(said, _KEY) or "").encode()
        self.named: Lines = tuple(
            (one.encode(), text.encode()) for one in NAMES if (text := text_of(said, one)) is not None
        )
        self.stored: Lines = tuple((one.encode(), _written(said[one])) for one in sorted(_STORED & said.keys()))
        taken = {name, _KEY, *NAMES, *_STORED, *_NOT_ASKED}
        rest = {one: value for one, value in said.items() if one not in taken}
        rest |= {_CONTENT: whole} if (whole := _whole(said)) else {}
        self.rest = hashlib.sha256(_written(rest)).hexdigest() if rest else ""


def _whole(said: dict[str, Any]) -> str | None:
    """The hash of a whole large file, where its beginning tells it: two that are begun at once are told apart so."""
    info = said.get("fileInfo")
    return text_of(info, _CONTENT) if isinstance(info, dict) else None


def _object(document: bytes) -> dict[str, Any]:
    try:
        value = _plain(json.loads(document)) if document else {}
    except (ValueError, RecursionError):
        return {"": hashlib.sha256(document).hexdigest()}
    return value if isinstance(value, dict) else {"": value}


def _written(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _plain(value: Any) -> Any:
    """A value without what no recording keeps: secrets, and the hash of a customer's key. A number is a text: in a
    query it is one.
    """
    if isinstance(value, dict):
        kept = ((name, inner) for name, inner in value.items() if inner is not None and not _is_secret(name))
        return {name: _plain(inner) for name, inner in kept}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _is_secret(name: str) -> bool:
    return is_secret_field(name) or name == "customerKeyMd5"


def credentials_of(authorization: bytes) -> Lines:
    """Who asks to be authorized: the key id of Basic, and a word that stands for the key (in a recording it is one
    already); empty where it cannot be read.
    """
    scheme, _, given = authorization.strip().partition(b" ")
    if scheme.lower() != b"basic":
        return ()
    try:
        key_id, _, key = base64.b64decode(given.strip(), validate=True).partition(b":")
    except binascii.Error:
        return ()
    return ((b"key id", key_id), (b"key", hashlib.sha256(key).hexdigest()[:16].encode()))
