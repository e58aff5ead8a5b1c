"""The host that was signed is not the host that arrived: proxies, ports, spellings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import wraps
from itertools import chain

from inspector.sigv4.hypotheses.model import Change, Problem, header
from inspector.sigv4.hypotheses.percent import said
from inspector.sigv4.hypotheses.register import hypothesis
from inspector.wire.headers import get, get_all

Candidate = tuple[bytes, str]
"""A host, and the rest of the sentence that says it was signed."""
Candidates = Callable[[Problem, bytes], Iterator[Candidate]]
"""From the host that arrived to those that may have been signed."""

DEFAULT_PORTS = (b"443", b"80")

# The ports that S3 servers listen on unless they are told otherwise: MinIO 9000, web servers 8080 to 8000, LocalStack
# 4566, SeaweedFS 8333, Ceph's gateway 7480, Garage 3900, Moto 5000, Ozone 9878.
_SERVER_PORTS = (b"9000", b"8080", b"8443", b"9443", b"8000", b"4566", b"8333", b"7480", b"3900", b"5000", b"9878")

# Where proxies write the host that they were asked for. X-Original-Host: Azure Application Gateway;
# X-Envoy-Original-Host: Envoy, where a route rewrites the host.
_FORWARDED_HOST = (b"x-forwarded-host", b"x-original-host", b"x-envoy-original-host", b"x-host", b"x-forwarded-server")
_FORWARDED = re.compile(rb'(?i)(?:^|[;,\s])host="?([^";,\s]+)')  # RFC 7239 §5.3

# Signed inside, used outside: presigned URLs made by a service for its own network (minio#6853, minio#20594).
_INTERNAL = (
    b"localhost:9000",
    b"127.0.0.1:9000",
    b"minio:9000",
    b"host.docker.internal:9000",
    b"s3:9000",
    b"storage:9000",
    b"0.0.0.0:9000",
    b"localhost",
    b"minio",
    b"localhost:4566",
    b"localstack:4566",
    b"s3.amazonaws.com",
)

# Who signs for a cloud and sends to something in between signs the cloud's own name.
_ENDPOINTS = (b"s3.%b.backblazeb2.com", b"s3.%b.amazonaws.com")
_AN_ENDPOINT = re.compile(rb"(?:^|\.)s3[.-]")
_REGION = re.compile(rb"[a-z]{2}(?:-[a-z]+)+-\d{1,3}")

_PORT = re.compile(rb"(?P<name>.*?)(?::(?P<port>\d*))?", re.DOTALL)
_IPV6 = re.compile(rb"[0-9A-Fa-f:.]+")
_AWS_REGION = re.compile(rb"(?P<before>(?:.*\.)?s3)[.-][a-z]{2}(?:-[a-z]+)+-\d(?P<after>\.amazonaws\.com)")

DICTIONARY = 64
"""So many values of one kind are taken from a recording: it may hold thousands."""
LONGEST_HOST = 320
"""A longer one is no host: a DNS name has 255 characters at most (RFC 1035 §2.3.4)."""


def host_axis(problem: Problem) -> str | None:
    """The axis of the host, None where it is not among the signed headers."""
    return next((axis for axis in (header("host"), header(":authority")) if axis in problem.parts), None)


def wire_host(problem: Problem) -> bytes:
    """The host that arrived, as the rule signs it; empty where none is signed."""
    axis = host_axis(problem)
    return b"" if axis is None else problem.parts[axis][len(axis) - len("header:") + 1 :]


def host_line(axis: str, host: bytes) -> bytes:
    """The value of that axis for another host."""
    return axis.removeprefix("header:").encode() + b":" + host


def split_port(host: bytes) -> tuple[bytes, bytes | None]:
    """Name and port of an authority; None where it says no port. IPv6 addresses keep their brackets."""
    if is_ipv6(host):
        return host, None
    found = _PORT.fullmatch(host)
    return (found["name"], found["port"]) if found else (host, None)


def is_ipv6(name: bytes) -> bool:
    """Whether a name is an IPv6 address without brackets."""
    return name.count(b":") > 1 and _IPV6.fullmatch(name) is not None


def shown(host: bytes) -> str:
    """A host for a reader; user information may be a password."""
    return said(host.rpartition(b"@")[2])


def of_host(cause: str) -> Callable[[Candidates], Candidates]:
    """Enter a hypothesis that names hosts."""

    def enter(function: Candidates) -> Candidates:
        @wraps(function)
        def changes(problem: Problem) -> Iterator[Change]:
            axis, arrived = host_axis(problem), wire_host(problem)
            if axis is None or len(arrived) > LONGEST_HOST:
                return
            tried = {arrived}
            for host, why in function(problem, arrived):
                if host not in tried:
                    tried.add(host)
                    yield Change({axis: host_line(axis, host)}, f"the host {shown(host)} was signed{why}")

        hypothesis(cause)(changes)
        return function

    return enter


@of_host("host-http2-authority")
def http2_authority(problem: Problem, arrived: bytes) -> Iterator[Candidate]:
    """The client signed a host that is not HTTP/2's `:authority`, or the `:authority` beside another Host line."""
    request = problem.signed.request
    if get(request.headers, b"host") is not None:
        if request.authority:
            yield request.authority, ", the :authority of HTTP/2"
        return
    host = _connected(problem)
    yield arrived + b":443", ", with the port, which :authority does not have"
    yield split_port(arrived)[0], ", without the port, which :authority has"
    yield host, ", the name that the connection was opened to"
    yield b"%b:%d" % (host, request.port), ", name and port that the connection was opened to"
    yield b"", ": HTTP/2 has no Host line, and the client signed an empty one"


