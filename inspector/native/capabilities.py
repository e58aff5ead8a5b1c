"""What a key must be allowed to for each call of the native API.

Source: the section "Required capabilities" of the calls' pages (www.backblaze.com/apidocs/b2-NAME).
"""

from __future__ import annotations

import re

_CALLS = {
    "listBuckets": "b2_list_buckets",
    "writeBuckets": "b2_create_bucket b2_update_bucket",
    "deleteBuckets": "b2_delete_bucket",
    "listFiles": "b2_list_file_names b2_list_file_versions b2_list_unfinished_large_files",
    "readFiles": "b2_download_file_by_id b2_download_file_by_name b2_get_file_info",
    "shareFiles": "b2_get_download_authorization",
    "writeFiles": "b2_get_upload_url b2_get_upload_part_url b2_upload_file b2_upload_part b2_start_large_file"
    " b2_finish_large_file b2_cancel_large_file b2_list_parts b2_copy_file b2_copy_part b2_hide_file",
    "deleteFiles": "b2_delete_file_version",
    "listKeys": "b2_list_keys",
    "writeKeys": "b2_create_key",
    "deleteKeys": "b2_delete_key",
    "writeFileRetentions": "b2_update_file_retention",
    "writeFileLegalHolds": "b2_update_file_legal_hold",
    "readBucketNotifications": "b2_get_bucket_notification_rules",
    "writeBucketNotifications": "b2_set_bucket_notification_rules",
}
_NEEDED = {call: capability for capability, calls in _CALLS.items() for call in calls.split()}
_NAMED = re.compile(r"with capabilit(?:y|ies|es) '([^']*)'")


def needed(operation: str | None) -> str | None:
    """The capability that a call needs, None where that is not known."""
    return _NEEDED.get(operation or "")


def named(message: str) -> tuple[str, ...] | None:
    """The capabilities that B2 says a key has, None where its message does not speak of them."""
    found = _NAMED.search(message)
    return None if found is None else tuple(name for name in re.split(r"[,\s]+", found[1]) if name)
