"""The page of a cause: what happens and why, how it is found, and what to do in each SDK's words."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from inspector.diagnose.finding import Cause
from inspector.diagnose.register import all_causes
from inspector.sigv4.hypotheses.register import all_hypotheses
from inspector.view.paint import Paint

SDK_NAMES = {
    "boto3": "boto3",
    "aws-cli": "AWS CLI",
    "js": "AWS SDK for JavaScript",
    "go": "AWS SDK for Go",
    "java": "AWS SDK for Java",
    "php": "AWS SDK for PHP",
    "ruby": "AWS SDK for Ruby",
    "rust": "AWS SDK for Rust",
    "dotnet": "AWS SDK for .NET",
    "minio": "MinIO clients",
}
"""How people write the names of `Cause.fixes`; others are written as they stand there."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is known of a cause: its row of the table, and what the search tests for it, in words."""

    slug: str
    cause: Cause | None
    hypothesis: str


def known_causes() -> tuple[str, ...]:
    """The slugs of all causes, sorted."""
    return tuple(sorted(all_causes().keys() | _hypotheses().keys()))


def page_of(slug: str) -> Page | None:
    """The page of a cause, None where no cause is called so."""
    cause, hypothesis = all_causes().get(slug), _hypotheses().get(slug, "")
    return Page(slug, cause, hypothesis) if cause or hypothesis else None


def _hypotheses() -> dict[str, str]:
    return {one.cause: one.words for one in all_hypotheses()}


def page_lines(page: Page, paint: Paint, columns: int) -> Iterator[str]:
    """The page for people."""
    cause = page.cause
    yield paint.strong(page.slug)
    if cause is not None:
        yield from _paragraphs(cause.title, columns)
        yield f"  who has to change something: {cause.fault.value}"
        yield from _section("what happens", cause.about, columns, paint)
    yield from _section("what is tried to prove it", page.hypothesis, columns, paint)
    if cause is not None:
        yield from _section("what to do", cause.fix, columns, paint)
        for sdk, words in cause.fixes.items():
            yield from _section(f"with {SDK_NAMES.get(sdk, sdk)}", words, columns, paint)
        yield from _section("sources", "\n".join(cause.sources), columns, paint)


def page_fields(page: Page) -> dict[str, Any]:
    """The page as a JSON object."""
    cause = page.cause
    return {
        "cause": page.slug,
        "title": cause.title if cause else None,
        "fault": cause.fault.value if cause else None,
        "about": cause.about if cause else None,
        "hypothesis": page.hypothesis or None,
        "fix": cause.fix if cause else None,
        "fixes": dict(cause.fixes) if cause else {},
        "sources": list(cause.sources) if cause else [],
    }


def _section(title: str, text: str, columns: int, paint: Paint) -> Iterator[str]:
    if text:
        yield ""
        yield paint.faint(f"  {title}")
        yield from _paragraphs(text, columns)


def _paragraphs(text: str, columns: int) -> Iterator[str]:
    for paragraph in text.split("\n"):
        yield from textwrap.wrap(paragraph, columns, initial_indent="  ", subsequent_indent="  ") or [""]
