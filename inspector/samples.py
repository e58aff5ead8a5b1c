"""The recordings that ship with the project: real programs against a stand-in for B2, without a secret."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from inspector.errors import UsageError


class Sample(NamedTuple):
    """A recording by its name, with what it shows."""

    name: str
    about: str


SAMPLES = (
    Sample("sample", "five clients one after the other, and calls that fail"),
    Sample("boto3", "boto3: checksums in trailers, parts, a presigned URL, ranges, copies, versions"),
    Sample("b2sdk", "b2sdk, which speaks B2's native API: parts, versions, a key, and calls that fail"),
    Sample("aws-cli", "the AWS CLI: cp, ls, rm, one call by name"),
    Sample("javascript", "the AWS SDK for JavaScript v3"),
    Sample("rclone", "rclone: copy, list, check, delete"),
    Sample("minio-py", "minio-py: an upload, a range, a list"),
    Sample("obstore", "obstore, Rust's object_store"),
    Sample("s3cmd", "s3cmd"),
    Sample("curl", "curl, which signs by itself"),
    Sample("signature", "failures: wrong secrets, key ids, regions and clocks; URLs and headers changed on the way"),
    Sample("access", "failures: what a key is not entitled to, and what is not there"),
    Sample("unsupported", "failures: what AWS has and B2 has not"),
    Sample("server", "failures: SlowDown with retries, an incident, a cap, a broken connection"),
    Sample("multipart", "failures: uploads in parts that do not end well"),
)


def sample_path(name: str) -> Path:
    """Where the recording of this name lies: inside the installed package, else at the top of the checkout.

    Raises:
        UsageError: there is none of this name.
    """
    if name not in {sample.name for sample in SAMPLES}:
        raise UsageError(f"there is no sample {name!r}", f"There are: {', '.join(sample.name for sample in SAMPLES)}.")
    return _directory() / f"{name}.db"


def _directory() -> Path:
    package = Path(__file__).resolve().parent
    packaged = package / "_recordings"
    return packaged if packaged.is_dir() else package.parent / "recordings"
