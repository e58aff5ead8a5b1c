"""`import`: bring in what others captured."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import TracebackType

import click

from inspector import __version__
from inspector.cli.common import echo_json, json_option, recording_option, say
from inspector.errors import ExitCode, FormatError, InspectorError, RecordingError, UsageError
from inspector.formats.captured import Captured, Item, Passed, pieces
from inspector.formats.detect import HEAD_BYTES, Format, detect
from inspector.formats.wiremock import read_directory
from inspector.paths import data_dir
from inspector.recorder.entry import ingest
from inspector.recorder.keys import pseudonym_key
from inspector.store.indexing import Indexer
from inspector.store.writer import Writer
from inspector.wire.problem import Problem
from inspector.wire.redaction import Redactor
from inspector.wire.uid import uuid7

PROGRESS_BYTES = 4 * 1024 * 1024

LOSSES = {
    "request-body-missing": "the body of {} is not in the file",
    "response-body-missing": "the answer's body of {} is not in the file",
    "response-body-decoded": "the answer's body of {} was decoded by the program that captured it",
    "request-body-rebuilt": "the body of {} was put together from its form fields",
    "request-body-lossy": "the body of {} lost bytes that were no text",
    "response-body-lossy": "the answer's body of {} lost bytes that were no text",
    "request-trailers-lost": "the trailers of {} cannot be kept",
    "response-trailers-lost": "the answer's trailers of {} cannot be kept",
    "websocket-messages-lost": "the messages of {} (web sockets) cannot be kept",
}
"""What an import can lose, and how that is said; the names are in each exchange's `alterations`."""


@dataclass(slots=True)
class Tally:
    """What became of one file."""

    file: str
    format: str
    session: int | None = None
    imported: int = 0
    already_there: int = 0
    problems: int = 0
    passed: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    complete: bool = False


@click.command("import")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True))
@recording_option
@click.option("--name", help="A name for the session; else the file's.")
@json_option
def command(files: tuple[Path, ...], recording: Path, name: str | None, as_json: bool) -> int:
    """Bring in what others captured: flow files, HAR, cassettes, WireMock, curl, raw HTTP. One session a file.

    \b
    b2-inspector import capture.mitm              what `mitmdump -w capture.mitm` wrote
    b2-inspector import chrome.har --name upload  what a browser or a proxy saved as HAR
    b2-inspector import cassettes/test_a.yaml     what vcrpy or VCR recorded; no tag in it is obeyed
    b2-inspector import wiremock/                 mappings with their __files, or one file of stubs
    b2-inspector import commands.sh               curl command lines, "Copy as cURL" among them
    b2-inspector import request.http              a request as text, with its answer if you have it
    b2-inspector import cassettes/test_it.http    the recording of a test

    A format is known by its content. Secrets are replaced as in a live recording. A call that is there already (the
    same file read twice) is not taken again. Ctrl-C keeps what was read.
    """
    code = ExitCode.OK
    with _Importer(recording, name) as importer:
        for file in files:
            try:
                _import_file(importer, file, as_json)
            except InspectorError as error:
                say(f"{file}: {error}")
                code = code or error.exit_code
    return code


def _import_file(importer: _Importer, file: Path, as_json: bool) -> None:
    """Import a file and say what became of it, also where it broke off.

    Raises:
        UsageError: there is no such file, or its format is not known.
        FormatError: it breaks off.
        RecordingError: the recording cannot be written.
    """
    if file.is_dir():
        tally = Tally(str(file), "WireMock mappings")
        _taken(importer, read_directory(file, time.time()), tally, as_json)
        return
    with _opened(file) as stream:
        kind = detect(stream.peek(HEAD_BYTES)[:HEAD_BYTES])
        _taken(importer, _progress(stream, file, kind), Tally(str(file), kind.name), as_json)


def _taken(importer: _Importer, items: Iterator[Item], tally: Tally, as_json: bool) -> None:
    try:
        importer.take(items, tally)
    except KeyboardInterrupt:
        raise click.Abort from None
    except OSError as error:
        raise FormatError(f"cannot be read further: {error.strerror}", "What was read is kept.") from error
    finally:
        _report(tally, as_json)


