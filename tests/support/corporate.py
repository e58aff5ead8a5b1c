"""A proxy as companies have one: CONNECT and plain HTTP, with a password where one is given."""

from __future__ import annotations

import contextlib
import socket
import threading
from base64 import b64encode
from collections.abc import Mapping

from support.scripted import Peer, ScriptedServer


class CorporateProxy(ScriptedServer):
    """`hosts`: to which port of 127.0.0.1 a name leads. Plain HTTP it answers by itself, with `via proxy`.

    `seen` holds the heads that came, CONNECT's included.
    """

    def __init__(self, hosts: Mapping[str, int], auth: str | None = None, refuse: bytes | None = None) -> None:
        super().__init__(self._play)
        self._hosts = hosts
        self._credentials = b64encode(auth.encode()) if auth is not None else None
        self._refuse = refuse

    @property
    def asked(self) -> list[str]:
        """The first lines, without the version."""
        return [seen.head.split(b" HTTP/")[0].decode() for seen in self.seen]

    def _play(self, peer: Peer) -> None:
        while (seen := peer.request()) is not None:
            line = seen.head.split(b"\r\n")[0]
            if self._credentials is not None and b"Basic " + self._credentials + b"\r\n" not in seen.head:
                peer.answer(b"", b"407 Proxy Authentication Required")
            elif self._refuse is not None:
                peer.answer(b"", self._refuse)
            elif line.startswith(b"CONNECT "):
                self._tunnel(peer, line.split()[1].decode())
                return
            else:
                peer.answer(b"via proxy")

    def _tunnel(self, peer: Peer, target: str) -> None:
        host, _, port = target.rpartition(":")
        with socket.create_connection(("127.0.0.1", self._hosts.get(host, int(port)))) as server:
            peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=_pump, args=(server, peer.socket), daemon=True)
            back.start()
            _pump(peer.socket, server)
            back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
