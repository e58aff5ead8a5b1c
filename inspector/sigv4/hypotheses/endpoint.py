"""Host and path, or host and region, signed for another form of the endpoint: both change at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from inspector.sigv4.hypotheses.host import DICTIONARY, LONGEST_HOST, host_axis, host_line, split_port, wire_host
from inspector.sigv4.hypotheses.line import Source
from inspector.sigv4.hypotheses.model import REGION, Change, Problem
from inspector.sigv4.hypotheses.path_line import PATH_LINE
from inspector.sigv4.hypotheses.percent import said
from inspector.sigv4.hypotheses.register import hypothesis
from inspector.sigv4.hypotheses.scope import B2_REGIONS

# `s3.REGION.backblazeb2.com`, `s3.amazonaws.com`, `s3-REGION.amazonaws.com`, and those who copied them.
_S3_NAME = re.compile(rb"(?:(?P<bucket>.+?)\.)?(?P<endpoint>s3[.-].+)", re.IGNORECASE | re.DOTALL)
_ADDRESS = re.compile(rb"[\d.]+|\[.*\]|[0-9A-Fa-f:]+")
_BUCKET = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")
_REGION_IN_HOST = re.compile(
    rb"(?P<before>(?:.*\.)?s3)(?P<mark>[.-])(?P<dual>dualstack\.)?(?P<region>[a-z]{2}(?:-[a-z]+)+-\d+)(?P<after>\..*)"
)
_AWS_WITHOUT_REGION = re.compile(rb"(?P<before>(?:.*\.)?s3)(?P<after>\.amazonaws\.com)")

_AWS_REGIONS = (b"us-east-1", b"us-west-2", b"us-east-2", b"eu-west-1", b"eu-central-1", b"ap-southeast-1")


class Endpoint(NamedTuple):
    """A host taken apart. `known` says that it has the form of an S3 endpoint, so that `bucket` is sure."""

    bucket: bytes | None
    name: bytes
    known: bool


def endpoint_of(host: bytes) -> Endpoint:
    """What a host says of a bucket; of a host with no known form the first label may be one."""
    found = _S3_NAME.fullmatch(host)
    if found:
        return Endpoint(found["bucket"], found["endpoint"], True)
    label, dot, rest = host.partition(b".")
    if not (dot and rest) or _ADDRESS.fullmatch(split_port(host)[0]):
        return Endpoint(None, host, False)
    return Endpoint(label, rest, False)


def first_segment(path: bytes) -> tuple[bytes, bytes]:
    """The first segment of a path, where a bucket stands in path style, and the path after it."""
    bucket, slash, key = path.removeprefix(b"/").partition(b"/")
    return bucket, slash + key if key else b"/"


@PATH_LINE.source("host-vhost-vs-path")
def vhost_vs_path(problem: Problem) -> Iterator[Source[bytes]]:
    """The bucket was signed in the host and sent in the path, or the other way round."""
    axis, host, path = host_axis(problem), wire_host(problem), problem.signed.request.path
    if axis is None or len(host) > LONGEST_HOST:
        return
    endpoint = endpoint_of(host)
    if endpoint.bucket is not None:
        line = {axis: host_line(axis, endpoint.name)}
        yield Source(
            b"/%b%b" % (endpoint.bucket, path), f"with the bucket in it and the host {said(endpoint.name)}", line
        )
        yield Source(path, f"with the host {said(endpoint.name)}", line)  # s3cmd#675: host_bucket without %(bucket)s
    bucket, key = first_segment(path)
    if _BUCKET.fullmatch(bucket) and not (endpoint.known and endpoint.bucket):
        name = b"%b.%b" % (bucket, host)
        line = {axis: host_line(axis, name)}
        yield Source(key, f"with the bucket in the host, {said(name)}", line)
        yield Source(path, f"with the bucket in the host too, {said(name)}", line)


@hypothesis("host-region-swapped")
def region_swapped(problem: Problem) -> Iterator[Change]:
    """The request went to the endpoint of another region than the one it was signed for."""
    axis, host = host_axis(problem), wire_host(problem)
    if axis is None or len(host) > LONGEST_HOST:
        return
    for region in _regions(problem, host):
        swapped = _with_region(host, region)
        if swapped is None:
            continue
        line = host_line(axis, swapped)
        words = f"the host {said(swapped)} was signed, the endpoint of another region"
        yield Change({axis: line}, words)
        if region != problem.signing.region:
            yield Change({axis: line, REGION: region}, f"{words}, with the region {said(region)} in the scope")


def _regions(problem: Problem, host: bytes) -> Iterator[bytes]:
    """Regions that the client may have meant: the credential's first."""
    named = (problem.signing.region, *(region.encode() for region in problem.around.regions[:DICTIONARY]))
    known = _AWS_REGIONS if b".amazonaws.com" in host else (region.encode() for region in B2_REGIONS)
    yield from dict.fromkeys(region for region in (*named, *known) if region)


def _with_region(host: bytes, region: bytes) -> bytes | None:
    found = _REGION_IN_HOST.fullmatch(host)
    if found:
        dual = found["dual"] or b""
        swapped = b"%b%b%b%b%b" % (found["before"], found["mark"], dual, region, found["after"])
        return None if swapped == host else swapped
    found = _AWS_WITHOUT_REGION.fullmatch(host)
    return b"%b.%b%b" % (found["before"], region, found["after"]) if found else None
