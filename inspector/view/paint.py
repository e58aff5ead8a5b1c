"""Colours, where there are any: a style is a function from text to text."""

from __future__ import annotations

from dataclasses import dataclass

_RESET = "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Paint:
    """The styles of a terminal (ECMA-48 §8.3.117), or none of them."""

    colour: bool = False

    def strong(self, text: str) -> str:
        """What the eye should find first."""
        return self._styled("1", text)

    def faint(self, text: str) -> str:
        """What may be passed over."""
        return self._styled("2", text)

    def good(self, text: str) -> str:
        """What is right."""
        return self._styled("32", text)

    def bad(self, text: str) -> str:
        """What is wrong."""
        return self._styled("31", text)

    def doubtful(self, text: str) -> str:
        """What is not known."""
        return self._styled("33", text)

    def marked(self, text: str) -> str:
        """The very bytes that differ."""
        return self._styled("1;7", text)

    def _styled(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}{_RESET}" if self.colour and text else text


PLAIN = Paint()
