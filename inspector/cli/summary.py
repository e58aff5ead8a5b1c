"""What `run` says at its end: the calls by operation, what failed, what was not read, what went wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from inspector.capture.clients import Program
from inspector.capture.environment import explain_refusal, explain_silence
from inspector.capture.trust import TrustFiles
from inspector.store.filters.parser import parse
from inspector.store.filters.tree import Node
from inspector.store.reader import Recording
from inspector.store.rows import Row
from inspector.view.render import safe

SHOWN_FAILURES = 10
SHOWN_PROBLEMS = 5


@dataclass(frozen=True, slots=True)
class Setup:
    """How the command was set up; `guessed` unless the user named the program."""

    program: Program
    trust: TrustFiles
    guessed: bool


def parse_fail_on(text: str | None) -> Node | None:
    """The filter of `--fail-on`, read before anything is started.

    Raises:
        FilterError: it cannot be read.
    """
    return None if text is None else parse(text)


def fails_on(path: Path, session: int, wanted: Node) -> bool:
    """Whether a call of the session matches."""
    with Recording(path) as recording:
        matches = {row.session for row in recording.exchanges(wanted) if row.session == session}
    return bool(matches)


def summarise(path: Path, session: int, setup: Setup) -> None:
    """Print the summary of a session on stderr."""
    with Recording(path) as recording:
        for line in _lines(recording, path, session, setup):
            click.echo(line, err=True)


def _lines(recording: Recording, path: Path, session: int, setup: Setup) -> Iterator[str]:
    rows = list(recording.exchanges(f"session:{session}"))
    failed = [row for row in rows if row.failed]
    yield f"b2-inspector: session {session}: {_count(len(rows), 'call')}, {len(failed)} failed ({path})"
    yield from _operations(rows)
    yield from _failures(failed)
    yield from _tunnels(recording, session)
    yield from _problems(recording, session, setup)
    if not rows:
        yield from (f"  {line}" for line in explain_silence(setup.program, setup.trust, setup.guessed))
    elif failed:
        yield f"  look closer: b2-inspector show {failed[0].id}{_option(path)}"


def _operations(rows: Sequence[Row]) -> Iterator[str]:
    counts = Counter(row.operation or row.method for row in rows)
    failed = Counter(row.operation or row.method for row in rows if row.failed)
    for name, count in counts.most_common():
        yield f"  {name:<28} {count:>5}" + (f"   {failed[name]} failed" if failed[name] else "")


def _failures(failed: Sequence[Row]) -> Iterator[str]:
    for row in failed[:SHOWN_FAILURES]:
        what = " ".join(filter(None, (str(row.status or ""), row.error_code or row.failure, row.error_message)))
        place = "/".join(filter(None, (row.bucket, row.key))) or row.path
        yield f"  #{row.id} {row.operation or row.method} {safe(place)}: {safe(what)}"
    if len(failed) > SHOWN_FAILURES:
        yield f"  … and {len(failed) - SHOWN_FAILURES} more that failed"


def _tunnels(recording: Recording, session: int) -> Iterator[str]:
    tunnels = recording.tunnels(session)
    if tunnels:
        hosts = ", ".join(f"{safe(tunnel.host)}:{tunnel.port} ×{tunnel.connections}" for tunnel in tunnels[:8])
        more = f" and {len(tunnels) - 8} more" if len(tunnels) > 8 else ""
        yield f"  passed on unread: {hosts}{more} (--host GLOB reads a host)"


def _problems(recording: Recording, session: int, setup: Setup) -> Iterator[str]:
    problems = [stored.problem for stored in recording.problems(session)]
    said = Counter((problem.kind, problem.host, problem.text) for problem in problems)
    for (kind, host, text), count in list(said.items())[:SHOWN_PROBLEMS]:
        times = f" (×{count})" if count > 1 else ""
        yield f"  problem: {kind} {safe(host)}: {safe(text)}{times}"
        if kind == "tls-refused-by-client":
            yield from (f"    {line}" for line in explain_refusal(setup.program, setup.trust))
    if len(said) > SHOWN_PROBLEMS:
        yield "  … and more: b2-inspector problems"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _option(path: Path) -> str:
    return f" -r {path}"
