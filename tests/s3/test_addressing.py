"""Bucket, key and region, out of host and path."""

from __future__ import annotations

from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.s3.addressing import Address, locate
from inspector.s3.operations import Place
from inspector.wire.exchange import Request

B2 = "s3.us-west-004.backblazeb2.com"
WEST = "us-west-004"


def asked(host: str, target: bytes, *, line: bytes | None = None, authority: bytes = b"") -> Request:
    headers = ((b"Host", line),) if line is not None else ()
    return Request(b"GET", "https", host, 443, target, headers, authority=authority)


def on(host: str, target: bytes) -> Address:
    return locate(asked("127.0.0.1", target, line=host.encode()))


HOSTS = [
    # host line, bucket of its name, region, known
    (B2, None, WEST, True),
    (f"b.{B2}", "b", WEST, True),
    (f"my.dotted.bucket.{B2}", "my.dotted.bucket", WEST, True),
    (f"s3.{B2}", "s3", WEST, True),
    (f"s3.eu-central-003.{B2}", "s3.eu-central-003", WEST, True),
    (f"B.{B2}:443".upper(), "b", WEST, True),
    (f"b.{B2}.", "b", WEST, True),
    ("s3.us-east-005.backblazeb2.com:8443", None, "us-east-005", True),
    ("s3.us-west-2.amazonaws.com", None, "us-west-2", True),
    ("b.s3.us-west-2.amazonaws.com", "b", "us-west-2", True),
    ("b.c.s3.dualstack.us-west-2.amazonaws.com", "b.c", "us-west-2", True),
    ("s3.dualstack.us-west-2.amazonaws.com", None, "us-west-2", True),
    ("s3.amazonaws.com", None, None, True),
    ("b.s3.amazonaws.com", "b", None, True),
    ("b.s3-us-west-2.amazonaws.com", "b", "us-west-2", True),
    ("b.s3-fips.us-gov-west-1.amazonaws.com", "b", "us-gov-west-1", True),
    ("b.s3-accelerate.amazonaws.com", "b", None, True),
    ("b.s3-accelerate.dualstack.amazonaws.com", "b", None, True),
    ("b.s3.cn-north-1.amazonaws.com.cn", "b", "cn-north-1", True),
    ("ap-123456789012.s3-accesspoint.us-west-2.amazonaws.com", "ap-123456789012", "us-west-2", True),
    ("b--usw2-az1--x-s3.s3express-usw2-az1.us-west-2.amazonaws.com", "b--usw2-az1--x-s3", "us-west-2", True),
    ("localhost:9000", None, None, False),
    ("127.0.0.1:8080", None, None, False),
    ("[::1]:9000", None, None, False),
    ("minio.example.com", None, None, False),
    ("s3.us-west-004.backblazeb2.com.example.com", None, None, False),
    ("nots3.us-west-004.backblazeb2.com", None, None, False),
    ("sts.us-west-2.amazonaws.com", None, None, False),
    ("", None, None, False),
]


@pytest.mark.parametrize(("host", "bucket", "region", "known"), HOSTS)
def test_the_host_says_bucket_and_region(host: str, bucket: str | None, region: str | None, known: bool) -> None:
    address = on(host, b"/x/y")
    expected = ("x", b"y") if bucket is None else (bucket, b"x/y")
    assert (address.bucket, address.key) == expected
    assert (address.region, address.known_host) == (region, known)


