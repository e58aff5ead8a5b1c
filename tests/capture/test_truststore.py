"""The Java truststore is PKCS#12 that Java reads as a list of trusted roots."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from support.answering import needs

from inspector.capture.roots import certificates
from inspector.capture.trust import TrustFiles
from inspector.capture.truststore import java_truststore


def parsed(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The tags and contents of a run of DER values, by the standard (X.690 §8.1), not by the writer."""
    position = 0
    while position < len(data):
        tag, length = data[position], data[position + 1]
        position += 2
        if length & 0x80:
            count = length & 0x7F
            length = int.from_bytes(data[position : position + count], "big")
            assert length >= 0x80, "DER uses the shortest form"
            position += count
        yield tag, data[position : position + length]
        position += length


def dig(data: bytes, *path: int) -> bytes:
    for index in path:
        data = list(parsed(data))[index][1]
    return data


@pytest.mark.parametrize("size", [0, 1, 0x7F, 0x80, 0xFF, 0x100, 70000])
def test_certificates_come_back(size: int) -> None:
    """Certificates of any length lie in the file byte for byte, in their order."""
    wanted = [b"a" * size, b"b"]
    store = java_truststore(wanted)
    contents = dig(store, 0, 1, 1, 0)  # PFX, authSafe, [0], OCTET STRING
    bags = dig(contents, 0, 0, 1, 0)  # AuthenticatedSafe, ContentInfo, [0], OCTET STRING
    found = [dig(bag, 1, 0, 1, 0) for _, bag in parsed(dig(bags, 0))]  # [0] CertBag, [0] OCTET STRING
    assert found == wanted


@pytest.mark.slow
@pytest.mark.parametrize("password", ["", "changeit"])
def test_java_reads_every_root(password: str, trust: TrustFiles) -> None:
    """keytool lists each certificate as trusted, whatever password it is given."""
    argv = [needs("keytool"), "-list", "-keystore", str(trust.truststore), "-storetype", "PKCS12"]
    argv += ["-storepass", password] if password else []
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    expected = len(list(certificates(trust.bundle.read_bytes())))
    assert done.stdout.count("trustedCertEntry") == expected > 100
