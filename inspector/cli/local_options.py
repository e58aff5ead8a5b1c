"""`--local`: the calls are answered by a stand-in for B2 on this machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from inspector.cli.common import say
from inspector.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--local",
        is_flag=True,
        help="Answer the calls from a local S3 server that refuses what B2 refuses, in its words. Needs no account.",
    ),
    click.option(
        "--local-upstream",
        metavar="URL",
        help="With --local: store in this S3 server instead of moto. It is signed for with the valid key, or with"
        " $B2_INSPECTOR_UPSTREAM_KEY_ID and $B2_INSPECTOR_UPSTREAM_SECRET.",
    ),
    click.option(
        "--key-capabilities",
        metavar="NAME,...",
        help="With --local: what the key may do, as in readFiles,listFiles; everything if not given.",
    ),
    click.option(
        "--fault",
        "faults",
        multiple=True,
        metavar="SPEC",
        help="With --local: trouble on demand, as in 'op:PutObject status:503 every:3', 'cap:download', 'key:a* reset'."
        " Repeatable.",
    ),
    click.option(
        "--public", multiple=True, metavar="BUCKET", help="With --local: a bucket that anyone may read. Repeatable."
    ),
    click.option(
        "--profile",
        "profiles",
        multiple=True,
        metavar="NAME",
        help="With --local: a profile of the AWS files whose key is valid; with --mode endpoint: the one that signs."
        " Repeatable.",
    ),
)
_NAMES = ("local_upstream", "key_capabilities", "faults", "public", "profiles")


def local_options(function: F) -> F:
    """Add `--local` and what goes with it."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@contextmanager
def local_server(given: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What was given without these options; with `--local`, a stand-in runs and B2's hosts lead to it.

    Raises:
        UsageError: one of the options without `--local`, or one that cannot be read.
        CaptureError: the stand-in could not start.
    """
    plain = {name: value for name, value in given.items() if name not in ("local", *_NAMES)}
    if not given.get("local"):
        _demand_local(given)
        yield plain
        return
    from inspector.capture.authority import ensure_authority
    from inspector.capture.local import LocalOptions, LocalServer
    from inspector.cli.keys import keys_at_hand
    from inspector.dialect.capabilities import read_capabilities
    from inspector.dialect.faults import read_fault
    from inspector.paths import data_dir

    home = data_dir(os.environ)
    for spec in given["faults"]:
        read_fault(spec)
    if given["key_capabilities"] is not None:
        read_capabilities(given["key_capabilities"])
    keys = [(key.key_id, os.fsdecode(key.secret)) for key in keys_at_hand(given["profiles"], False).keys]
    options = LocalOptions(
        given["local_upstream"],
        keys,
        _upstream_key(os.environ) or next(iter(keys), None),
        given["key_capabilities"],
        given["faults"],
        given["public"],
    )
    with LocalServer(options, home, os.environ) as server:
        if not keys:
            say("--local: no secret at hand, so any well-formed key id is valid and no signature is checked")
        connect_to = (*plain["connect_to"], *server.connect_to)
        authority = plain["upstream_ca"] or ensure_authority(home).certificate
        yield plain | {"connect_to": connect_to, "upstream_ca": authority}


UPSTREAM = ("B2_INSPECTOR_UPSTREAM_KEY_ID", "B2_INSPECTOR_UPSTREAM_SECRET")
"""What is signed with for the server of --local-upstream, where that is not the valid key itself."""


def _upstream_key(environ: Mapping[str, str]) -> tuple[str, str] | None:
    key_id, secret = (environ.get(name, "") for name in UPSTREAM)
    return (key_id, secret) if key_id and secret else None


def _demand_local(given: dict[str, Any]) -> None:
    used = next((name for name in _NAMES if given.get(name)), None)
    if used is not None:
        option = {"faults": "fault", "profiles": "profile"}.get(used, used).replace("_", "-")
        raise UsageError(f"--{option} says how the local stand-in for B2 is, and there is none", "add --local")
