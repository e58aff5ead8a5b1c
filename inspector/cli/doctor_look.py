"""What `doctor` looks at: environment, files, programs, a server's clock; read here, judged in `inspector.doctor`.

Nothing is changed: no authority is made, no permission mended, no recording migrated.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from inspector.capture import authority as ca
from inspector.capture.chain import UpstreamProxy, goes_direct
from inspector.capture.environment import ACTIVE, BYPASSES, PROXY_VARIABLES
from inspector.capture.presence import left_over, running
from inspector.capture.roots import CA_VARIABLES, certificates, configured_bundle
from inspector.cli.keys import PAIRS, config_section, profile_values
from inspector.doctor.setup import (
    AuthorityState,
    Credential,
    ProxySetting,
    RecordingState,
    Setting,
    Setup,
    TrustFile,
    host_of,
)
from inspector.errors import CaptureError, RecordingError, UsageError
from inspector.paths import data_place

B2_HOST = "s3.us-west-004.backblazeb2.com"
"""Stands for B2's hosts where the environment names no endpoint."""

_ENDPOINT_VARIABLES = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
_REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")
_TOKEN_VARIABLES = ("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")


def look(environ: Mapping[str, str], recording: Path, profiles: Iterable[str]) -> Setup:
    """All but what takes a network or runs programs."""
    setup = Setup(now=time.time(), environ=environ, under_recorder=environ.get(ACTIVE) == "1")
    setup = _with_aws(setup, environ, tuple(profiles))
    home = data_place(environ)
    host = host_of(setup.endpoint.value) if setup.endpoint else B2_HOST
    return replace(
        setup,
        proxy=_proxy(environ, home),
        bypasses=tuple(_bypasses(environ, host)),
        trust=tuple(_trust(environ, home)),
        authority=_authority(home),
        recording=_recording(recording),
    )


# Credentials, endpoint, region


def _with_aws(setup: Setup, environ: Mapping[str, str], profiles: tuple[str, ...]) -> Setup:
    pairs = [_pair(environ, *names) for names in PAIRS if environ.get(names[0]) or environ.get(names[1])]
    endpoints = _variables(environ, _ENDPOINT_VARIABLES)
    regions = _variables(environ, _REGION_VARIABLES)
    tokens = [name for name in _TOKEN_VARIABLES if environ.get(name)]
    unreadable = []
    for name in profiles or (environ.get("AWS_PROFILE") or "default",):
        try:
            credentials, config = profile_values(name, environ)
            endpoints += _profile_endpoints(name, config, credentials, environ)
        except UsageError as error:
            unreadable.append(Setting(f"profile {name}", error.message))
            continue
        both = config | credentials
        regions += _named(f"region of profile {name}", both.get("region"))
        tokens += [f"aws_session_token of profile {name}"] if both.get("aws_session_token") else []
        pairs += _profile_pairs(name, both, required=bool(profiles))
    return replace(
        setup,
        credentials=tuple(pairs),
        endpoints=tuple(endpoints),
        regions=tuple(regions),
        tokens=tuple(tokens),
        unreadable=tuple(unreadable),
    )


def _pair(environ: Mapping[str, str], id_name: str, secret_name: str) -> Credential:
    return Credential(id_name, secret_name, environ.get(id_name, ""), environ.get(secret_name, ""))


def _variables(environ: Mapping[str, str], names: Iterable[str]) -> list[Setting]:
    return [Setting(name, environ[name]) for name in names if environ.get(name)]


def _named(place: str, value: str | None) -> list[Setting]:
    return [Setting(place, value)] if value else []


def _profile_pairs(name: str, values: Mapping[str, str], required: bool) -> list[Credential]:
    key_id, secret = values.get("aws_access_key_id", ""), values.get("aws_secret_access_key", "")
    if not (key_id or secret or required):
        return []
    of = f"of profile {name}"
    return [Credential(f"aws_access_key_id {of}", f"aws_secret_access_key {of}", key_id, secret)]


