"""What the full-text index can say of a text that is looked for: which calls may hold it.

Facts
-----
FTS5's trigram tokenizer folds case and indexes every three characters; with `detail=none` it knows neither places nor
columns, so a search is an AND of single trigrams (https://www.sqlite.org/fts5.html). The answer holds every match and
some more; each is checked against the stored bytes.
"""

from __future__ import annotations

WHOLE_TEXT_LIMIT = 512 * 1024
"""A longer text is not indexed (characters): it stands as `UNINDEXED`, and every search looks into it."""

UNINDEXED = "\ufffd\ufffc\ufffd"
"""The trigram of what must always be looked into."""

_ENOUGH = 24


def narrowing(text: str) -> str | None:
    """The FTS5 query for calls that may hold `text`; None when it is too short to narrow anything."""
    trigrams = list(dict.fromkeys(text[at : at + 3] for at in range(len(text) - 2)))
    if not trigrams:
        return None
    step = max(1, len(trigrams) // _ENOUGH)
    wanted = " AND ".join(_quoted(trigram) for trigram in trigrams[::step])
    return f"({wanted}) OR {_quoted(UNINDEXED)}"


def _quoted(trigram: str) -> str:
    return '"' + trigram.replace('"', '""') + '"'
