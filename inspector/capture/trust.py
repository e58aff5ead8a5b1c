"""The files by which clients trust the recorder, and the recorder trusts the servers.

A client's bundle replaces its roots, so it holds the world's beside ours: what is tunnelled unread shows the client
the server's own certificate. What a user trusts may differ from one terminal to the next, so a file's name carries
the hash of its content: two runs never write the same name with different content.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from inspector.capture.authority import Authority
from inspector.capture.files import private_directory, write_whole
from inspector.capture.roots import certificates, distinct, pem, public_roots, user_roots
from inspector.capture.truststore import java_truststore
from inspector.errors import UsageError

DIRECTORY = "trust"
KEPT_SECONDS = 30 * 86400.0
"""A file that no run has asked for in so long is removed."""


@dataclass(frozen=True, slots=True)
class TrustFiles:
    """`ca`: our authority alone. `extra`: it and what the user trusts beyond the public roots, for clients that add
    to their own. `bundle`: the public roots and `extra`, for clients that replace theirs. `truststore`: the same for
    Java (PKCS#12, no password).
    """

    ca: Path
    extra: Path
    bundle: Path
    truststore: Path


def trust_files(authority: Authority, home: Path, environ: Mapping[str, str]) -> TrustFiles:
    """Write what clients of this environment need below `home`, the data directory; files that are there stay.

    Raises CaptureError where a file cannot be written.
    """
    directory = private_directory(home / DIRECTORY)
    _forget_old(directory)
    ours = list(certificates(authority.certificate.read_bytes()))
    public = distinct(public_roots())
    known = frozenset(public)
    extra = distinct([*ours, *(der for der in user_roots(environ) if der not in known)])
    everything = distinct([*extra, *public])
    return TrustFiles(
        ca=_keep(directory, "ca", ".pem", pem(ours)),
        extra=_keep(directory, "extra", ".pem", pem(extra)),
        bundle=_keep(directory, "bundle", ".pem", pem(everything)),
        truststore=_keep(directory, "truststore", ".p12", java_truststore(everything)),
    )


def upstream_bundle(home: Path, environ: Mapping[str, str], upstream_ca: Path | None = None) -> Path:
    """mitmproxy's `ssl_verify_upstream_trusted_ca`: a PEM file of public roots, the user's, and `--upstream-ca`.

    Our own authority is not in it (unless the user's environment names it: a recorder inside a recorder). Raises
    UsageError where `upstream_ca` cannot be read or holds no certificate, CaptureError where nothing can be written.
    """
    named = _named(upstream_ca) if upstream_ca is not None else []
    directory = private_directory(home / DIRECTORY)
    return _keep(directory, "upstream", ".pem", pem(distinct([*public_roots(), *user_roots(environ), *named])))


def _named(upstream_ca: Path) -> list[bytes]:
    try:
        found = list(certificates(upstream_ca.read_bytes()))
    except OSError as error:
        raise UsageError(
            f"--upstream-ca {upstream_ca} cannot be read: {error.strerror or error}",
            "name a PEM file with the certificate of the authority that signed the upstream's",
        ) from error
    if not found:
        raise UsageError(
            f"--upstream-ca {upstream_ca} holds no certificate",
            "PEM is expected (BEGIN CERTIFICATE); `openssl x509 -inform DER -in FILE` turns DER into it",
        )
    return found


def _keep(directory: Path, stem: str, suffix: str, content: bytes) -> Path:
    path = directory / f"{stem}-{hashlib.sha256(content).hexdigest()[:16]}{suffix}"
    if path.exists():
        with suppress(OSError):
            os.utime(path)  # in use: not old
        return path
    return write_whole(path, content)


def _forget_old(directory: Path) -> None:
    for path in directory.iterdir():
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > KEPT_SECONDS:
                path.unlink()
