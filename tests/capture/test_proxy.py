"""What the recorder's process is given, and what not."""

from __future__ import annotations

import pytest

from inspector.capture.proxy import clean_environment, is_loopback
from inspector.capture.routes import parse_route, routed_hosts
from inspector.capture.scope import Scope, is_ip_address
from inspector.errors import UsageError

SECRETS = {
    "AWS_SECRET_ACCESS_KEY": "hunter2",
    "AWS_ACCESS_KEY_ID": "hunter2",
    "AWS_SESSION_TOKEN": "hunter2",
    "B2_APPLICATION_KEY": "hunter2",
    "RESTIC_PASSWORD": "hunter2",
    "B2_INSPECTOR_PROXY_PASSWORD": "hunter2",
    "HTTPS_PROXY": "http://proxy.corp:3128",
    "no_proxy": "a.test",
    "DATABASE_URL": "postgres://app:hunter2@db/app",
}


def test_the_recorders_environment_holds_no_secret() -> None:
    plain = {"PATH": "/usr/bin", "HOME": "/home/a", "SSL_CERT_FILE": "/a.pem", "B2_INSPECTOR_HOME": "/home/a/data"}
    assert clean_environment({**plain, **SECRETS}) == plain


LOOPBACK = {
    "127.0.0.1": True,
    "127.0.0.2": True,
    "::1": True,
    "localhost": True,
    "LocalHost": True,
    "0.0.0.0": False,
    "::": False,
    "": False,
    "192.168.0.1": False,
    "127.evil.test": False,
    "localhost.evil.test": False,
}


@pytest.mark.parametrize("host", LOOPBACK)
def test_a_name_that_looks_like_loopback_is_none(host: str) -> None:
    assert is_loopback(host) is LOOPBACK[host]


SCOPES = {
    "s3.us-west-004.backblazeb2.com": True,
    "bucket.s3.us-west-004.backblazeb2.com": True,
    "S3.US-WEST-004.BackblazeB2.com.": True,
    "api.backblazeb2.com": True,
    "pod-000-1005-03.backblaze.com": True,
    "backblazeb2.com.evil.test": False,
    "notbackblazeb2.com": False,
    "backblaze.com.evil.test": False,
    "127.0.0.1": False,
    "": False,
    "mine.test": True,
    "s3.local": True,
    "a.s3.local": False,
}


@pytest.mark.parametrize("host", SCOPES)
def test_what_is_read(host: str) -> None:
    assert Scope(("MINE.test", "s3.*"), everything=False).holds(host) is (SCOPES[host] or host.startswith("s3."))


def test_all_hosts_are_all() -> None:
    assert Scope((), everything=True).holds("anything.test")


@pytest.mark.parametrize(
    ("text", "is_address"), [("127.0.0.1", True), ("[::1]", True), ("::1", True), ("s3.test", False), ("1.2.3", False)]
)
def test_addresses_are_told_from_names(text: str, is_address: bool) -> None:
    assert is_ip_address(text) is is_address


# --connect-to; host and port that are asked; whether it takes them; where it leads

ROUTES = (
    ("a.test:443:127.0.0.1:9000", "a.test", 443, True, ("127.0.0.1", 9000)),
    ("A.test:443:127.0.0.1:9000", "a.TEST", 443, True, ("127.0.0.1", 9000)),
    ("a.test:443:127.0.0.1:9000", "a.test", 80, False, ("127.0.0.1", 9000)),
    ("a.test::127.0.0.1:9000", "a.test", 80, True, ("127.0.0.1", 9000)),
    ("::[::1]:9000", "any.test", 80, True, ("::1", 9000)),
    ("*.a.test:443:b.test:1", "x.y.a.test", 443, True, ("b.test", 1)),
    ("*.a.test:443:b.test:1", "a.test", 443, False, ("b.test", 1)),
    ("[::1]:443:b.test:1", "::1", 443, True, ("b.test", 1)),
)


@pytest.mark.parametrize(("spec", "host", "port", "takes", "target"), ROUTES)
def test_connect_to_is_read_as_curl_reads_it(
    spec: str, host: str, port: int, takes: bool, target: tuple[str, int]
) -> None:
    route = parse_route(spec)
    assert route.takes(host, port) is takes
    assert route.target == target


@pytest.mark.parametrize(
    "spec", ["", "a:443", "a:443:b", "a:443:b:", "a:443::1", "a:b:c:d", "a:70000:b:1", "a:1:b:70000"]
)
def test_what_is_no_route_is_refused_with_the_form_to_use(spec: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_route(spec)
    assert caught.value.hint


def test_routed_hosts_are_globs() -> None:
    assert routed_hosts(["a.test:1:b:2", "::b:2", "nonsense"]) == ["a.test", "*"]
