"""Which bucket and key a request addresses, and in which region: out of its host and path.

Facts
-----
B2 takes both styles, `BUCKET.s3.REGION.backblazeb2.com/KEY` and `s3.REGION.backblazeb2.com/BUCKET/KEY`
(backblaze.com/docs/cloud-storage-call-the-s3-compatible-api). AWS adds `s3.amazonaws.com`, the older `s3-REGION`,
dual-stack, FIPS, accelerated, access-point and Express names (docs.aws.amazon.com/general/latest/gr/s3.html). Any other
host is taken for an endpoint in path style: its own name does not say which of its labels is a bucket. But for
`BUCKET.localhost`, which SDKs make of an endpoint on this machine (RFC 6761 §6.3 gives all names below it to loopback).

A key is percent-decoded once; S3 never reads `+` as a space in a path, and resolves neither `//` nor dot segments.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from inspector.s3.operations import Place
from inspector.wire.exchange import Request
from inspector.wire.host import host_name

_LONGEST_NAME = 255  # of a DNS name, RFC 1035 §2.3.4

_B2 = re.compile(r"(?:(?P<bucket>.+)\.)?s3\.(?P<region>[a-z0-9-]+)\.backblazeb2\.com")
_AWS = re.compile(
    r"(?:(?P<bucket>.+)\.)?"
    r"s3(?:-fips|-accelerate|-accesspoint|-accesspoint-fips|express-[a-z0-9-]+|-external-1|-(?P<old>[a-z]{2}(?:-[a-z]+)+-\d+))?"
    r"(?:\.dualstack)?(?:\.(?P<region>[a-z]{2}(?:-[a-z]+)+-\d+))?\.amazonaws\.com(?:\.cn)?"
)
_LOCAL = re.compile(r"(?P<bucket>.+)\.localhost")


class Address(NamedTuple):
    """What a request addresses.

    `bucket` is None where none is named, `key` None where the request is about a bucket or the service. `region` is
    what the host says. `known_host` is true for the S3 hosts of B2 and AWS, false where path style is only assumed.
    """

    place: Place
    bucket: str | None = None
    key: bytes | None = None
    region: str | None = None
    known_host: bool = False


class _Host(NamedTuple):
    bucket: str | None
    region: str | None
    known: bool


def locate(request: Request) -> Address:
    """The address of a request, as an S3 server reads it from the host line and the path."""
    host = _read_host(host_name(request))
    path = _path(request.path)
    if host.bucket is not None:
        place = Place.OBJECT if path else Place.BUCKET
        return Address(place, host.bucket, unquote_to_bytes(path) if path else None, host.region, host.known)
    name, _, key = path.partition(b"/")
    bucket = unquote_to_bytes(name).decode("utf-8", "replace") or None
    if key:
        return Address(Place.OBJECT, bucket, unquote_to_bytes(key), host.region, host.known)
    return Address(Place.BUCKET if bucket else Place.SERVICE, bucket, None, host.region, host.known)


def bucket_of_host(name: str) -> str | None:
    """The bucket that a host's name begins with (lower case, without a port); None in path style."""
    return _read_host(name).bucket


def region_of_host(name: str) -> str | None:
    """The region that the name of an S3 host of B2 or AWS says."""
    return _read_host(name).region


@lru_cache(maxsize=256)
def _read_host(name: str) -> _Host:
    local = _LOCAL.fullmatch(name) if len(name) <= _LONGEST_NAME else None
    if local is not None:
        return _Host(local["bucket"], None, known=False)
    match = (_B2.fullmatch(name) or _AWS.fullmatch(name)) if len(name) <= _LONGEST_NAME else None
    if match is None:
        return _Host(None, None, known=False)
    parts = match.groupdict()
    return _Host(parts["bucket"], parts["region"] or parts.get("old"), known=True)


def _path(path: bytes) -> bytes:
    """The path without its first slash; of an absolute-form target what follows the authority."""
    if path[:7].lower() == b"http://" or path[:8].lower() == b"https://":
        return path.partition(b"//")[2].partition(b"/")[2]
    return path.removeprefix(b"/")
