"""The signs that the terminal UI draws, and their stand-ins for terminals that know ASCII alone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The signs; `ascii` says that nothing else may be drawn, not even in a key."""

    cursor: str = "▸"
    live: str = "●"
    still: str = "○"
    dot: str = "·"
    ellipsis: str = "…"
    mark: str = "◆"
    note: str = "“"
    ascii: bool = False

    def text(self, text: str) -> str:
        """The text as this terminal can show it."""
        if not self.ascii or text.isascii():
            return text
        return text.translate(_STAND_INS).encode("ascii", "backslashreplace").decode()


UNICODE = Glyphs()
ASCII = Glyphs(cursor=">", live="*", still="-", dot="-", ellipsis="~", mark="+", note='"', ascii=True)
_STAND_INS = str.maketrans(
    {
        **{"…": "~", "·": "-", "↳": ">", "↓": "down", "↑": "up", "⇧": "s-", "—": "-", "–": "-", "“": '"', "”": '"'},
        **{"›": ">", "✓": "+", "✗": "x", "≠": "!", "█": "#", "░": ".", "│": "|", "─": "-", "×": "x"},
    }
)
