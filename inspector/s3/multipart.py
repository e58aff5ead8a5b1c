"""What requests about several things name: the parts of a CompleteMultipartUpload, the versions of a DeleteObjects."""

from __future__ import annotations

from typing import NamedTuple

from inspector.s3.xml import local_name, parse, texts

SMALLEST_PART = 5_000_000
"""Bytes that every part but the last must have at B2 (its `absoluteMinimumPartSize`)."""

SMALLEST_PART_OF_S3 = 5 * 1024 * 1024
"""The same at AWS and servers that follow it (AmazonS3/latest/userguide/qfacts.html)."""

MOST_PARTS = 10_000


class NamedPart(NamedTuple):
    """A part as a completing request names it; None where it does not say. `etag` without its quotes."""

    number: int | None
    etag: str | None


def read_parts(body: bytes) -> list[NamedPart]:
    """The parts that the body of a CompleteMultipartUpload names, as far as it goes. Never raises."""
    root = parse(body)
    if root is None or local_name(root) not in ("CompleteMultipartUpload", "MultipartUpload"):
        return []
    named = [texts(child) for child in root if local_name(child) == "Part"]
    return [NamedPart(_number(one.get("PartNumber")), bare_etag(one.get("ETag"))) for one in named]


def bare_etag(text: str | None) -> str | None:
    """An entity tag without quotes, None where there is none."""
    return text.strip().strip('"') if text is not None else None


def names_versions(body: bytes) -> bool:
    """Whether the body of a DeleteObjects names versions."""
    return b"<VersionId>" in body


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 10 else None
