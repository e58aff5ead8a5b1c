"""`scan`: credentials that are left, in recordings and in files."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from inspector.clean.files import file_leaks, files_below, is_recording
from inspector.clean.scan import Scan
from inspector.cli.common import json_option, recording_option, say
from inspector.cli.filter_argument import nothing_matched
from inspector.cli.keys import key_options, keys_at_hand
from inspector.cli.output import emit, json_line
from inspector.cli.terminal import ProgressLine
from inspector.errors import ExitCode, RecordingError
from inspector.leaks.find import Find
from inspector.leaks.shapes import Level
from inspector.store.reader import Recording
from inspector.view.render import safe

TOKENS = ("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
"""Variables with a secret that has no key id."""

MOST_LINES = 200
"""Finds of one file that are told one by one; the others are counted."""


@click.command("scan")
@click.argument("files", metavar="[FILE]...", nargs=-1, type=click.Path(path_type=Path))
@recording_option
@click.option(
    "--signatures/--no-signatures",
    default=None,
    help="Whether signatures and key ids count: in files they do, in recordings, which are made of them, they do not.",
)
@key_options
@json_option
def command(
    files: tuple[Path, ...],
    recording: Path,
    signatures: bool | None,
    profiles: tuple[str, ...],
    secret_stdin: bool,
    as_json: bool,
) -> int:
    """What is left of credentials in recordings, fixtures and any other file; without FILE, in the recording.

    \b
    b2-inspector scan -r calls.db                    before you send a recording to somebody
    b2-inspector scan tests/fixtures capture.har     files, and all in a directory
    b2-inspector scan --signatures calls.db          signatures and key ids count too
    pass show b2 | b2-inspector scan --secret-stdin calls.db

    Looked for are B2's application keys, AWS secrets, session tokens, SSE-C keys, cookies, native tokens, presigned
    URLs that are still good; and the secrets at hand (environment, --profile, --secret-stdin), byte for byte. What is
    URL-encoded (twice), in base64, JSON, XML, gzip or zstd is decoded first. A find is told by its place; the secret
    itself is never shown. Exit: 4 something was found, 0 nothing.
    """
    known = known_secrets(profiles, secret_stdin)
    paths = tuple(files_below(files)) if files else (recording,)
    if not paths:
        return nothing_matched("file")
    count = 0
    for path in paths:
        count += sum(1 for _ in _counted(path, known, signatures, as_json))
    told = "nothing" if not count else f"{count} credential{'' if count == 1 else 's'}"
    say(f"{told} found in {paths[0] if len(paths) == 1 else f'{len(paths)} files'}")
    return ExitCode.DIFFERS if count else ExitCode.OK


def known_secrets(profiles: Iterable[str], secret_stdin: bool) -> tuple[bytes, ...]:
    """The secrets at hand, those without a key id too; what serves as both says nothing."""
    ring = keys_at_hand(profiles, secret_stdin)
    secrets = [key.secret for key in ring.every if key.secret != key.key_id.encode()]
    tokens = [os.fsencode(os.environ[name]) for name in TOKENS if os.environ.get(name)]
    return tuple(dict.fromkeys((*secrets, *tokens)))


def _counted(path: Path, known: tuple[bytes, ...], signatures: bool | None, as_json: bool) -> Iterator[dict[str, Any]]:
    """The rows of a file, told as they come."""
    told = 0
    for row in _rows(path, known, signatures):
        told += 1
        if as_json or told <= MOST_LINES:
            emit([json_line(row) if as_json else _line(row)], at_once=True)
        yield row
    if not as_json and told > MOST_LINES:
        emit([f"{path}: {told - MOST_LINES} more (--json has all)"])


def _rows(path: Path, known: tuple[bytes, ...], signatures: bool | None) -> Iterator[dict[str, Any]]:
    try:
        if is_recording(path):
            yield from _of_recording(path, known, bool(signatures))
        else:
            yield from _of_file(path, known, signatures is not False)
    except FileNotFoundError:
        raise RecordingError(f"There is no recording at {path}.", "Name one: b2-inspector scan FILE") from None
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror}", "Look at its permissions.") from error


def _of_recording(path: Path, known: tuple[bytes, ...], signatures: bool) -> Iterator[dict[str, Any]]:
    with Recording(path) as opened, ProgressLine() as line:
        progress = lambda done, count: line.call(done + 1, count)  # noqa: E731
        for place in Scan(opened, known, signatures, time.time(), progress).places():
            line.clear()
            yield {"file": str(path), "exchange": place.exchange, "where": place.where, **_told(place.find)}


def _of_file(path: Path, known: tuple[bytes, ...], signatures: bool) -> Iterator[dict[str, Any]]:
    for number, find in file_leaks(path, known):
        if signatures or find.level is Level.SECRET:
            yield {"file": str(path), "line": number, **_told(find)}


def _told(find: Find) -> dict[str, Any]:
    return {"offset": find.offset, "what": find.what, "level": find.level.value, "wrapped": list(find.how)}


def _line(row: dict[str, Any]) -> str:
    place = f"#{row['exchange']} " if row.get("exchange") is not None else ""
    where = row.get("where") or (f"line {row['line']}" if row.get("line") else "")
    wrapped = f" in {', in '.join(reversed(row['wrapped']))}" if row["wrapped"] else ""
    start = f"{safe(row['file'])}: {place}{safe(where)}".rstrip()
    return f"{start}, byte {row['offset']}: {row['what']}{wrapped}"
