"""What B2's own identifiers say without asking anybody: key ids, version and upload ids, request ids, endpoints.

Shapes are those of public traces, not of a specification, so a decoded value is "by its shape": key ids and secrets in
backblaze/B2_Command_Line_Tool#535 and eight threads more; file ids in timmyomahony/craft-remote-backup#63 and
tus/tusd#1302; request ids in minio/mc#5072 and ten more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

CLUSTERS = {
    "000": "us-west-000",
    "001": "us-west-001",
    "002": "us-west-002",
    "003": "eu-central-003",
    "004": "us-west-004",
    "005": "us-east-005",
}
"""The three digits of a cluster to its region; the same digits stand in `api001.` and `f004.` host names."""

_KEY_ID = re.compile(r"(\d{3})([0-9a-f]{12})([0-9a-f]{10})")
_MASTER_KEY_ID = re.compile(r"[0-9a-f]{12}")
_APPLICATION_KEY = re.compile(r"K(\d{3})[0-9A-Za-z+/]{27}")
_AWS_KEY_ID = re.compile(r"(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}")
_FILE_ID = re.compile(
    r"4_z(?P<bucket>[0-9a-f]{24})_f(?P<file>[0-9a-f]{16,18})_d(?P<day>\d{8})_m(?P<time>\d{6})"
    r"_c(?P<cluster>\d{3})(?:_v(?P<vault>\d+))?(?:_t(?P<tome>\d+))?(?:_u(?P<ms>\d+))?"
)
_REQUEST_ID = re.compile(r"[0-9a-f]{15,16}")
_REGION = re.compile(r"[a-z]{2}-[a-z]+-(\d{3})")
_ENDPOINT = re.compile(r"(?:^|\.)s3\.([a-z]{2}-[a-z]+-\d{3})\.backblazeb2\.com\.?$")
_NATIVE_HOST = re.compile(r"^(?:api|f|pod-)(\d{3})[.-]")


@dataclass(frozen=True, slots=True)
class KeyId:
    """A standard application key's id: its cluster (three digits), account id (12 hex digits), and running number."""

    cluster: str
    account: str
    number: int

    @property
    def region(self) -> str | None:
        """The region of the cluster, None for one that is not known."""
        return CLUSTERS.get(self.cluster)


@dataclass(frozen=True, slots=True)
class FileId:
    """A version id, upload id or fileId: where and when it was made. `created` in UTC, to the second at best."""

    bucket: str
    cluster: str
    vault: str | None
    tome: str | None
    created: datetime | None


def read_key_id(text: str) -> KeyId | None:
    """The parts of an application key's id, None for anything else."""
    match = _KEY_ID.fullmatch(text)
    return KeyId(match[1], match[2], int(match[3], 16)) if match else None


def is_master_key_id(text: str) -> bool:
    """Whether it is the id of a master application key: the bare account id, 12 hex digits."""
    return _MASTER_KEY_ID.fullmatch(text) is not None


def is_application_key(text: str) -> bool:
    """Whether it has the shape of an application key, that is, of a secret: `K`, the cluster, 27 characters."""
    return _APPLICATION_KEY.fullmatch(text) is not None


def secret_cluster(secret: str) -> str | None:
    """The cluster that an application key names, None where it has another shape."""
    match = _APPLICATION_KEY.fullmatch(secret)
    return match[1] if match else None


def is_aws_key_id(text: str) -> bool:
    """Whether it is an access key id as AWS makes them."""
    return _AWS_KEY_ID.fullmatch(text) is not None


def read_file_id(text: str) -> FileId | None:
    """What a version id, upload id or fileId says, None for anything else."""
    match = _FILE_ID.fullmatch(text)
    if match is None:
        return None
    return FileId(match["bucket"], match["cluster"], match["vault"], match["tome"], _moment(match))


def _moment(match: re.Match[str]) -> datetime | None:
    try:
        return datetime.strptime(match["day"] + match["time"], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def is_request_id(text: str) -> bool:
    """Whether an x-amz-request-id is one of B2's: lower-case hex; AWS writes capitals."""
    return _REQUEST_ID.fullmatch(text) is not None


def cluster_of_region(region: str) -> str | None:
    """The three digits at the end of one of B2's regions (`us-west-004`), None for other names."""
    match = _REGION.fullmatch(region)
    return match[1] if match else None


def region_of_host(host: str) -> str | None:
    """The region that an S3 endpoint of B2 names, with or without a bucket before it; None for other hosts."""
    match = _ENDPOINT.search(host.lower())
    return match[1] if match else None


def cluster_of_host(host: str) -> str | None:
    """The cluster behind any of B2's hosts, S3 or native; None where the name does not say."""
    region = region_of_host(host)
    if region is not None:
        return cluster_of_region(region)
    match = _NATIVE_HOST.match(host.lower())
    return match[1] if match and host.lower().endswith((".backblazeb2.com", ".backblaze.com")) else None
