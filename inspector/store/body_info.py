"""`BodyInfo` as JSON text in a column, and back."""

from __future__ import annotations

import json
from typing import Any

from inspector.wire.exchange import EMPTY_BODY, BodyInfo, Digests


def info_to_json(info: BodyInfo | None) -> str | None:
    """What is known of a body as JSON; None for a body that is empty or was never there."""
    if info is None or info == EMPTY_BODY:
        return None
    value = _fields(info)  # not asdict: this is written for each call, and that copies every value
    value["sent"] = _fields(info.sent)
    value["decoded"] = _fields(info.decoded) if info.decoded else None
    value["trailers"] = [[name.decode("latin-1"), text.decode("latin-1")] for name, text in info.trailers]
    return json.dumps(value, separators=(",", ":"))


def _fields(value: BodyInfo | Digests) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}


def info_from_json(text: str | None) -> BodyInfo:
    """The `BodyInfo` that `info_to_json` wrote; of an empty body where nothing was written."""
    if text is None:
        return EMPTY_BODY
    value = json.loads(text)
    value["sent"] = Digests(**value["sent"])
    value["decoded"] = Digests(**value["decoded"]) if value["decoded"] else None
    value["trailers"] = tuple((name.encode("latin-1"), text.encode("latin-1")) for name, text in value["trailers"])
    value["checksum"] = tuple(value["checksum"]) if value["checksum"] else None
    return BodyInfo(**value)
