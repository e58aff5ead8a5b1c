"""When a call was made, where a format does not say so: by what its heads say."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from inspector.wire.exchange import Request, Response
from inspector.wire.headers import get

_SIGNED = re.compile(rb"[Xx]-[Aa]mz-[Dd]ate=(\d{8}T\d{6}Z)")


def told_moment(request: Request, response: Response | None, default: float) -> float:
    """Unix seconds: when the request was signed, else what the answer's Date says, else `default`."""
    query = _SIGNED.search(request.target)
    text = query[1] if query else (get(request.headers, b"x-amz-date") or b"").strip()
    try:
        return datetime.strptime(text.decode("latin-1"), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        pass
    date = (get(response.headers, b"date") or b"").decode("latin-1") if response else ""
    return parsed_moment(date, default)


def parsed_moment(text: object, default: float) -> float:
    """A moment in RFC 3339 or in the manner of mail (RFC 2822); without a zone it is UTC."""
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)  # type: ignore[arg-type]
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (TypeError, ValueError, IndexError, OverflowError):
            continue
    return default
