"""An answer beside the recorded one: what became of a call, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit

from inspector.diff.hunk import Hunk, Section
from inspector.diff.volatile import HEADERS
from inspector.store.stored import Stored
from inspector.store.writer import Entry
from inspector.wire.exchange import Failure, Request, Response
from inspector.wire.headers import Headers, get

_FRAMING = frozenset(("connection", "content-length", "keep-alive", "transfer-encoding"))
_VOLATILE = frozenset(name.encode() for name in HEADERS)


class Fate(str, Enum):
    """What became of a call."""

    SAME = "same"
    DIFFERS = "differs"
    FAILED = "failed"
    """No whole answer came, where the recorded call had one."""
    REFUSED = "refused"
    """It cannot be sent."""
    HELD_BACK = "held-back"
    """It would change something, and nobody said that it may."""


@dataclass(frozen=True, slots=True)
class New:
    """The call that was sent: its id, and what came."""

    id: int
    response: Response | None
    failure: Failure | None
    error_code: str | None

    @property
    def status(self) -> int | None:
        """The status; None where no answer came."""
        return self.response.status if self.response else None


@dataclass(frozen=True, slots=True)
class Replayed:
    """A call and what became of it; `new` is None where nothing was sent. `reason`: why, for people."""

    old: Stored
    fate: Fate
    new: New | None = None
    hunks: tuple[Hunk, ...] = ()
    notes: tuple[str, ...] = ()
    reason: str = ""
    hint: str = ""


def plainly_same(old: Stored, new: Entry) -> bool:
    """Whether an answer is the recorded one but for values that always differ, as most are: seen at a glance."""
    then, now = old.exchange.response, new.exchange.response
    if then is None or now is None or old.exchange.failure or new.exchange.failure or new.response_info is None:
        return False
    outcome = (now.status, new.facts.error_code, new.facts.error_message, new.response_info.sent)
    if (then.status, old.facts.error_code, old.facts.error_message, old.response_info.sent) != outcome:
        return False
    return old.facts.operation == new.facts.operation and _same_lines(then.headers, now.headers)


def _same_lines(then: Headers, now: Headers) -> bool:
    return len(then) == len(now) and all(
        one == other or (one[0] == other[0] and one[0].lower() in _VOLATILE)
        for one, other in zip(then, now, strict=True)
    )


def judged(
    old: Stored,
    new: New,
    found: tuple[Hunk, ...],
    notes: tuple[str, ...],
    request: Request,
    *,
    elsewhere: bool = False,
) -> Replayed:
    """What became of a call whose answers differ in `found`. `request` was sent; `elsewhere`: to another server."""
    notes = (*notes, *_redirected(request, new))
    failure, before = new.failure, old.exchange.failure
    if failure is not None and (before is None or before.kind != failure.kind):
        return Replayed(old, Fate.FAILED, new, found, notes, failure.text, _advice(failure.kind, failure.text))
    bodiless = request.method == b"HEAD"
    differs = any(_counts(hunk, elsewhere, bodiless) for hunk in found)
    return Replayed(old, Fate.DIFFERS if differs else Fate.SAME, new, found, notes)


def _counts(hunk: Hunk, elsewhere: bool, bodiless: bool) -> bool:
    """Whether a difference is one of the answer.

    Another server has other headers, which alone mean nothing. How a body travels says nothing either: its payload is
    compared, and a date in it may be a character longer.
    """
    if hunk.quiet:
        return False
    if hunk.section is not Section.RESPONSE_HEADER:
        return True
    return not elsewhere and (bodiless or hunk.where.partition(" ")[0] not in _FRAMING)


def _redirected(request: Request, new: New) -> tuple[str, ...]:
    """A word on a redirect: it is never followed."""
    response = new.response
    if response is None or not 300 <= response.status < 400 or response.status == 304:
        return ()
    location = (get(response.headers, b"location") or b"").decode("utf-8", "replace")
    host = urlsplit(location).hostname
    if host is None or host == request.host:
        return (f"it was redirected ({location or 'nowhere named'}), which is not followed",)
    return (f"it was redirected to {host}, which is not followed: the signature is for {request.host} alone",)


def _advice(kind: str, text: str) -> str:
    if kind == "upstream-tls" and "certificate" in text:
        return "Trust its authority: --upstream-ca PEM; or check no certificate: --insecure-upstream."
    return "Is the endpoint right, and up?" if kind == "upstream-unreachable" else ""
