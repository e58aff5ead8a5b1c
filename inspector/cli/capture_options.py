"""The options of everything that captures, and how they become a running proxy."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any, TypeVar

import click

from inspector.cli.common import recording_option
from inspector.cli.local_options import local_options
from inspector.cli.network import NETWORK_OPTIONS
from inspector.cli.not_built import unbuilt_options
from inspector.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    recording_option,
    click.option(
        "--listen", metavar="HOST:PORT", default="127.0.0.1:0", help="Where the proxy listens; port 0: a free one."
    ),
    click.option(
        "--allow-remote", is_flag=True, help="Let --listen name an address that others can reach; needs a password."
    ),
    *NETWORK_OPTIONS,
    click.option(
        "--keep-body", metavar="SIZE|all", default="16m", show_default=True, help="How much of each body is kept."
    ),
    click.option(
        "--host", "hosts", multiple=True, metavar="GLOB", help="Read this host too, besides B2's own. Repeatable."
    ),
    click.option("--all-hosts", is_flag=True, help="Read every host."),
    click.option("--name", help="A name for the session."),
)


def capture_options(function: F) -> F:
    """Add the options of everything that captures."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return unbuilt_options(local_options(function))


def parse_listen(text: str) -> tuple[str, int]:
    """`HOST:PORT`, `:PORT` or `[::1]:PORT`.

    Raises:
        UsageError: it is none of these.
    """
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise UsageError(f"cannot read --listen {text!r}", "write HOST:PORT, for example 127.0.0.1:8900")
    return host.strip("[]") or "127.0.0.1", int(port)


def password_for(host: str, allow_remote: bool, needed: bool = True) -> str | None:
    """The password that a listener on `host` demands: none on loopback, nor where signatures are checked.

    Raises:
        UsageError: others could reach it, and there was no word for that, or no password.
    """
    from inspector.capture.proxy import is_loopback

    if is_loopback(host):
        return None
    if not allow_remote:
        raise UsageError(
            f"--listen {host} can be reached by others, who could use your proxy",
            "listen on 127.0.0.1, or add --allow-remote and set $B2_INSPECTOR_PROXY_PASSWORD",
        )
    if not needed:
        return None
    password = os.environ.get("B2_INSPECTOR_PROXY_PASSWORD")
    if not password:
        raise UsageError(
            "--allow-remote needs a password", "set $B2_INSPECTOR_PROXY_PASSWORD (the user is b2-inspector)"
        )
    if ":" in password:
        raise UsageError(
            "the proxy's password holds a colon, which Basic authentication cannot carry", "choose another"
        )
    return password


def proxy_options(kind: str, uid: str, program: str | None = None, **given: Any) -> Any:
    """`ProxyOptions` out of what click parsed."""
    from inspector.capture.proxy import ProxyOptions

    host, port = parse_listen(given.pop("listen"))
    signed_for = given.get("endpoint") is not None
    password = password_for(host, given.pop("allow_remote"), needed=not signed_for)
    return ProxyOptions(
        session_kind=kind,
        session_uid=uid,
        program=program,
        listen_host=host,
        listen_port=port,
        password=password,
        **given,
    )


def new_uid() -> str:
    """A fresh UUIDv7."""
    from inspector.wire.uid import uuid7

    return uuid7(time.time(), os.urandom(10))
