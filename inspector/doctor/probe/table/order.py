"""Two faults at once: the one that is told is looked for first."""

from __future__ import annotations

from inspector.doctor.probe.ask import Ask
from inspector.doctor.probe.model import Kind, Probe, Variant
from inspector.doctor.probe.table.query import LIST

_UNKNOWN_KEY = "0000000000000000000000000"
_NO_BUCKET = b"/no-such-bucket-{t}"
_YESTERDAY = -25 * 3600.0


def _told(name: str, question: str, ask: Ask) -> Probe:
    return Probe(name, question, (Variant("sent", "", ask),), Kind.SAYS)


ORDER = (
    _told("wrong-signature", "What is said of a wrong signature alone?", LIST.but(spoil=True)),
    _told("unknown-key", "What is said of an unknown key alone?", LIST.but(key_id=_UNKNOWN_KEY)),
    _told("order-signature-clock", "Wrong signature and wrong clock?", LIST.but(spoil=True, shift=_YESTERDAY)),
    _told(
        "order-signature-bucket",
        "Wrong signature and a bucket that is not there?",
        LIST.but(spoil=True, path=_NO_BUCKET),
    ),
    _told("order-key-clock", "Unknown key and wrong clock?", LIST.but(key_id=_UNKNOWN_KEY, shift=_YESTERDAY)),
    _told(
        "order-signature-call",
        "Wrong signature and a call that B2 does not have (?policy)?",
        Ask(query=b"policy", spoil=True),
    ),
    _told(
        "order-signature-header",
        "Wrong signature and a header that B2 refuses (x-amz-tagging)?",
        Ask(
            b"PUT",
            b"/{b}/{p}order",
            headers=((b"Content-Type", b"text/plain"), (b"X-Amz-Tagging", b"a=b")),
            body=b"x",
            spoil=True,
        ),
    ),
)
