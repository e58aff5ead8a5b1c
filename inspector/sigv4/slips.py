"""Slips of the hand that typed a secret or copied it in pieces: one character off, somewhere.

Unlike what files and shells do to a secret (`secrets`), a slip may fall on any character, so there are some hundred and
fifty of them. Their words name the place, never the characters.
"""

from __future__ import annotations

from collections.abc import Iterator

from inspector.sigv4.secrets import MISTYPED, WHITESPACE, SecretVariant

_LONGEST = 64
"""Characters up to which a secret is tried: B2's have 31, AWS's 40."""

# Told apart badly in many a typeface: on a screenshot, on paper, over the telephone.
_ALIKE = (b"0OoQD", b"1lI|i", b"5S", b"2Z", b"8B", b"6bG", b"9gq", b"uv", b"VU", b"+t", b"-_")


def slips(secret: bytes) -> Iterator[SecretVariant]:
    """What one slip makes of a secret, the same secret at most once a kind."""
    if len(secret) > _LONGEST:
        return
    for place in range(len(secret)):
        before, one, after = secret[:place], secret[place : place + 1], secret[place + 1 :]
        at = f"character {place + 1}"
        yield _mistyped(f"without {at}", before + after)
        yield _mistyped(f"with {at} typed twice", before + one + one + after)
        if one.swapcase() != one:
            yield _mistyped(f"with {at} in the other case", before + one.swapcase() + after)
        if after and after[:1] != one:
            yield _mistyped(f"with {at} and the next in each other's place", before + after[:1] + one + after[1:])
        for other in _looks_like(one):
            yield _mistyped(f"with one that looks alike for {at}", before + other + after)
        if place:
            yield SecretVariant(WHITESPACE, f"the secret with a line feed before {at}", before + b"\n" + one + after)
            yield SecretVariant(WHITESPACE, f"the secret with a space before {at}", before + b" " + one + after)


def _mistyped(words: str, secret: bytes) -> SecretVariant:
    return SecretVariant(MISTYPED, f"the secret {words}", secret)


def _looks_like(one: bytes) -> Iterator[bytes]:
    """What `one` is taken for, but its own other case, which is a slip of another kind."""
    for group in _ALIKE:
        if one in group:
            yield from (bytes([other]) for other in group if bytes([other]) not in (one, one.swapcase()))
