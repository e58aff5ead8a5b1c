"""What was asked of B2 itself, read back: the answers that `doctor --probe` wrote, as plain values.

What no public trace settles is an assumption until someone has asked the service. An answer of B2's own stands above
the assumption; what anything else answered says nothing of B2.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

FORMAT = "b2-inspector probed facts"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back for one request of a probe. `code` and `message` are those of the error, empty without one.

    `status` None: no answer came. In messages `<bucket>`, `<prefix>` and `<key id>` stand for what told whose account
    it was.
    """

    variant: str
    status: int | None
    code: str = ""
    message: str = ""

    @property
    def taken(self) -> bool:
        """Whether the request was let through; that a key is not there is an answer, not a refusal."""
        return self.status is not None and (self.status < 400 or self.status == 404)


@dataclass(frozen=True, slots=True)
class Fact:
    """An answer: `answer` in a word, `words` in a sentence, `seen` what each request came to."""

    name: str
    question: str
    answer: str
    words: str
    seen: tuple[Answered, ...] = ()


@dataclass(frozen=True, slots=True)
class ProbedFacts:
    """What a probing found. `of_b2`: it was B2 that answered, under its own name and at its own address.

    Nothing is told of facts that are not of B2.
    """

    endpoint: str = ""
    probed_at: str = ""
    of_b2: bool = False
    facts: Mapping[str, Fact] = field(default_factory=lambda: MappingProxyType({}))

    def fact(self, name: str) -> Fact | None:
        """The fact of this name; None where it is not of B2, or was not asked."""
        return self.facts.get(name) if self.of_b2 else None

    def answer(self, name: str) -> str | None:
        """The answer in a word."""
        fact = self.fact(name)
        return fact.answer if fact else None

    def answers(self) -> dict[str, str]:
        """Every answer in a word, by name."""
        return {name: fact.answer for name, fact in self.facts.items()} if self.of_b2 else {}

    def seen(self, name: str, variant: str) -> Answered | None:
        """What one request of a probe came to; None where it was not sent or not answered."""
        fact = self.fact(name)
        found = (one for one in fact.seen if one.variant == variant) if fact else iter(())
        return next((one for one in found if one.status is not None), None)

    def refusals(self) -> Iterator[tuple[str, Answered]]:
        """Every refusal that came in words, with the name of its probe."""
        for name, fact in self.facts.items() if self.of_b2 else ():
            yield from ((name, one) for one in fact.seen if (one.status or 0) >= 400 and one.code and one.message)

    def notes(self, names: Iterable[str]) -> tuple[str, ...]:
        """A sentence for each of these facts, for who relies on them."""
        known = (self.fact(name) for name in names)
        return tuple(self._note(fact) for fact in known if fact)

    def _note(self, fact: Fact) -> str:
        question, words = fact.question.partition(" (")[0], fact.words
        return f"{question} {words[:1].upper()}{words[1:]} ({self.endpoint}, {self.probed_at[:10]})"


NOTHING_PROBED = ProbedFacts()


def read_probed(text: bytes) -> ProbedFacts | None:
    """The facts in a file that a probing wrote; None for what is none, or none that this version can read."""
    try:
        said = json.loads(text)
        if said["format"] != FORMAT or said["version"] != VERSION:
            return None
        facts = {one["name"]: _fact(one) for one in said["answers"]}
        return ProbedFacts(str(said["endpoint"]), str(said["probed_at"]), said["service"] == "b2", facts)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _fact(one: Mapping[str, Any]) -> Fact:
    name, question, answer, words = (str(one[name]) for name in ("name", "question", "answer", "words"))
    return Fact(name, question, answer, words, tuple(map(_answered, one.get("seen", ()))))


def _answered(one: Mapping[str, Any]) -> Answered:
    status = one.get("status")
    return Answered(
        str(one["variant"]),
        status if isinstance(status, int) else None,
        str(one.get("code", "")),
        str(one.get("message", "")),
    )


# What was wrong with a probe

CAUSE_OF = {
    "no-such-key": "no-such-key",
    "no-such-bucket": "no-such-bucket",
    "short-bucket-name": "bucket-name-invalid",
    "no-such-upload": "no-such-upload",
    "bucket-policy": "api-call-not-supported",
    "object-attributes": "api-call-not-supported",
    "malformed-xml": "xml-malformed",
    "session-token": "token-extra",
    "expected-owner": "expected-bucket-owner-mismatch",
    "kms": "sse-kms",
    "metadata-too-large": "metadata-too-large",
    "wrong-content-sha256": "payload-body-altered",
    "wrong-content-md5": "bad-digest",
    "content-md5-malformed": "bad-digest",
    "wrong-checksum": "bad-digest",
    "signed-chunks/wrong-chunk": "chunk-signature",
    "signed-trailer/wrong-trailer": "trailer-signature",
    "unsigned-trailer/wrong-checksum": "trailer-checksum",
    "wrong-signature": "signature-mismatch",
    "unknown-key": "key-unknown",
    "scope-region": "scope-wrong-region",
    "scope-service": "scope-wrong-service",
    "scope-date": "scope-date-mismatch",
    "clock-limit": "clock-skew",
    "presigned-expired": "presign-expired",
    "presigned-too-long": "presign-too-long",
    "presigned-future": "presign-not-yet",
    "signed-headers-unsorted": "hdr-list-order",
    "signed-header-absent": "hdr-signed-absent",
    "amz-header-not-signed": "hdr-unsigned-amz",
    "content-sha256-not-signed": "hdr-unsigned-amz",
}
"""What was wrong with the request of a probe, or of one of its variants. Two faults at once tell nothing here."""


def cause_of(probe: str, variant: str) -> str | None:
    """The cause for which a probe was refused, None where it was none of its own."""
    return CAUSE_OF.get(probe) or CAUSE_OF.get(f"{probe}/{variant}")