@of_host("host-default-port-included")
def default_port(problem: Problem, arrived: bytes) -> Iterator[Candidate]:
    """Client and request do not agree whether the default port, 443 or 80, belongs to the host."""
    name, port = split_port(arrived)
    if port is None:
        for default in DEFAULT_PORTS:
            yield b"%b:%b" % (name, default), ", with the default port"
    elif port in (*DEFAULT_PORTS, b""):
        yield name, ", without the default port"


@of_host("host-port-dropped")
def port_dropped(problem: Problem, arrived: bytes) -> Iterator[Candidate]:
    """The port was lost from the Host line, as with nginx's `$host` instead of `$http_host`."""
    name, port = split_port(arrived)
    if port is None:
        for lost in ports(problem):
            yield b"%b:%b" % (name, lost), ", with the port, which the Host line lost"
    elif port not in DEFAULT_PORTS:
        yield name, ", without its port"


def ports(problem: Problem) -> Iterator[bytes]:
    """Ports that a client may have been told, those that the request speaks of first; no default ones."""
    request = problem.signed.request
    told = [b"%d" % request.port]
    for name in (b"x-forwarded-port", b"x-original-port"):
        told += (port.strip() for value in header_values(problem, name) for port in value.split(b","))
    hosts = chain(forwarded_hosts(problem), problem.around.hosts[:DICTIONARY])
    told += (split_port(host)[1] or b"" for host in hosts)
    for port in dict.fromkeys((*told, *_SERVER_PORTS)):
        if port.isdigit() and port not in DEFAULT_PORTS:
            yield port


@of_host("host-case-dot-ipv6")
def spelling(problem: Problem, arrived: bytes) -> Iterator[Candidate]:
    """The host was spelt otherwise: its case, a dot at its end, brackets, user information, a scheme, Unicode."""
    name, port = split_port(arrived)
    tail = b"" if port is None else b":" + port
    yield arrived.lower(), ", in lower case"
    yield arrived.upper(), ", in upper case"
    for other in (_connected(problem), problem.signed.request.authority, *problem.around.hosts[:DICTIONARY]):
        if other.lower() == arrived.lower():
            yield other, ", in another case"
    if name.endswith(b"."):
        yield name[:-1] + tail, ", without the dot at its end"
    else:
        yield name + b"." + tail, ", with a dot at its end"
    for written in (b"https://", b"http://"):  # the endpoint's URL where only its host belongs
        yield written + arrived, f", with {written.decode()!r} before it"
        yield written + arrived + b"/", f", with {written.decode()!r} before it and a slash at its end"
    if b"@" in name:  # botocore strips it (its test_strips_http_auth), other clients send and sign it
        yield arrived.rpartition(b"@")[2], ", without the user information before it"
    if name.startswith(b"["):
        yield name.strip(b"[]") + tail, ", without the brackets of an IPv6 address"
    elif is_ipv6(name):
        yield b"[%b]" % name, ", with the brackets of an IPv6 address"
    yield from _international(name, tail)


