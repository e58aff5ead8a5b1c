"""A Java truststore, written without Java: PKCS#12 (RFC 7292) with certificates alone, unencrypted, without a MAC.

`cryptography` writes one from version 45 on (`serialize_java_truststore`), but mitmproxy 11 holds it below that.
Nothing in the file is secret, so nothing needs a password, and every Java reads it whatever password it is given:
without a MAC there is nothing to check the password against (`sun.security.pkcs12.PKCS12KeyStore.engineLoad`).
"""

from __future__ import annotations

from collections.abc import Iterable

_DATA = "1.2.840.113549.1.7.1"
_CERT_BAG = "1.2.840.113549.1.12.10.1.3"
_X509_CERTIFICATE = "1.2.840.113549.1.9.22.1"
_FRIENDLY_NAME = "1.2.840.113549.1.9.20"
# Oracle's attribute: without it Java takes a certificate for a part of somebody's chain, not for a trusted root.
_TRUSTED_KEY_USAGE = "2.16.840.1.113894.746875.1.1"
_ANY_USAGE = "2.5.29.37.0"


def java_truststore(certificates: Iterable[bytes]) -> bytes:
    """The bytes of a `.p12` file with the given certificates (DER) as trusted roots."""
    bags = [_bag(f"b2-inspector-{number}", certificate) for number, certificate in enumerate(certificates)]
    contents = _sequence(_content(_sequence(*bags)))
    return _sequence(_tlv(0x02, b"\x03"), _content(contents))


def _bag(alias: str, certificate: bytes) -> bytes:
    value = _sequence(_oid(_X509_CERTIFICATE), _explicit(_octets(certificate)))
    attributes = _set(
        _attribute(_FRIENDLY_NAME, _tlv(0x1E, alias.encode("utf-16-be"))),
        _attribute(_TRUSTED_KEY_USAGE, _oid(_ANY_USAGE)),
    )
    return _sequence(_oid(_CERT_BAG), _explicit(value), attributes)


def _attribute(oid: str, value: bytes) -> bytes:
    return _sequence(_oid(oid), _set(value))


def _content(data: bytes) -> bytes:
    """A ContentInfo of type `data`."""
    return _sequence(_oid(_DATA), _explicit(_octets(data)))


def _sequence(*parts: bytes) -> bytes:
    return _tlv(0x30, b"".join(parts))


def _set(*parts: bytes) -> bytes:
    return _tlv(0x31, b"".join(sorted(parts)))  # DER orders the members of a set (X.690 §11.6)


def _explicit(value: bytes) -> bytes:
    return _tlv(0xA0, value)


def _octets(value: bytes) -> bytes:
    return _tlv(0x04, value)


def _oid(dotted: str) -> bytes:
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    return _tlv(0x06, b"".join(_base128(arc) for arc in (first * 40 + second, *rest)))


def _base128(number: int) -> bytes:
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(number & 0x7F | 0x80)
    return bytes(reversed(digits))


def _tlv(tag: int, value: bytes) -> bytes:
    size = len(value)
    if size < 0x80:
        return bytes((tag, size)) + value
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + value
