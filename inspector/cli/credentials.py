"""With which key calls of our own are signed, and the true values of headers that recordings do not keep."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path

import click

from inspector.cli.keys import CLIENT, Keyring, profile_values
from inspector.errors import UsageError
from inspector.replay.prepare import Credentials
from inspector.sigv4.key import Key

_PROFILE = "profile "


def picker(
    ring: Keyring, explicit: bool, environ: Mapping[str, str] = os.environ
) -> Callable[[str | None], Credentials | None]:
    """Gives the key for a call that names a key id: that key where it is at hand, else the first there is.

    `explicit`: the user named a profile, or gave a secret: then it is that one, whatever the call names.
    """

    @cache  # a profile's file is not read again for each of a thousand calls
    def pick(key_id: str | None) -> Credentials | None:
        keys = [key for key in ring.for_call(key_id) if key.name != CLIENT[1]]  # those only clients sign with
        if not keys:
            return None
        same = next((key for key in keys if key.key_id == key_id), keys[0])
        key = keys[0] if explicit else same
        return Credentials(key, _token(key, environ))

    return pick


def _token(key: Key, environ: Mapping[str, str]) -> bytes | None:
    """The session token that belongs to a temporary key, where its secret came from."""
    token: str | None = None
    if key.name.startswith("AWS_"):
        token = environ.get("AWS_SESSION_TOKEN") or environ.get("AWS_SECURITY_TOKEN")
    elif key.name.startswith(_PROFILE):
        credentials, config = profile_values(key.name.removeprefix(_PROFILE), environ)
        token = (config | credentials).get("aws_session_token")
    return os.fsencode(token) if token else None


def secret_headers(given: Iterable[str]) -> Callable[[str], bytes | None]:
    """Gives the true value of a header by its lower-case name: out of a file, else asked for on a terminal.

    `given`: `NAME:FILE` as `--secret-header` takes it.

    Raises:
        UsageError: a file cannot be read.
    """
    known = dict(map(_read, given))

    def value(name: str) -> bytes | None:
        if name not in known and sys.stdin.isatty():
            asked: str = click.prompt(f"{name} (not shown)", hide_input=True, err=True)
            known[name] = os.fsencode(asked)
        return known.get(name)

    return value


def _read(text: str) -> tuple[str, bytes]:
    name, colon, path = text.partition(":")
    if not colon or not name or not path:
        raise UsageError("--secret-header takes NAME:FILE", "the file holds the value, so that no argument does")
    try:
        value = Path(path).read_bytes().removesuffix(b"\n").removesuffix(b"\r")
    except OSError as error:
        raise UsageError(f"--secret-header {name}: {path} cannot be read: {error.strerror}", "Name a file.") from None
    if b"\n" in value or b"\r" in value:
        raise UsageError(f"--secret-header {name}: {path} holds more than one line", "A header's value is one line.")
    return name.lower(), value
