"""An aws-chunked body with other signatures in the place of its own: what an endpoint sent on, out of what came in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})([^\r\n]*?;[ \t]*chunk-signature[ \t]*=)[0-9a-f]{64}([^\r\n]*\r\n)")
_TRAILER = re.compile(rb"(?i)(x-amz-trailer-signature[ \t]*:[ \t]*)[0-9a-f]{64}")


def with_signatures(windows: Iterable[bytes], signatures: Iterable[bytes]) -> Iterator[bytes]:
    """The body with these signatures (hex, 64 bytes each), those of its chunks and then that of its trailers.

    All else stays, byte for byte. Where signatures or bytes run out, for a body that was not kept whole, it ends.
    """
    left, waiting, data, final = iter(signatures), bytearray(), 0, False
    for window in windows:
        waiting += window
        while waiting and not final:
            if data:
                run = bytes(waiting[:data])
                del waiting[: len(run)]
                data -= len(run)
                yield run
                continue
            match = _SIZE_LINE.match(waiting)
            if match is None:
                break
            signature = next(left, None)
            if signature is None:
                return
            size = int(match[1], 16)
            yield match[1] + match[2] + signature + match[3]
            del waiting[: match.end()]
            data, final = size + 2 if size else 0, size == 0
    if final:
        last = next(left, None)
        yield bytes(waiting) if last is None else _TRAILER.sub(lambda match: match[1] + last, bytes(waiting))
