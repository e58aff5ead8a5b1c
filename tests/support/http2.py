"""Just enough HTTP/2, on both ends, for tests of what a proxy makes of it."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.events

from support.scripted import Peer, Seen

Fields = list[tuple[bytes, bytes]]


@dataclass
class Answer:
    """What came on one stream; `reset` where the server, or a proxy, broke it off."""

    fields: Fields = field(default_factory=list)
    body: bytes = b""
    ended: bool = False
    reset: bool = False


def ask(connection: socket.socket, *requests: Fields, body: bytes = b"") -> list[Answer]:
    """Send requests at once, each on a stream of its own, and wait for the answers."""
    engine = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding=False))
    engine.initiate_connection()
    answers: dict[int, Answer] = {}
    for fields in requests:
        stream = engine.get_next_available_stream_id()
        answers[stream] = Answer()
        engine.send_headers(stream, fields, end_stream=not body)
        if body:
            engine.send_data(stream, body, end_stream=True)
    connection.sendall(engine.data_to_send())
    while not all(answer.ended or answer.reset for answer in answers.values()):
        data = connection.recv(65536)
        if not data:
            break
        for event in engine.receive_data(data):
            _take(engine, event, answers)
        connection.sendall(engine.data_to_send())
    return list(answers.values())


def _take(engine: h2.connection.H2Connection, event: h2.events.Event, answers: dict[int, Answer]) -> None:
    if isinstance(event, h2.events.ResponseReceived):
        answers[event.stream_id].fields = list(event.headers)
    elif isinstance(event, h2.events.DataReceived):
        answers[event.stream_id].body += event.data
        engine.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
    elif isinstance(event, h2.events.StreamEnded):
        answers[event.stream_id].ended = True
    elif isinstance(event, h2.events.StreamReset):
        answers[event.stream_id].reset = True


def serve(peer: Peer) -> None:
    """A script: answers every request of an HTTP/2 connection with `ok`; what was asked is seen as `name: value`."""
    engine = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding=False))
    engine.initiate_connection()
    peer.send(engine.data_to_send())
    while data := peer.socket.recv(65536):
        for event in engine.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                peer.server.seen.append(Seen(b"".join(b"%b: %b\r\n" % pair for pair in event.headers)))
            elif isinstance(event, h2.events.DataReceived):
                peer.server.seen[-1].body += event.data
                engine.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                engine.send_headers(event.stream_id, [(b":status", b"200"), (b"content-length", b"2")])
                engine.send_data(event.stream_id, b"ok", end_stream=True)
        peer.send(engine.data_to_send())


def never(peer: Peer) -> None:
    """A script: takes what comes and answers nothing."""
    engine = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    engine.initiate_connection()
    peer.send(engine.data_to_send())
    while data := peer.socket.recv(65536):
        engine.receive_data(data)
        peer.send(engine.data_to_send())


def reset(connection: socket.socket, host: str) -> None:
    """Ask, and take it back."""
    engine = h2.connection.H2Connection(h2.config.H2Configuration())
    engine.initiate_connection()
    engine.send_headers(1, [(":method", "GET"), (":scheme", "https"), (":authority", host), (":path", "/")], True)
    connection.sendall(engine.data_to_send())
    connection.recv(65536)
    engine.reset_stream(1, error_code=8)  # CANCEL
    connection.sendall(engine.data_to_send())
