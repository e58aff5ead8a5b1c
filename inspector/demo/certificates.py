"""A throw-away certificate authority and a server certificate from it, for servers on loopback."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from inspector.capture.leaf import LIFETIME, issue, key_usage


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files in PEM: the authority that clients are to trust; the server's certificate and key."""

    authority: Path
    certificate: Path
    key: Path


def make_certificates(directory: Path, names: Sequence[str]) -> Certificates:
    """Write an authority's certificate, and a server's for `names` (hosts, wildcards, IP addresses), to `directory`.

    The authority's key is not kept: nobody can make another certificate with it.
    """
    authority_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = _authority(authority_key)
    files = Certificates(directory / "authority.pem", directory / "server.pem", directory / "server-key.pem")
    files.authority.write_bytes(_pem(authority))
    files.certificate.write_bytes(_pem(issue(names, server_key.public_key(), authority, authority_key)))
    _write_key(files.key, server_key)
    return files


def _authority(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "b2-inspector local test authority")])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - LIFETIME)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage(signs=True, issues=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return builder.sign(key, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path.touch(mode=0o600)
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.write_bytes(key.private_bytes(*pem))
