"""What B2's native API says when it refuses: the sentences that were seen.

As `inspector.s3.sentences` for the S3-compatible API: nothing is made up, `seen` says where a sentence stands, `kind`
how well, `{name}` in a sentence is a part that differs from call to call. Codes whose words have not been published
are told by the code alone (`CODES`), from B2's documentation and official SDKs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

Kind = Literal["verbatim", "quoted", "docs"]
"""`verbatim`: copied from an answer that someone published; `quoted`: retold in a public file; `docs`: B2's own."""


@dataclass(frozen=True, slots=True)
class NativeSentence:
    """An error that B2's native API is known to answer. `status` and `code` are None where no trace shows them."""

    name: str
    status: int | None
    code: str | None
    text: str
    kind: Kind
    seen: str


class NativeSaid(NamedTuple):
    """A sentence that was recognised, with the parts that differ from call to call."""

    sentence: NativeSentence
    parts: Mapping[str, str]


def _row(name: str, status: int | None, code: str | None, text: str, kind: Kind, seen: str) -> NativeSentence:
    return NativeSentence(name, status, code, text, kind, seen)


_CAP = (
    "Cannot download file, download bandwidth or transaction (Class B) cap exceeded. See the Caps & Alerts page to"
    " increase your cap."
)
_LOCK_ON_SOURCE = "Turning on file lock for an existing bucket having source replication configuration is not allowed."
_SDK_PYTHON = "Backblaze/b2-sdk-python: exception.py"

SENTENCES = (
    _row("unauthorized-empty", 401, "unauthorized", "", "verbatim", "franciscop/backblaze#3"),
    _row("bad-auth-token-empty", 401, "bad_auth_token", "", "verbatim", "Backblaze/B2_Command_Line_Tool#645"),
    _row("account-id-invalid", 400, "bad_request", "accountId invalid", "verbatim", "Darksonn/backblaze-b2-rs#12"),
    _row(
        "api-version",
        400,
        "bad_request",
        "This request is not currently supported on API version number {version}",
        "verbatim",
        "rclone/rclone#9031",
    ),
    _row("download-cap", 403, "download_cap_exceeded", _CAP, "verbatim", "alangrainger/share-note#63"),
    _row(
        "calls-a-minute",
        429,
        "too_many_requests",
        "{n} calls/minute allowed for: {api}",
        "verbatim",
        "rclone/rclone#3990",
    ),
    _row(
        "calls-a-period",
        429,
        "too_many_requests",
        "{n} calls per {period} allowed for: {api}",
        "verbatim",
        "iterate-ch/cyberduck#15692",
    ),
    _row("tome-busy", 503, "service_unavailable", "Tome is overly busy", "verbatim", "WWBN/AVideo#2585"),
    _row("no-tomes", 503, "service_unavailable", "no tomes available", "verbatim", "fog/fog-backblaze#11"),
    _row(
        "vault-full",
        503,
        "service_unavailable",
        "No uploads available in vault {vault}",
        "verbatim",
        "Backblaze/B2_Command_Line_Tool#531",
    ),
    _row("too-busy", 503, "service_unavailable", "too_busy", "verbatim", "jeygeethan/activestorage-backblaze#7"),
    _row("pod-busy", 503, "service_unavailable", "{pod} is too busy", "verbatim", "ShareX/ShareX#4187"),
    _row("incident", 500, "internal_error", "incident id {incident}", "verbatim", "Backblaze/b2-sdk-python#72"),
    _row(
        "internal-incident",
        500,
        "internal_error",
        "internal incident{more}",
        "verbatim",
        "Backblaze/terraform-provider-b2#71",
    ),
    _row("sha1-mismatch", 400, "bad_request", "sha1 did not match data received", "verbatim", "rclone/rclone#400"),
    _row("token-in-use", None, None, "more than one upload using auth token {token}", "verbatim", "rclone/rclone#400"),
    _row("two-parts", 400, "bad_request", "large files must have at least 2 parts", "verbatim", "minio/minio#8080"),
    _row("copy-too-big", 400, None, "Copy source too big: {size}", "quoted", _SDK_PYTHON),
    _row("no-such-file", 404, "not_found", "File with such name does not exist.", "quoted", "a public file"),
    _row(
        "bucket-name-taken",
        400,
        "duplicate_bucket_name",
        "Bucket name is already in use.",
        "docs",
        "zaxbux/backblaze-b2-php: API-Error-Codes",
    ),
    _row("unknown-field", 400, None, "unknown field in {type}: {field}", "verbatim", "coryrwest/B2.NET#41"),
    _row("required-field", 400, "bad_request", "required field {field} cannot be null", "verbatim", "WWBN/AVideo#1623"),
    _row("bad-query", 400, "bad_request", "bad query string", "verbatim", "apache/opendal#5997"),
    _row("backslash", 400, "bad_request", "File names must not contain '\\'", "verbatim", "duplicati/duplicati#3214"),
    _row(
        "empty-rule",
        400,
        "bad_request",
        "Rule with prefix '{prefix}' must have at least one additional property defined",
        "verbatim",
        "Backblaze/terraform-provider-b2#101",
    ),
    _row("missing-header", 400, None, "Missing header: {header}", "quoted", "yakovkhalinsky/backblaze-b2#31"),
    _row(
        "sse-algorithm",
        400,
        None,
        "Invalid default server-side encryption algorithm{more}",
        "quoted",
        "backblaze-labs/b2-mcp: request-shape.contract.live.test.ts",
    ),
    _row(
        "lock-disable",
        400,
        None,
        "fileLockEnabled value of false is not allowed when bucket is already file lock enabled.",
        "quoted",
        _SDK_PYTHON,
    ),
    _row("lock-replication", 400, None, _LOCK_ON_SOURCE, "quoted", _SDK_PYTHON),
    _row(
        "lock-restricted",
        400,
        None,
        "Turning on file lock for a restricted bucket is not allowed.",
        "quoted",
        _SDK_PYTHON,
    ),
    _row("cors-operation", 400, None, "unknown allowedOperation value: {operation}", "quoted", "a public file"),
)
"""Codes of the file lock sentences were bad_request until September 2022, and their own since."""

