"""What clients and the recorder trust: public roots, the user's own, and the recorder's authority where it belongs."""

from __future__ import annotations

import os
import ssl
import time
from pathlib import Path

import pytest

from inspector.capture import roots
from inspector.capture.authority import Authority, ensure_authority
from inspector.capture.roots import CA_VARIABLES, certificates, configured_bundle, distinct, pem, user_roots
from inspector.capture.trust import KEPT_SECONDS, TrustFiles, trust_files, upstream_bundle
from inspector.errors import UsageError


@pytest.fixture
def company(tmp_path: Path) -> Path:
    """The PEM file of an authority that only this user trusts."""
    return ensure_authority(tmp_path / "company").certificate


def ders(path: Path) -> list[bytes]:
    return list(certificates(path.read_bytes()))


def test_bundle_holds_the_world_and_ours(authority: Authority, trust: TrustFiles) -> None:
    """A client whose roots are replaced still trusts the servers that are tunnelled unread."""
    context = ssl.create_default_context(cafile=str(trust.bundle))
    assert context.cert_store_stats()["x509_ca"] > 100
    assert set(ders(authority.certificate)) < set(ders(trust.bundle))
    assert ders(trust.ca) == ders(trust.extra) == ders(authority.certificate)


@pytest.mark.parametrize("variable", [name for name in CA_VARIABLES if name != "SSL_CERT_DIR"])
def test_users_own_authority_stays_trusted(variable: str, company: Path, home: Path) -> None:
    """Whatever variable names a company's authority, clients and the recorder go on trusting it."""
    authority = ensure_authority(home)
    trust = trust_files(authority, home, {variable: str(company)})
    theirs = ders(company)[0]
    assert theirs in ders(trust.bundle)
    assert ders(trust.extra) == [ders(authority.certificate)[0], theirs]
    assert theirs in ders(upstream_bundle(home, {variable: str(company)}))


def test_directories_of_certificates_are_read(company: Path) -> None:
    """SSL_CERT_DIR is a list of directories; REQUESTS_CA_BUNDLE may be one directory."""
    directory = str(company.parent)
    both = os.pathsep.join([str(company.parent / "missing"), directory])
    assert ders(company)[0] in user_roots({"SSL_CERT_DIR": both})
    assert ders(company)[0] in user_roots({"REQUESTS_CA_BUNDLE": directory})


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "/default.pem"),
        ({"AWS_PROFILE": "work"}, "/work.pem"),
        ({"AWS_PROFILE": "unknown"}, None),
        ({"AWS_CONFIG_FILE": "/nowhere"}, None),
    ],
)
def test_aws_configuration_names_an_authority(environ: dict[str, str], expected: str | None, tmp_path: Path) -> None:
    """`ca_bundle` of the profile in use counts: the variable that clients get would override it."""
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text(
        "[default]\nca_bundle = /default.pem\n[profile work]\nca_bundle=/work.pem\ns3 =\n  addressing_style = path\n"
    )
    assert configured_bundle(environ, tmp_path) == expected


@pytest.mark.parametrize("content", [b"no ini [", b"\xff\xfe", b""])
def test_unreadable_aws_configuration_is_passed_over(content: bytes, tmp_path: Path) -> None:
    """What the SDK itself will complain of does not stop the recorder."""
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_bytes(content)
    assert configured_bundle({}, tmp_path) is None


def test_recorder_does_not_trust_itself(authority: Authority, home: Path) -> None:
    """Upstream, our own authority vouches for nobody."""
    assert ders(authority.certificate)[0] not in ders(upstream_bundle(home, {}))


def test_upstream_ca_is_added(company: Path, home: Path) -> None:
    """`--upstream-ca` is trusted beside the public roots."""
    found = ders(upstream_bundle(home, {}, company))
    assert ders(company)[0] in found
    assert len(found) > 100


@pytest.mark.parametrize("content", [None, b"", b"\x30\x82", b"-----BEGIN PRIVATE KEY-----"])
def test_upstream_ca_without_a_certificate_is_an_error(content: bytes | None, tmp_path: Path, home: Path) -> None:
    """A file that is missing, empty, DER or a key is refused before anything starts."""
    path = tmp_path / "upstream.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match="--upstream-ca"):
        upstream_bundle(home, {}, path)


def test_two_terminals_do_not_fight(company: Path, home: Path) -> None:
    """Another environment makes other files; those of the first stay as they were."""
    authority = ensure_authority(home)
    first = trust_files(authority, home, {})
    content = first.bundle.read_bytes()
    second = trust_files(authority, home, {"AWS_CA_BUNDLE": str(company)})
    assert second.bundle != first.bundle
    assert first.bundle.read_bytes() == content
    assert trust_files(authority, home, {}) == first


def test_old_files_go_and_others_stay(home: Path) -> None:
    """What no run asked for in a month is removed, from its own directory only."""
    authority = ensure_authority(home)
    trust = trust_files(authority, home, {})
    recording = home / "recording.db"
    recording.write_bytes(b"precious")
    old = trust.bundle.with_name("bundle-0000000000000000.pem")
    old.write_bytes(b"")
    for path in (old, recording, trust.bundle):
        os.utime(path, (time.time() - KEPT_SECONDS - 60,) * 2)
    assert trust_files(authority, home, {}).bundle.exists()
    assert not old.exists()
    assert recording.exists()


def test_pem_is_read_as_openssl_reads_it(authority: Authority) -> None:
    """Text between the blocks, CRLF and broken blocks are passed over; each certificate counts once."""
    good = authority.certificate.read_bytes()
    broken = b"-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n"
    text = b"# a comment\n" + good + broken + b"\r\n" + good.replace(b"\n", b"\r\n") + b"trailing"
    found = list(certificates(text))
    assert len(found) == 2
    assert pem(distinct(found)) == good


def test_missing_system_bundles_are_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a system without any known bundle certifi's roots remain."""
    monkeypatch.setattr(roots, "SYSTEM_BUNDLES", ("/nowhere/at/all.pem",))
    assert len(list(roots.public_roots())) > 100
