"""A diagnosis in the narrow rail, and in one line. The sentences are those of `explain`."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.diagnose.examine import Diagnosis
from inspector.diagnose.finding import Certainty
from inspector.sigv4.solve import Progress
from inspector.tui.paint import Span
from inspector.tui.report import PAINT, spans_of
from inspector.view.diagnosis import Style, findings_lines, labelled, nothing_found, verdict_facts
from inspector.view.render import safe

_SIGNS = {"verified": ("good", "✓"), "mismatch": ("error", "✗"), "unverified": ("open", "?"), "none": ("quiet", "–")}
_KINDS = {Certainty.PROVED: "error", Certainty.CERTAIN: "error", Certainty.LIKELY: "open", Certainty.HINT: "quiet"}


def rail_lines(diagnosis: Diagnosis, width: int, secret_missing: bool) -> Iterator[list[Span]]:
    """All findings, and before them what is known of the signature."""
    style = Style(PAINT, max(24, width))
    for label, text in verdict_facts(diagnosis, style):
        for line in labelled(label, text, style.text_columns):
            yield spans_of(line.removeprefix("  "))
    if secret_missing:
        yield [Span("note", "s asks for its secret, and verifies it")]
    for line in findings_lines(diagnosis, style):
        yield spans_of(line.removeprefix("  "))


def in_one_line(diagnosis: Diagnosis) -> list[Span]:
    """The signature's verdict as a sign, and the first finding."""
    sign = Span(*_sign(diagnosis))
    if not diagnosis.findings:
        return [sign, Span("quiet", f" {nothing_found(diagnosis)}")]
    first = diagnosis.findings[0]
    more = len(diagnosis.findings) - 1
    tail = [Span("quiet", f" and {more} more")] if more else []
    return [
        sign,
        Span(_KINDS[first.certainty], f" {first.certainty}: "),
        Span("text", safe(first.summary) or first.cause),
        *tail,
    ]


def _sign(diagnosis: Diagnosis) -> tuple[str, str]:
    verdict = diagnosis.verification.verdict
    return _SIGNS["mismatch" if diagnosis.verification.body == "mismatch" else verdict]


def progress_words(progress: Progress) -> str:
    """How far a search is."""
    return f"searching what was signed: {progress.tried:,} of {progress.to_try:,} ways, {progress.level} at once"