def _opened(file: Path) -> io.BufferedReader:
    """The file, or standard input for `-`, with a buffer that `detect` can look into."""
    try:
        raw = io.FileIO(sys.stdin.fileno(), closefd=False) if str(file) == "-" else io.FileIO(file)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", "Name a file, or - for standard input.") from None
    return io.BufferedReader(raw, HEAD_BYTES)


def _progress(stream: io.BufferedReader, file: Path, kind: Format) -> Iterator[Item]:
    """The items of a file; on a terminal with a bar that shows how far it is read."""
    about = os.fstat(stream.fileno())
    items = kind.read(stream, about.st_mtime)
    if not sys.stderr.isatty() or not stream.seekable():
        yield from items
        return
    place = 0
    label, length = file.name, max(about.st_size, 1)
    with click.progressbar(length=length, label=label, file=sys.stderr, update_min_steps=PROGRESS_BYTES) as bar:
        for item in items:
            yield item
            bar.update(stream.tell() - place)
            place = stream.tell()


class _Importer:
    """A recording that files are read into, one session for each that brings something new."""

    def __init__(self, recording: Path, name: str | None) -> None:
        self._path = recording
        self._name = name
        self._redactor = Redactor(pseudonym_key(data_dir(os.environ)))
        self._writer = Writer(recording)

    def __enter__(self) -> _Importer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # What is not indexed now is searched directly, and indexed by the next recorder.
        with contextlib.suppress(sqlite3.Error):
            Indexer(self._writer).work_to_the_end()
        self._writer.close()

    def take(self, items: Iterator[Item], tally: Tally) -> None:
        """Store what is new, each call in a transaction of its own: whatever ends this, what was read is there.

        Raises:
            FormatError: the file breaks off.
            RecordingError: the recording cannot be written.
        """
        try:
            for item in items:
                self._take(item, tally)
            tally.complete = True
        except sqlite3.Error as error:
            raise RecordingError(f"{self._path}: {error}", "Is the disk full? What was read is kept.") from error
        finally:
            if tally.session is not None:
                with self._writer.transaction():
                    self._writer.end_session(tally.session, time.time())

    def _take(self, item: Item, tally: Tally) -> None:
        if isinstance(item, Passed):
            tally.passed[item.what] += 1
        elif isinstance(item, Problem):
            session = self._session(tally)
            with self._writer.transaction():
                self._writer.put_problem(session, item)
            tally.problems += 1
        elif self._writer.finished(item.exchange.uid):
            tally.already_there += 1
        else:
            self._ingest(item, tally)

    def _ingest(self, item: Captured, tally: Tally) -> None:
        session = self._session(tally)
        with self._writer.transaction():
            ingest(
                self._writer,
                session,
                self._redactor,
                item.exchange,
                pieces(item.request_body),
                pieces(item.response_body),
                gaps=(item.request_gap, item.response_gap),
            )
        tally.imported += 1
        tally.lost.update(item.exchange.alterations)

    def _session(self, tally: Tally) -> int:
        """The session of the file; it begins with the first thing that is new."""
        if tally.session is None:
            now = time.time()
            versions = json.dumps({"b2-inspector": __version__, "format": tally.format})
            program = Path(tally.file).name
            with self._writer.transaction():
                tally.session = self._writer.begin_session(
                    uuid7(now, os.urandom(10)), "import", now, name=self._name, program=program, versions=versions
                )
        return tally.session


# What is said

_TOLD = tuple(field.name for field in fields(Tally))


def _report(tally: Tally, as_json: bool) -> None:
    if as_json:
        echo_json({name: getattr(tally, name) for name in _TOLD})
        return
    told = [_count(tally.imported, "call")]
    if tally.already_there:
        told.append(f"{tally.already_there} already there")
    if tally.problems:
        told.append(_count(tally.problems, "problem"))
    into = f" → session {tally.session}" if tally.session is not None else ""
    say(f"{tally.file} ({tally.format}): {', '.join(told)}{into}")
    for what, count in tally.passed.most_common():
        click.echo(f"  passed over: {what} ×{count}", err=True)
    for name, count in tally.lost.most_common():
        click.echo(f"  {LOSSES.get(name, name + ': {}').format(_count(count, 'call'))}", err=True)
    if not tally.complete:
        click.echo("  not read to its end", err=True)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
