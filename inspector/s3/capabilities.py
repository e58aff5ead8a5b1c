"""What an application key may do, and what a call asks of it.

The names are those of backblaze-labs/b2-sdk-typescript `src/types/auth.ts`. Which call needs which is documented for
listing buckets and deleting (backblaze.com/docs/cloud-storage-s3-compatible-app-keys); for the rest it follows from
the names.
"""

from __future__ import annotations

import re

from inspector.s3.operations import BY_NAME

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

DELETES = frozenset(("DeleteObject", "DeleteObjects"))
"""Operations that hide a file, which is writing, unless they name a version."""

_NAME = re.compile(r"[a-z]+[A-Za-z]+")


def needed(operation: str | None, versioned: bool = False) -> tuple[frozenset[str], ...]:
    """What an operation asks of a key: of each set, one. Empty where nothing is known.

    `versioned`: whether it names versions; a delete then deletes, and does not hide.
    """
    name = operation or ""
    if name in _ANY_OF:
        return tuple(frozenset(one) for one in _ANY_OF[name])
    if name in DELETES:
        return (frozenset({"deleteFiles" if versioned else "writeFiles"}),)
    row = BY_NAME.get(name)
    first = _NAME.match(row.capability.partition(";")[0]) if row else None
    return (frozenset({first[0]}),) if first and first[0] in CAPABILITIES else ()
