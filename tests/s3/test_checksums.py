"""Digests and S3's checksums are those that others compute, in any pieces."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.s3.checksums import CHECKSUMS, Digester, checksum
from inspector.wire.exchange import EMPTY_DIGESTS, Digests

# The check values of the catalogue of parametrised CRC algorithms, and of hashlib: all of b"123456789".
CHECKED = {
    b"x-amz-checksum-crc32": "cbf43926",
    b"x-amz-checksum-crc32c": "e3069283",
    b"x-amz-checksum-crc64nvme": "ae8b14860a799888",
    b"x-amz-checksum-sha1": hashlib.sha1(b"123456789").hexdigest(),
    b"x-amz-checksum-sha256": hashlib.sha256(b"123456789").hexdigest(),
}


@pytest.mark.parametrize("name", CHECKSUMS)
@pytest.mark.parametrize("cut", range(10))
def test_each_checksum_has_its_check_value(name: bytes, cut: int) -> None:
    """In one piece and in two, from bytes and from views of them."""
    found = CHECKSUMS[name]()
    found.update(b"123456789"[:cut])
    found.update(memoryview(b"x123456789")[1 + cut :])

    assert base64.b64decode(found.base64()).hex() == CHECKED[name]


def test_a_checksum_is_found_by_its_header() -> None:
    """Header names have no case; what is no checksum has none."""
    assert checksum(b" X-Amz-Checksum-CRC32 ") is not None
    assert checksum(b"x-amz-checksum-algorithm") is None


@pytest.mark.parametrize("name", CHECKSUMS)
def test_nothing_has_a_checksum_too(name: bytes) -> None:
    """An empty body gives the value of no bytes, at its full length."""
    size = len(CHECKED[name]) // 2

    assert len(base64.b64decode(CHECKSUMS[name]().base64())) == size


@given(st.lists(st.binary(max_size=100), max_size=5))
def test_digests_do_not_depend_on_the_pieces(pieces: list[bytes]) -> None:
    """They are those of the whole."""
    digester = Digester()
    for piece in pieces:
        digester.update(memoryview(piece))
    whole = b"".join(pieces)

    assert digester.digests() == Digests(
        len(whole), hashlib.sha256(whole).hexdigest(), hashlib.md5(whole).hexdigest(), f"{zlib.crc32(whole):08x}"
    )


def test_no_bytes_have_the_empty_digests() -> None:
    """The constant for empty bodies is what would be computed."""
    assert Digester().digests() == EMPTY_DIGESTS


def test_crc_library_is_loaded_only_when_asked_for() -> None:
    """Importing this module costs no more than the standard library."""
    code = "import sys, inspector.s3.checksums; sys.exit('anycrc' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
