"""A server's certificate, issued by an authority at hand."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = timedelta(days=2)

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def issue(
    names: Sequence[str], key: ec.EllipticCurvePublicKey, issuer: x509.Certificate, issuer_key: PrivateKey
) -> x509.Certificate:
    """A certificate for `names` (hosts, wildcards, IP addresses), good for two days before and after this moment."""
    now = datetime.now(UTC)
    identity = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    # Python 3.13's strict verification wants it.
    issued_by = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identity)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])]))  # X.520: 64 characters
        .issuer_name(issuer.subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - LIFETIME)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(key_usage(signs=True), critical=True)
        .add_extension(issued_by, critical=False)
    )
    return builder.sign(issuer_key, hashes.SHA256())


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def key_usage(*, signs: bool = False, issues: bool = False) -> x509.KeyUsage:
    """What a key is for (RFC 5280 §4.2.1.3): `signs` in a handshake, `issues` certificates; nothing else."""
    return x509.KeyUsage(
        digital_signature=signs,
        key_cert_sign=issues,
        crl_sign=issues,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
