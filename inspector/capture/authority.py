"""The certificate authority of this user's recorder: made once, for this machine alone.

It is the project's own and not mitmproxy's: what one of both may decrypt, the other may not. It lies where
mitmproxy looks for an authority, under the names that mitmproxy gives (`mitmproxy.certs.CertStore.from_store`), so
that mitmproxy finds everything in its place and writes no file of its own.
"""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from inspector.capture.files import locked, private_directory, write_whole
from inspector.capture.leaf import key_usage
from inspector.errors import CaptureError

LIFETIME = timedelta(days=3652)
RENEWAL = timedelta(days=30)
"""An authority with less than this to live is replaced: a run must not outlive it."""

DIRECTORY = "authority"
KEY_FILE = "mitmproxy-ca.pem"
CERTIFICATE_FILE = "mitmproxy-ca-cert.pem"
DH_FILE = "mitmproxy-dhparam.pem"

# RFC 7919 ffdhe2048. mitmproxy writes a missing file of parameters in place, so that a second recorder, started at
# the same moment, could read half of it; ours is there before.
DH_PARAMETERS = b"""-----BEGIN DH PARAMETERS-----
MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==
-----END DH PARAMETERS-----
"""


@dataclass(frozen=True, slots=True)
class Authority:
    """Where the authority lies: `directory` is mitmproxy's `confdir`; `certificate` holds no secret."""

    directory: Path
    certificate: Path
    expires: datetime


def ensure_authority(home: Path, now: datetime | None = None) -> Authority:
    """The authority below `home`, the data directory: made where there is none, renewed when it runs out.

    Files are for their owner alone. Two processes that ask at once get the same one. Raises CaptureError where the
    files cannot be read or written, or hold something else: what a user may have put there is never overwritten.
    """
    moment = now or datetime.now(UTC)
    directory = private_directory(home / DIRECTORY)
    key_file = directory / KEY_FILE
    with locked(directory / "authority.lock"):
        certificate = _read(key_file) if key_file.exists() else None
        if certificate is None or certificate.not_valid_after_utc < moment + RENEWAL:
            certificate = _create(key_file, moment)
        _complete(directory, certificate)
    return Authority(directory, directory / CERTIFICATE_FILE, certificate.not_valid_after_utc)


def _read(key_file: Path) -> x509.Certificate:
    try:
        if sys.platform != "win32":
            key_file.chmod(0o600)
        raw = key_file.read_bytes()
        key = serialization.load_pem_private_key(raw, None)
        certificate = x509.load_pem_x509_certificate(raw)
        if key.public_key() != certificate.public_key():
            raise ValueError("the key is not that of the certificate")
    except (OSError, ValueError, TypeError) as error:  # TypeError: the key wants a passphrase
        raise CaptureError(
            f"the recorder's certificate authority {key_file} cannot be read: {error}",
            "move that file away; the next start makes a new authority",
        ) from error
    return certificate


def _create(key_file: Path, now: datetime) -> x509.Certificate:
    # RSA, not elliptic curves: mitmproxy signs with it and gives the same key to each host's certificate, and its
    # types know RSA alone.
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    certificate = _self_signed(key, now)
    # "TraditionalOpenSSL", key before certificate: the form of mitmproxy's own file.
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    write_whole(key_file, private + certificate.public_bytes(serialization.Encoding.PEM))
    return certificate


def _self_signed(key: rsa.RSAPrivateKey, now: datetime) -> x509.Certificate:
    """A root by RFC 5280 §4.2.1: what Python 3.13's VERIFY_X509_STRICT asks of one, and good for servers only."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name(platform.node()))])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))  # clocks of containers and machines that slept are behind
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage(issues=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    )
    return builder.sign(key, hashes.SHA256())


def common_name(host: str) -> str:
    """The name that a person reads in a list of authorities; X.520 allows 64 characters."""
    return f"b2-inspector CA {host}".strip()[:64].strip()


def _complete(directory: Path, certificate: x509.Certificate) -> None:
    """The files beside the key, where they are missing or of an earlier authority."""
    public = certificate.public_bytes(serialization.Encoding.PEM)
    for name, content in ((CERTIFICATE_FILE, public), (DH_FILE, DH_PARAMETERS)):
        path = directory / name
        if not path.exists() or path.read_bytes() != content:
            write_whole(path, content)
