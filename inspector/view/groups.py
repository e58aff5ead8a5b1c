"""Calls that are wrong in the same way, as one."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from textwrap import wrap

from inspector.diagnose.examine import Diagnosis

SHOWN = 30


@dataclass(slots=True)
class Group:
    """A call, and the ids of those after it of which the same is to be said."""

    first: Diagnosis
    more: list[int] = field(default_factory=list)


def same_lines(group: Group, columns: int) -> Iterator[str]:
    """The calls of which the same is to be said."""
    ids = " ".join(f"#{number}" for number in group.more[:SHOWN])
    more = f" and {len(group.more) - SHOWN} more" if len(group.more) > SHOWN else ""
    text = f"the same of {len(group.more)} other call{'' if len(group.more) == 1 else 's'}: {ids}{more}"
    yield from wrap(text, columns, initial_indent="  ", subsequent_indent="    ")


class Groups:
    """Diagnoses as they come, put together. `unverified`: the key ids whose secrets were missing."""

    def __init__(self) -> None:
        self._groups: dict[Hashable, Group] = {}
        self.count = 0
        self.unverified: dict[str, None] = {}

    def add(self, diagnosis: Diagnosis) -> None:
        """Put a diagnosis to those that say the same."""
        self.count += 1
        verification = diagnosis.verification
        if verification.verdict == "unverified" and not verification.note and diagnosis.call.facts.key_id:
            self.unverified[diagnosis.call.facts.key_id] = None
        known = self._groups.setdefault(_what_is_said(diagnosis), Group(diagnosis))
        if known.first is not diagnosis and diagnosis.call.id is not None:
            known.more.append(diagnosis.call.id)

    def __iter__(self) -> Iterator[Group]:
        return iter(self._groups.values())


def _what_is_said(diagnosis: Diagnosis) -> Hashable:
    """Verdict and findings, but for what only this call's bytes show; who fails without a known cause, by the code."""
    found = tuple((one.cause, one.certainty, one.fault, one.fix) for one in diagnosis.findings)
    code = None if found else (diagnosis.call.status, diagnosis.call.facts.error_code)
    return diagnosis.verification.scheme, diagnosis.verification.verdict, found, code
