"""The answers as a file: for this tool (`s3.probed` reads it), and for others to whom it is sent.

It holds no secret, no key id, no bucket's name, and nothing of an account.
"""

from __future__ import annotations

import time
from typing import Any

from inspector.doctor.probe.model import Seen, answer_of
from inspector.doctor.probe.run import Cleaned, Probing, Result
from inspector.native.ids import read_key_id
from inspector.s3.probed import FORMAT, VERSION


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
