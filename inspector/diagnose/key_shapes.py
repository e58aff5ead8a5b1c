"""Whose a key id is, and what was meant to be one, by its shape alone."""

from __future__ import annotations

import re

from inspector.native.ids import is_application_key, is_master_key_id

CLOUDS = (
    (re.compile(r"(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}"), "AWS"),
    (re.compile(r"GOOG[A-Z0-9]{16,}"), "Google Cloud Storage (an HMAC key)"),
    (re.compile(r"DO[0-9A-Z]{18}"), "DigitalOcean Spaces"),
    (re.compile(r"SCW[A-Z0-9]{17}"), "Scaleway"),
    (re.compile(r"LTAI[A-Za-z0-9]{12,}"), "Alibaba Cloud"),
    (re.compile(r"[0-9a-f]{32}"), "Cloudflare R2"),
    (re.compile(r"minioadmin|minio"), "MinIO (its default user)"),
)
"""Shapes of key ids, and whose they are: prefixes that the providers document, and MinIO's default root user."""


def cloud_of(key_id: str) -> str | None:
    """Whose key id it is by its shape, None where the shape is nobody's."""
    return next((name for shape, name in CLOUDS if shape.fullmatch(key_id)), None)


def by_shape(key_id: str) -> tuple[str, str]:
    """The cause that the shape of a malformed key id speaks for, and the sentence for it."""
    if is_master_key_id(key_id):
        return "key-master", "The key id has the form of a master application key's (12 hex digits), which S3 refuses"
    if is_application_key(key_id):
        return "key-swapped", "An application key, the secret half, stands where its key id belongs"
    cloud = cloud_of(key_id)
    if cloud is not None:
        return "key-foreign-cloud", f"The key id has the form of one of {cloud}"
    return "key-id-malformed", "B2 calls the key id malformed"
