"""Who the server says it is: a certificate for each host name that a client asks for, from the project's authority."""

from __future__ import annotations

import ssl
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from inspector.capture.authority import KEY_FILE, Authority
from inspector.capture.leaf import PrivateKey, issue

MOST = 1000
"""Names that certificates are kept for: a client may ask for any."""


LOOPBACK = ("localhost", "*.localhost", "127.0.0.1", "::1")
"""One certificate for all that this machine calls itself: a client that asks for an address sends no name."""


class Minter:
    """Makes TLS contexts, one for each name, all with one key of this process. Not to be used by two threads at a time.

    Clients are offered HTTP/1.1 only. Raises CaptureError where the authority's key cannot be read.
    """

    def __init__(self, authority: Authority) -> None:
        raw = (authority.directory / KEY_FILE).read_bytes()
        key = serialization.load_pem_private_key(raw, None)
        assert isinstance(key, PrivateKey)
        self._issuer_key, self._issuer = key, x509.load_pem_x509_certificate(raw)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._made: dict[str, ssl.SSLContext] = {}

    def context(self, name: str) -> ssl.SSLContext:
        """The context for a client that came to `name` and may ask for another in its hello (SNI)."""
        made = self._made.get(name)
        if made is None:
            if len(self._made) >= MOST:
                self._made.clear()
            made = self._made[name] = self._make(name)
        return made

    def _make(self, name: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        names = LOOPBACK if name == LOOPBACK[0] else (name,)
        certificate = issue(names, self._key.public_key(), self._issuer, self._issuer_key)
        _load(context, certificate, self._key)
        context.sni_callback = self._asked_for
        return context

    def _asked_for(self, connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> int | None:
        if not name:
            return None
        try:
            connection.context = self.context(name.lower())
        except ValueError:  # no name that a certificate can hold
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        return None


def _load(context: ssl.SSLContext, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    """Python's ssl reads certificates from files only: one for its owner alone, gone when it is read."""
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    with tempfile.TemporaryDirectory(prefix="b2-inspector-") as directory:
        path = Path(directory) / "server.pem"
        path.touch(mode=0o600)
        path.write_bytes(key.private_bytes(*form) + certificate.public_bytes(serialization.Encoding.PEM))
        context.load_cert_chain(path)
