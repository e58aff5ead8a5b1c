"""What the client's own log says of a call, for people and as JSON."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from inspector.diagnose.proofs import masked
from inspector.diagnose.testimony import part_name
from inspector.diagnose.witness import Difference, Testimony
from inspector.sigv4.hypotheses.model import header

_KNOWN_BY = {
    "signature": "signature",
    "secret": "signature, which the secret gives",
    "invocation": "invocation id",
    "moment": "second, method and path",
}


def testimony_words(testimony: Testimony) -> str:
    """What it says, in a line."""
    entry = testimony.entry
    if entry is None or testimony.how is None:
        return f"says nothing of this call: {testimony.note}"
    what = [part_name(one.axis) for one in testimony.differences]
    says = f"shows another {', '.join(what)} than arrived" if what else "shows what arrived"
    doubt = f"; not to be relied on: {testimony.note}" if testimony.note else ""
    return f"{says} ({entry.source}, line {entry.line}, known by its {_KNOWN_BY[testimony.how]}){doubt}"


def testimony_fields(testimony: Testimony | None) -> dict[str, Any] | None:
    """The entry that is the call's, and the parts that differ; None where no log was given."""
    if testimony is None:
        return None
    entry = testimony.entry
    return {
        "source": entry and entry.source,
        "line": entry and entry.line,
        "matched_by": testimony.how,
        "coherent": entry and entry.coherent,
        "differences": [_difference(one) for one in testimony.differences],
        "note": testimony.note,
    }


def _difference(one: Difference) -> dict[str, str | None]:
    """One part; null for what is a secret. What is not UTF-8 has its bytes beside it."""
    part = {"part": one.axis.removeprefix(header(""))}
    if one.secret:
        return {**part, "signed": None, "arrived": None}
    return {**part, **_text("signed", masked(one.signed)), **_text("arrived", masked(one.arrived))}


def _text(name: str, value: bytes) -> dict[str, str]:
    shown = value.decode("utf-8", "replace")
    exact = {} if shown.encode() == value else {f"{name}_b64": b64encode(value).decode()}
    return {name: shown, **exact}
