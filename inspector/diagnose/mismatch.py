"""What a verification and a search mean: a proof, a verdict that is no mismatch, or what was ruled out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inspector.diagnose.call import Call
from inspector.diagnose.finding import Certainty, Seen
from inspector.sigv4.key import Key
from inspector.sigv4.solve import Explanation, Outcome
from inspector.sigv4.verify import Verification


def explained(call: Call, verification: Verification, outcome: Outcome | None, keys: Sequence[Key]) -> Iterator[Seen]:
    """What the signature says about the call."""
    if outcome is not None:
        for explanation in outcome.explanations:
            yield from _proved(explanation)


def _proved(explanation: Explanation) -> Iterator[Seen]:
    """One finding a deviation."""
    for deviation in explanation.deviations:
        change = deviation.changes[0]
        yield Seen(change.cause, Certainty.PROVED, explanation.string_to_sign.decode("utf-8", "replace"), change.words)
