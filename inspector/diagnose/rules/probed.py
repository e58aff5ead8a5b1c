"""Sentences that stand in no public trace, and that B2 said when it was asked (`doctor --probe`)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from inspector.diagnose.call import Call
from inspector.diagnose.finding import Certainty, Seen
from inspector.diagnose.heard import by_b2, error_length_of, heard, spoken
from inspector.diagnose.reading import without_words, wordless
from inspector.diagnose.register import rule
from inspector.s3.probed import Answered, cause_of
from inspector.s3.sentences import error_length


def _unexplained(call: Call) -> bool:
    """Whether B2 refused it, and not in words that are public."""
    return call.failed and call.facts.api != "b2" and call.probed.of_b2 and by_b2(call) and not any(heard(call))


@rule(when=_unexplained)
def told_when_asked(call: Call) -> Iterator[Seen]:
    """B2 refused a probe in the same words; a sentence that several faults share says nothing."""
    silent = wordless(call)
    fits = _has_length if silent else _has_words
    found = {cause: name for name, cause, refusal in _known(call) if fits(call, refusal)}
    if len(found) == 1:
        (cause, name), *_ = found.items()
        weight = Certainty.LIKELY if silent else Certainty.CERTAIN
        yield Seen(
            cause,
            weight,
            spoken(call) + (f" {without_words(call)}, of {error_length_of(call)} bytes" if silent else ""),
            probed=(name,),
        )


def _known(call: Call) -> Iterator[tuple[str, str, Answered]]:
    for name, refusal in call.probed.refusals():
        cause = cause_of(name, refusal.variant)
        if cause is not None:
            yield name, cause, refusal


_VARYING = re.compile(r"<(?:bucket|prefix|key id)>|[\w:.-]*\d[\w:.-]*")
"""What differs from call to call: names that were taken out, and words with digits in them (dates, sizes, ids)."""


def _has_words(call: Call, refusal: Answered) -> bool:
    if call.status != refusal.status or call.facts.error_code != refusal.code:
        return False
    fixed = _VARYING.split(refusal.message)
    return re.fullmatch(r"\S+".join(map(re.escape, fixed)), call.facts.error_message or "") is not None


def _has_length(call: Call, refusal: Answered) -> bool:
    message = refusal.message.replace("<bucket>", call.facts.bucket or "").replace("<key id>", call.facts.key_id or "")
    return call.status == refusal.status and error_length_of(call) == error_length(refusal.code, message)
