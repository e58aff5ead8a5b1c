"""How old a signature is, in words."""

from __future__ import annotations

import calendar
import time

from inspector.sigv4.authorization import Authorization

SKEW_SECONDS = 900
"""How far the moment of a signature may be from the server's clock (AWS documentation, "Authenticating Requests")."""


def signed_at(authorization: Authorization) -> float | None:
    """The moment of a SigV4 signature in Unix seconds; None where it names none."""
    try:
        return float(calendar.timegm(time.strptime(authorization.timestamp or "", "%Y%m%dT%H%M%SZ")))
    except ValueError:
        return None


def age_words(authorization: Authorization, moment: float) -> str | None:
    """A sentence on the age of a signature that is sent as it was; None for a request without one."""
    at = signed_at(authorization)
    if at is None:
        return None
    age = moment - at
    said = f"its signature is {duration_words(abs(age))} {'old' if age >= 0 else 'ahead'}"
    if authorization.presigned and authorization.expires is not None:
        left = authorization.expires - age
        span = duration_words(abs(left))
        return f"{said}, and is good for {span}" if left > 0 else f"{said}, and expired {span} ago"
    return f"{said}: servers refuse those of more than 15 minutes" if abs(age) > SKEW_SECONDS else said


def duration_words(seconds: float) -> str:
    """A duration in its largest whole unit: `40 s`, `12 min`, `3 h`, `9 days`."""
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"
