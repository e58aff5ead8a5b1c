"""The secrets at hand: from the environment, the AWS files, standard input or a prompt. Never an argument.

They are looked for where SDKs look, so that what is verified is what a program would have signed with:

1. `--secret-stdin` and each `--profile NAME`, if given;
2. `AWS_ACCESS_KEY_ID` with `AWS_SECRET_ACCESS_KEY`, `B2_APPLICATION_KEY_ID` with `B2_APPLICATION_KEY`, and what
   clients of an endpoint sign with: `B2_INSPECTOR_CLIENT_KEY_ID` with `B2_INSPECTOR_CLIENT_SECRET`;
3. where neither gives an AWS key: the profile `$AWS_PROFILE`, else `default`.

Nothing is trimmed: a secret that ends with a line feed is what an SDK signs with, and then the cause of the mismatch.

Facts
-----
`$AWS_SHARED_CREDENTIALS_FILE` and `$AWS_CONFIG_FILE` name the files; a profile is `[NAME]` in the first and
`[profile NAME]`, but `[default]`, in the second; the first wins
(docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from configparser import Error as ConfigError
from configparser import RawConfigParser
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import click

from inspector.cli.common import say
from inspector.errors import UsageError
from inspector.sigv4.key import Key
from inspector.view.render import safe

F = TypeVar("F", bound=Callable[..., Any])

CLIENT = ("B2_INSPECTOR_CLIENT_KEY_ID", "B2_INSPECTOR_CLIENT_SECRET")
"""What clients of an endpoint sign with, where that is not the real key: good for verifying their calls, and for
nothing else."""

PAIRS = (
    ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    ("B2_APPLICATION_KEY_ID", "B2_APPLICATION_KEY"),
    CLIENT,
)
"""Variables that hold a key id and its secret."""

STDIN = "standard input"

_FORMS = "It takes the secret alone, KEYID:SECRET, or the key id on a first line and the secret on a second."


@dataclass(frozen=True, slots=True)
class Keyring:
    """Every secret at hand, those first that were asked for. `bare` came without a key id: it is for any call's."""

    keys: tuple[Key, ...] = ()
    bare: bytes | None = field(default=None, repr=False)

    def for_call(self, key_id: str | None) -> tuple[Key, ...]:
        """The keys to examine a call with that names this key id."""
        if self.bare is None or not key_id:
            return self.keys
        return (Key(key_id, self.bare, STDIN), *self.keys)

    @property
    def every(self) -> tuple[Key, ...]:
        """All of them, the one without a key id too: what must not show in a text."""
        return self.for_call("-")

    @property
    def names(self) -> tuple[str, ...]:
        """Where each came from, with its key id: for people."""
        named = tuple(f"{key.name} (key id {safe(key.key_id)})" for key in self.keys)
        return named if self.bare is None else (STDIN, *named)


def key_options(function: F) -> F:
    """Add the options that say where secrets are; the function gets `profiles` and `secret_stdin`."""
    stdin = click.option("--secret-stdin", is_flag=True, help=f"Read a secret from standard input. {_FORMS}")
    return profile_option(stdin(function))


def profile_option(function: F) -> F:
    """Add `--profile`; the function gets `profiles`."""
    return click.option(
        "--profile", "profiles", multiple=True, metavar="NAME", help="A profile of the AWS files. Repeatable."
    )(function)


def keys_at_hand(profiles: Iterable[str], secret_stdin: bool, environ: Mapping[str, str] = os.environ) -> Keyring:
    """Every secret at hand. Asks for one on a terminal, says on stderr by name which are used.

    Raises:
        UsageError: a profile that was named has no secret; standard input holds none.
    """
    given, bare = _from_stdin() if secret_stdin else ((), None)
    said: list[str] = []
    found = found_keys(profiles, environ, said)
    for line in said:
        say(line)
    ring = Keyring((*given, *found), bare)
    if ring.names:
        say(f"secrets at hand: {', '.join(ring.names)}")
    return ring


def found_keys(profiles: Iterable[str], environ: Mapping[str, str], said: list[str] | None = None) -> tuple[Key, ...]:
    """The keys of these profiles, and those that SDKs find by themselves. What cannot be used is told to `said`.

    Raises:
        UsageError: a profile that was named has no secret.
    """
    named = [_demanded(name, environ) for name in profiles]
    return (*named, *usual_keys(environ, said, with_profile=not named))


def usual_keys(environ: Mapping[str, str], said: list[str] | None = None, with_profile: bool = True) -> tuple[Key, ...]:
    """The keys that SDKs find by themselves. What is there and cannot be used is told to `said`."""
    said = [] if said is None else said
    from_environment = tuple(_from_environment(environ, said))
    if not with_profile or any(key.name.startswith("AWS_") for key in from_environment):
        return from_environment
    return (*from_environment, *_usual_profile(environ, said))


