"""The answers as a file: for this tool, which says `probed` where it relies on one, and for others to whom it is sent.

It holds no secret, no key id, no bucket's name, and nothing of an account.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspector.doctor.probe.model import Seen, answer_of
from inspector.doctor.probe.run import Cleaned, Probing, Result
from inspector.native.ids import read_key_id

FORMAT = "b2-inspector probed facts"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Fact:
    """An answer: `answer` in a word, `words` in a sentence."""

    name: str
    question: str
    answer: str
    words: str


@dataclass(frozen=True, slots=True)
class ProbedFacts:
    """What a probing found. `of_b2`: it was B2 that answered, under its own name and at its own address; what anything
    else said says nothing of B2."""

    endpoint: str
    probed_at: str
    of_b2: bool
    facts: Mapping[str, Fact]

    def answer(self, name: str) -> str | None:
        """The answer to a probe; None where it is not of B2, or was not asked."""
        fact = self.facts.get(name)
        return fact.answer if fact and self.of_b2 else None

    def notes(self, names: Iterable[str]) -> tuple[str, ...]:
        """The sentences for these probes, for who relies on them; none where they are not of B2."""
        known = (self.facts[name] for name in names if name in self.facts) if self.of_b2 else ()
        return tuple(f"{fact.words} (probed {self.probed_at[:10]})" for fact in known)


def probed_facts(path: Path) -> ProbedFacts | None:
    """The facts that a probing wrote; None where there are none, or none that this version can read."""
    try:
        said = json.loads(path.read_bytes())
        if said["format"] != FORMAT or said["version"] != VERSION:
            return None
        facts = {one["name"]: _fact(one) for one in said["answers"]}
        return ProbedFacts(str(said["endpoint"]), str(said["probed_at"]), said["service"] == "b2", facts)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _fact(one: Mapping[str, Any]) -> Fact:
    return Fact(*(str(one[name]) for name in ("name", "question", "answer", "words")))


def facts_document(
    probing: Probing, cleaned: Cleaned, *, of_b2: bool, began: float, protocol: str | None, tool: str
) -> dict[str, Any]:
    """What is written. `began` in Unix seconds; `protocol`: what ALPN chose of h2 and http/1.1."""
    key = read_key_id(probing.bench.key.key_id)
    answers = [_answer(result) for result in probing.results if result.seen]
    answers.append(_said("alpn", "Which of h2 and http/1.1 does the server choose?", protocol or "none"))
    answers.append(_said("stored-names", "Under which names were the uploads stored?", " ".join(cleaned.names)))
    return {
        "format": FORMAT,
        "version": VERSION,
        "service": "b2" if of_b2 else "other",
        "endpoint": probing.bench.host,
        "region": probing.bench.region,
        "probed_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began)),
        "tool": tool,
        "key": f"application key of cluster {key.cluster}" if key else "of another shape",
        "certainty": "probed",
        "response_headers": sorted(probing.header_names),
        "answers": answers,
    }


def _answer(result: Result) -> dict[str, Any]:
    answer, words = answer_of(result.probe, result.seen)
    seen = [_seen(one) for one in result.seen]
    return _said(result.probe.name, result.probe.question, answer, words) | {"seen": seen}


def _said(name: str, question: str, answer: str, words: str | None = None) -> dict[str, Any]:
    return {"name": name, "question": question, "answer": answer, "words": answer if words is None else words}


def _seen(seen: Seen) -> dict[str, Any]:
    said = {
        "variant": seen.label,
        "status": seen.status,
        "code": seen.code,
        "message": seen.message,
        "content_length": seen.length,
        "echo": seen.echo,
        "retry_after": seen.retry_after,
    }
    return {name: value for name, value in said.items() if value not in (None, "")}
