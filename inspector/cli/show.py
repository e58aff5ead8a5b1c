"""`show`: one call, byte for byte."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import click

from inspector.cli.common import json_option, recording_option
from inspector.cli.output import announce, emit, emit_bytes, json_line
from inspector.errors import ExitCode, NothingMatched, UsageError
from inspector.s3.resigned import with_signatures
from inspector.store.bodies import decoded
from inspector.store.filters.values import size
from inspector.store.reader import Recording
from inspector.store.stored import Stored
from inspector.view import exchange as exchange_view

_VIEWS = ("summary", "request", "response")
_SIDES = ("request", "response")
_BYTES = ("head", "body", "payload", "raw")

FORWARDED = ("forwarded", "forwarded-head", "forwarded-body")

PARTS = (*_VIEWS, *(f"{side}-{part}" for side in _SIDES for part in _BYTES), *FORWARDED)

_DEFAULT_LIMIT, _PART_LIMIT, _JSON_LIMIT = 4096, 64 * 1024, 64 * 1024


@click.command("show")
@click.argument("call", metavar="ID")
@recording_option
@json_option
@click.option("--part", type=click.Choice(PARTS), metavar="PART", help="Only this part of the call; see below.")
@click.option("--limit", metavar="SIZE|all", help="Bytes to show of each body: 4096, for --part and --json 64Ki.")
def command(call: str, recording: Path, as_json: bool, part: str | None, limit: str | None) -> int:
    """One call: what it meant, and what was said, byte for byte.

    \b
    b2-inspector show 12
    b2-inspector show last --json
    b2-inspector show 12 --part request-head
    b2-inspector show 12 --part response-payload > object.bin

    \b
    Parts:
      summary request response     for reading: control characters escaped,
                                   XML and JSON indented, binary in hex
      request-head response-head   the head alone
      ...-body                     the body as it was sent
      ...-payload                  the body without aws-chunked and gzip
      ...-raw                      head and body
      forwarded forwarded-head     what an endpoint sent on in place of the
        forwarded-body             request, signed for the upstream
    Those with a hyphen give exact bytes into a pipe or a file, and a view on a
    terminal. ID is a number, a uid, or `last`.
    """
    with Recording(recording) as opened:
        stored = _found(opened, call)
        if as_json:
            _show_json(opened, stored, _limit(limit, _JSON_LIMIT))
        elif part is None:
            _show_all(opened, stored, _limit(limit, _DEFAULT_LIMIT))
        elif part in FORWARDED:
            _show_forwarded(opened, stored, part)
        elif part in _VIEWS or sys.stdout.isatty():
            emit(_view(opened, stored, part, _limit(limit, _PART_LIMIT)))
        else:
            emit_bytes(exact(opened, stored, part))
    return ExitCode.OK


def _found(opened: Recording, call: str) -> Stored:
    if call == "last":
        number: int | None = opened.last_id() or None
    else:
        number = opened.find(int(call) if call.isascii() and call.isdigit() else call)
    stored = None if number is None else opened.exchange(number)
    if stored is None:
        raise NothingMatched(f"there is no call {call}", "list them: b2-inspector ls")
    return stored


def _limit(text: str | None, default: int) -> int | None:
    if text is None:
        return default
    if text == "all":
        return None
    try:
        return int(size(text)[1])
    except ValueError as error:
        raise UsageError(f"--limit {text}: {error}", "as in --limit 1M, or --limit all") from None


def _show_all(opened: Recording, stored: Stored, limit: int | None) -> None:
    forwarded = opened.forwarded(stored.row.id)
    before, after = (
        (_view(opened, stored, view, limit) for view in _VIEWS[:2]),
        _view(opened, stored, "response", limit),
    )
    emit(chain(*before, [] if forwarded is None else exchange_view.forwarded_lines(forwarded), after))


def _show_forwarded(opened: Recording, stored: Stored, part: str) -> None:
    forwarded = opened.forwarded(stored.row.id)
    if forwarded is None:
        raise NothingMatched(f"nothing was sent on for call {stored.row.id}", "only an endpoint signs calls anew")
    if part == "forwarded" or sys.stdout.isatty():
        emit(exchange_view.forwarded_lines(forwarded))
    elif part == "forwarded-head":
        emit_bytes([exchange_view.request_bytes(forwarded.request)])
    else:
        body = opened.body(stored.request_body)
        emit_bytes(body if forwarded.signatures is None else with_signatures(body, forwarded.signatures))


def _show_json(opened: Recording, stored: Stored, limit: int | None) -> None:
    from inspector.cli.show_json import CHUNK_LIMIT, show_fields

    emit([json_line(show_fields(opened, stored, limit))])
    _announce_cut(opened, stored, _SIDES, limit)
    if stored.request_info.chunk_count > CHUNK_LIMIT:
        announce(f"only the first {CHUNK_LIMIT} of {stored.request_info.chunk_count} chunks are given")


# Views


def _view(opened: Recording, stored: Stored, part: str, limit: int | None) -> Iterator[str]:
    """A part for reading. Where a body is cut, that is said on stderr."""
    if part == "summary":
        yield from exchange_view.summary(stored)
        return
    side, _, what = part.partition("-")
    if side == "response" and stored.exchange.response is None:
        yield from ("", "(no answer)")
        return
    if what in ("", "head", "raw"):
        head = exchange_view.request_head if side == "request" else exchange_view.response_head
        yield ""
        yield from exchange_view.head_lines(head(stored.exchange).removesuffix(b"\r\n"))
    if what != "head" and (stored.request_body if side == "request" else stored.response_body) is not None:
        yield ""
        yield from exchange_view.body_lines(opened, stored, side == "request", limit)
        _announce_cut(opened, stored, (side,), limit)


def _announce_cut(opened: Recording, stored: Stored, sides: Iterable[str], limit: int | None) -> None:
    for side in sides:
        body = opened.body(stored.request_body if side == "request" else stored.response_body)
        info = stored.request_info if side == "request" else stored.response_info
        if limit is not None and body.size > limit:
            announce(
                f"{limit} of the {side}'s {body.size} stored bytes are shown;"
                f" all: b2-inspector show {stored.row.id} --part {side}-body > FILE"
            )
        if info.truncated:
            announce(f"{body.size} of the {side}'s {info.sent.size} bytes were kept ({info.truncated})")


# Exact bytes


def exact(opened: Recording, stored: Stored, part: str) -> Iterator[bytes]:
    """A part's bytes as they are stored, in windows."""
    side, _, what = part.partition("-")
    request = side == "request"
    body = opened.body(stored.request_body if request else stored.response_body)
    if what in ("head", "raw"):
        yield (exchange_view.request_head if request else exchange_view.response_head)(stored.exchange)
    if what in ("body", "raw"):
        yield from body
    if what == "payload":
        yield from decoded(body, exchange_view.headers_of(stored, request), request)
