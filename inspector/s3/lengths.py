"""What an answer to HEAD would have said: B2 leaves the error body out and still sends its Content-Length.

The length is 115 + len(code) + len(message as XML), by the bytes of `sentences.error_body`. Two published traces show
message and length (cloudyr/aws.s3#404, iterate-ch/cyberduck#16107), a third was foretold by it (minio/mc#5072: 198).
One public listing has the prologue without `standalone="yes"`, which makes 17 bytes less; it may have been retyped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, product
from typing import NamedTuple

from inspector.s3.sentences import SENTENCES, Sentence, error_length, escape

FRAME = error_length("", "")
"""Bytes of an error body beside its code and its message: 115."""

WITHOUT_STANDALONE = len(' standalone="yes"')

_HOLE = re.compile(r"\{(\w+)\}")
_MOST = 256
"""Ways to fill a sentence that are tried at most."""


class Fit(NamedTuple):
    """An error that a length allows. `parts` fill the sentence's holes; `short`: it takes the shorter prologue."""

    sentence: Sentence
    parts: Mapping[str, str]
    short: bool

    @property
    def message(self) -> str:
        """The whole message."""
        return filled(self.sentence, self.parts)

    @property
    def arithmetic(self) -> str:
        """How the length comes about: `163 = 115 + 21 + 27: SignatureDoesNotMatch: Signature validation failed`."""
        code = self.sentence.code or ""
        frame = FRAME - (WITHOUT_STANDALONE if self.short else 0)
        sizes = (frame, len(code.encode()), len(escape(self.message).encode()))
        return f"{sum(sizes)} = {' + '.join(map(str, sizes))}: {code}: {self.message}"


def filled(sentence: Sentence, parts: Mapping[str, str]) -> str:
    """A sentence with its holes filled; one without a part stays as it is."""
    return _HOLE.sub(lambda match: parts.get(match[1], match[0]), sentence.text)


def fits(status: int, length: int, known: Mapping[str, Iterable[str]]) -> Iterator[Fit]:
    """The errors that an answer of this status and Content-Length may have had for a body.

    `known`: what the call itself says that may stand in a sentence's hole (`bucket`, or `unsupported-header.header` for
    that of one sentence). A sentence with a hole that nothing is known for is left out, as any length would do for it.
    What fits the whole prologue comes first; the shorter one is tried only where that leaves nothing.
    """
    found = list(_fits(status, length, known, short=False))
    yield from found or _fits(status, length + WITHOUT_STANDALONE, known, short=True)


def _fits(status: int, length: int, known: Mapping[str, Iterable[str]], *, short: bool) -> Iterator[Fit]:
    for sentence in SENTENCES:
        if sentence.status != status or sentence.code is None:
            continue
        for parts in _fillings(sentence, known):
            if error_length(sentence.code, filled(sentence, parts)) == length:
                yield Fit(sentence, parts, short)
                break


def _fillings(sentence: Sentence, known: Mapping[str, Iterable[str]]) -> Iterator[dict[str, str]]:
    """Every way to fill a sentence with what is known; none where a hole stays open."""
    names = _HOLE.findall(sentence.text)
    ways = product(*(_values(sentence, name, known) for name in names))
    return (dict(zip(names, way, strict=True)) for way in islice(ways, _MOST))


def _values(sentence: Sentence, hole: str, known: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    values = known.get(f"{sentence.name}.{hole}", known.get(hole, ()))
    return tuple(value for value in values if value)
