"""What is wrong with a filter, and where."""

from __future__ import annotations

from inspector.errors import FilterError


class MalformedFilter(FilterError):
    """A filter that cannot be read. The message shows the filter with carets under `start` to `end` (characters)."""

    def __init__(self, problem: str, hint: str, text: str, start: int, end: int) -> None:
        shown = "".join(char if char.isprintable() else " " for char in text)
        carets = " " * start + "^" * max(1, end - start)
        super().__init__(f"{problem}\n    {shown}\n    {carets}", hint)
        self.problem, self.start, self.end = problem, start, end
