"""The calls of B2's native API: which one a request is, and the bucket and file it names.

Facts
-----
Calls go to `https://api*.backblazeb2.com/b2api/vN/NAME`; uploads to `pod-*.backblaze.com` with the bucket or file id
after the name; downloads by name to `https://fNNN.backblazeb2.com/file/BUCKET/NAME`. Older accounts knew the same
names under `backblaze.com`. A file name in a header or URL is percent-encoded with `+` for a space
(www.backblaze.com/docs/cloud-storage-native-api-string-encoding), unlike a key in an S3 path. B2's own libraries are
told of a test server by its address (`realm`): what it serves under `/file/` is no object of a bucket `file`, where the
request has no signature.

Transaction classes: backblaze.com/cloud-storage/transaction-pricing, "Pricing Organized by API Calls".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

from inspector.native.body import read_beginning, read_object, text_of
from inspector.wire.exchange import Request, Response
from inspector.wire.headers import get
from inspector.wire.host import host_name, is_near
from inspector.wire.query import pairs

TRANSACTIONS = {
    "A": "b2_cancel_large_file b2_delete_bucket b2_delete_file_version b2_delete_key b2_finish_large_file "
    "b2_get_upload_part_url b2_get_upload_url b2_hide_file b2_start_large_file b2_update_file_legal_hold "
    "b2_update_file_retention b2_upload_file b2_upload_part",
    "B": "b2_download_file_by_id b2_download_file_by_name b2_get_file_info",
    "C": "b2_authorize_account b2_copy_file b2_copy_part b2_create_bucket b2_create_key "
    "b2_get_download_authorization b2_list_buckets b2_list_file_names b2_list_file_versions b2_list_keys "
    "b2_list_parts b2_list_unfinished_large_files b2_update_bucket b2_get_bucket_notification_rules "
    "b2_set_bucket_notification_rules",
}
TRANSACTION_OF = {name: letter for letter, names in TRANSACTIONS.items() for name in names.split()}
"""B2's transaction class of each native call; calls that are not on the page are left out."""

UPLOADS = frozenset({"b2_upload_file", "b2_upload_part"})
"""Calls whose body is a file's bytes, whatever they look like, not arguments."""

LARGE_FILES = frozenset({"b2_get_upload_part_url", "b2_finish_large_file", "b2_cancel_large_file", "b2_list_parts"})
"""Calls whose `fileId` is that of an unfinished large file: what S3 calls an upload id."""

_NATIVE_HOST = re.compile(r"(?:api\d*|f\d+)\.backblaze(?:b2)?\.com|pod-[a-z0-9-]+\.backblaze\.com")
_CALL = re.compile(rb"/b2api/v\d+/(b2_[a-z0-9_]{1,60})(?:/([^/]*))?(?:/|$)")
_DOWNLOAD = re.compile(rb"/file/[^/]+/.")
_SIGNED_QUERY = re.compile(rb"(?:^|&)(?:X-Amz-Signature|AWSAccessKeyId)=", re.IGNORECASE)
_FILE = re.compile(rb"/file/([^/]*)(?:/(.*))?", re.DOTALL)


class _Kind(Enum):
    NATIVE, S3, NEAR, OTHER = range(4)


@dataclass(frozen=True, slots=True)
class NativeCall:
    """One call of the native API; None where the bytes do not say.

    `operation` is B2's name, None where the path is no call's. A bucket id alone is no bucket name. `upload_id` is the
    id of an unfinished large file, `version_id` the file id of anything else.
    """

    operation: str | None
    bucket: str | None = None
    key: bytes | None = None
    upload_id: str | None = None
    part_number: bytes | None = None
    version_id: str | None = None


def read_call(
    request: Request, response: Response | None = None, request_body: bytes = b"", response_body: bytes = b""
) -> NativeCall | None:
    """What a request asks of the native API, or None where it is no request to it. Never raises.

    It is one by host and path on B2's hosts, by `/b2api/vN/b2_...` on others (proxies, test servers), by
    `/file/BUCKET/NAME` on this machine, and never on an S3 host, where such a path is a key.
    """
    kind = _host_kind(host_name(request))
    called = _CALL.match(request.path) if kind is not _Kind.S3 else None
    if called is None and kind is not _Kind.NATIVE and not (kind is _Kind.NEAR and _is_download(request, response)):
        return None
    if called is not None:
        return _call(called[1].decode(), called[2] or b"", request, response, request_body, response_body)
    downloaded = _FILE.fullmatch(request.path)
    if downloaded is None:
        return NativeCall(None)
    bucket, name = _text(_decoded(downloaded[1])), _decoded(downloaded[2] or b"")
    file_id = get(response.headers, b"x-bz-file-id") if response else None
    return NativeCall("b2_download_file_by_name", bucket, name or None, version_id=_text(file_id))


@lru_cache(maxsize=256)
def _host_kind(name: str) -> _Kind:
    if _NATIVE_HOST.fullmatch(name):
        return _Kind.NATIVE
    if name.endswith((".backblazeb2.com", ".amazonaws.com", ".amazonaws.com.cn")):
        return _Kind.S3
    return _Kind.NEAR if is_near(name) else _Kind.OTHER


def _is_download(request: Request, response: Response | None) -> bool:
    """Whether a read on this machine is one by name: it is not signed as S3's are, nor answered as they are."""
    if request.method not in (b"GET", b"HEAD") or not _DOWNLOAD.match(request.path):
        return False
    if response is not None and any(name[:6].lower() == b"x-amz-" for name, _ in response.headers):
        return False
    given = (get(request.headers, b"authorization") or b"").lstrip()
    return not given.startswith(b"AWS") and not _SIGNED_QUERY.search(request.query)


def _call(
    operation: str, tail: bytes, request: Request, response: Response | None, body: bytes, answer: bytes
) -> NativeCall:
    given = arguments_of(operation, request, body)
    headers = response.headers if response else ()
    written = get(request.headers, b"x-bz-file-name") or get(headers, b"x-bz-file-name")
    name = _decoded(written) if written else _bytes(text_of(given, "fileName"))
    file_id = _text(get(headers, b"x-bz-file-id")) or text_of(given, "fileId")
    upload = _upload_id(operation, tail, given, answer)
    return NativeCall(
        operation,
        bucket=text_of(given, "bucketName"),
        key=name,
        upload_id=upload,
        part_number=get(request.headers, b"x-bz-part-number"),
        version_id=None if upload else file_id,
    )


def arguments_of(operation: str, request: Request, body: bytes) -> dict[str, Any]:
    """The arguments of a call: of the query, and of the JSON body. Never raises."""
    query = {_text(_decoded(pair.name)) or "": _text(_decoded(pair.value or b"")) for pair in pairs(request.query)}
    return query if operation in UPLOADS else query | read_beginning(body)


def _upload_id(operation: str, tail: bytes, given: Mapping[str, Any], answer: bytes) -> str | None:
    if operation == "b2_upload_part":
        return _text(_decoded(tail))
    if operation == "b2_copy_part":
        return text_of(dict(given), "largeFileId")
    if operation == "b2_start_large_file":
        return text_of(read_object(answer), "fileId")
    return text_of(dict(given), "fileId") if operation in LARGE_FILES else None


def _decoded(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))


def _text(text: bytes | None) -> str | None:
    return text.decode("utf-8", "replace") if text else None


def _bytes(text: str | None) -> bytes | None:
    return text.encode() if text else None
