"""Digests of a body as it passes: those that signatures and servers speak of, in one update, in constant memory.

S3 names its checksums by the header or trailer that carries them; each is the base64 of the big-endian value (AWS
documentation, "Checking object integrity"). hashlib and zlib have all but CRC-32C (Castagnoli) and CRC-64/NVME; those
two come from anycrc. AWS's own runtime (awscrt) has them too, but where it is installed botocore signs with it instead
of with its own signers: a recorder in the environment of a program must not change what that program sends.
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import zlib
from collections.abc import Callable
from typing import Protocol

from inspector.wire.exchange import Digests

Buffer = bytes | bytearray | memoryview


class Digester:
    """Size, SHA-256, MD5 and CRC-32 of the bytes that are fed to it."""

    def __init__(self) -> None:
        self.size = 0
        self._sha256 = hashlib.sha256()
        # B2 and S3 use MD5 as a checksum (ETag, Content-MD5); a FIPS build of OpenSSL allows it only when told so.
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._crc32 = 0

    def update(self, data: Buffer) -> None:
        """Take the next bytes."""
        self.size += len(data)
        self._sha256.update(data)
        self._md5.update(data)
        self._crc32 = zlib.crc32(data, self._crc32)

    def digests(self) -> Digests:
        """The digests of all bytes so far."""
        return Digests(self.size, self._sha256.hexdigest(), self._md5.hexdigest(), f"{self._crc32:08x}")


class Checksum(Protocol):
    """One of S3's checksums, fed in pieces."""

    def update(self, data: Buffer) -> None:
        """Take the next bytes."""

    def base64(self) -> str:
        """The value as S3's headers and trailers carry it."""


class _Hash:
    def __init__(self, name: str) -> None:
        self._hash = hashlib.new(name, usedforsecurity=False)

    def update(self, data: Buffer) -> None:
        self._hash.update(data)

    def base64(self) -> str:
        return base64.b64encode(self._hash.digest()).decode()


class _Crc:
    def __init__(self, function: Callable[[Buffer, int], int], size: int) -> None:
        self._function = function
        self._size = size
        self._value = 0

    def update(self, data: Buffer) -> None:
        self._value = self._function(data, self._value)

    def base64(self) -> str:
        return base64.b64encode(self._value.to_bytes(self._size, "big")).decode()


def _model(name: str) -> Callable[[Buffer, int], int]:
    """A CRC of anycrc by its name in the catalogue of parametrised CRC algorithms, imported when first asked for."""
    function: Callable[[Buffer, int], int] = importlib.import_module("anycrc").Model(name).calc
    return function


CHECKSUMS: dict[bytes, Callable[[], Checksum]] = {
    b"x-amz-checksum-crc32": lambda: _Crc(zlib.crc32, 4),
    b"x-amz-checksum-crc32c": lambda: _Crc(_model("CRC32-ISCSI"), 4),
    b"x-amz-checksum-crc64nvme": lambda: _Crc(_model("CRC64-NVME"), 8),
    b"x-amz-checksum-sha1": lambda: _Hash("sha1"),
    b"x-amz-checksum-sha256": lambda: _Hash("sha256"),
}
"""How to compute each checksum, by the lower-case name of the header or trailer that carries it."""


def checksum(header: bytes) -> Checksum | None:
    """A fresh checksum for a header or trailer name (any case, white space allowed round it); None for others."""
    make = CHECKSUMS.get(header.strip().lower())
    return make() if make else None