def _international(name: bytes, tail: bytes) -> Iterator[Candidate]:
    """RFC 5890: what travels is the A-label, what a user types the U-label."""
    try:
        if b"xn--" in name:
            yield name.decode("idna").encode() + tail, ", in Unicode"
        elif not name.isascii():
            yield name.decode().encode("idna") + tail, ", in Punycode"
    except UnicodeError:
        return


@of_host("host-redirect-followed")
def redirect_followed(problem: Problem, arrived: bytes) -> Iterator[Candidate]:
    """A redirect was followed, with the signature made for the host that sent it."""
    # aws4fetch#51, minio-go#867: the Authorization goes along to the new host
    for value in get_all(problem.signed.request.headers, b"referer"):
        yield value.partition(b"://")[2].partition(b"/")[0], ", that of the Referer"
    regional = _AWS_REGION.fullmatch(arrived)
    if regional:
        yield regional["before"] + regional["after"], ", the global endpoint, which redirects to a region's"
    if arrived.startswith(b"www."):
        yield arrived.removeprefix(b"www."), ", without 'www.' before it"
    elif not arrived.startswith(b"s3"):
        yield b"www." + arrived, ", with 'www.' before it"


@of_host("host-rewritten")
def rewritten(problem: Problem, arrived: bytes) -> Iterator[Candidate]:
    """Something between client and server replaced the Host line."""
    name = split_port(arrived)[0].lower()
    for host, why in _other_hosts(problem, arrived):
        if host and (split_port(host)[0].lower() != name or split_port(arrived)[1] is not None):
            yield host, why


def _other_hosts(problem: Problem, arrived: bytes) -> Iterator[Candidate]:
    request = problem.signed.request
    connected = _connected(problem)
    yield b"%b:%d" % (connected, request.port), ", name and port that the connection was opened to"
    yield connected, ", the name that the connection was opened to"
    yield request.authority, ", the authority of the request target"
    for host in forwarded_hosts(problem):
        yield host, ", as a header of the proxy says"
        for told in header_values(problem, b"x-forwarded-port"):
            yield b"%b:%b" % (host, told), ", as the headers of the proxy say"
    for host in (*problem.around.hosts[:DICTIONARY], *problem.around.header_values.get(b"host", ())[:DICTIONARY]):
        yield host, ", as in other calls of the recording"
    region = problem.signing.region
    if _REGION.fullmatch(region) and not _AN_ENDPOINT.search(arrived):  # else: host-region-swapped, host-vhost-vs-path
        for form in _ENDPOINTS:
            yield form % region, ", the endpoint of the region in the scope"
    for host in _INTERNAL:
        yield host, ", a name that such servers have inside a network"
    name, port = split_port(arrived)
    if port is not None:
        for other in ports(problem):
            yield b"%b:%b" % (name, other), ", with another port"


def _connected(problem: Problem) -> bytes:
    """The name that the client's connection was opened to."""
    return problem.signed.request.host.encode("utf-8", "replace")


def forwarded_hosts(problem: Problem) -> Iterator[bytes]:
    """The hosts that proxies say they were asked for, the client's first."""
    for name in _FORWARDED_HOST:
        for value in header_values(problem, name):
            yield from (one.strip() for one in value.split(b",") if one.strip())
    for value in header_values(problem, b"forwarded"):
        yield from _FORWARDED.findall(value)


def header_values(problem: Problem, name: bytes) -> tuple[bytes, ...]:
    """The values of a header in this request, then those it had in other calls."""
    own = get_all(problem.signed.request.headers, name)
    return tuple(dict.fromkeys((*own, *problem.around.header_values.get(name, ())[:DICTIONARY])))
