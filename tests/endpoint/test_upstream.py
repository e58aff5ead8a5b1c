"""Where calls go on to, and what they look like there."""

from __future__ import annotations

import pytest

from inspector.endpoint.upstream import addressed, read_upstream
from inspector.errors import UsageError
from inspector.wire.exchange import Request
from inspector.wire.headers import get

B2 = "https://s3.us-west-004.backblazeb2.com"


@pytest.mark.parametrize(
    ("url", "authority", "region"),
    [
        (B2, b"s3.us-west-004.backblazeb2.com", "us-west-004"),
        (B2 + ":443/", b"s3.us-west-004.backblazeb2.com", "us-west-004"),
        ("http://127.0.0.1:9000", b"127.0.0.1:9000", None),
        ("http://[::1]:9000", b"[::1]:9000", None),
        ("https://MINIO.example", b"minio.example", None),
    ],
)
def test_upstreams(url: str, authority: bytes, region: str | None) -> None:
    """Scheme, host and port; the region where the host names it."""
    upstream = read_upstream(url)
    assert (upstream.authority, upstream.region) == (authority, region)
    assert read_upstream(upstream.url) == upstream


@pytest.mark.parametrize(
    "url",
    [
        "s3.us-west-004.backblazeb2.com",
        "ftp://x",
        "https://",
        "https://u:p@x",
        B2 + "/bucket",
        B2 + "?x",
        "http://x:y",
        "https://photos.s3.us-west-004.backblazeb2.com",
        "https://a b",
    ],
)
def test_what_is_none_is_refused(url: str) -> None:
    """With an example, and without a password that may stand in it."""
    with pytest.raises(UsageError) as error:
        read_upstream(url)
    assert "--upstream https://" in error.value.hint
    assert "u:p" not in str(error.value)


TARGETS = [
    (b"127.0.0.1:8900", b"/photos/a%2fb//x/../y+%7e?x=%20", b"/photos/a%2fb//x/../y+%7e?x=%20"),
    (b"localhost:8900", b"/photos", b"/photos"),
    (b"photos.localhost:8900", b"/a%2fb//c", b"/photos/a%2fb//c"),
    (b"photos.localhost:8900", b"/", b"/photos"),
    (b"photos.localhost:8900", b"/?list-type=2", b"/photos?list-type=2"),
    (b"my.photos.localhost", b"//a", b"/my.photos//a"),
    (b"photos.s3.us-west-004.backblazeb2.com", b"/a", b"/photos/a"),
    (b"s3.us-west-004.backblazeb2.com", b"/photos/a", b"/photos/a"),
    (b"recorder.example:8900", b"/photos/a", b"/photos/a"),
    (b"[::1]:8900", b"/photos/a", b"/photos/a"),
]


@pytest.mark.parametrize(("host", "target", "there"), TARGETS)
def test_both_styles_become_one(host: bytes, target: bytes, there: bytes) -> None:
    """The upstream's host, in path style; the bytes of the key as they stood."""
    request = Request(b"GET", "http", "127.0.0.1", 8900, target, ((b"X-A", b"1"), (b"Host", host), (b"X-B", b"2")))
    found = addressed(request, read_upstream(B2))
    assert found.target == there
    assert found.headers == ((b"X-A", b"1"), (b"Host", b"s3.us-west-004.backblazeb2.com"), (b"X-B", b"2"))
    assert (found.scheme, found.host, found.port) == ("https", "s3.us-west-004.backblazeb2.com", 443)


def test_http2_names_the_host_in_its_authority() -> None:
    """No Host line is made up for it."""
    request = Request(b"GET", "https", "127.0.0.1", 8900, b"/", ((b"a", b"b"),), "HTTP/2.0", b"photos.localhost:8900")
    found = addressed(request, read_upstream(B2))
    assert (found.authority, found.target) == (b"s3.us-west-004.backblazeb2.com", b"/photos")
    assert get(found.headers, b"host") is None
