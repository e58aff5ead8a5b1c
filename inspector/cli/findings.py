"""What is wrong with the calls that failed, in a few lines at the end of a run."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from inspector.cli.keys import usual_keys
from inspector.cli.probed import probed_at_hand
from inspector.diagnose.examine import DEPTH, Diagnosis
from inspector.diagnose.finding import Certainty, Finding
from inspector.diagnose.register import all_causes
from inspector.sigv4.solve import Progress
from inspector.store.reader import Recording
from inspector.view.examination import Examiner
from inspector.view.render import safe

SECONDS = 3.0
"""How long one looks at most: whoever ran a program waits for its end."""
LONGER = 5
"""Calls that get a longer look."""
SHOWN_IDS = 5


@dataclass(slots=True)
class Found:
    """A finding, and the calls that have it."""

    finding: Finding
    ids: list[int] = field(default_factory=list)


def findings(
    recording: Recording, ids: Sequence[int], environ: Mapping[str, str] = os.environ
) -> tuple[list[Found], int]:
    """What is proved of each call, else its first finding, equal ones together; and how many calls were looked at.

    Hints of one cause are told once: a client that looks before it writes gives many.

    Signatures are verified where the environment holds their secret, as the program's did. What a first, quick look at
    all of them leaves open gets a longer one as long as there is time.
    """
    until = time.monotonic() + SECONDS
    keys, probed = usual_keys(environ), probed_at_hand(environ)
    known: dict[int, Diagnosis] = {}
    quick = Examiner(recording, lambda key_id: keys, depth=1, probed=probed)
    for number in ids:
        if time.monotonic() > until:
            break
        diagnosis = quick.recorded(number)
        if diagnosis is not None:
            known[number] = diagnosis
    open_ids = [number for number, diagnosis in known.items() if _is_open(diagnosis)][:LONGER]
    for place, number in enumerate(open_ids):
        share = (until - time.monotonic()) / (len(open_ids) - place)
        watch = _Deadline(time.monotonic() + share)
        examiner = Examiner(recording, lambda key_id: keys, depth=DEPTH, watch=watch, probed=probed)
        with contextlib.suppress(_TimeIsUp):
            known[number] = examiner.recorded(number) or known[number]
    return list(_together(known)), len(known)


class _TimeIsUp(Exception):
    """Whoever waits has waited enough."""


@dataclass(frozen=True, slots=True)
class _Deadline:
    """Ends a search when the time (`time.monotonic`) is up."""

    until: float

    def __call__(self, progress: Progress) -> None:
        if time.monotonic() > self.until:
            raise _TimeIsUp


def _is_open(diagnosis: Diagnosis) -> bool:
    """Whether its signature does not match, and nobody knows why."""
    return diagnosis.outcome is not None and not diagnosis.outcome.explanations


def _together(known: Mapping[int, Diagnosis]) -> Iterable[Found]:
    found: dict[tuple[str, str, str], Found] = {}
    for number, diagnosis in sorted(known.items()):
        proved = [one for one in diagnosis.findings if one.certainty is Certainty.PROVED]
        for one in proved or diagnosis.findings[:1]:
            words = one.summary if one.certainty > Certainty.HINT else ""
            together = found.setdefault((one.cause, words, one.fix), Found(one))
            if not words and one.summary != together.finding.summary:
                together.finding = replace(one, summary=all_causes()[one.cause].title)
            together.ids.append(number)
            if one.certainty > together.finding.certainty:
                together.finding = one
    return found.values()


def finding_lines(found: Iterable[Found]) -> Iterator[str]:
    """Two lines a finding: what it is and of which calls, and what to do."""
    for one in found:
        shown = " ".join(f"#{number}" for number in one.ids[:SHOWN_IDS])
        more = f" and {len(one.ids) - SHOWN_IDS} more" if len(one.ids) > SHOWN_IDS else ""
        yield f"  {shown}{more}: {one.finding.certainty}: {safe(one.finding.summary)} [{one.finding.cause}]"
        if one.finding.fix:
            yield f"      fix: {safe(one.finding.fix)}"
