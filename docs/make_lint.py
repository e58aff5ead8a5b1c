"""Write docs/lint.md out of the table of lint's rules: `python docs/make_lint.py`. A test holds the two together."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from inspector.diagnose.lint.model import Level, LintRule
from inspector.diagnose.lint.table import RULES

HERE = Path(__file__).parent / "lint.md"

OPENING = """\
# Lint

What `b2-inspector lint` looks for in traffic with any S3 service. This file is written from the table of rules by
`docs/make_lint.py`. The third column says for which time a rule is known; where a rule is also a
[cause](causes.md), `b2-inspector explain RULE` prints its page.
"""

WORDS = {
    Level.ERROR: "B2 refuses it.",
    Level.WARNING: "B2 may refuse it, or does not what it looks like.",
    Level.NOTE: "B2 does it in its own way, or used to refuse it.",
}


def document() -> str:
    """The whole text of the document."""
    return "\n".join([OPENING, *(line for level in reversed(Level) for line in _level(level))])


def _level(level: Level) -> Iterator[str]:
    yield f"## {str(level).capitalize()}s\n"
    yield f"{WORDS[level]}\n"
    yield "| rule | what | holds | fix | sources |"
    yield "|---|---|---|---|---|"
    yield from (_row(rule) for rule in RULES if rule.level is level)
    yield ""


def _row(rule: LintRule) -> str:
    cells = (f"`{rule.slug}`", rule.title, rule.era, rule.fix, ", ".join(rule.sources))
    return f"| {' | '.join(cell.replace('|', '&#124;').replace('*', chr(92) + '*') for cell in cells)} |"


if __name__ == "__main__":
    written = document()
    if "--check" in sys.argv:
        sys.exit(HERE.read_text(encoding="utf-8") != written)
    HERE.write_text(written, encoding="utf-8", newline="\n")
