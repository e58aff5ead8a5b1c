"""`export`: what was recorded, for others."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import click

from inspector import __version__
from inspector.cli.common import recording_option
from inspector.cli.export_fixture import export_fixture
from inspector.cli.filter_argument import FILTER_HELP, FilterCommand, filter_argument, nothing_matched, read_filter
from inspector.cli.judged import judged_recording
from inspector.cli.keys import PAIRS, usual_keys
from inspector.cli.output import announce, emit_bytes, json_line
from inspector.cli.scan import TOKENS
from inspector.errors import ExitCode, InspectorError, UsageError
from inspector.formats.out.shown import Shown, shown
from inspector.leaks.find import finds
from inspector.store.bodies import payload
from inspector.store.reader import Recording
from inspector.store.rows import list_fields
from inspector.store.stored import Stored
from inspector.wire.exchange import BodyInfo
from inspector.wire.headers import Headers

FORMATS = ("curl", "har", "jsonl", "boto3", "aws-cli", "vcr", "mitm", "wiremock", "fixture")
_PLAYED = frozenset(("vcr", "mitm", "wiremock"))
"""Formats that are played back: a body with pseudonyms in it is better there than none."""
Piece = str | bytes

LONGEST = 256 << 20
"""Bytes of one body that are exported; of a larger one its absence is told."""


class Refused(InspectorError):
    """What would be written holds something that looks like a credential."""


@dataclass
class Job:
    """What is exported, and where bodies go that cannot stand in the text."""

    opened: Recording
    ids: list[int]
    bodies: Path
    known: tuple[bytes, ...]
    redacted_too: bool = False
    lost: dict[str, list[int]] = field(default_factory=dict)
    missing: list[int] = field(default_factory=list)
    written: int = 0

    def calls(self) -> Iterator[tuple[Stored, Shown]]:
        """The calls, one by one."""
        for number in self.ids:
            stored = self.opened.exchange(number)
            if stored is not None:
                yield stored, self._shown(stored)

    def _shown(self, stored: Stored) -> Shown:
        exchange = stored.exchange
        answer = exchange.response.headers if exchange.response else ()
        sent = self._body(stored.row.id, stored.request_body, stored.request_info, exchange.request.headers, True)
        received = self._body(stored.row.id, stored.response_body, stored.response_info, answer, False)
        return shown(exchange, stored.facts, sent, received)

    def _body(self, number: int, body: int | None, info: BodyInfo, headers: Headers, request: bool) -> bytes | None:
        """A request's payload, an answer's body as it travelled; None where it is not there whole."""
        true = info.decoded or info.sent
        if info.truncated or (info.redacted and not self.redacted_too) or true.size > LONGEST:
            self.missing.append(number)
            return None
        pieces = payload(self.opened.body(body), headers, request and info.decoded is not None)
        return b"".join(pieces)

    def body_file(self, stored: Stored, call: Shown) -> str:
        """Write a request's body into a file; its name, as the text names it."""
        assert call.request_body is not None
        self.demand_clean(call.request_body)
        self.bodies.mkdir(parents=True, exist_ok=True)
        path = self.bodies / f"{stored.row.id}.body"
        path.write_bytes(call.request_body)
        self.written += 1
        return path.as_posix()

    def checked(self, piece: Piece) -> Piece:
        """The piece, if nothing in it looks like a credential.

        Raises:
            Refused: something does.
        """
        self.demand_clean(_bytes(piece))
        return piece

    def lose(self, number: int, what: Iterable[str]) -> None:
        """Note what the format cannot hold of a call."""
        for words in what:
            self.lost.setdefault(words, []).append(number)

    def demand_clean(self, data: bytes) -> None:
        """Let nothing pass that holds a credential, whatever it is wrapped in.

        Raises:
            Refused: it does.
        """
        found = next(finds(data, self.known), None)
        if found is None:
            return
        raise Refused(
            f"not exported: what would be written holds what looks like a credential ({found.what})",
            "look at the call with `show`, and leave it out: b2-inspector export … '-id:N'",
        )


@click.command("export", cls=FilterCommand, epilog=FILTER_HELP)
@filter_argument
@recording_option
@click.option("--as", "form", type=click.Choice(FORMATS), required=True, help="The format.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Into this file; else to stdout.")
def command(words: tuple[str, ...], session: str | None, recording: Path, form: str, output: Path | None) -> int:
    """What was recorded, for others: without credentials, signatures or key ids; bodies as the application sent them.

    \b
    b2-inspector export 12 --as curl                      a line that sends the same again, with your keys
    b2-inspector export --session last --as har -o x.har
    b2-inspector export is:error --as jsonl | jq .status
    b2-inspector export --session 3 --as boto3 -o again.py
    b2-inspector export --session 3 --as vcr -o cassette.yaml   for vcrpy and pytest-recording
    b2-inspector export --session 3 --as mitm -o calls.mitm     for mitmproxy; also wiremock
    b2-inspector export --session 3 --as fixture -o cassettes/test_it.http     text for git, for tests

    Bodies that cannot stand in a text go into files beside the output. What looks like a credential is refused. What a
    format cannot hold is told; docs/formats.md has it all.
    """
    if form == "mitm" and output is None and sys.stdout.isatty():
        raise UsageError("a flow file is no text", "write it into a file: -o calls.mitm")
    where = read_filter(words, session)
    with judged_recording(recording) as opened:
        ids = list(opened.ids(where))
        if not ids:
            return nothing_matched()
        if form == "fixture":
            export_fixture(opened, ids, output, _known(os.environ))
            return ExitCode.OK
        job = Job(opened, ids, _bodies(output), _known(os.environ), form in _PLAYED)
        _write(map(job.checked, _WRITERS[form](job)), output)
    _tell(job, output)
    return ExitCode.OK


