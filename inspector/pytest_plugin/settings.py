"""What a test asks for, gathered from where it may be said: flag, marker, `vcr_config`, ini file, environment."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from inspector.errors import UsageError
from inspector.pytest_plugin.modes import Mode, read_mode

Filters = Sequence[str | tuple[str, Any]]

UNDERSTOOD_ELSEWHERE = frozenset(
    (
        *("decode_compressed_response", "serializer", "persister", "custom_patches", "record_on_exception"),
        *("cassette_library_dir", "path_transformer", "func_path_generator", "inject_cassette"),
    )
)
"""vcrpy's options that have no meaning here: bodies are kept as they were sent, failed tests are never saved."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How one test is recorded and replayed; names that pytest-recording and vcrpy have are theirs.

    `clients`: `botocore` (no socket at all), `proxy` (a server on this machine for whatever client), or `auto`: the
    second where a client is imported that needs it. `endpoint_url`: what the recording's is while it is made, the real
    server. `on_miss`, `on_unplayed`: `ignore`, `warn` or `fail`;
    `on_expiry`: `warn`, `fail` or `rerecord`. `keep_times`: see `formats.fixture.moments`.
    """

    record_mode: Mode = Mode.NONE
    match_on: tuple[str, ...] = ()
    filter_headers: Filters = ()
    filter_query_parameters: Filters = ()
    before_record_request: Callable[[Any], Any] | None = None
    before_record_response: Callable[[Any], Any] | None = None
    ignore_hosts: tuple[str, ...] = ()
    ignore_localhost: bool = False
    allow_playback_repeats: bool = True
    drop_unused_requests: bool = False
    clients: str = "auto"
    endpoint_url: str | None = None
    on_miss: str = "fail"
    on_unplayed: str = "ignore"
    max_age: timedelta | None = None
    on_expiry: str = "warn"
    keep_times: bool = False


_CHOICES = {
    "clients": ("auto", "botocore", "proxy"),
    "on_miss": ("ignore", "warn", "fail"),
    "on_unplayed": ("ignore", "warn", "fail"),
    "on_expiry": ("warn", "fail", "rerecord"),
}
_NAMES = frozenset(field.name for field in fields(Settings))
_AGE = re.compile(r"(\d+)\s*([smhdw]?)")
_UNITS = {"": "days", "s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def gathered(sources: Sequence[Mapping[str, Any]]) -> Settings:
    """The settings; of two sources that say the same, the first counts.

    Raises:
        UsageError: an option or a value that is not known.
    """
    said: dict[str, Any] = {}
    for source in reversed(sources):
        said |= {name: value for name, value in source.items() if value is not None}
    unknown = said.keys() - _NAMES - UNDERSTOOD_ELSEWHERE
    if unknown:
        raise UsageError(f"no such option: {', '.join(sorted(unknown))}", f"There are {', '.join(sorted(_NAMES))}.")
    return Settings(**{name: _read(name, value) for name, value in said.items() if name in _NAMES})


def _read(name: str, value: Any) -> Any:
    if name == "record_mode":
        return value if isinstance(value, Mode) else read_mode(str(getattr(value, "value", value)))
    if name == "max_age":
        return read_age(value)
    if name in ("match_on", "ignore_hosts"):
        return tuple(value.split()) if isinstance(value, str) else tuple(value)
    if name in ("filter_headers", "filter_query_parameters"):
        return tuple(value.split()) if isinstance(value, str) else tuple(value)
    choices = _CHOICES.get(name)
    if choices and value not in choices:
        raise UsageError(f"{name} cannot be {value!r}", f"It is one of {', '.join(choices)}.")
    return value


def read_age(value: Any) -> timedelta:
    """An age: a `timedelta`, a number of days, or text such as `30d`, `12h`, `8w`.

    Raises:
        UsageError: it is none.
    """
    if isinstance(value, timedelta):
        return value
    found = _AGE.fullmatch(str(value).strip().lower())
    if found is None:
        raise UsageError(f"{value!r} is no age", "Say 30d, 12h or 8w.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
