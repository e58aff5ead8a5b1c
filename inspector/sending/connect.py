"""Open a connection, directly or through a proxy, and say in plain words why it could not be opened."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
import time
from contextlib import suppress

from inspector.sending.address import Address, Link, Proxy, SendError

CONNECT_SECONDS = 15.0
"""For each of name, TCP and TLS; SDKs wait 60 s (botocore), and people less."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter, Link]


async def connect(address: Address) -> Streams:
    """A connection to `address`.

    Raises:
        SendError: it cannot be opened, or TLS fails.
    """
    proxy = address.proxy if address.to is None else None
    host, port = (proxy.host, proxy.port) if proxy else address.to or (address.host, address.port)
    start = time.perf_counter()
    sock = await _dialled(host, port)
    opened = time.perf_counter()
    try:
        if proxy is not None:
            await _ask_proxy(sock, proxy, address)
        return await _secured(sock, address, start, opened)
    except BaseException:
        sock.close()
        raise


async def _dialled(host: str, port: int) -> socket.socket:
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await _first_that_answers(host, port)
    except TimeoutError:
        raise SendError("upstream-unreachable", f"{host}:{port} does not answer within {CONNECT_SECONDS:g} s") from None
    except socket.gaierror as error:
        raise SendError("upstream-unreachable", f"{host} has no address: {error.strerror}") from error
    except (OSError, UnicodeError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise SendError("upstream-unreachable", f"cannot connect to {host}:{port}: {said}") from error


async def _first_that_answers(host: str, port: int) -> socket.socket:
    """A connected socket to the first address of `host` that takes one."""
    loop = asyncio.get_running_loop()
    failed: OSError | None = None
    for family, kind, protocol, _, place in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        sock = socket.socket(family, kind, protocol)
        sock.setblocking(False)
        try:
            await loop.sock_connect(sock, place)
        except OSError as error:
            sock.close()
            failed = error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise failed or OSError(f"{host} has no address")


async def _ask_proxy(sock: socket.socket, proxy: Proxy, address: Address) -> None:
    """CONNECT (RFC 9110 §9.3.6). Its answer is read byte by byte: what follows belongs to the server behind it."""
    loop = asyncio.get_running_loop()
    host = f"[{address.host}]" if ":" in address.host else address.host
    target = f"{host}:{address.port}"
    credentials = base64.b64encode((proxy.auth or "").encode()).decode()
    authorization = f"Proxy-Authorization: Basic {credentials}\r\n" if proxy.auth else ""
    asked = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{authorization}\r\n"
    head = b""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await loop.sock_sendall(sock, asked.encode())
            while not head.endswith(b"\r\n\r\n") and len(head) < 65536:
                byte = await loop.sock_recv(sock, 1)
                if not byte:
                    break
                head += byte
    except OSError as error:  # TimeoutError is one
        raise SendError("upstream-unreachable", f"the proxy {proxy.host}:{proxy.port} does not answer") from error
    words = head.split(b" ", 2)
    if not head.endswith(b"\r\n\r\n") or len(words) < 2:
        raise SendError("upstream-unreachable", f"{proxy.host}:{proxy.port} does not answer as a proxy")
    if words[1] != b"200":
        said = words[1].decode("ascii", "replace")
        raise SendError("upstream-unreachable", f"the proxy {proxy.host}:{proxy.port} says {said} to CONNECT")


async def _secured(sock: socket.socket, address: Address, start: float, opened: float) -> Streams:
    name = address.host if address.tls else None
    try:
        peer = sock.getpeername()
        async with asyncio.timeout(CONNECT_SECONDS):
            reader, writer = await asyncio.open_connection(sock=sock, ssl=address.tls, server_hostname=name)
    except TimeoutError:
        raise SendError("upstream-tls", f"{address.host} takes longer than {CONNECT_SECONDS:g} s for TLS") from None
    except ssl.SSLCertVerificationError as error:
        raise SendError("upstream-tls", _certificate_words(address.host, error)) from error
    except ssl.SSLError as error:
        raise SendError("upstream-tls", f"TLS with {address.host} fails: {error.reason or error}") from error
    except OSError as error:
        kind = "upstream-tls" if address.tls else "upstream-unreachable"
        said = error.strerror or "the connection was closed"
        raise SendError(kind, f"{address.host} breaks off: {said}") from error
    secured = time.perf_counter()
    tls_ms = (secured - opened) * 1000 if address.tls else None
    return reader, writer, Link(f"{peer[0]}:{peer[1]}", (opened - start) * 1000, tls_ms)


def _certificate_words(host: str, error: ssl.SSLCertVerificationError) -> str:
    said = error.verify_message.rstrip(".") or "it is not trusted"
    return f"the certificate of {host} is refused: {said}"


async def close(writer: asyncio.StreamWriter) -> None:
    """Close a connection, without waiting long for its end."""
    writer.close()
    with suppress(OSError, ssl.SSLError, TimeoutError):
        async with asyncio.timeout(0.5):
            await writer.wait_closed()
