"""What a call of B2's native API reads and changes: as `scopes`, for an API that names files by id and by name.

A version of a file never changes and may only be deleted; what is downloaded under a name is the newest version. The
bucket of a file id stands in it (`4_z`, 24 digits of the bucket's id; tus/tusd#1302).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from inspector.native.body import text_of
from inspector.replay.match.question import Question
from inspector.replay.play.scopes import Scope, Touched

_FILE_ID = re.compile(r"4_z([0-9a-f]{24})_")

_BY_NAME = frozenset(("b2_download_file_by_name",))
_BY_ID = frozenset(("b2_download_file_by_id", "b2_get_file_info"))
_OF_FILES = frozenset(("b2_upload_file", "b2_copy_file", "b2_hide_file", "b2_delete_file_version"))
MAKING = frozenset(("b2_upload_file", "b2_copy_file", "b2_hide_file"))
"""Calls whose answer tells the id of the version that they made."""

_OF_LARGE = frozenset(("b2_start_large_file", "b2_finish_large_file", "b2_cancel_large_file"))
_OF_PARTS = frozenset(("b2_upload_part", "b2_copy_part"))
_OF_VERSIONS = frozenset(("b2_update_file_retention", "b2_update_file_legal_hold"))
_LISTS = {
    "b2_list_file_names": "list",
    "b2_list_file_versions": "list",
    "b2_list_unfinished_large_files": "unfinished",
    "b2_get_bucket_notification_rules": "rules",
}
_SETTINGS = {"b2_set_bucket_notification_rules": "rules"}
_OF_ACCOUNT = {
    "b2_list_buckets": "buckets",
    "b2_create_bucket": "buckets",
    "b2_update_bucket": "buckets",
    "b2_delete_bucket": "buckets",
    "b2_list_keys": "keys",
    "b2_create_key": "keys",
    "b2_delete_key": "keys",
}
_HANDING_OUT = ("b2_get_upload_url", "b2_get_upload_part_url", "b2_get_download_authorization", "b2_authorize_account")
"""Calls that hand out what is as good the next time; nothing that is written changes it."""


class Native(NamedTuple):
    """What the scope of a call of the native API depends on."""

    file_id: str
    bucket_id: str
    name: bytes

    @property
    def file(self) -> Scope:
        """The newest version under a name."""
        return ("b2", "file", self.name)

    @property
    def version(self) -> Scope:
        """One version of a file."""
        return ("b2", "version", self.file_id)

    def of_bucket(self, what: str) -> Scope:
        """Something of the bucket."""
        return ("b2", what, self.bucket_id)


def touched_natively(
    question: Question, given: Mapping[str, Any], large: Mapping[str, bytes], made: str = ""
) -> Touched:
    """What a call reads and changes. `given` are its arguments, `large` the names of large files by their ids, `made`
    is the id of the version that its answer told of.
    """
    name = question.operation
    if name in _HANDING_OUT:
        return Touched(("b2", name))
    if name in _OF_ACCOUNT:
        here: Scope = ("b2", _OF_ACCOUNT[name])
        return Touched(here) if name.startswith("b2_list_") else Touched(here, (here,), writes=True)
    call = _call(question, given, large)
    call = call._replace(file_id=call.file_id or made)
    if name in _LISTS:
        return Touched(call.of_bucket(_LISTS[name]))
    if name in _SETTINGS:
        rules = call.of_bucket(_SETTINGS[name])
        return Touched(rules, (rules,), writes=True)
    return _of_file(name, call)


def _of_file(name: str, call: Native) -> Touched:
    if name in _BY_NAME:
        return Touched(call.file)
    if name in _BY_ID:
        return Touched(call.version)
    parts: Scope = ("b2", "parts", call.file_id)
    if name == "b2_list_parts":
        return Touched(parts)
    if name in _OF_PARTS:
        return Touched(parts, (parts,), writes=True)
    listed, unfinished = call.of_bucket("list"), call.of_bucket("unfinished")
    if name in _OF_LARGE:
        made = (call.file, call.version, listed) if name == "b2_finish_large_file" else (listed,)
        return Touched(parts, (parts, unfinished, *made), writes=True)
    if name in _OF_VERSIONS:
        return Touched(call.version, (call.version, listed), writes=True)
    if name in _OF_FILES:
        return Touched(call.file, (call.file, listed, call.version), writes=True)
    unknown: Scope = ("b2", name)
    return Touched(unknown) if name.startswith(("b2_list_", "b2_get_")) else Touched(unknown, (unknown,), writes=True)


def _call(question: Question, given: Mapping[str, Any], large: Mapping[str, bytes]) -> Native:
    """A call with its ids: of an upload they stand in the path, of others in the arguments."""
    arguments = dict(given)
    part = question.operation == "b2_upload_part"
    file_id = question.bucket if part else text_of(arguments, "fileId") or text_of(arguments, "largeFileId") or ""
    source = text_of(arguments, "sourceFileId") or ""
    inside = _FILE_ID.match(file_id or source)
    bucket = text_of(arguments, "destinationBucketId") or ("" if part else question.bucket)
    return Native(file_id, bucket or (inside[1] if inside else ""), question.key or large.get(file_id, b""))
