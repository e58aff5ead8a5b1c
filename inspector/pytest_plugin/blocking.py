"""No connection leaves the process while a test runs, but to hosts that may be reached."""

from __future__ import annotations

import _socket
import re
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

own_ports: set[int] = set()
"""Ports of the replay server and the recorder that the plugin itself started."""


_lifted = 0


@contextmanager
def lifted() -> Iterator[None]:
    """While this is open nothing is blocked: a test that records must come to the server that it records."""
    global _lifted
    _lifted += 1
    try:
        yield
    finally:
        _lifted -= 1


@contextmanager
def past_other_guards(everywhere: bool) -> Iterator[None]:
    """While this is open, guards that other plugins have put before connections (pytest-recording's --block-network,
    pytest-socket's --allow-hosts) do not stop calls to the plugin's own servers; `everywhere`: to none, as a test that
    records must come to the server that it records.
    """
    guards = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex")}
    plain = {name: getattr(_socket.socket, name, None) for name in guards}
    if guards == plain:
        yield
        return
    for name in guards:
        setattr(socket.socket, name, _opened(guards[name], plain[name], everywhere))
    try:
        yield
    finally:
        for name, guard in guards.items():
            setattr(socket.socket, name, guard)


def _opened(guard: Callable[..., Any], plain: Any, everywhere: bool) -> Callable[..., Any]:
    def connect(self: Any, address: Any) -> Any:
        return (plain if everywhere or _is_own(address) else guard)(self, address)

    return connect


def _is_own(address: Any) -> bool:
    return isinstance(address, tuple) and str(address[0]) in ("127.0.0.1", "::1") and address[1] in own_ports


class NetworkBlocked(RuntimeError):
    """A test opens a connection although it may not."""


@contextmanager
def blocked(allowed: Iterable[str]) -> Iterator[None]:
    """Refuse connections; `allowed` are regular expressions of hosts and addresses, with commas between them.

    Sockets of the file system (AF_UNIX) and pairs stay: event loops are made of them.
    """
    patterns = [re.compile(one.strip()) for group in allowed for one in group.split(",") if one.strip()]
    connect, connect_ex, resolve = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo
    let_through: set[str] = set()

    def check(address: Any) -> None:
        if _lifted or not isinstance(address, tuple):
            return
        host, port = str(address[0]), address[1]
        if _is_own(address):
            return
        if host not in let_through and not any(pattern.fullmatch(host) for pattern in patterns):
            raise NetworkBlocked(f"the network is blocked: {host}:{port} (allow it: --b2-allowed-hosts, block_network)")

    def guarded_connect(self: Any, address: Any) -> None:
        check(address)
        connect(self, address)

    def guarded_connect_ex(self: Any, address: Any) -> int:
        check(address)
        return connect_ex(self, address)

    def remembered(host: Any, *more: Any, **named: Any) -> Any:
        found = resolve(host, *more, **named)
        name = host.decode() if isinstance(host, bytes) else str(host)
        if any(pattern.fullmatch(name) for pattern in patterns):
            let_through.update(str(entry[4][0]) for entry in found)
        return found

    socket.socket.connect = guarded_connect  # type: ignore[method-assign]
    socket.socket.connect_ex = guarded_connect_ex  # type: ignore[method-assign]
    socket.getaddrinfo = remembered
    try:
        yield
    finally:
        socket.socket.connect = connect  # type: ignore[method-assign]
        socket.socket.connect_ex = connect_ex  # type: ignore[method-assign]
        socket.getaddrinfo = resolve
