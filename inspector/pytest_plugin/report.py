"""What a run tells at its end: calls that were replayed, missed, unused and recorded; recordings that are orphans."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inspector.formats.fixture.bodies import DIRECTORY
from inspector.formats.fixture.read import FIRST_LINE
from inspector.pytest_plugin.layout import EXTENSION

_TEST = re.compile(rb"(?m)^# test (.*)$")
_BODY = re.compile(rb"(?m)^@ \d+ sha256:([0-9a-f]{64})(?: of sha256:([0-9a-f]{64}))?")
_HEX = re.compile(r"[0-9a-f]{64}")
_NAMED = 4
"""Operations that are named in the summary."""


@dataclass
class Report:
    """What is told, added up over tests and over the workers of xdist."""

    replayed: Counter[str] = field(default_factory=Counter)
    missed: int = 0
    unused: int = 0
    recorded: int = 0
    saved: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    collected: set[str] = field(default_factory=set)
    orphans: list[str] = field(default_factory=list)
    configured: bool = False
    closers: list[Callable[[], object]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """What a worker hands on."""
        return {
            "replayed": dict(self.replayed),
            "counts": [self.missed, self.unused, self.recorded],
            "saved": self.saved,
            "used": sorted(self.used),
            "known": sorted(self.known),
        }

    def add_json(self, told: Mapping[str, Any]) -> None:
        """What a worker handed on."""
        self.replayed.update(told["replayed"])
        self.missed += told["counts"][0]
        self.unused += told["counts"][1]
        self.recorded += told["counts"][2]
        self.saved += told["saved"]
        self.used.update(told["used"])
        self.known.update(told["known"])

    def lines(self) -> Iterator[str]:
        """The summary."""
        total = self.replayed.total()
        if total or self.missed or self.recorded or self.used:
            by = ", ".join(f"{name} {count}" for name, count in self.replayed.most_common(_NAMED))
            more = ", …" if len(self.replayed) > _NAMED else ""
            detail = f" ({by}{more})" if by else ""
            new = f", recorded {self.recorded}" if self.recorded else ""
            yield f"b2-inspector: replayed {total}{detail}, missed {self.missed}, unused {self.unused}{new}"
        for path in self.saved:
            yield f"  saved {path}"
        for line in self.orphans:
            yield f"  orphan {line}"

    def close(self) -> None:
        """End what was started."""
        while self.closers:
            self.closers.pop()()

    def sweep(self) -> None:
        """Remove bodies that no recording names any more, where recordings were saved: their new ones lie beside them.

        To be called when no worker writes any more.
        """
        for directory in {Path(path).parent / DIRECTORY for path in self.saved}:
            for path in _loose(directory) if directory.is_dir() else ():
                if _HEX.fullmatch(path.name):
                    path.unlink()

    def look_for_orphans(self, directories: Iterable[Path], root: Path) -> list[str]:
        """Recordings below these directories whose test is gone, and bodies that no recording names.

        A recording says which test made it. One that was used, or whose test's file was not collected now, is none.
        """
        modules = {nodeid.partition("::")[0] for nodeid in self.known}
        for directory in directories:
            for path in sorted(directory.rglob(f"*{EXTENSION}")):
                test = _test_of(path)
                if test is not None and str(path.resolve()) not in self.used and self._is_gone(test, modules, root):
                    self.orphans.append(f"{path}: there is no {test}")
            for bodies in sorted(directory.rglob(DIRECTORY)):
                self.orphans += [f"{path}: no recording names it" for path in _loose(bodies)]
        return self.orphans

    def _is_gone(self, test: str, modules: set[str], root: Path) -> bool:
        module = test.partition("::")[0]
        if module in modules:
            return test not in self.known
        return not (root / module).exists()


def _test_of(path: Path) -> str | None:
    """The test that made a recording; None for another file."""
    with path.open("rb") as file:
        head = file.read(4096)
    found = _TEST.search(head) if head.startswith(FIRST_LINE) else None
    return found[1].decode("utf-8", "replace").strip() if found else None


def _loose(bodies: Path) -> list[Path]:
    named = {
        match.decode()
        for path in bodies.parent.glob(f"*{EXTENSION}")
        for found in _BODY.findall(path.read_bytes())
        for match in found
    }
    return sorted(path for path in bodies.iterdir() if path.is_file() and path.name not in named)
