"""What the command line, the proxy process and the writer process say to each other.

The command line starts the proxy with its standard input as a lifeline: a first line of JSON brings what must not be
an argument, and when the pipe ends (the command line has died, or wants an end) the proxy ends too. Both processes
answer with lines of JSON on the standard output that they share.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from pathlib import Path
from typing import Any

from inspector.errors import UsageError

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?", re.IGNORECASE)
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


def parse_keep(text: str) -> int | None:
    """`--keep-body`: how many bytes of each body are kept; None for all of them.

    Raises:
        UsageError: neither a size nor `all`.
    """
    if text.lower() == "all":
        return None
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"cannot read the size {text!r}", "write a size such as 64k, 16m or 1g, or 'all'")
    return int(float(match[1]) * _UNITS[match[2].lower()])


def default_spool(data_dir: Path, session_uid: str) -> Path:
    """The directory of a session's spool."""
    return data_dir / "spool" / session_uid


def tell(event: str, **fields: Any) -> None:
    """Say something to the command line: one line of JSON on standard output.

    Written in one piece, because the proxy and the writer share the pipe; a command line that is gone hears nothing.
    """
    with contextlib.suppress(OSError):
        os.write(1, json.dumps({"event": event, **fields}).encode() + b"\n")
