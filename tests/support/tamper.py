"""A proxy that alters requests on their way, as load balancers, CDNs and middleware do, and keeps what it passed on.

    with TamperingProxy(drop(b"range"), certificates=certificates) as proxy:
        boto3.client("s3", config=Config(proxies={"http": proxy.url, "https": proxy.url}), ...)
    call = proxy.arrived[0].call(keys)

A client comes with plain requests in absolute form, or with CONNECT and TLS inside. Nothing here knows how signatures
are made: requests are bytes, and a fault is a function from one to another.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType

from inspector.cli.loose import read_signed
from inspector.demo.certificates import Certificates
from inspector.diagnose.call import Call
from inspector.facts import facts_of
from inspector.s3.errors import read_error
from inspector.sigv4.hypotheses.model import Surroundings
from inspector.sigv4.key import Key
from inspector.wire.exchange import Exchange, Request, Response, Timing
from inspector.wire.headers import Headers
from support.scripted import Peer, ScriptedServer, Seen

REFUSAL = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Error>\n    <Code>SignatureDoesNotMatch</Code>\n'
    b"    <Message>Signature validation failed</Message>\n</Error>\n"
)


@dataclass(frozen=True)
class Flight:
    """A request on its way. `host` and `port` are where the client wanted it to go."""

    method: bytes
    target: bytes
    headers: Headers
    body: bytes = b""
    scheme: str = "http"
    host: str = ""
    port: int = 80
    at: float = field(default_factory=time.time)

    def get(self, name: bytes) -> bytes:
        """The first value of a header; empty where there is none."""
        return next((value for there, value in self.headers if there.lower() == name.lower()), b"")

    def with_header(self, name: bytes, *values: bytes) -> Flight:
        """With these lines in place of every line of that name; without any, with none."""
        kept = [line for line in self.headers if line[0].lower() != name.lower()]
        return replace(self, headers=(*kept, *((name, value) for value in values)))

    @property
    def message(self) -> bytes:
        """The bytes of the request, in origin form, its body with a length."""
        lines = (b"%b: %b\r\n" % line for line in self.headers)
        return b"%b %b HTTP/1.1\r\n%b\r\n%b" % (self.method, self.target, b"".join(lines), self.body)

    def call(self, keys: Sequence[Key], hosts: Sequence[bytes] = (), answer: bytes = REFUSAL) -> Call:
        """What a recorder that stood behind the proxy would know: the request as it arrived, and B2's refusal.

        `hosts`: seen in other calls of the session.
        """
        request = Request(self.method, self.scheme, self.host, self.port, self.target, self.headers)
        body = b"" if self.method == b"HEAD" else answer
        response = Response(403, ((b"Content-Type", b"application/xml"),))
        signed, prefix = read_signed(request, [self.body])
        return Call(
            Exchange("", request, Timing(self.at, self.at), response),
            facts_of(request, response, prefix, body),
            signed,
            request_body=prefix,
            response_body=body,
            error=read_error(body),
            around=Surroundings(hosts=tuple(hosts), keys=tuple(keys)),
        )


Alter = Callable[[Flight], Flight]
Onward = Callable[[Flight], bytes]
"""From a request to the bytes of its answer."""


def untouched(flight: Flight) -> Flight:
    """No fault."""
    return flight


def refused(flight: Flight) -> bytes:
    """Answers as B2 does."""
    body = b"" if flight.method == b"HEAD" else REFUSAL
    length = 0 if flight.method == b"HEAD" else len(REFUSAL)
    return b"HTTP/1.1 403 \r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n%b" % (length, body)


def through(proxy: tuple[str, int], authority: str) -> Onward:
    """Sends what arrives on to where it was meant to go, over TLS, through another proxy; `authority` is trusted."""

    def onward(flight: Flight) -> bytes:
        with socket.create_connection(proxy, timeout=30) as plain:
            plain.sendall(b"CONNECT %b:443 HTTP/1.1\r\n\r\n" % flight.host.encode())
            while not plain.recv(4096).endswith(b"\r\n\r\n"):
                pass
            context = ssl.create_default_context(cafile=authority)
            with context.wrap_socket(plain, server_hostname=flight.host) as secure:
                secure.sendall(flight.with_header(b"Connection", b"close").message)
                return b"".join(iter(lambda: secure.recv(65536), b""))

    return onward


class TamperingProxy:
    """A context manager: a proxy on a free port of 127.0.0.1."""

    def __init__(
        self, alter: Alter = untouched, onward: Onward = refused, certificates: Certificates | None = None
    ) -> None:
        self.alter = alter
        self.arrived: list[Flight] = []
        self._onward = onward
        self._server = ScriptedServer(self._script)
        self._tls: ssl.SSLContext | None = None
        self._lock = threading.Lock()
        if certificates:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(certificates.certificate, certificates.key)

    @property
    def url(self) -> str:
        """Where it listens."""
        return self._server.url

    def __enter__(self) -> TamperingProxy:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)

    def _script(self, peer: Peer) -> None:
        tunnel = ""
        while (seen := peer.head()) is not None:
            if seen.head.startswith(b"CONNECT "):
                tunnel = seen.head.split(b" ", 2)[1].decode()
                peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
                assert self._tls is not None
                peer = Peer(self._tls.wrap_socket(peer.socket, server_side=True), self._server, peer.number)
                continue
            if b"100-continue" in seen.head.lower():
                peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            altered = self.alter(_flight(peer.rest(seen), tunnel))
            with self._lock:
                self.arrived.append(altered)
            peer.send(self._onward(altered))


def _flight(seen: Seen, tunnel: str) -> Flight:
    """A request as it came: in a tunnel, in absolute form, or straight to us."""
    first, *lines = seen.head.split(b"\r\n")[:-2]
    method, target, _ = first.split(b" ", 2)
    headers = tuple((name, value.strip()) for name, _, value in (line.partition(b":") for line in lines))
    place = tunnel
    if target.startswith(b"http://"):
        authority, slash, rest = target.removeprefix(b"http://").partition(b"/")
        place, target = authority.decode(), slash + rest
    host, _, port = place.partition(":")
    scheme = "https" if tunnel else "http"
    return Flight(method, target, headers, seen.body, scheme, host, int(port or (443 if tunnel else 80)))
