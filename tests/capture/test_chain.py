"""Which proxy is gone through, and for which hosts."""

from __future__ import annotations

import pytest

from inspector.capture.chain import UpstreamProxy, goes_direct
from inspector.errors import CaptureError

PROXIES = {
    "http://10.0.0.1:3128": ("http://10.0.0.1:3128", None),
    "10.0.0.1:3128": ("http://10.0.0.1:3128", None),
    "http://proxy.corp/": ("http://proxy.corp:80", None),
    "https://proxy.corp": ("https://proxy.corp:443", None),
    "http://[::1]:3128": ("http://[::1]:3128", None),
    "http://user:p%40ss%2F@proxy.corp:3128": ("http://proxy.corp:3128", "user:p@ss/"),
    "http://user@proxy.corp:3128": ("http://proxy.corp:3128", "user:"),
    "http://user:a%3Ab@proxy.corp:3128": ("http://proxy.corp:3128", "user:a:b"),
}


@pytest.mark.parametrize("text", PROXIES)
def test_the_url_is_read(text: str) -> None:
    found = UpstreamProxy.of({"HTTPS_PROXY": text})
    assert found is not None
    assert (found.url, found.auth) == PROXIES[text]


def test_the_lower_case_variable_wins_as_with_curl() -> None:
    found = UpstreamProxy.of({"HTTPS_PROXY": "http://upper:1", "https_proxy": "http://lower:2", "no_proxy": "a.test"})
    assert found is not None
    assert (found.url, found.no_proxy) == ("http://lower:2", "a.test")


@pytest.mark.parametrize(
    "environ", [{}, {"HTTPS_PROXY": ""}, {"HTTP_PROXY": "http://a:1"}, {"HTTPS_PROXY": "http://a:1", "NO_PROXY": "*"}]
)
def test_without_one_calls_go_directly(environ: dict[str, str]) -> None:
    assert UpstreamProxy.of(environ) is None


@pytest.mark.parametrize(
    "text", ["socks5://user:hunter2@a:1", "http://user:hunter2@a:port", "http://", "http://a:99999"]
)
def test_what_cannot_be_chained_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(CaptureError) as caught:
        UpstreamProxy.of({"HTTPS_PROXY": text})
    assert "hunter2" not in str(caught.value)


# NO_PROXY, host, port, whether it goes directly

BYPASSES = (
    ("", "s3.us-west-004.backblazeb2.com", 443, False),
    ("", "localhost", 9000, True),
    ("", "127.0.0.1", 9000, True),
    ("", "::1", 9000, True),
    ("backblazeb2.com", "s3.us-west-004.backblazeb2.com", 443, True),
    (".backblazeb2.com", "s3.us-west-004.backblazeb2.com", 443, True),
    ("*.backblazeb2.com", "s3.us-west-004.backblazeb2.com", 443, True),
    ("a.test, .backblazeb2.com", "S3.us-west-004.BackblazeB2.com", 443, True),
    ("blazeb2.com", "s3.us-west-004.backblazeb2.com", 443, False),
    ("a.test:8443", "a.test", 8443, True),
    ("a.test:8443", "a.test", 443, False),
    ("10.0.0.0/8", "10.1.2.3", 443, True),
    ("10.0.0.0/8", "11.1.2.3", 443, False),
    ("10.1.2.3", "10.1.2.3", 443, True),
    ("fd00::/8", "fd00::1", 443, True),
    ("nonsense/99,,", "10.1.2.3", 443, False),
)


@pytest.mark.parametrize(("no_proxy", "host", "port", "direct"), BYPASSES)
def test_no_proxy_is_read_as_clients_read_it(no_proxy: str, host: str, port: int, direct: bool) -> None:
    assert goes_direct(no_proxy, host, port) is direct
