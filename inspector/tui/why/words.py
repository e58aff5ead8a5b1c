"""A diagnosis in the narrow rail, and in one line. The sentences are those of `explain`."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from inspector.diagnose.examine import Diagnosis
from inspector.diagnose.finding import Certainty
from inspector.sigv4.solve import Progress
from inspector.tui.paint import Span
from inspector.tui.report import PAINT, spans_of
from inspector.view.diagnosis import Style, findings_lines, labelled, nothing_found, verdict_facts, verdict_words
from inspector.view.render import safe

_NARROWEST = 24
_SIGNS = {"verified": ("good", "✓"), "mismatch": ("error", "✗"), "unverified": ("open", "?"), "none": ("quiet", "–")}
_KINDS = {Certainty.PROVED: "error", Certainty.CERTAIN: "error", Certainty.LIKELY: "open", Certainty.HINT: "quiet"}


def rail_lines(diagnosis: Diagnosis, width: int) -> Iterator[list[Span]]:
    """The verdict, all findings, and what else is known of the call."""
    style = Style(PAINT, max(_NARROWEST, width))
    verdict = verdict_words(diagnosis.verification)
    sign = Span(*_sign(diagnosis))
    for number, line in enumerate(wrap(f"signature {verdict}", max(_NARROWEST, width - 2), break_on_hyphens=False)):
        yield [sign if number == 0 else Span("text", " "), Span("text", f" {line}")]
    if secret_missing(diagnosis):
        yield [Span("note", "  s asks for its secret, and verifies it")]
    for line in findings_lines(diagnosis, style):
        yield spans_of(line.removeprefix("  "))
    facts = [(label, text) for label, text in verdict_facts(diagnosis, style) if label != "signature"]
    if facts:
        yield []
    for label, text in facts:
        for line in labelled(label, text, style.text_columns):
            yield spans_of(line.removeprefix("  "))


def secret_missing(diagnosis: Diagnosis) -> str | None:
    """The key id whose secret would verify the call's signature, where that is all that is missing."""
    verification = diagnosis.verification
    wanted = verification.verdict == "unverified" and not verification.note
    return diagnosis.call.authorization.key_id if wanted else None


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