def _profile_endpoints(
    name: str, config: Mapping[str, str], credentials: Mapping[str, str], environ: Mapping[str, str]
) -> list[Setting]:
    """A profile's endpoints: that of its services section before its own (AWS SDKs reference, "Service-specific
    endpoints")."""
    found = []
    services = config.get("services")
    if services:
        # `s3 =` with indented lines below: configparser gives them as one value of several lines.
        for line in config_section(f"services {services}", environ).get("s3", "").splitlines():
            key, _, value = line.partition("=")
            if key.strip() == "endpoint_url":
                found += _named(f"endpoint_url of services {services}", value.strip())
    return found + _named(
        f"endpoint_url of profile {name}", config.get("endpoint_url") or credentials.get("endpoint_url")
    )


# Proxies and trust


def _proxy(environ: Mapping[str, str], home: Path) -> ProxySetting | None:
    place = next((name for name in ("https_proxy", "HTTPS_PROXY") if environ.get(name)), None)
    if place is None:
        return None
    url = environ[place]
    recorder = environ.get(ACTIVE) == "1" or url in {one.proxy_url for one in running(home)}
    problem = None
    try:
        UpstreamProxy.of({place: url})
    except CaptureError as error:
        problem = error.message
    return ProxySetting(place, _without_password(url), problem, recorder, not left_over(home, environ))


def _without_password(url: str) -> str:
    scheme, mark, rest = url.rpartition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"


def _bypasses(environ: Mapping[str, str], host: str) -> Iterator[Setting]:
    """The variables that lead B2's hosts past a proxy; a bucket's host stands for those before an endpoint."""
    if not any(environ.get(name) for name in PROXY_VARIABLES):
        return
    for name in BYPASSES:
        value = environ.get(name, "")
        if value.strip() == "*" or (value and any(goes_direct(value, one, 443) for one in (host, f"bucket.{host}"))):
            yield Setting(name, value)


def _trust(environ: Mapping[str, str], home: Path) -> Iterator[TrustFile]:
    ours = _our_certificate(home)
    for name in CA_VARIABLES:
        if environ.get(name) and name != "SSL_CERT_DIR":  # a list of directories, of which many are missing as a rule
            yield _trust_file(name, Path(environ[name]).expanduser(), ours)
    bundle = configured_bundle(environ, Path.home())
    if bundle and not environ.get("AWS_CA_BUNDLE"):
        yield _trust_file("ca_bundle of the AWS config file", Path(bundle).expanduser(), ours)


def _our_certificate(home: Path) -> bytes | None:
    try:
        return next(certificates((home / ca.DIRECTORY / ca.CERTIFICATE_FILE).read_bytes()), None)
    except OSError:
        return None


def _trust_file(place: str, path: Path, ours: bytes | None) -> TrustFile:
    try:
        files = [file for file in path.iterdir() if file.is_file()] if path.is_dir() else [path]
        found = [der for file in files for der in certificates(file.read_bytes())]
    except OSError as error:
        return TrustFile(place, str(path), problem=f"cannot be read: {error.strerror or error}")
    return TrustFile(place, str(path), len(found), ours is not None and ours in found)


# The recorder's own


def _authority(home: Path) -> AuthorityState:
    from cryptography import x509

    path = home / ca.DIRECTORY / ca.KEY_FILE
    if not path.exists():
        return AuthorityState(str(path))
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else "it holds no certificate"
        return AuthorityState(str(path), problem=reason)
    return AuthorityState(str(path), _mode(path), certificate.not_valid_after_utc.timestamp())


def _recording(path: Path) -> RecordingState:
    from inspector.store.reader import Recording

    free = _free(path)
    if not path.exists():
        return RecordingState(str(path), free=free)
    try:
        with Recording(path):
            log = Path(f"{path}-wal")
            log_size = log.stat().st_size if log.exists() else 0
            return RecordingState(str(path), path.stat().st_size, log_size, _mode(path), free, os.access(path, os.W_OK))
    except (RecordingError, OSError) as error:
        return RecordingState(str(path), free=free, problem=getattr(error, "message", str(error)))


def _mode(path: Path) -> int | None:
    """The permission bits; Windows keeps none that mean the same."""
    return None if sys.platform == "win32" else path.stat().st_mode & 0o777


def _free(path: Path) -> int | None:
    """The free bytes where the file lies, or would lie."""
    for place in (path.absolute(), *path.absolute().parents):
        if place.exists():
            try:
                return shutil.disk_usage(place).free
            except OSError:
                return None
    return None


def endpoint_address(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an endpoint; None for what is no http or https URL."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port or (80 if parts.scheme == "http" else 443)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.scheme in ("http", "https") and parts.hostname else None
