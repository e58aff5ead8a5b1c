"""The recorder's authority: made once, accepted by mitmproxy and by strict clients, never overwritten by mistake."""

from __future__ import annotations

import ssl
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from mitmproxy.certs import CertStore

from inspector.capture.authority import KEY_FILE, LIFETIME, ensure_authority
from inspector.errors import CaptureError

HOST = "bkt.s3.us-west-004.backblazeb2.com"


def certificate_of(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_mitmproxy_takes_it_and_writes_nothing(home: Path) -> None:
    """mitmproxy finds every file in its place: it makes no authority and no file of its own."""
    authority = ensure_authority(home)
    before = {path.name: path.read_bytes() for path in authority.directory.iterdir()}
    store = CertStore.from_store(authority.directory, "mitmproxy", 2048)
    assert store.default_ca.to_pem() == authority.certificate.read_bytes()
    assert store.dhparams is not None
    assert {path.name: path.read_bytes() for path in authority.directory.iterdir()} == before


def test_strict_client_trusts_what_it_signs(home: Path, tmp_path: Path) -> None:
    """Python 3.13's default (VERIFY_X509_STRICT) accepts a host's certificate that mitmproxy made with it."""
    authority = ensure_authority(home)
    entry = CertStore.from_store(authority.directory, "mitmproxy", 2048).get_cert(HOST, [x509.DNSName(HOST)])
    chain = tmp_path / "server.pem"
    key = entry.privatekey.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain.write_bytes(key + entry.cert.to_pem())
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain)
    client = ssl.create_default_context(cafile=str(authority.certificate))
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    assert handshake(client, server).startswith("TLSv1.3")


def handshake(client: ssl.SSLContext, server: ssl.SSLContext) -> str:
    """A TLS handshake in memory; raises what the client raises."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=HOST)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    for side in (ours, theirs, ours, theirs):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return ours.version() or ""


def test_it_signs_servers_and_nothing_else(home: Path) -> None:
    """The certificate says what it is for: no authority below it, servers alone, ten years."""
    certificate = certificate_of(ensure_authority(home).certificate)
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value == x509.BasicConstraints(True, 0)
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.key_cert_sign, usage.digital_signature) == (True, False)
    assert certificate.not_valid_after_utc - datetime.now(UTC) > LIFETIME - timedelta(days=1)
    assert "b2-inspector CA" in certificate.subject.rfc4514_string()


def test_it_is_made_once(home: Path) -> None:
    """Whoever asks later gets the same."""
    first = ensure_authority(home).certificate.read_bytes()
    assert ensure_authority(home).certificate.read_bytes() == first


def test_processes_that_ask_at_once_get_the_same(home: Path) -> None:
    """Six processes start together on an empty directory; one authority comes of it."""
    home.mkdir(parents=True)
    script = (
        "import sys; from pathlib import Path; from inspector.capture.authority import ensure_authority;"
        "sys.stdout.buffer.write(ensure_authority(Path(sys.argv[1])).certificate.read_bytes())"
    )
    command = [sys.executable, "-c", script, str(home)]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(6)]
    assert len({child.communicate(timeout=60)[0] for child in children}) == 1
    assert all(child.returncode == 0 for child in children)


def test_one_that_runs_out_is_renewed(home: Path) -> None:
    """Less than a month before its end a new one takes its place, and so do the files beside it."""
    born = datetime.now(UTC) - LIFETIME + timedelta(days=29)
    old = ensure_authority(home, now=born).certificate.read_bytes()
    new = ensure_authority(home)
    assert new.certificate.read_bytes() != old
    assert certificate_of(new.certificate) == certificate_of(new.directory / KEY_FILE)
    assert new.expires > datetime.now(UTC) + timedelta(days=3000)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no permission bits")
def test_its_files_are_for_their_owner(home: Path) -> None:
    """Directory 0700, files 0600, and loose permissions are tightened."""
    authority = ensure_authority(home)
    key = authority.directory / KEY_FILE
    key.chmod(0o644)
    authority.directory.chmod(0o755)
    ensure_authority(home)
    assert authority.directory.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in authority.directory.iterdir()} == {0o600}


def foreign(protected: bool) -> bytes:
    """A key without certificate, with a passphrase or not."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    encryption = serialization.BestAvailableEncryption(b"x") if protected else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


FOREIGN = {"empty": b"", "text": b"not a key", "bare": foreign(False), "locked": foreign(True)}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN)
def test_what_is_not_an_authority_is_never_overwritten(content: bytes, home: Path) -> None:
    """A file that cannot be read stays, and the error names it."""
    key = ensure_authority(home).directory / KEY_FILE
    key.write_bytes(content)
    with pytest.raises(CaptureError, match=KEY_FILE) as caught:
        ensure_authority(home)
    assert "move that file away" in caught.value.hint
    assert key.read_bytes() == content


def test_key_of_another_certificate_is_an_error(home: Path, tmp_path: Path) -> None:
    """A key beside a certificate that is not its own would sign what nobody trusts."""
    key = ensure_authority(home).directory / KEY_FILE
    other = ensure_authority(tmp_path / "other").certificate.read_bytes()
    key.write_bytes(key.read_bytes().partition(b"-----BEGIN CERTIFICATE")[0] + other)
    with pytest.raises(CaptureError, match="not that of the certificate"):
        ensure_authority(home)


def test_directory_that_is_a_file_is_an_error(home: Path) -> None:
    """A data directory that cannot be one is said to be so, with the way out."""
    home.write_text("a file")
    with pytest.raises(CaptureError) as caught:
        ensure_authority(home)
    assert "B2_INSPECTOR_HOME" in caught.value.hint