def _from_environment(environ: Mapping[str, str], said: list[str]) -> Iterator[Key]:
    for id_name, secret_name in PAIRS:
        key_id, secret = environ.get(id_name), environ.get(secret_name)
        if key_id and secret:
            yield Key(key_id, os.fsencode(secret), secret_name)
        elif secret:
            said.append(f"{secret_name} is not used: {id_name} is not set")


# Profiles


def _demanded(name: str, environ: Mapping[str, str]) -> Key:
    key = profile_key(name, environ)
    if key is None:
        credentials, config = aws_files(environ)
        raise UsageError(
            f"profile {name!r} has no aws_access_key_id with an aws_secret_access_key",
            f"looked at in {credentials} and {config}; profiles there: {', '.join(_profiles(environ)) or 'none'}",
        )
    return key


def _usual_profile(environ: Mapping[str, str], said: list[str]) -> tuple[Key, ...]:
    """The profile that an SDK takes by itself, if it is there: nobody asked for it, so its file may be broken."""
    try:
        key = profile_key(environ.get("AWS_PROFILE") or "default", environ)
    except UsageError as error:
        said.append(f"not used: {error.message}")
        return ()
    return () if key is None else (key,)


def profile_key(name: str, environ: Mapping[str, str]) -> Key | None:
    """The key of a profile, None where no file has both halves of one.

    Raises:
        UsageError: a file cannot be read.
    """
    credentials, config = aws_files(environ)
    for path, section in ((credentials, name), (config, name if name == "default" else f"profile {name}")):
        values = _sections(path).get(section, {})
        key_id, secret = values.get("aws_access_key_id"), values.get("aws_secret_access_key")
        if key_id and secret:
            return Key(key_id, os.fsencode(secret), f"profile {name}")
    return None


def profile_values(name: str, environ: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What the credentials file and the config file say in this profile, each by itself; empty where they do not.

    Raises:
        UsageError: a file cannot be read.
    """
    credentials, config = aws_files(environ)
    section = name if name == "default" else f"profile {name}"
    return _sections(credentials).get(name, {}), _sections(config).get(section, {})


def config_section(name: str, environ: Mapping[str, str]) -> dict[str, str]:
    """A section of the config file that is no profile, as `services NAME`; empty where there is none.

    Raises:
        UsageError: the file cannot be read.
    """
    return _sections(aws_files(environ)[1]).get(name, {})


def aws_files(environ: Mapping[str, str]) -> tuple[Path, Path]:
    """The credentials file and the config file of the AWS SDKs."""
    home = Path("~/.aws")
    credentials = environ.get("AWS_SHARED_CREDENTIALS_FILE") or home / "credentials"
    config = environ.get("AWS_CONFIG_FILE") or home / "config"
    return Path(credentials).expanduser(), Path(config).expanduser()


def _profiles(environ: Mapping[str, str]) -> list[str]:
    sections = [section for path in aws_files(environ) for section in _sections(path)]
    return list(dict.fromkeys(section.removeprefix("profile ") for section in sections))


def _sections(path: Path) -> dict[str, dict[str, str]]:
    """The sections of an AWS file, names in single spacing and without quotes.

    configparser's own messages quote the line that it cannot read, which may be the secret: only its number is said.
    """
    parser = RawConfigParser(strict=False, default_section="")
    try:
        parser.read_string(path.read_text(encoding="utf-8-sig", errors="surrogateescape"))
    except FileNotFoundError:
        return {}
    except (OSError, ConfigError) as error:
        where = getattr(error, "lineno", None)
        what = (
            error.strerror if isinstance(error, OSError) else "it is not made of [sections] with `name = value` lines"
        )
        line = f" (line {where})" if where else ""
        raise UsageError(f"cannot read {path}{line}: {what}", "Mend it, or set the variables instead.") from None
    return {_section_name(name): dict(parser[name]) for name in parser.sections()}


def _section_name(written: str) -> str:
    return " ".join(written.replace('"', " ").replace("'", " ").split())


# Standard input


def _from_stdin() -> tuple[tuple[Key, ...], bytes | None]:
    """A key with its id, or a secret alone. The line's end is the pipe's; every other byte belongs to the secret.

    Raises:
        UsageError: there is nothing, or more than two lines.
    """
    if sys.stdin.isatty():
        asked: str = click.prompt("Secret (not shown)", hide_input=True, err=True)
        lines = [os.fsencode(asked)]
    else:
        lines = [line.removesuffix(b"\r") for line in sys.stdin.buffer.read().removesuffix(b"\n").split(b"\n")]
    key_id, secret = b"", lines[-1]
    if len(lines) == 2:
        key_id = lines[0]
    elif b":" in secret:
        key_id, _, secret = secret.partition(b":")
    if len(lines) > 2 or not secret:
        raise UsageError("standard input does not hold one secret", _FORMS)
    if not key_id:
        return (), secret
    return (Key(key_id.decode("utf-8", "replace").strip(), secret, STDIN),), None
