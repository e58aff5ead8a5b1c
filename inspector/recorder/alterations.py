"""What the proxy changes of a message, told from its header fields. `docs/alterations.md` says what each name means.

Raw fields, because mitmproxy's header views decode every name anew at each look.
"""

from __future__ import annotations

from collections.abc import Iterator

Fields = tuple[tuple[bytes, bytes], ...]


def request_alterations(fields: Fields) -> Iterator[str]:
    """What becomes of a request."""
    for name, value in fields:
        if len(name) == 6 and name.lower() == b"expect" and value.lower() == b"100-continue":
            yield "expect-answered"
    if _is_chunked(fields):
        yield "request-rechunked"


def response_alterations(fields: Fields) -> Iterator[str]:
    """What becomes of an answer."""
    if _is_chunked(fields):
        yield "response-rechunked"


def _is_chunked(fields: Fields) -> bool:
    return any(
        len(name) == 17 and name.lower() == b"transfer-encoding" and b"chunked" in value.lower()
        for name, value in fields
    )
