r"""Shell text cut into commands and words, as far as people paste it; nothing is run, filled in or looked up.

`shlex` grows a word letter by letter, so that a body of a megabyte takes minutes, and knows no `$'…'`, which browsers
write ("Copy as cURL"). What is between double quotes loses a backslash before `"`, `\`, `$`, a backtick and a line's
end only (POSIX.1-2017, 2.2.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_PART = re.compile(
    r"""
    \$'(?P<ansi>(?:[^'\\]|\\.)*+)' | '(?P<single>[^']*+)' | "(?P<double>(?:[^"\\]|\\.)*+)"
    | \\(?P<escaped>.) | (?P<plain>[^\s\\'"$]++|\$) | (?P<space>\s++)
    """,
    re.DOTALL | re.VERBOSE,
)
_COMMAND = re.compile(
    r"""
    (?P<comment>[ \t]*\#[^\n]*+)
    | (?P<command>(?:\\. | \$'(?:[^'\\]|\\.)*+' | '[^']*+' | "(?:[^"\\]|\\.)*+" | [^\\'"\n] | ['"\\])++)
    """,
    re.DOTALL | re.VERBOSE,
)
_IN_DOUBLE = re.compile(r'\\(["\\$`\n])')


def words(text: str) -> list[str]:
    """The words of one command.

    Raises:
        ValueError: a quote is not closed.
    """
    found: list[str] = []
    word: list[str] | None = None
    position = 0
    while position < len(text):
        part = _PART.match(text, position)
        if part is None:
            raise ValueError("No closing quotation")
        position = part.end()
        if part["space"] is not None:
            if word is not None:
                found.append("".join(word))
            word = None
        else:
            word = [] if word is None else word
            word.append(_meant(part))
    if word is not None:
        found.append("".join(word))
    return found


def _meant(part: re.Match[str]) -> str:
    if part["ansi"] is not None:
        return part["ansi"].encode("latin-1", "backslashreplace").decode("unicode_escape")
    if part["double"] is not None:
        return _IN_DOUBLE.sub(lambda match: "" if match[1] == "\n" else match[1], part["double"])
    for name in ("single", "escaped", "plain"):
        if part[name] is not None:
            return "" if name == "escaped" and part[name] == "\n" else part[name]
    return ""


def commands(text: str) -> Iterator[tuple[int, str]]:
    """The commands of a script with the number of their first line; comments and blank lines left out.

    A command ends with its line, but for a line's end inside quotes or behind a backslash.
    """
    line, counted = 1, 0
    for match in _COMMAND.finditer(text):
        if match["command"] is None or not match["command"].strip():
            continue
        line += text.count("\n", counted, match.start())
        counted = match.start()
        yield line, match["command"].strip()