BY_NAME = {sentence.name: sentence for sentence in SENTENCES}

_CODES = """expired_auth_token bad_auth_token unauthorized bad_request bad_json bad_bucket_name bad_bucket_id
    invalid_bucket_id invalid_bucket_name invalid_bucket_info invalid_account_id invalid_file_id invalid_file_name
    invalid_file_info invalid_part_number bad_sha1_checksum not_found method_not_allowed request_timeout
    too_many_requests conflict duplicate_bucket_name too_many_buckets too_many_files cap_exceeded storage_cap_exceeded
    transaction_cap_exceeded download_cap_exceeded access_denied service_unavailable internal_error file_not_present
    no_such_file already_hidden out_of_range range_not_satisfiable method_failure missing_part part_sha1_mismatch
    auth_token_limit source_too_large file_lock_conflict source_replication_conflict restricted_bucket_conflict
    cannot_delete_non_empty_bucket custom_timestamp_not_allowed email_not_verified no_payment_history"""
CODES = frozenset(_CODES.split())
"""Codes of B2's own (b2-sdk-python `interpret_b2_error`, b2-sdk-typescript `errors`)."""

LONGEST = 1000
"""Characters of a message that is looked at; B2's own have a line."""

_HOLE = re.compile(r"\\\{(\w+)\\\}")


@lru_cache(maxsize=128)
def _pattern(sentence: NativeSentence) -> re.Pattern[str]:
    """The sentence as a pattern: a final full stop and the case of letters come and go over the years."""
    escaped = re.escape(sentence.text.rstrip("."))
    return re.compile(_HOLE.sub(r"(?P<\1>.*?)", escaped) + r"\.?", re.DOTALL | re.IGNORECASE)


def recognise(status: int | None, code: str | None, message: str) -> NativeSaid | None:
    """The sentence that an error is, None for one that nobody has published. `status` or `code` None: not known."""
    if len(message) > LONGEST:
        return None
    for sentence in SENTENCES:
        if None not in (sentence.code, code) and sentence.code != code:
            continue
        if None not in (sentence.status, status) and sentence.status != status:
            continue
        match = _pattern(sentence).fullmatch(message.strip())
        if match is not None:
            return NativeSaid(sentence, match.groupdict())
    return None
