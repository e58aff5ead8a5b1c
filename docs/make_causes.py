"""Write docs/causes.md out of the tables of causes: `python docs/make_causes.py`. A test holds the two together."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from inspector.diagnose.causes import wording
from inspector.diagnose.finding import Cause
from inspector.diagnose.register import Chapter, chapters

HERE = Path(__file__).parent / "causes.md"

SETTINGS = {
    "Key id and application key": wording.CREDENTIALS,
    "Region and endpoint": wording.REGION,
    "SigV4": wording.SIGV4,
    "Checksums only where they are demanded": wording.CHECKSUMS,
    "Buckets in the path": wording.PATH_STYLE,
}
"""What many fixes share: told once, at the end."""

OPENING = """\
# Causes

What `b2-inspector explain` can find, by the name it gives it. `b2-inspector explain NAME` prints one of these pages.
This file is written from the tables by `docs/make_causes.py`.

How sure a finding is: **proved** (the client's own signature was reproduced), **certain** (it follows from the bytes),
**likely** (everything seen speaks for it), **hint** (worth a look). Each cause says who usually has to change
something: the client, the path in between, a clock, a configuration, the server.
"""


def document() -> str:
    """The whole text of the document."""
    return "\n".join([OPENING, *_contents(), *(line for one in chapters() for line in _chapter(one)), *_settings()])


def _contents() -> Iterator[str]:
    for chapter in chapters():
        yield f"- [{chapter.title}](#{_anchor(chapter.title)}): {len(chapter.causes)}"
    yield "- [Settings](#settings)\n"


def _chapter(chapter: Chapter) -> Iterator[str]:
    yield f"## {chapter.title}\n"
    yield f"{chapter.words}\n"
    for cause in chapter.causes:
        yield from _cause(cause)


def _cause(cause: Cause) -> Iterator[str]:
    yield f"### {cause.slug}\n"
    yield f"**{cause.title}.** Whose fault: {cause.fault.value}.\n"
    if cause.about:
        yield f"{_safe(cause.about)}\n"
    yield f"What to do: {_safe(cause.fix)}\n"
    yield from _fixes(cause.fixes)
    if cause.sources:
        yield f"Sources: {', '.join(cause.sources)}.\n"


def _fixes(fixes: Mapping[str, str]) -> Iterator[str]:
    """A line for each SDK; what is shared with other causes by a link."""
    shared = {title: table for title, table in SETTINGS.items() if sum(fixes.get(k) == v for k, v in table.items()) > 2}
    told = {words for table in shared.values() for words in table.values()}
    own = [f"- {sdk}: {_code(words)}" for sdk, words in fixes.items() if words not in told]
    own += [f"- in each SDK: [{title}](#{_anchor(title)})" for title in shared]
    if own:
        yield "\n".join(own) + "\n"


def _settings() -> Iterator[str]:
    yield "## Settings\n"
    yield "How each SDK is told what many fixes ask for. `us-west-004` stands for your region.\n"
    for title, table in SETTINGS.items():
        yield f"### {title}\n"
        yield "\n".join(f"- {sdk}: {_code(words)}" for sdk, words in table.items()) + "\n"


def _anchor(title: str) -> str:
    kept = "".join(letter for letter in title.lower() if letter.isalnum() or letter in " -")
    return kept.replace(" ", "-")


def _safe(text: str) -> str:
    """Signs that Markdown would take for its own."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")


def _code(words: str) -> str:
    return f"`` {words} ``" if "`" in words else f"`{words}`"


if __name__ == "__main__":
    written = document()
    if "--check" in sys.argv:
        sys.exit(HERE.read_text(encoding="utf-8") != written)
    HERE.write_text(written, encoding="utf-8", newline="\n")
