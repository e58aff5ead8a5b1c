"""What is asked to be different is different, and nothing else: bytes beside it stay."""

from __future__ import annotations

import pytest

from inspector.errors import UsageError
from inspector.replay.changes import Changes, changed, read_header, read_names, read_parameter
from inspector.replay.place import Endpoint, moved, over_http1, read_endpoint
from inspector.wire.exchange import Request

B2 = "s3.us-west-004.backblazeb2.com"


def request(host: str, target: bytes, *lines: tuple[bytes, bytes], port: int = 443) -> Request:
    return Request(b"GET", "https", host, port, target, ((b"a", b"1"), (b"HOST", host.encode()), *lines))


LOCAL = Endpoint("http", "127.0.0.1", 9000)
OTHER = Endpoint("https", "s3.eu-central-003.backblazeb2.com", 443)
IPV6 = Endpoint("https", "::1", 8443)

MOVES: list[tuple[str, bytes, Endpoint | None, str | None, tuple[str, bytes, bytes]]] = [
    (B2, b"/photos/a%2Fb?x", LOCAL, None, ("127.0.0.1", b"127.0.0.1:9000", b"/photos/a%2Fb?x")),
    (f"photos.{B2}", b"/a//b/../%7e?x", LOCAL, None, ("127.0.0.1", b"127.0.0.1:9000", b"/photos/a//b/../%7e?x")),
    (f"photos.{B2}", b"/?list-type=2", LOCAL, "t", ("127.0.0.1", b"127.0.0.1:9000", b"/t/?list-type=2")),
    (f"photos.{B2}", b"/a", OTHER, None, (f"photos.{OTHER.host}", f"photos.{OTHER.host}".encode(), b"/a")),
    (f"photos.{B2}", b"/a", None, "t", (f"t.{B2}", f"t.{B2}".encode(), b"/a")),
    (B2, b"/photos/a%20b?q=/photos/", None, "t", (B2, B2.encode(), b"/t/a%20b?q=/photos/")),
    (B2, b"/photos", None, "t", (B2, B2.encode(), b"/t")),
    (B2, b"/", LOCAL, "t", ("127.0.0.1", b"127.0.0.1:9000", b"/")),
    (B2, b"/photos/a", IPV6, None, ("::1", b"[::1]:8443", b"/photos/a")),
    (B2, b"/photos/a", None, None, (B2, B2.encode(), b"/photos/a")),
]


@pytest.mark.parametrize(("host", "target", "endpoint", "bucket", "expected"), MOVES)
def test_a_call_goes_elsewhere(
    host: str, target: bytes, endpoint: Endpoint | None, bucket: str | None, expected: tuple[str, bytes, bytes]
) -> None:
    """The bucket moves between host and path as the new host has it; the key's bytes and other lines stay."""
    there = moved(request(host, target), endpoint, bucket)
    assert (there.host, dict(there.headers)[b"HOST"], there.target) == expected
    assert [name for name, _ in there.headers] == [b"a", b"HOST"]


def test_a_copy_within_the_bucket_stays_one() -> None:
    """The source's bucket goes along, its key and version untouched; a foreign source stays."""
    for source, expected in (
        (b"/photos/a%2Bb?versionId=4_z", b"/t/a%2Bb?versionId=4_z"),
        (b"photos/a", b"t/a"),
        (b"other/a", b"other/a"),
    ):
        there = moved(request(B2, b"/photos/b", (b"x-amz-copy-source", source)), None, "t")
        assert there.headers[-1] == (b"x-amz-copy-source", expected)


def test_http2_becomes_http1() -> None:
    """The authority becomes the Host line, first as RFC 9110 wishes it."""
    h2 = Request(b"GET", "https", B2, 443, b"/a", ((b"range", b"bytes=0-1"),), "HTTP/2.0", B2.encode())
    assert over_http1(h2).headers == ((b"host", B2.encode()), (b"range", b"bytes=0-1"))
    assert over_http1(h2).http_version == "HTTP/1.1"


def test_headers_and_parameters_are_exchanged_where_they_stand() -> None:
    """Case and place of what was there; what is new comes last; values are encoded once."""
    before = Request(
        b"GET", "https", B2, 443, b"/p?A=1&max-keys=5&max-keys=6&z", ((b"RANGE", b"x"), (b"b", b"1"), (b"B", b"2"))
    )
    changes = Changes(
        set_headers=(read_header("range: bytes=0-9"), read_header("X-New:a:b")),
        unset_headers=read_names(["B"]),
        set_query=(read_parameter("max-keys=a b/c"), read_parameter("versions")),
    )
    after = changed(before, changes)
    assert after.target == b"/p?A=1&max-keys=a%20b%2Fc&z&versions"
    assert after.headers == ((b"RANGE", b"bytes=0-9"), (b"X-New", b"a:b"))


@pytest.mark.parametrize("text", ["none", ":v", "a b:c", "n:v\r\nEvil: 1", "n:v\nx"])
def test_a_header_that_is_none_is_refused(text: str) -> None:
    """A line break would be another line."""
    with pytest.raises(UsageError):
        read_header(text)


@pytest.mark.parametrize(
    "url", ["s3.example.com", "ftp://h", "https://", "https://h/bucket", "https://h:x", "https://u:p@h"]
)
def test_an_endpoint_is_scheme_host_and_port(url: str) -> None:
    """More, or less, is refused; a password is not repeated."""
    with pytest.raises(UsageError) as caught:
        read_endpoint(url)
    assert "u:p" not in str(caught.value)