def _bodies(output: Path | None) -> Path:
    return Path("bodies") if output is None else output.parent / f"{output.stem}-bodies"


def _known(environ: Mapping[str, str]) -> tuple[bytes, ...]:
    """The secrets that SDKs would find here, and those of the environment alone: none of them may leave."""
    keys = (key.secret for key in usual_keys(environ) if key.secret != key.key_id.encode())
    alone = (os.fsencode(environ[name]) for name in (*_SECRETS, *TOKENS) if environ.get(name))
    return tuple(dict.fromkeys((*keys, *alone)))


_SECRETS = tuple(secret for _, secret in PAIRS)


def _write(pieces: Iterator[Piece], output: Path | None) -> None:
    """All or nothing: what is refused half-way leaves no file behind."""
    if output is None:
        emit_bytes(map(_bytes, pieces))
        return
    draft = output.with_name(output.name + ".part")
    try:
        with draft.open("wb") as file:
            file.writelines(map(_bytes, pieces))
        draft.replace(output)
    finally:
        draft.unlink(missing_ok=True)


def _bytes(piece: Piece) -> bytes:
    return piece if isinstance(piece, bytes) else piece.encode("utf-8", "surrogateescape")


def _tell(job: Job, output: Path | None) -> None:
    if job.written:
        announce(f"{job.written} {'body is' if job.written == 1 else 'bodies are'} in {job.bodies}")
    if job.missing:
        numbers = " ".join(f"#{number}" for number in dict.fromkeys(job.missing))
        announce(f"without a body that is not kept whole, or was redacted: {numbers}")
    for what, ids in job.lost.items():
        announce(f"the format cannot hold {what}: {' '.join(f'#{number}' for number in ids)}")
    if output is not None:
        announce(f"{len(job.ids)} calls are in {output}")


def _curl(job: Job) -> Iterator[str]:
    from inspector.formats.out.curl import curl_line, inline

    for stored, call in job.calls():
        body_file = None if inline(call) else job.body_file(stored, call)
        yield curl_line(call, body_file) + "\n"


def _har(job: Job) -> Iterator[str]:
    from inspector.formats.out.har import har_pieces

    return har_pieces((call for _, call in job.calls()), __version__)


def _jsonl(job: Job) -> Iterator[str]:
    from inspector.formats.out.jsonl import fields

    for stored, call in job.calls():
        yield json_line({**list_fields(stored.row), **fields(call)}) + "\n"


def _boto3(job: Job) -> Iterator[str]:
    from inspector.formats.out.python import inline, script

    first = job.opened.exchange(job.ids[0])
    assert first is not None
    region = first.facts.region or "us-west-004"
    host = f"s3.{region}.backblazeb2.com"
    calls = ((call, None if inline(call) else job.body_file(stored, call)) for stored, call in job.calls())
    return script(calls, len(job.ids), f"https://{host}", region)


def _vcr(job: Job) -> Iterator[str]:
    from inspector.formats.out.vcr import cassette, losses

    def calls() -> Iterator[Shown]:
        for stored, call in job.calls():
            job.lose(stored.row.id, losses(call))
            yield call

    return cassette(calls())


def _mitm(job: Job) -> Iterator[bytes]:
    from inspector.formats.out.mitm import flow_file

    return flow_file(call for _, call in job.calls())


def _wiremock(job: Job) -> Iterator[str]:
    from inspector.formats.out.wiremock import mappings

    return mappings(lambda: (call for _, call in job.calls()))


def _aws_cli(job: Job) -> Iterator[str]:
    from inspector.formats.out.aws_cli import aws_line
    from inspector.formats.out.python import UPLOADS, left_over

    for stored, call in job.calls():
        body_file = job.body_file(stored, call) if call.facts.operation in UPLOADS and call.request_body else None
        left, line = ", ".join(left_over(call)), aws_line(call, body_file)
        if left and line:
            yield f"# without an option in aws-cli: {left}\n"
        yield f"{line}\n" if line else f"# aws-cli has no command for #{stored.row.id}\n"


_WRITERS: dict[str, Callable[[Job], Iterator[str] | Iterator[bytes]]] = {
    "curl": _curl,
    "har": _har,
    "jsonl": _jsonl,
    "boto3": _boto3,
    "aws-cli": _aws_cli,
    "vcr": _vcr,
    "mitm": _mitm,
    "wiremock": _wiremock,
}
