"""The vocabulary between the proxy and the writer: what a hook saw, as small tuples in msgpack.

A *frame* is one msgpack value: `(FLOW, uid, events)`, `(PROBLEM, …)`, `(TUNNEL, …)` or `(STOP,)`. The events of a
flow are tuples whose first item is one of the codes below; they come in order, spread over as many frames as the
recorder likes. msgpack, because it keeps bytes bytes and packs a typical call in a few microseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import IntEnum
from typing import Any

import msgpack

Frame = tuple[Any, ...]
Event = Sequence[Any]


class FrameKind(IntEnum):
    """What a frame is about; the fields that follow."""

    FLOW = 0
    """uid, list of events"""
    PROBLEM = 1
    """at, kind, host, text, connection"""
    TUNNEL = 2
    """host, port"""
    LOST = 3
    """exchanges, bytes: what the proxy could not hand over"""
    STOP = 4
    """at: the proxy ended in good order"""


class Code(IntEnum):
    """The first item of an event; the fields that follow. Moments are Unix seconds."""

    REQUEST_HEAD = 1
    """at, method, scheme, host, port, authority, target, http_version, headers, client_address, client_connection"""
    REQUEST_DATA = 2
    """bytes"""
    REQUEST_END = 3
    """at"""
    RESPONSE_HEAD = 4
    """at, status, reason, http_version, headers, server_address, server_connection, tcp_ms, tls_ms"""
    RESPONSE_DATA = 5
    """bytes"""
    RESPONSE_END = 6
    """at"""
    ALTERED = 7
    """name: what the proxy changed"""
    REQUEST_GAP = 8
    """bytes that were not recorded"""
    RESPONSE_GAP = 9
    """bytes that were not recorded"""
    FAILED = 10
    """at, kind, text"""
    DONE = 11
    """nothing more will come of this flow"""
    INTERIM = 12
    """status: a 1xx"""
    REACHED = 13
    """server_address, server_connection, tcp_ms, tls_ms: of a call that got no answer"""
    FORWARDED = 14
    """scheme, host, port, target, http_version, authority, headers, resigned: what an endpoint sent on in place of the
    request; resigned: the signatures in its body are others, too, and come as FORWARDED_SIGNATURES"""
    FORWARDED_SIGNATURES = 15
    """bytes: 32 for each"""


pack: Callable[[Frame], bytes] = msgpack.Packer(use_bin_type=True, autoreset=True).pack


def data_label(code: Code, uid: str) -> bytes:
    """The label of a block that is nothing but body bytes."""
    return bytes((code,)) + uid.encode()


def frames_of(label: bytes, payload: bytes) -> Iterator[Frame]:
    """The frames of a block of the spool, in order.

    Raises:
        ValueError: the payload of a block without a label is not a run of whole msgpack values.
    """
    if label:
        yield (FrameKind.FLOW, label[1:].decode(), [(label[0], payload)])
        return
    unpacker = msgpack.Unpacker(use_list=False, raw=False, strict_map_key=False, max_buffer_size=0)
    unpacker.feed(payload)
    yield from unpacker
