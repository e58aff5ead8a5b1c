"""Which names B2 gives to buckets (backblaze-labs/b2-sdk-typescript `b2-naming.ts`, apidocs/b2-create-bucket)."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*[A-Za-z0-9]")


@lru_cache(maxsize=1024)
def bucket_name_fault(name: str) -> str:
    """Why B2 does not have a bucket of this name, as what follows `the name`; empty where it may."""
    if not 6 <= len(name) <= 63:
        return f"has {len(name)} characters; B2 wants 6 to 63"
    if name.lower().startswith("b2-"):
        return "begins with b2-, which B2 keeps for itself"
    if not _BUCKET.fullmatch(name) or ".." in name:
        return "has characters other than letters, digits and hyphens, or ends with one"
    try:
        ip_address(name)
    except ValueError:
        return ""
    return "is an IP address"
