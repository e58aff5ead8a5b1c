"""The certificates that this machine trusts already: public roots, the system's, and those the user named."""

from __future__ import annotations

import base64
import binascii
import configparser
import re
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import certifi

CA_VARIABLES = (
    "AWS_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
    "DENO_CERT",
    "RCLONE_CA_CERT",
    "GIT_SSL_CAINFO",
    "CARGO_HTTP_CAINFO",
    "PIP_CERT",
)
"""Variables in which a user behind a company's proxy names its authority: a file or a directory of PEM."""

SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Arch, Alpine
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  # Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",  # macOS, BSD, Alpine
)
"""Go's list (crypto/x509/root_linux.go, root_bsd.go), shortened. OpenSSL's own default path is not enough: a Python
built outside the distribution (pyenv, uv) has one that does not exist."""

_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)


def certificates(pem: bytes) -> Iterator[bytes]:
    """The certificates of a PEM text as DER, in order; blocks that are no base64 are passed over, as OpenSSL does."""
    for match in _BLOCK.finditer(pem):
        try:
            yield base64.b64decode(b"".join(match[1].split()), validate=True)
        except binascii.Error:
            continue


def public_roots() -> Iterator[bytes]:
    """Mozilla's roots as certifi ships them, and what the system's administrator trusts besides."""
    yield from _of_path(Path(certifi.where()))
    if sys.platform == "win32":
        yield from (der for der, encoding, _ in ssl.enum_certificates("ROOT") if encoding == "x509_asn")
    elif sys.platform == "darwin":
        yield from _of_keychain()
    for name in SYSTEM_BUNDLES:
        yield from _of_path(Path(name))


def user_roots(environ: Mapping[str, str], home: Path | None = None) -> Iterator[bytes]:
    """What the user's environment and AWS configuration name as trusted; what cannot be read is passed over.

    A program finds the same file missing on its own; to say so is not ours.
    """
    for name in CA_VARIABLES:
        for entry in environ.get(name, "").split(_separator(name)):
            if entry:
                yield from _of_path(Path(entry).expanduser())
    bundle = configured_bundle(environ, home or Path.home())
    if bundle:
        yield from _of_path(Path(bundle).expanduser())


def configured_bundle(environ: Mapping[str, str], home: Path) -> str | None:
    """`ca_bundle` of the profile in use in the AWS configuration file, which AWS_CA_BUNDLE would override."""
    path = Path(environ.get("AWS_CONFIG_FILE") or home / ".aws" / "config").expanduser()
    profile = environ.get("AWS_PROFILE") or "default"
    config = configparser.RawConfigParser(strict=False)
    try:
        config.read_string(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, configparser.Error):
        return None
    section = profile if profile == "default" else f"profile {profile}"
    return config.get(section, "ca_bundle", fallback=None)


def distinct(ders: Iterable[bytes]) -> list[bytes]:
    """Each certificate once, the first place kept."""
    return list(dict.fromkeys(ders))


def pem(ders: Iterable[bytes]) -> bytes:
    """The certificates as one PEM text."""
    return b"".join(ssl.DER_cert_to_PEM_cert(der).encode("ascii") for der in ders)


def _separator(name: str) -> str:
    # Only SSL_CERT_DIR is a list (Go, OpenSSL 3); elsewhere a colon may be part of a path.
    return (";" if sys.platform == "win32" else ":") if name == "SSL_CERT_DIR" else "\0"


def _of_path(path: Path) -> Iterator[bytes]:
    try:
        if path.is_dir():
            for file in sorted(path.iterdir()):
                if file.is_file():
                    yield from certificates(file.read_bytes())
        else:
            yield from certificates(path.read_bytes())
    except OSError:
        return


def _of_keychain() -> Iterator[bytes]:
    """What an administrator (or a device's management) added on macOS; Apple's own roots are in /etc/ssl/cert.pem."""
    tool = shutil.which("security")
    if tool is None:
        return
    command = [tool, "find-certificate", "-a", "-p", "/Library/Keychains/System.keychain"]
    try:
        yield from certificates(subprocess.run(command, capture_output=True, timeout=10, check=False).stdout)
    except (OSError, subprocess.SubprocessError):
        return