PATHS = [
    # target, place, bucket and key in path style
    (b"/", Place.SERVICE, None, None),
    (b"", Place.SERVICE, None, None),
    (b"/?x-id=ListBuckets", Place.SERVICE, None, None),
    (b"/b", Place.BUCKET, "b", None),
    (b"/b/", Place.BUCKET, "b", None),
    (b"/b?list-type=2&prefix=a/b", Place.BUCKET, "b", None),
    (b"/b/k", Place.OBJECT, "b", b"k"),
    (b"/b/k?versionId=1", Place.OBJECT, "b", b"k"),
    (b"/b/a%2Fb", Place.OBJECT, "b", b"a/b"),
    (b"/b/a+b%2B%20c", Place.OBJECT, "b", b"a+b+ c"),
    (b"/b/%2541", Place.OBJECT, "b", b"%41"),
    (b"/b/100%", Place.OBJECT, "b", b"100%"),
    (b"/b//k", Place.OBJECT, "b", b"/k"),
    (b"/b//", Place.OBJECT, "b", b"/"),
    (b"/b/a//b", Place.OBJECT, "b", b"a//b"),
    (b"/b/../k", Place.OBJECT, "b", b"../k"),
    (b"/b/./", Place.OBJECT, "b", b"./"),
    (b"/b/dir/", Place.OBJECT, "b", b"dir/"),
    (b"/b/%FF%fe", Place.OBJECT, "b", b"\xff\xfe"),
    (b"/b/\xff", Place.OBJECT, "b", b"\xff"),
    (b"/b/\xe8\x87\xaa", Place.OBJECT, "b", "自".encode()),
    (b"/b/a;b=c#d", Place.OBJECT, "b", b"a;b=c#d"),
    (b"//k", Place.OBJECT, None, b"k"),
    (b"/my%2Dbucket/k", Place.OBJECT, "my-bucket", b"k"),
    (b"/\xff/k", Place.OBJECT, "\ufffd", b"k"),
    (b"https://other.example/b/k", Place.OBJECT, "b", b"k"),
]


@pytest.mark.parametrize(("target", "place", "bucket", "key"), PATHS)
def test_the_path_says_bucket_and_key(target: bytes, place: Place, bucket: str | None, key: bytes | None) -> None:
    """Decoded once; plus signs, doubled slashes and dots are part of a key."""
    address = on(B2, target)
    assert (address.place, address.bucket, address.key) == (place, bucket, key)


VIRTUAL = [
    (b"/", Place.BUCKET, None),
    (b"", Place.BUCKET, None),
    (b"/?uploads", Place.BUCKET, None),
    (b"/k", Place.OBJECT, b"k"),
    (b"//k", Place.OBJECT, b"/k"),
    (b"//", Place.OBJECT, b"/"),
    (b"/../b/k", Place.OBJECT, b"../b/k"),
    (b"/a+b%2Fc/", Place.OBJECT, b"a+b/c/"),
    (b"https://x/k", Place.OBJECT, b"k"),
]


@pytest.mark.parametrize(("target", "place", "key"), VIRTUAL)
def test_the_whole_path_is_the_key_where_the_host_is_the_bucket(target: bytes, place: Place, key: bytes | None) -> None:
    address = on(f"b.{B2}", target)
    assert (address.place, address.bucket, address.key) == (place, "b", key)


def test_the_server_reads_the_host_line_before_anything_else() -> None:
    """Host line, else HTTP/2's authority, else where the connection went."""
    assert locate(asked("127.0.0.1", b"/k", line=f"b.{B2}".encode(), authority=b"other")).bucket == "b"
    assert locate(asked("127.0.0.1", b"/k", authority=f"b.{B2}".encode())).bucket == "b"
    assert locate(asked(f"b.{B2}", b"/k")).bucket == "b"


@given(st.binary(min_size=1), st.booleans())
def test_any_key_comes_back(key: bytes, virtual: bool) -> None:
    """A key of any bytes, encoded as S3 clients do, is read back, in both styles."""
    path = b"/" + quote_from_bytes(key, safe="/~").encode()
    address = on(f"b.{B2}", path) if virtual else on(B2, b"/b" + path)
    assert (address.bucket, address.key) == ("b", key)


@given(st.binary(), st.binary())
def test_anything_has_an_address(line: bytes, target: bytes) -> None:
    locate(asked("h", target, line=line))
