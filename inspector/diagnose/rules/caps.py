"""Caps: the limits that an account's owner has set, or has for free. Their code is that of missing rights."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.diagnose.call import Call
from inspector.diagnose.finding import Certainty, Seen
from inspector.diagnose.heard import by_b2, heard
from inspector.diagnose.neighbours import ago, asked_the_same, number
from inspector.diagnose.register import rule
from inspector.s3.operations import BY_NAME

TITLES = {
    "cap-transactions": "The day's cap of transactions is reached",
    "cap-download": "The day's cap of downloads is reached: bytes, or transactions of class B",
    "cap-storage": "The cap of stored bytes is reached",
}


def forbidden(call: Call) -> bool:
    """Whether it was answered 403."""
    return call.status == 403


@rule(when=forbidden)
def capped(call: Call) -> Iterator[Seen]:
    """B2 says that a cap is reached."""
    for one in heard(call, *TITLES):
        operation = BY_NAME.get(call.facts.operation or "")
        counted = ""
        if one.sentence.name != "cap-storage" and operation is not None and operation.transaction:
            counted = f" ({operation.name} is of class {operation.transaction})"
        words = TITLES[one.sentence.name] + counted
        yield Seen(one.sentence.name, one.certainty, one.seen + _last_good(call), words)


def _last_good(call: Call) -> str:
    """The nearest call that the same key was still allowed."""
    before = next(asked_the_same(call), None)
    return "" if before is None else f"\nwent well before: {number(before)}, {ago(call, before)}"


@rule(when=forbidden)
def worded_otherwise(call: Call) -> Iterator[Seen]:
    """B2 speaks of a cap in words that no table has."""
    message = (call.facts.error_message or "").lower()
    if "cap exceeded" in message and by_b2(call) and not any(heard(call)):
        kinds = (("storage", "cap-storage"), ("download", "cap-download"), ("transaction", "cap-transactions"))
        cause = next((cause for word, cause in kinds if word in message), None)
        if cause is not None:
            yield Seen(cause, Certainty.LIKELY, f"{call.facts.error_code}: {call.facts.error_message}")
