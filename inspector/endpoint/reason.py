"""Why a signature does not match, found while the client waits: what one deviation alone explains, and no longer."""

from __future__ import annotations

import time
from collections.abc import Sequence

from inspector.diagnose.call import Call
from inspector.diagnose.examine import examine
from inspector.diagnose.finding import Certainty
from inspector.endpoint.gate import MISMATCH
from inspector.facts import facts_of
from inspector.sigv4.hypotheses.model import Surroundings
from inspector.sigv4.key import Key
from inspector.sigv4.signed import SignedRequest
from inspector.sigv4.solve import Progress
from inspector.wire.exchange import Exchange, Timing

PATIENCE = 1.0
"""Seconds that a client waits for its refusal at most, while its reason is looked for."""

WRONG_SECRET = "key-wrong-secret"
"""What is left when nothing else explains a signature. The secret here is the one that clients were told to sign with,
so that this is worth saying even where it is a hint."""


class _Enough(Exception):
    pass


def reason(
    signed: SignedRequest, keys: Sequence[Key], hosts: Sequence[bytes], now: float, patience: float = PATIENCE
) -> str:
    """The slug of the cause, `MISMATCH` where none is found in `patience` seconds. Never raises.

    `keys`: those that clients may sign with; `hosts`: others that the client may have signed for; `now`: Unix seconds.
    """
    until = time.monotonic() + patience

    def watch(progress: Progress) -> None:
        if time.monotonic() > until:
            raise _Enough

    around = Surroundings(hosts=tuple(hosts), keys=tuple(keys))
    facts = facts_of(signed.request, None, b"", b"")
    call = Call(Exchange("", signed.request, Timing(now)), facts, signed, around=around)
    try:
        findings = examine(call, keys, depth=1, watch=watch).findings
    except Exception:  # a reason is a courtesy; the refusal stands without it
        return MISMATCH
    likely = (one.cause for one in findings if one.certainty >= Certainty.LIKELY or one.cause == WRONG_SECRET)
    return next(likely, MISMATCH)
