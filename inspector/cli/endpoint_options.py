"""`record --mode endpoint`: which server, which key signs for it, and what clients may sign with."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from inspector.cli.common import say
from inspector.cli.keys import CLIENT, keys_at_hand, profile_key
from inspector.errors import UsageError

if TYPE_CHECKING:
    from inspector.capture.proxy import EndpointOptions
    from inspector.sigv4.key import Key

F = TypeVar("F", bound=Callable[..., Any])

CLIENT_ID, CLIENT_SECRET = CLIENT

_OPTIONS = (
    click.option(
        "--mode",
        type=click.Choice(["proxy", "endpoint"]),
        default="proxy",
        show_default=True,
        help="How clients come in: through a proxy, or to an endpoint that signs their calls anew.",
    ),
    click.option("--upstream", metavar="URL", help="With --mode endpoint: the S3 server that calls are sent on to."),
    click.option(
        "--client-profile",
        "client_profiles",
        multiple=True,
        metavar="NAME",
        help=f"With --mode endpoint: a profile that clients sign with instead of the real key; ${CLIENT_ID} and"
        f" ${CLIENT_SECRET} do the same. Repeatable.",
    ),
)


def endpoint_options(function: F) -> F:
    """Add `--mode` and what goes with it."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def endpoint_of(given: dict[str, Any], environ: Mapping[str, str] = os.environ) -> EndpointOptions | None:
    """What was asked of an endpoint, taken out of `given`; None in proxy mode.

    Raises:
        UsageError: what cannot be, or a key that is not at hand.
    """
    mode, upstream = given.pop("mode"), given.pop("upstream")
    clients: Sequence[str] = given.pop("client_profiles")
    if mode == "proxy":
        if upstream is not None or clients:
            raise UsageError("--upstream and --client-profile are for an endpoint", "add --mode endpoint")
        return None
    from inspector.capture.proxy import EndpointOptions
    from inspector.endpoint.upstream import read_upstream

    if upstream is None:
        raise UsageError(
            "an endpoint needs to know where calls go", "as in --upstream https://s3.REGION.backblazeb2.com"
        )
    url = read_upstream(upstream).url
    key = _signing_key(given["profiles"], environ)
    allowed = client_keys(clients, environ) or (key,)
    say(f"signed for {url} with the key of {key.name}; clients sign with: {', '.join(one.name for one in allowed)}")
    return EndpointOptions(url, _pair(key), [_pair(one) for one in allowed])


def _signing_key(profiles: Sequence[str], environ: Mapping[str, str]) -> Key:
    keys = [key for key in keys_at_hand(profiles, False, environ).keys if key.name != CLIENT_SECRET]
    if not keys:
        raise UsageError(
            "an endpoint signs calls anew, and there is no key to sign with",
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile of the AWS files with --profile",
        )
    return keys[0]


def client_keys(profiles: Sequence[str], environ: Mapping[str, str]) -> tuple[Key, ...]:
    """The keys that the user named for clients; none where clients sign with the real one.

    Raises:
        UsageError: a profile without a key, or half a key in the environment.
    """
    from inspector.sigv4.key import Key

    found = []
    for name in profiles:
        key = profile_key(name, environ)
        if key is None:
            raise UsageError(f"profile {name!r} has no key", "it needs aws_access_key_id and aws_secret_access_key")
        found.append(key)
    key_id, secret = environ.get(CLIENT_ID), environ.get(CLIENT_SECRET)
    if bool(key_id) != bool(secret):
        raise UsageError(f"{CLIENT_ID} and {CLIENT_SECRET} belong together, and one is not set", "set both, or neither")
    if key_id and secret:
        found.append(Key(key_id, os.fsencode(secret), CLIENT_SECRET))
    return tuple(found)


def _pair(key: Key) -> tuple[str, str]:
    return key.key_id, os.fsdecode(key.secret)
