"""What host names and the words of failed connections say: names that do not exist, certificates that do not fit."""

from __future__ import annotations

import re

from inspector.native.ids import CLUSTERS, region_of_host

_UNKNOWN_NAME = re.compile(
    r"getaddrinfo|name or service not known|nodename nor servname|name resolution|no address associated|"
    r"no such host|name does not resolve|could not resolve|nxdomain|errno 11001",
    re.IGNORECASE,
)
"""How systems say that a name is not in the DNS (getaddrinfo of glibc, musl, macOS and Windows; Go; curl)."""

_MISMATCH = re.compile(r"hostname mismatch|doesn.t match|not valid for|name mismatch|hostname .* match", re.IGNORECASE)
_REFUSED = re.compile(
    r"certificate has expired|certificate expired|not yet valid|unable to get local issuer|unknown ca|self.signed",
    re.IGNORECASE,
)
_REGIONS = frozenset(CLUSTERS.values())
_S3_HOST = re.compile(r"(?:(?P<bucket>.+)\.)?s3\.(?P<region>[^.]*)\.backblazeb2\.com")


def name_unknown(kind: str, text: str) -> bool:
    """Whether a failure of this kind says that a host's name is not in the DNS."""
    return kind in ("upstream-unreachable", "unknown") and _UNKNOWN_NAME.search(text) is not None


def names_mismatch(text: str) -> bool:
    """Whether a certificate is one of other names."""
    return _MISMATCH.search(text) is not None


def certificate_refused(text: str) -> bool:
    """Whether a certificate is out of date, or of an authority that is not known."""
    return _REFUSED.search(text) is not None


def too_many_labels(host: str) -> bool:
    """Whether the host is a bucket with dots before an endpoint of B2: no wildcard certificate covers that."""
    if region_of_host(host) is None:
        return False
    match = _S3_HOST.fullmatch(host.lower())
    return match is not None and "." in (match["bucket"] or "")


def odd_endpoint(host: str) -> str:
    """What is odd about the name of an endpoint at B2, in words; empty where nothing is, or it is not B2's."""
    name = host.lower()
    if not name.endswith("backblazeb2.com"):
        return ""
    match = _S3_HOST.fullmatch(name)
    if match is None:
        return "B2's S3 endpoints are called s3.REGION.backblazeb2.com" if _not_native(name) else ""
    region = match["region"]
    if region in _REGIONS:
        return ""
    if re.fullmatch(r"[a-z]{2}-[a-z]+-\d{3}", region):
        return f"No region {region!r} of B2's is known here"
    return f"{region!r} is no region of B2's: they end in three digits, like us-west-004"


def _not_native(name: str) -> bool:
    return re.match(r"(?:api|f|pod-)\d*[.-]", name) is None
