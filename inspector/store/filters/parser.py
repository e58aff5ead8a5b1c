"""Text to tree.

The grammar, loosest first::

    any   = all (("OR" | "|") all)*
    all   = one (["AND" | "&"] one)*
    one   = ("NOT" | "!" | "-") one | "(" any ")" | term | word
    term  = field ":" value | field "~" regex | field ":" (">" | ">=" | "<" | "<=") value | field ":" value ".." value
          | "~" letters [argument]

Written by hand: loading pyparsing costs every verb 90 ms (sqlite3, click and json together: 70 ms), and a caret under
the very place is worth more than a grammar library's own words. A value ends at white space or at a parenthesis that
it did not open; quotes group, and in them `\\"` is a quote and `\\\\` a backslash.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from inspector.store.filters import mitmproxy, values
from inspector.store.filters.errors import MalformedFilter
from inspector.store.filters.fields import (
    ALIASES,
    CHOICES,
    FIELDS,
    FLAGS,
    NO_CALLS,
    NOT_BUILT,
    ORDERED,
    Field,
    Kind,
    resolve,
)
from inspector.store.filters.moments import Clock, moment
from inspector.store.filters.tree import EVERYTHING, Node, Not, Op, Term, Word, both, either

_SPACE = re.compile(r"\s*")
_FIELD = re.compile(r"([A-Za-z_][\w.-]*)(?:\[([^\]\s]*)\])?(:|~|[<>]=?|=)")
_MITMPROXY = re.compile(r"~([a-z]+)(?=$|[\s)|&])")
_NEGATION = re.compile(r"not(?=[\s(])|!|-(?=\S)", re.IGNORECASE)
_OR = re.compile(r"or(?=$|[\s(])|\|\|?", re.IGNORECASE)
_AND = re.compile(r"and(?=$|[\s(])|&&?", re.IGNORECASE)
_COMPARISONS = {">=": Op.FROM, "<=": Op.UPTO, ">": Op.OVER, "<": Op.UNDER, "=": Op.IS}

_MAY_BE_NONE = (Kind.NUMBER, Kind.STATUS, Kind.DURATION)
_ANY_TIME = Clock(0.0)


def parse(text: str) -> Node:
    """The tree of a filter; of everything when the text is empty.

    Raises:
        MalformedFilter: it cannot be read; the message shows where, the hint what comes nearest.
    """
    # A command line that is not UTF-8 reaches us with lone surrogates, which nothing stored can equal.
    parser = _Parser(text.encode("utf-8", "replace").decode())
    parser.skip_space()
    if parser.at_end():
        return EVERYTHING
    node = parser.any_of()
    if not parser.at_end():
        raise parser.error("This closing parenthesis has no opening one.", "Remove it, or quote it.", parser.at)
    return node


def _explained(read: Callable[[str], object]) -> Callable[[str], str | None]:
    """Why a reader of values refuses a text; None when it does not."""

    def problem(text: str) -> str | None:
        try:
            read(text)
        except (ValueError, OverflowError) as error:
            return str(error)
        return None

    return problem


_PROBLEMS: dict[Kind, Callable[[str], str | None]] = {
    Kind.NUMBER: _explained(values.number),
    Kind.STATUS: _explained(values.status),
    Kind.SIZE: _explained(values.size),
    Kind.DURATION: _explained(values.duration),
    Kind.AGE: _explained(values.duration),
    Kind.TIME: _explained(lambda text: moment(text, _ANY_TIME)),
    Kind.SDK: _explained(values.sdk),
}


class _Parser:
    """One filter, read from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    # Reading along

    def at_end(self) -> bool:
        return self.at >= len(self.text)

    def skip_space(self) -> None:
        match = _SPACE.match(self.text, self.at)
        assert match is not None
        self.at = match.end()

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self.text, self.at)
        if match is not None:
            self.at = match.end()
        return match

    def error(self, problem: str, hint: str, start: int, end: int | None = None) -> MalformedFilter:
        return MalformedFilter(problem, hint, self.text, start, start + 1 if end is None else end)

    # The grammar

    def any_of(self) -> Node:
        nodes = [self.all_of()]
        while self.take(_OR):
            self.skip_space()
            nodes.append(self.all_of())
        return either(nodes)

    def all_of(self) -> Node:
        nodes = [self.one()]
        while not self.at_end() and self.text[self.at] != ")" and not _OR.match(self.text, self.at):
            if self.take(_AND):
                self.skip_space()
            nodes.append(self.one())
        return both(nodes)

    def one(self) -> Node:
        start = self.at
        if self.at_end() or self.text[self.at] in ")|&":
            raise self.error("Something is missing here.", "A term as status:403, or a word.", start)
        if self.depth > 100:
            raise self.error("This is nested too deeply.", "A hundred levels are enough.", start)
        self.depth += 1
        node = Not(self.operand()) if self.take(_NEGATION) else self.primary()
        self.depth -= 1
        self.skip_space()
        return node

    def operand(self) -> Node:
        self.skip_space()
        return self.one()

    def primary(self) -> Node:
        if self.text[self.at] == "(":
            return self.group()
        if self.text[self.at] == "~":
            return self.mitmproxy()
        match = _FIELD.match(self.text, self.at)
        if match is not None and (match[3] in ":~" or resolve(match[1])):
            self.at = match.end()
            return self.term(match)
        return self.word()

    def group(self) -> Node:
        start = self.at
        self.at += 1
        self.skip_space()
        node = self.any_of()
        if self.at_end():
            raise self.error("This parenthesis is never closed.", "Close it, or quote it.", start)
        self.at += 1
        return node

    def word(self) -> Node:
        start = self.at
        text = self.value()
        if not text:
            raise self.error("A word without letters matches nothing.", "Leave it out.", start, self.at)
        return Word(text)

    # Terms

    def term(self, match: re.Match[str]) -> Node:
        field = self.field(match)
        name = self.header_name(field, match)
        op = self.op(field, match)
        return self.checked(field, op, name)

    def checked(self, field: Field, op: Op, name: str) -> Node:
        """The term whose value comes next."""
        start = self.at
        value = self.value(ranged=field.kind in ORDERED)
        if field.kind in ORDERED and self.text.startswith("..", self.at):
            return self.between(field, op, value, start)
        if self.at == start:
            raise self.error(f"{field.name} needs a value.", f"As in {field.example}", start)
        if op is Op.MATCHES:
            self.check_regex(value, start)
        else:
            self.check(field, op, value, start)
        if field.kind is Kind.AGE and op is Op.IS:
            raise self.error("An age is compared.", f"age:<{value} is younger, age:>{value} older.", start, self.at)
        return Term(field.name, op, value.lower() if field.kind is Kind.FLAG else value, name=name)

    def between(self, field: Field, op: Op, low: str, start: int) -> Node:
        if op is not Op.IS:
            raise self.error("A range needs no comparison.", f"As in {field.name}:LOW..HIGH", start, self.at)
        if low:
            self.check(field, Op.FROM, low, start)
        self.at += 2
        middle = self.at
        high = self.value(ranged=True)
        if high:
            self.check(field, Op.UPTO, high, middle)
        if not low and not high:
            raise self.error("A range needs one end at least.", f"As in {field.name}:LOW..HIGH", start, self.at)
        return Term(field.name, Op.BETWEEN, low, high)

    def field(self, match: re.Match[str]) -> Field:
        written = match[1]
        name = resolve(written)
        if name is not None:
            return FIELDS[name]
        start, end = match.span(1)
        if written.lower() in NOT_BUILT:
            problem = f"{NOT_BUILT[written.lower()]} is known, but not built yet: {written} cannot be asked for."
            raise self.error(problem, "Leave this term out.", start, end)
        hint = (
            f'{_nearest(written, [*FIELDS, *ALIASES])} To look for the text itself, quote it: "{written}{match[3]}..."'
        )
        raise self.error(f"There is no field {written!r}.", hint, start, end)

    def header_name(self, field: Field, match: re.Match[str]) -> str:
        if match[2] is None:
            return ""
        if not field.takes_name or not match[2]:
            problem = "A header's name is missing." if field.takes_name else f"{field.name} takes no name in brackets."
            raise self.error(problem, "As in header[content-type]:*/xml", *match.span(2))
        return match[2].lower()

    def op(self, field: Field, match: re.Match[str]) -> Op:
        ordered = field.kind in ORDERED
        sign = match[3]
        if sign == "~":
            if ordered or field.kind in (Kind.FLAG, Kind.SDK, Kind.SESSION, Kind.RAW):
                raise self.error(f"{field.name} takes no pattern.", f"As in {field.example}", *match.span(3))
            return Op.MATCHES
        if sign == ":":
            comparison = self.take(re.compile("[<>]=?")) if ordered else None
            return Op.IS if comparison is None else _COMPARISONS[comparison[0]]
        if ordered:
            return _COMPARISONS[sign]
        raise self.error(f"{field.name} has no more and less.", f"As in {field.example}", *match.span(3))

    # Values

    def value(self, ranged: bool = False) -> str:
        """A quoted or a bare value. A bare one that may be half of a range ends before the two dots."""
        if not self.at_end() and self.text[self.at] in "\"'":
            return self.quoted(ranged)
        start, depth = self.at, 0
        while not self.at_end() and not self.text[self.at].isspace():
            char = self.text[self.at]
            if ranged and self.text.startswith("..", self.at):
                break
            if char == ")" and not depth:
                break
            depth += {"(": 1, ")": -1}.get(char, 0)
            self.at += 2 if char == "\\" and self.at + 1 < len(self.text) else 1
        return self.text[start : self.at]

    def quoted(self, ranged: bool) -> str:
        start, quote = self.at, self.text[self.at]
        chars: list[str] = []
        self.at += 1
        while not self.at_end() and self.text[self.at] != quote:
            pair = self.text[self.at : self.at + 2]
            escape = pair[:1] == "\\" and pair[1:] in (quote, "\\")
            chars.append(pair[1] if escape else pair[0])
            self.at += 2 if escape else 1
        if self.at_end():
            raise self.error("This quote is never closed.", f"Close it with {quote}", start)
        self.at += 1
        if not (self.at_end() or self.text[self.at].isspace() or self.text[self.at] == ")"
                or (ranged and self.text.startswith("..", self.at))):  # fmt: skip
            raise self.error("A space is missing after the quote.", "Add one.", self.at)
        return "".join(chars)

    def check(self, field: Field, op: Op, value: str, start: int) -> None:
        if op is Op.IS and field.kind in _MAY_BE_NONE and value.lower() == "none":
            return
        if field.kind is Kind.FLAG:
            self.check_flag(value, start)
        if field.kind is Kind.CHOICE and not values.is_glob(value):
            self.check_choice(field, value, start)
        explain = _PROBLEMS.get(field.kind)
        problem = explain(value) if explain else None
        if problem:
            raise self.error(
                f"{field.name}: {value!r} cannot be read. {problem}", f"As in {field.example}", start, self.at
            )

    def check_flag(self, value: str, start: int) -> None:
        word = value.lower()
        if word in FLAGS:
            return
        hint = NO_CALLS.get(f"is:{word}") or f"{_nearest(word, list(FLAGS))} All: {' '.join(FLAGS)}"
        raise self.error(f"is:{value} has no meaning.", hint, start, self.at)

    def check_choice(self, field: Field, value: str, start: int) -> None:
        known = CHOICES[field.name]
        if value.lower() not in known:
            hint = f"{_nearest(value, list(known))} All: {' '.join(known)}"
            raise self.error(f"{field.name}:{value} has no meaning.", hint, start, self.at)

    def check_regex(self, value: str, start: int) -> None:
        try:
            re.compile(value)
        except (re.error, OverflowError, RecursionError) as error:
            raise self.error(
                f"This is no regular expression: {error}.", "Python's rules; quote what holds spaces.", start, self.at
            ) from None

    # mitmproxy

    def mitmproxy(self) -> Node:
        start = self.at
        match = self.take(_MITMPROXY)
        letters = match[1] if match else ""
        if letters in mitmproxy.FLAGS:
            return mitmproxy.FLAGS[letters]
        if letters not in mitmproxy.FIELDS:
            known = letters in mitmproxy.NO_MEANING
            problem = f"mitmproxy's ~{letters} has no meaning here." if known else "mitmproxy knows no such operator."
            raise self.error(problem, "Use a field as status:403; a regular expression as path~REGEX.", start, self.at)
        return self.translated(letters, start)

    def translated(self, letters: str, start: int) -> Node:
        name = mitmproxy.FIELDS[letters]
        if name not in FIELDS:
            raise self.error(f"{NOT_BUILT[name]} is known, but not built yet.", "Leave this term out.", start, self.at)
        self.skip_space()
        op = Op.IS if name in mitmproxy.PLAIN else Op.MATCHES
        return self.checked(FIELDS[name], op, "")


def _nearest(word: str, known: list[str]) -> str:
    from difflib import get_close_matches  # 13 ms that only a mistake should cost

    near = get_close_matches(word.lower(), known, n=1, cutoff=0.5)
    near += [name for name in known if word and name.startswith(word.lower())]
    return f"The nearest is {near[0]!r}." if near else "Nothing comes near."
