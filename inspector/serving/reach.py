"""Keep a client that came to this server by its address here: the native API's answers name the hosts to go on at.

`b2_authorize_account` says `apiUrl`, `downloadUrl` and `s3ApiUrl`, `b2_get_upload_url` an `uploadUrl` on some pod. Who
comes through a proxy, or was told of the real hosts, reaches them as recorded; who was told of this server as the
`realm` would leave it with the second call.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from inspector.replay.play.answer import Answer
from inspector.wire.exchange import Request
from inspector.wire.headers import Headers

LONGEST = 64 * 1024

_NAMING = re.compile(rb"/b2api/v\d+/(?:b2_authorize_account|b2_get_upload_url|b2_get_upload_part_url)(?:\?|$)")
_URL = re.compile(rb'("(?:apiUrl|downloadUrl|s3ApiUrl|uploadUrl)"\s*:\s*")https?:\\?/\\?/[^/"\\]+')


def within_reach(answer: Answer, request: Request) -> Answer:
    """The answer with this server in the place of B2's hosts, where it tells a client of them."""
    if answer.response is None or answer.size > LONGEST or not _NAMING.match(request.target):
        return answer
    base = b"%b://%b" % (request.scheme.encode(), request.signed_host)
    body = b"".join(answer.windows())
    written = _URL.sub(lambda match: match[1] + base, body)
    if written == body:
        return answer

    def windows() -> Iterator[bytes]:
        yield written

    response = replace(answer.response, headers=_with_length(answer.response.headers, len(written)))
    return replace(answer, response=response, windows=windows, size=len(written))


def _with_length(headers: Headers, length: int) -> Headers:
    kept = [line for line in headers if line[0].lower() != b"content-length"]
    return (*kept, (b"Content-Length", b"%d" % length))
