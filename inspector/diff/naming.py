"""What names an entry of a list, wherever it stands in it."""

from __future__ import annotations

from inspector.s3.xml import Tree

NAMING = ("Key", "VersionId", "PartNumber", "UploadId", "Prefix", "Name", "ID", "fileName", "fileId", "bucketName")
"""Elements that name the entry they stand in; an entry may have several, as a version has Key and VersionId."""


def identity(entry: Tree) -> str:
    """What names an entry, as in `[Key=a.jpg,VersionId=4_z]`; empty where nothing does."""
    names = [f"{child.name}={child.text}" for child in entry.children if child.name in NAMING and not child.children]
    return f"[{','.join(sorted(names))}]" if names else ""
