"""The argument FILTER, and the row of a verb that lists calls."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

from inspector.errors import ExitCode
from inspector.store.filters import Node, Op, Term, parse
from inspector.store.filters.fields import resolve
from inspector.store.filters.tree import both

F = TypeVar("F", bound=Callable[..., Any])

_NEGATED = re.compile(r"-([A-Za-z_][\w.-]*)(\[[^\]]*\])?[:~]")

FILTER_HELP = """
\b
FILTER, all of it optional; terms stand for AND, and take OR, NOT and ():
  status:403  status:5xx  status:400..499  is:error  is:retry  -is:done
  op:PutObject  bucket:photos  key:2024/*  host:*.backblazeb2.com
  'dur:>2s'  'size:>1M'  'age:<10m'  'time:>"yesterday 3pm"'
  code:AccessDenied  sdk:boto3  header[expect]:*  body:TEXT  path~REGEX
  sig:mismatch  cause:region-mismatch  certainty:proved  fault:client   as explain says
  a bare word is part of operation, bucket, key, host or error code
Put what holds < > ( ) * ~ or a space between quotes: the shell reads them too.
"""


class FilterCommand(click.Command):
    """A command whose arguments are a filter: `-op:HeadObject` is a term that is negated, no option `-o`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        terms = [f"!{arg[1:]}" if self._negated(arg) else arg for arg in args[:end]]
        return super().parse_args(ctx, terms + args[end:])

    def _negated(self, arg: str) -> bool:
        """Whether it is a term: `-region:us` is, though `-r` is an option; `-rC:\\r.db` is none."""
        match = _NEGATED.match(arg)
        short = {option for param in self.params for option in param.opts}
        return match is not None and (resolve(match[1]) is not None or f"-{match[1][0]}" not in short)


def filter_argument(function: F) -> F:
    """Adds FILTER..., given to the function as `where`, a tree; and `--session`."""
    session = click.option("--session", metavar="N|NAME|last", help="Only this session's calls.")
    return click.argument("words", nargs=-1, metavar="[FILTER]...")(session(function))


def read_filter(words: tuple[str, ...], session: str | None = None) -> Node:
    """The tree of the words, joined by spaces. A word of digits alone is an id.

    Raises:
        FilterError: it cannot be read.
    """
    if words and all(re.fullmatch(r"\d{1,18}", word) for word in words):
        text = " OR ".join(f"id:{word}" for word in words)
    else:
        text = " ".join(words)
    node = parse(text)
    return node if session is None else both([Term("session", Op.IS, session), node])


def nothing_matched(what: str = "call") -> int:
    """Say so on stderr; gives the exit code."""
    click.echo(f"b2-inspector: no {what} matched", err=True)
    return ExitCode.NOTHING
