"""A host that was signed otherwise than it arrived is found, and said in words."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from inspector.sigv4.canonical import S3
from inspector.sigv4.hypotheses.model import NOTHING_AROUND, Surroundings, problem
from inspector.sigv4.hypotheses.register import all_hypotheses
from inspector.wire.headers import Headers
from tests.support.signing import HOST, KEY, explanations, resent, signed_call, two_deviations

AROUND = Surroundings(
    hosts=(b"minio.example.com", b"10.1.2.3:9010", b"Files.Example.COM"),
    header_values={b"x-forwarded-host": (b"earlier.example.com",)},
    regions=("eu-west-9",),
)


@dataclass(frozen=True)
class Case:
    """What arrived as host, what was signed, and the cause that says so."""

    cause: str
    arrived: bytes | None
    signed: bytes
    words: str = ""
    unsigned: Headers = ()
    connect: tuple[str, int] | None = None
    authority: bytes = b""
    around: Surroundings = NOTHING_AROUND


CASES = [
    Case("host-rewritten", b"minio:9000", b"files.example.org", "opened to", connect=("files.example.org", 443)),
    Case("host-rewritten", b"minio:9000", b"files.example.org:8443", "port", connect=("files.example.org", 8443)),
    Case(
        "host-rewritten", b"backend", b"a.example.org", "proxy", ((b"X-Forwarded-Host", b"a.example.org, b.example"),)
    ),
    Case("host-rewritten", b"backend", b"b.example", "proxy", ((b"X-Forwarded-Host", b"a.example.org, b.example"),)),
    Case(
        "host-rewritten",
        b"backend",
        b"a.example.org:4443",
        "headers of the proxy",
        ((b"X-Forwarded-Host", b"a.example.org"), (b"X-Forwarded-Port", b"4443")),
    ),
    Case("host-rewritten", b"backend", b"[2001:db8::7]:1", "proxy", ((b"Forwarded", b'for=x;Host="[2001:db8::7]:1"'),)),
    Case("host-rewritten", b"backend", b"c.example", "proxy", ((b"forwarded", b"host=c.example;proto=http"),)),
    Case("host-rewritten", HOST, b"minio.example.com", "other calls", around=AROUND),
    Case("host-rewritten", HOST, b"earlier.example.com", "proxy", around=AROUND),
    Case("host-rewritten", b"cdn.example.org", b"localhost:9000", "inside a network"),
    Case("host-rewritten", b"h:8080", b"h:9000", "another port"),
    Case("host-rewritten", b"edge.internal:80", HOST, "region in the scope", connect=("edge.internal", 80)),
    Case("host-case-dot-ipv6", HOST, b"https://" + HOST, "'https://' before it"),
    Case("host-port-dropped", b"minio.local", b"minio.local:9000", "lost"),
    Case("host-port-dropped", b"minio.local", b"minio.local:12345", "lost", connect=("minio.local", 12345)),
    Case("host-port-dropped", b"minio.local", b"minio.local:4443", "lost", ((b"X-Forwarded-Port", b"4443"),)),
    Case("host-port-dropped", b"minio.local", b"minio.local:9010", "lost", around=AROUND),
    Case("host-port-dropped", b"[::1]", b"[::1]:9000", "lost"),
    Case("host-port-dropped", b"minio.local:9000", b"minio.local", "without its port"),
    Case("host-default-port-included", HOST, HOST + b":443", "default port"),
    Case("host-default-port-included", HOST, HOST + b":80", "default port"),
    Case("host-default-port-included", HOST + b":443", HOST, "without the default port"),
    Case("host-case-dot-ipv6", b"S3.Example.org", b"s3.example.org", "lower case"),
    Case("host-case-dot-ipv6", b"files.example.com", b"Files.Example.COM", "another case", around=AROUND),
    Case("host-case-dot-ipv6", HOST, HOST + b".", "dot at its end"),
    Case("host-case-dot-ipv6", b"h.example.:9000", b"h.example:9000", "dot at its end"),
    Case("host-case-dot-ipv6", b"[::1]:9000", b"::1:9000", "brackets"),
    Case("host-case-dot-ipv6", b"2001:db8::1", b"[2001:db8::1]", "brackets"),
    Case("host-case-dot-ipv6", b"ann:pw@h.example", b"h.example", "user information"),
    Case("host-case-dot-ipv6", b"xn--bcher-kva.example", "bücher.example".encode(), "Unicode"),
    Case("host-case-dot-ipv6", "bücher.example".encode(), b"xn--bcher-kva.example", "Punycode"),
    Case("host-http2-authority", None, HOST + b":443", ":authority", authority=HOST),
    Case("host-http2-authority", None, HOST, ":authority", authority=HOST + b":443"),
    Case("host-http2-authority", None, b"", "empty", authority=HOST),
    Case("host-http2-authority", None, b"real.example", "opened", authority=HOST, connect=("real.example", 443)),
    Case("host-http2-authority", b"other.example", HOST, ":authority", authority=HOST),
    Case("host-redirect-followed", b"b.s3.us-west-2.amazonaws.com", b"b.s3.amazonaws.com", "global endpoint"),
    Case(
        "host-redirect-followed", b"new.example", b"old.example", "Referer", ((b"Referer", b"https://old.example/k"),)
    ),
    Case("host-redirect-followed", b"www.example.org", b"example.org", "www."),
    Case("host-region-swapped", b"s3.us-east-005.backblazeb2.com", HOST, "another region"),
    Case("host-region-swapped", b"b." + HOST, b"b.s3.eu-central-003.backblazeb2.com", "another region"),
    Case("host-region-swapped", b"s3-us-west-2.amazonaws.com", b"s3-eu-west-9.amazonaws.com", "region", around=AROUND),
    Case("host-region-swapped", b"s3.amazonaws.com", b"s3.eu-central-1.amazonaws.com", "another region"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.cause}-{case.signed.decode()}")
def test_the_host_that_was_signed_is_found(case: Case) -> None:
    """One deviation explains it, the cause is the right one, and the words name the host."""
    call = signed_call(
        host=case.arrived,
        lines={b"host": case.signed},
        unsigned=case.unsigned,
        connect=case.connect,
        authority=case.authority,
    )
    (explanation,) = explanations(call, around=case.around)
    assert explanation.causes == (case.cause,)
    assert repr(case.signed.decode()) in explanation.words
    assert case.words in explanation.words
    assert b"\nhost:" + case.signed + b"\n" in (explanation.canonical_request or b"")


def test_another_region_in_host_and_scope_is_one_cause() -> None:
    """Endpoint and region are swapped together."""
    call = signed_call(lines={b"host": b"s3.us-east-005.backblazeb2.com"}, signed_region=b"us-east-005")
    (explanation,) = explanations(call)
    assert explanation.causes == ("host-region-swapped",)
    assert "'us-east-005' in the scope" in explanation.words


# host that arrived, target that arrived, host that was signed, path that was signed
VHOST_CASES = [
    (HOST, b"/photos/a%20b.jpg", b"photos." + HOST, b"/a%20b.jpg"),
    (HOST, b"/photos", b"photos." + HOST, b"/"),
    (HOST, b"/photos/a.jpg", b"photos." + HOST, b"/photos/a.jpg"),
    (b"photos." + HOST, b"/a.jpg", HOST, b"/photos/a.jpg"),
    (b"photos." + HOST, b"/photos/a.jpg", HOST, b"/photos/a.jpg"),
    (b"my.photos.s3.amazonaws.com", b"/a", b"s3.amazonaws.com", b"/my.photos/a"),
    (b"localhost:9000", b"/photos/a", b"photos.localhost:9000", b"/a"),
    (b"photos.minio.local:9000", b"/a", b"minio.local:9000", b"/photos/a"),
]


@pytest.mark.parametrize(("arrived", "target", "host", "path"), VHOST_CASES)
def test_a_bucket_that_moved_between_host_and_path_is_one_cause(
    arrived: bytes, target: bytes, host: bytes, path: bytes
) -> None:
    """Host and path changed at once, in either direction."""
    call = signed_call(target, host=arrived, lines={b"host": host}, signed={"path": path})
    (explanation,) = explanations(call)
    assert explanation.causes == ("host-vhost-vs-path",)
    assert repr(path.decode()) in explanation.words
    assert repr(host.decode()) in explanation.words


def test_a_bucket_that_moved_and_a_path_encoded_twice_are_two_causes() -> None:
    """What else may be wrong with the path is tried on top."""
    call = signed_call(
        b"/photos/a%20b", lines={b"host": b"photos." + HOST}, signed={"path": b"/a%2520b"}, headers={b"X-Amz-A": b"1"}
    )
    (explanation,) = two_deviations(call)
    assert explanation.causes == ("host-vhost-vs-path", "path-double-encoded")


def test_a_password_in_a_host_is_not_said() -> None:
    """User information of a host seen elsewhere stays out of the words."""
    around = Surroundings(hosts=(b"ann:opensesame@h.example",))
    call = signed_call(lines={b"host": b"ann:opensesame@h.example"})
    (explanation,) = explanations(call, around=around)
    assert explanation.causes == ("host-rewritten",)
    assert "opensesame" not in explanation.words


@pytest.mark.parametrize(
    "host", [b"", b":", b"[", b"[::", b"a" * 5000, b":" * 5000, b".", b"\xff\xfe", b"xn--\xff.a", b"@"]
)
def test_no_host_breaks_a_hypothesis(host: bytes) -> None:
    """Whatever stands in the Host line, alternatives are yielded."""
    laid_out = problem(signed_call(host=host), KEY, S3, AROUND)
    assert [change for one in all_hypotheses() for change in one.changes(laid_out)]


def test_an_unsigned_host_is_no_question() -> None:
    """Where the host is not among the signed headers, no hypothesis sets it."""
    call = signed_call()
    headers = tuple((name, value.replace(b"=host;", b"=")) for name, value in call.request.headers)
    laid_out = problem(resent(call, headers=headers), KEY, S3, AROUND)
    about_hosts = [one for one in all_hypotheses() if one.family in ("host", "endpoint")]
    assert about_hosts
    assert [change for one in about_hosts for change in one.changes(laid_out)] == []
