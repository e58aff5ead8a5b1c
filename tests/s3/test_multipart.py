"""Bodies that name several things."""

from __future__ import annotations

import pytest

from inspector.s3.multipart import NamedPart, bare_etag, names_versions, read_parts

NAMESPACE = b'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        (
            b"<CompleteMultipartUpload %b><Part><ETag>&quot;a&quot;</ETag><PartNumber>1</PartNumber></Part>"
            b"<Part><PartNumber>2</PartNumber><ETag>b</ETag></Part></CompleteMultipartUpload>" % NAMESPACE,
            [NamedPart(1, "a"), NamedPart(2, "b")],
        ),
        (b"<CompleteMultipartUpload><Part><PartNumber>x</PartNumber></Part>", [NamedPart(None, None)]),
        (b"<CompleteMultipartUpload><Part><PartNumber>3</PartNu", [NamedPart(3, None)]),
        (b"<CompleteMultipartUpload/>", []),
        (b"<Delete/>", []),
        (b"", []),
        (b"\x00\xff", []),
        (b'{"a": 1}', []),
    ],
)
def test_the_parts_of_a_completing_request(body: bytes, parts: list[NamedPart]) -> None:
    """As far as it can be read."""
    assert read_parts(body) == parts


def test_an_etag_comes_with_and_without_quotes() -> None:
    """SDKs differ."""
    assert bare_etag('"a"') == bare_etag("a") == bare_etag(' "a" ') == "a"
    assert bare_etag(None) is None


def test_whether_a_delete_names_versions() -> None:
    """One is enough."""
    assert names_versions(b"<Delete><Object><Key>a</Key><VersionId>4_z</VersionId></Object></Delete>")
    assert not names_versions(b"<Delete><Object><Key>a</Key></Object></Delete>")
