"""A probe: a question, the requests that ask it, and what each answer means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from inspector.doctor.probe.ask import Ask


@dataclass(frozen=True, slots=True)
class Variant:
    """One request of a probe. `words`: what it means if the service takes it."""

    label: str
    words: str
    ask: Ask


class Kind(Enum):
    """What is asked for."""

    EITHER = "either"
    """which rule: each variant is signed by another one, and the first that is taken answers; the rest is not sent"""
    TAKES = "takes"
    """which of the variants are taken"""
    SAYS = "says"
    """what is said of them: the code and the sentence are the answer"""


@dataclass(frozen=True, slots=True)
class Probe:
    """A question, and the requests that ask it."""

    name: str
    question: str
    variants: tuple[Variant, ...]
    kind: Kind = Kind.EITHER


@dataclass(frozen=True, slots=True)
class Seen:
    """What came back for one variant. `code` and `message` are those of the error, if it was one.

    `status` None: no answer, `message` says why. `length` is the answer's Content-Length (of a HEAD, that of the body
    left out); `echo` the prefix that a listing gives back, behind the probe's own.
    """

    label: str
    status: int | None
    code: str
    message: str
    length: int | None = None
    echo: str | None = None
    retry_after: str | None = None

    @property
    def genuine(self) -> bool:
        """Whether the signature was found right: taken, or refused with what a service says only behind that check."""
        return self.status is not None and (self.status < 400 or self.status in _BEHIND)

    @property
    def taken(self) -> bool:
        """Whether the request was let through; that a key is not there is an answer, not a refusal."""
        return self.status is not None and (self.status < 400 or self.status == 404)

    @property
    def short(self) -> str:
        """The outcome in a word: `taken`, the error's code, or its status."""
        if self.status is None:
            return "no answer"
        return "taken" if self.status < 400 else self.code or f"status {self.status}"


_BEHIND = (404, 405, 409, 411, 412, 416, 501)
"""What is not there, cannot be, or is not built is said once a request was found genuine. (A bucket that does not exist
may come before; no variant that is judged so names another than the one that answered.)"""


def answer_of(probe: Probe, seen: Sequence[Seen]) -> tuple[str, str]:
    """The answer in a word (a label, labels, or a code), and in a sentence. No more is said than what came back."""
    if probe.kind is Kind.SAYS:
        return ", ".join(one.short for one in seen), "; ".join(_outcome(one) for one in seen)
    words = {variant.label: variant.words for variant in probe.variants}
    good = [one.label for one in seen if (one.genuine if probe.kind is Kind.EITHER else one.taken)]
    refused = "; ".join(f"{one.label}: {_outcome(one)}" for one in seen if one.label not in good)
    if any(one.status is None for one in seen) and not good:
        return "unknown", f"no answer came ({refused})"
    if not good:
        return "none", f"refused ({refused})"
    said = "; ".join(words[label] for label in good)
    shown = refused and probe.kind is Kind.TAKES
    return ", ".join(good), f"{said} (refused: {refused})" if shown else said


def _outcome(seen: Seen) -> str:
    if seen.status is None:
        return seen.message
    return f"{seen.status} {seen.code}: {seen.message}" if seen.code else f"status {seen.status}"
