"""What an exchange means: operation, bucket, key, error, client. Computed once from the bytes, stored as columns."""

from __future__ import annotations

from dataclasses import dataclass

FACTS_VERSION = 1
"""Raised when a fact is computed differently; rows with a lower one are rebuilt."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one exchange; None where the bytes do not say. Vocabularies: see the contract of `ls --json`.

    `key` is the decoded object key as bytes. `auth` and `payload` are the words of `sigv4.authorization`.
    """

    api: str | None = None
    operation: str | None = None
    bucket: str | None = None
    key: bytes | None = None
    client: str | None = None
    auth: str = "none"
    payload: str | None = None
    key_id: str | None = None
    region: str | None = None
    presigned: bool = False
    error_code: str | None = None
    error_message: str | None = None
    attempt: int | None = None
    attempt_max: int | None = None
    invocation_id: str | None = None
    upload_id: str | None = None
    part_number: int | None = None
    version_id: str | None = None
    request_id: str | None = None
