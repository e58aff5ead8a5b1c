"""What was read of a set-up, as plain values. Who reads it is a door's affair; the checks only compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from inspector.native.ids import region_of_host


@dataclass(frozen=True, slots=True)
class Credential:
    """A key id and its secret as a program finds them; either may be missing. `id_place` and `secret_place` name the
    variable, or the file and profile, that each stands in."""

    id_place: str
    secret_place: str
    key_id: str = field(repr=False)  # it may be the secret, where the two were swapped
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Setting:
    """A value and where it stands."""

    place: str
    value: str


@dataclass(frozen=True, slots=True)
class ProxySetting:
    """The proxy that https calls take. `shown` is its URL without user and password. `problem`: why it cannot be one.

    `recorder`: it is that of a recorder, which `alive` says runs.
    """

    place: str
    shown: str
    problem: str | None = None
    recorder: bool = False
    alive: bool = True


@dataclass(frozen=True, slots=True)
class TrustFile:
    """A file or directory that a variable names as trusted. `holds_ours`: the recorder's authority is in it."""

    place: str
    path: str
    certificates: int = 0
    holds_ours: bool = False
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class AuthorityState:
    """The recorder's own authority. `mode`: the key file's permission bits, None where the system has none; `expires`
    in Unix seconds, None where there is no authority yet."""

    path: str
    mode: int | None = None
    expires: float | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class RecordingState:
    """The recording and the disk it lies on; sizes in bytes. `size` None: there is none yet."""

    path: str
    size: int | None = None
    log_size: int = 0
    mode: int | None = None
    free: int | None = None
    writable: bool = True
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Installed:
    """A program or library that was found: `name` as its makers write it, `version`, and `place`."""

    name: str
    version: str
    place: str


@dataclass(frozen=True, slots=True)
class ClockState:
    """What a server's Date said against this machine's clock: `ahead` in seconds (negative: this side is behind).

    The Date header is whole seconds, and `round_trip` seconds went by. `problem`: why there was no answer.
    """

    host: str
    ahead: float = 0.0
    round_trip: float = 0.0
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Setup:
    """All that the checks look at. `now` in Unix seconds.

    `endpoints` and `regions` stand in the order in which SDKs take them. `bypasses` are the variables that lead B2's
    hosts past a proxy. `under_recorder`: the environment is one that `run` or `env` made.
    """

    now: float = 0.0
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    credentials: tuple[Credential, ...] = ()
    endpoints: tuple[Setting, ...] = ()
    regions: tuple[Setting, ...] = ()
    tokens: tuple[str, ...] = ()
    unreadable: tuple[Setting, ...] = ()
    proxy: ProxySetting | None = None
    bypasses: tuple[Setting, ...] = ()
    under_recorder: bool = False
    trust: tuple[TrustFile, ...] = ()
    authority: AuthorityState | None = None
    recording: RecordingState | None = None
    installed: tuple[Installed, ...] = ()
    clock: ClockState | None = None

    @property
    def endpoint(self) -> Setting | None:
        """The endpoint that an SDK takes by itself."""
        return self.endpoints[0] if self.endpoints else None

    @property
    def endpoint_region(self) -> str | None:
        """The region of B2 that the endpoint names; None where there is none, or another service's."""
        return region_of_host(host_of(self.endpoint.value)) if self.endpoint else None


def host_of(url: str) -> str:
    """The host of an endpoint as a user wrote it, with or without a scheme; empty where it has none."""
    try:
        return urlsplit(url.strip() if "://" in url else f"//{url.strip()}").hostname or ""
    except ValueError:
        return ""
