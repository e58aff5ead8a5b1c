"""A diagnosis for people: the verdict on the signature, the findings, what the client signed beside what arrived."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from inspector.diagnose.call import Call
from inspector.diagnose.decoded import decoded
from inspector.diagnose.examine import Diagnosis
from inspector.diagnose.finding import Certainty, Finding
from inspector.diagnose.retries import retries_of
from inspector.sigv4.solve import Outcome
from inspector.sigv4.verify import Verification
from inspector.view.difference import difference_lines, plain_lines
from inspector.view.paint import PLAIN, Paint
from inspector.view.render import middle, safe, safe_lines
from inspector.view.step_lines import step_lines
from inspector.view.testimony import testimony_words

RULED_OUT_SHOWN = 12
WIDTH = 100
LONGEST_CODE = 60
LONGEST_WORDS = 500
"""Characters of the server's message that are shown; `show` has all of it."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a diagnosis is shown.

    `columns` of a terminal, None in a pipe. `full`: long lines whole, canonical requests of signatures that verify
    too. `steps`: every value between request and signature; `keys`: the derived keys among them.
    """

    paint: Paint = PLAIN
    columns: int | None = None
    full: bool = False
    steps: bool = False
    keys: bool = False

    @property
    def line_columns(self) -> int | None:
        """The columns of a line of a canonical request, None for as many as it has."""
        return None if self.full else (self.columns or 160)

    @property
    def text_columns(self) -> int:
        """The columns of a sentence."""
        return min(self.columns or WIDTH, WIDTH)


def diagnosis_lines(diagnosis: Diagnosis, style: Style) -> Iterator[str]:
    """Everything that is known of a call."""
    yield style.paint.strong(headline(diagnosis.call))
    for label, text in verdict_facts(diagnosis, style):
        yield from (_painted(line, style.paint) for line in labelled(label, text, style.text_columns))
    yield from findings_lines(diagnosis, style)
    yield from _search(diagnosis, style)
    yield from _requests(diagnosis, style)
    if style.steps:
        yield ""
        yield from step_lines(diagnosis.call.signed, diagnosis.verification, style.paint, style.keys)


def headline(call: Call) -> str:
    """Which call it is, and how it ended."""
    number = "" if call.id is None else f"#{call.id}"
    name = call.facts.operation or call.request.method.decode("latin-1")
    return "  ".join(safe(word) for word in (number, name, _ended(call), _subject(call)) if word)


def _ended(call: Call) -> str:
    """Status and error code, or the failure."""
    failure = call.exchange.failure
    code = middle(call.facts.error_code or "", LONGEST_CODE)
    words = (call.status, failure.kind if failure and call.status is None else None, code)
    return " ".join(str(word) for word in words if word)


def _subject(call: Call) -> str:
    """Bucket and key, else the URL."""
    if call.facts.bucket is None:
        return call.request.host + call.request.target.decode("utf-8", "replace")
    if call.facts.key is None:
        return call.facts.bucket
    return f"{call.facts.bucket}/{call.facts.key.decode('utf-8', 'replace')}"


# The verdict

_VERDICTS = {
    "verified": "VERIFIED: the bytes as they arrived and the secret give it",
    "mismatch": "DOES NOT MATCH what the bytes as they arrived and the secret give",
    "unverified": "NOT VERIFIED: no secret of its key id is at hand",
    "none": "the request is not signed",
}
_BODIES = {"mismatch": "IS NOT the one whose hash was signed", "match": "is the one whose hash was signed"}


def verdict_facts(diagnosis: Diagnosis, style: Style) -> Iterator[tuple[str, str]]:
    """What is said of the call before its findings: label and text."""
    call, verification = diagnosis.call, diagnosis.verification
    if call.facts.error_message:
        yield "server", middle(safe(call.facts.error_message), LONGEST_WORDS)
    if call.facts.client:
        yield "client", safe(call.facts.client)
    yield "signature", f"{verification.scheme}  {verdict_words(verification)}"
    tries = retries_of(call).words
    if tries:
        yield "attempts", safe(tries)
    yield from ((label, safe(text)) for label, text in decoded(call))
    if verification.body in _BODIES and (verification.body == "mismatch" or style.full):
        yield "body", _BODIES[verification.body]
    if diagnosis.testimony is not None:
        yield "debug log", safe(testimony_words(diagnosis.testimony))


def verdict_words(verification: Verification) -> str:
    """The verdict as a sentence, with the key that it rests on by name."""
    key = verification.key
    if verification.verdict == "none" and key is not None:
        return f"the request is not signed; this is the signature it would have (key id {safe(key.key_id)}, {key.name})"
    if verification.verdict == "unverified" and verification.note:
        return f"NOT VERIFIED: {verification.note}"
    words = _VERDICTS[verification.verdict]
    return words if key is None else f"{words} (key id {safe(key.key_id)}, {safe(key.name)})"


def _painted(line: str, paint: Paint) -> str:
    """The line with its verdict in colour; words are painted after they were put into lines."""
    for words, style in (
        ("NOT VERIFIED", paint.doubtful),
        ("DOES NOT MATCH", paint.bad),
        ("IS NOT", paint.bad),
        (" VERIFIED", paint.good),
    ):
        if words in line:
            return line.replace(words, style(words), 1)
    return line


def how_to_verify(key_id: str | None, columns: int) -> Iterator[str]:
    """What to do so that signatures of this key id can be verified."""
    named = safe(key_id or "")
    text = (
        f"to verify signatures of the key id {named}: set AWS_ACCESS_KEY_ID={named} and AWS_SECRET_ACCESS_KEY, or name"
        " a profile that has them (--profile NAME), or give the secret with --secret-stdin"
    )
    yield from textwrap.wrap(text, columns, break_long_words=False, break_on_hyphens=False)


def labelled(label: str, text: str, columns: int) -> Iterator[str]:
    """A text with its label before the first of its lines."""
    lines = textwrap.wrap(text, columns - 13, break_long_words=False, break_on_hyphens=False)
    for number, line in enumerate(lines):
        yield f"  {label if not number else '':<10} {line}"


# Findings


def findings_lines(diagnosis: Diagnosis, style: Style) -> Iterator[str]:
    """Each finding behind an empty line; where there is none, what that means."""
    for number, finding in enumerate(diagnosis.findings, 1):
        yield ""
        yield from finding_lines(finding, number, style)
    proposed = diagnosis.verification.verdict == "none" and diagnosis.verification.key is not None
    if not diagnosis.findings and diagnosis.verification.verdict != "mismatch" and not proposed:
        yield ""
        yield f"  {nothing_found(diagnosis)}"


def nothing_found(diagnosis: Diagnosis) -> str:
    """That there is no finding, in words: it means something else for each verdict."""
    if not diagnosis.call.failed:
        return "nothing wrong was found"
    if diagnosis.verification.verdict == "unverified" and not diagnosis.verification.note:
        return "nothing that can be seen without the secret explains this answer"
    return "no cause is known for this answer"


def finding_lines(finding: Finding, number: int, style: Style) -> Iterator[str]:
    """One finding: what, how sure, whose fault, what it rests on, what to do."""
    paint = style.paint
    colour = {Certainty.PROVED: paint.bad, Certainty.CERTAIN: paint.bad, Certainty.LIKELY: paint.doubtful}
    sure = colour.get(finding.certainty, paint.faint)(str(finding.certainty))
    whose = "" if finding.fault.value == "unknown" else f", {finding.fault.value}"
    first, *more = textwrap.wrap(safe(finding.summary) or finding.cause, style.text_columns - 5)
    yield f"  {number}. {paint.strong(first)}"
    yield from (f"     {paint.strong(line)}" for line in more)
    asked = ", B2 was asked (probed)" if finding.probed else ""
    yield f"     {sure}{whose}{asked}  {paint.faint(finding.cause)}"
    for label, text in (("seen", finding.seen), ("fix", finding.fix), *(("asked", note) for note in finding.probed)):
        yield from _field(label, text, style)


def _field(label: str, text: str, style: Style) -> Iterator[str]:
    """A text with its label; the lines of what was seen stay as they are, sentences are wrapped."""
    lines = safe_lines(text).split("\n") if text else []
    if label != "seen":
        lines = [
            line for each in lines for line in textwrap.wrap(each, style.text_columns - 11, break_long_words=False)
        ]
    for number, line in enumerate(lines):
        yield f"     {label if not number else '':<5} {line}"


# The search


def _search(diagnosis: Diagnosis, style: Style) -> Iterator[str]:
    outcome = diagnosis.outcome
    if outcome is None:
        return
    yield ""
    for line in known_by(outcome):
        yield from textwrap.wrap(
            line, style.text_columns, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
        )


def known_by(outcome: Outcome) -> Iterator[str]:
    """How it is known: what was tried, what it is not, what could not be searched."""
    ways = f"{outcome.tried:,} ways to sign this request otherwise were tried"
    if outcome.explanations:
        yield f"how it is known: with these bytes the secret gives the client's own signature; {ways}"
    else:
        yield f"not explained: {ways}, up to {outcome.level} at once, and none gives the client's signature"
    if len(outcome.explanations) > 1:
        yield f"{len(outcome.explanations)} explanations give it; the first is shown below"
    if outcome.ruled_out and outcome.explanations:  # else the finding tells them all
        yield f"ruled out: {_some(outcome.ruled_out)}"
    if outcome.not_searchable:
        yield (
            f"not searched: what depends on {', '.join(map(safe, outcome.not_searchable))}, which was replaced before"
            " it was stored; only secret, scope and time were"
        )


def _some(causes: Sequence[str]) -> str:
    more = len(causes) - RULED_OUT_SHOWN
    return ", ".join(causes[:RULED_OUT_SHOWN]) + (f" and {more} more" if more > 0 else "")


# The canonical requests


def _requests(diagnosis: Diagnosis, style: Style) -> Iterator[str]:
    """What arrived beside what was signed; where only the key differs, there is nothing to compare."""
    verification, outcome = diagnosis.verification, diagnosis.outcome
    found = outcome.explanations[0] if outcome is not None and outcome.explanations else None
    if found is not None and found.string_to_sign != verification.string_to_sign:
        yield from _both("canonical request", verification.canonical_request, found.canonical_request, style)
        if style.full or _beyond_the_hash(verification.string_to_sign, found.string_to_sign):
            yield from _both("string to sign", verification.string_to_sign, found.string_to_sign, style)
        return
    if found is not None:
        yield "  canonical request and string to sign are those that the client signed: only its key differs"
    if not style.steps and (style.full or (found is None and verification.verdict == "mismatch")):
        yield from _one("canonical request", verification.canonical_request, style)
        yield from _one("string to sign", verification.string_to_sign, style)


def _beyond_the_hash(arrived: bytes | None, signed: bytes) -> bool:
    """Whether more differs than the last line, the hash of the canonical request."""
    return arrived is not None and arrived.rpartition(b"\n")[0] != signed.rpartition(b"\n")[0]


def _both(name: str, arrived: bytes | None, signed: bytes | None, style: Style) -> Iterator[str]:
    if arrived is None or signed is None or arrived == signed:
        yield from _one(name, arrived, style)
        return
    yield ""
    yield f"  {name}: {style.paint.bad('- as it arrived')}  {style.paint.good('+ as the client signed it')}"
    yield from difference_lines(arrived, signed, style.paint, style.line_columns)


def _one(name: str, text: bytes | None, style: Style) -> Iterator[str]:
    if text is not None:
        yield ""
        yield f"  {name}, {len(text)} bytes:"
        yield from plain_lines(text, style.line_columns)
