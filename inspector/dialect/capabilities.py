"""What an application key may do, and what a call asks of it.

The names are those of backblaze-labs/b2-sdk-typescript `src/types/auth.ts`. Which call needs which is documented for
listing buckets and deleting; for the rest it follows from the names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from inspector.errors import UsageError
from inspector.facts import Facts
from inspector.s3.operations import OPERATIONS

CAPABILITIES = frozenset(
    (
        "listKeys",
        "writeKeys",
        "deleteKeys",
        "listBuckets",
        "listAllBucketNames",
        "readBuckets",
        "writeBuckets",
        "deleteBuckets",
        "readBucketRetentions",
        "writeBucketRetentions",
        "readBucketEncryption",
        "writeBucketEncryption",
        "readBucketReplications",
        "writeBucketReplications",
        "readBucketNotifications",
        "writeBucketNotifications",
        "readBucketLogging",
        "writeBucketLogging",
        "readBucketLifecycleRules",
        "writeBucketLifecycleRules",
        "listFiles",
        "readFiles",
        "shareFiles",
        "writeFiles",
        "deleteFiles",
        "readFileLegalHolds",
        "writeFileLegalHolds",
        "readFileRetentions",
        "writeFileRetentions",
        "bypassGovernance",
    )
)

_ANY_OF = {
    "ListBuckets": ({"listBuckets", "listAllBucketNames"},),
    "HeadBucket": ({"listBuckets", "listAllBucketNames"},),
    "CopyObject": ({"readFiles"}, {"writeFiles"}),
    "UploadPartCopy": ({"readFiles"}, {"writeFiles"}),
}
"""Operations that need one of several, or several at once: all of these sets must be met."""

_NAME = re.compile(r"[a-z]+[A-Za-z]+")


def read_capabilities(text: str) -> frozenset[str]:
    """A list of capabilities, separated by commas or spaces.

    Raises:
        UsageError: one of them is none of B2's.
    """
    names = frozenset(filter(None, re.split(r"[,\s]+", text)))
    strange = sorted(names - CAPABILITIES)
    if strange:
        raise UsageError(f"no such capability: {', '.join(strange)}", f"B2 knows: {' '.join(sorted(CAPABILITIES))}")
    return names


def needed(facts: Facts) -> tuple[frozenset[str], ...]:
    """What a call needs: of each set, one. Empty where nothing is known."""
    name = facts.operation or ""
    if name in _ANY_OF:
        return tuple(frozenset(one) for one in _ANY_OF[name])
    if name == "DeleteObject":
        return (frozenset({"deleteFiles" if facts.version_id else "writeFiles"}),)
    row = next((row for row in OPERATIONS if row.name == name), None)
    first = _NAME.match(row.capability.partition(";")[0]) if row else None
    return (frozenset({first[0]}),) if first and first[0] in CAPABILITIES else ()


def missing(facts: Facts, granted: Iterable[str]) -> frozenset[str]:
    """Which capabilities a key lacks for a call; empty where it may be made."""
    has = frozenset(granted)
    return frozenset().union(*(one for one in needed(facts) if not one & has))
