"""What lint found, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import Any

from inspector.diagnose.lint.linter import lint
from inspector.diagnose.lint.model import Found, Level, Report, Row
from inspector.facts import PREFIX
from inspector.store.filters import Node
from inspector.store.reader import Recording
from inspector.view.paint import Paint
from inspector.view.render import safe

SHOWN_IDS = 8
SHOWN_WHAT = 6


def lint_recording(recording: Recording, where: Node | str) -> Report:
    """What of the matching S3 calls B2 does not take, or does otherwise."""
    rows = (Row._make(values) for values in recording.heads(where))
    return lint(rows, lambda body: recording.body(body).read(0, PREFIX))


def lint_fields(found: Found) -> dict[str, Any]:
    """A rule with its calls as a JSON object."""
    rule = found.rule
    return {
        "rule": rule.slug,
        "level": str(rule.level),
        "title": rule.title,
        "count": found.count,
        "ids": found.ids,
        "what": dict(found.what.most_common()),
        "clients": {client: count for client, count in found.clients.most_common() if client},
        "seen": found.seen,
        "fix": found.fix,
        "era": rule.era,
        "sources": list(rule.sources),
    }


def lint_lines(report: Report, paint: Paint, columns: int) -> Iterator[str]:
    """Every rule with its calls, and a line of how many there are."""
    for found in report:
        yield from _rule_lines(found, paint, columns)
        yield ""
    yield tally(report)


def _rule_lines(found: Found, paint: Paint, columns: int) -> Iterator[str]:
    rule = found.rule
    head = f"{str(rule.level).upper():<8}{paint.strong(rule.slug)}  {found.count} call{'' if found.count == 1 else 's'}"
    yield f"{head}  {ids(found)}"
    yield from _indented(rule.title, columns)
    if len(found.what) > 1 or next(iter(found.what)) not in found.seen:
        yield from _indented(", ".join(f"{safe(what)} ×{n}" for what, n in found.what.most_common(SHOWN_WHAT)), columns)
    yield from _indented(f"seen: {safe(found.seen)}", columns)
    yield from _indented(f"fix: {found.fix}", columns)
    yield paint.faint(f"        holds: {rule.era} ({', '.join(rule.sources)})")


def ids(found: Found) -> str:
    """The first calls, as one types them."""
    more = " …" if found.count > SHOWN_IDS else ""
    return " ".join(f"#{number}" for number in found.ids[:SHOWN_IDS]) + more


def short_lines(report: Report, level: Level) -> Iterator[str]:
    """Two lines for each rule from this level on: for the end of a run."""
    for found in report:
        if found.rule.level >= level:
            yield f"  {found.rule.level}: {ids(found)}: {found.rule.title} [{found.rule.slug}]"
            yield f"      fix: {found.fix}"


def tally(report: Report) -> str:
    """How many calls were looked at, and what was found, in a line."""
    counts = {level: sum(one.rule.level is level for one in report) for level in reversed(Level)}
    found = ", ".join(f"{count} {level}{'' if count == 1 else 's'}" for level, count in counts.items() if count)
    return f"{report.calls} S3 call{'' if report.calls == 1 else 's'}: {found or 'nothing that B2 does not take'}"


def _indented(text: str, columns: int) -> Iterator[str]:
    yield from wrap(text, columns, initial_indent="        ", subsequent_indent="          ", break_long_words=False)
