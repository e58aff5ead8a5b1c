"""Any file without its credentials: a capture, a cassette, a fixture; other bytes stay as they are."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from inspector.clean.files import SQLITE, file_leaks
from inspector.clean.scrub import StillThere
from inspector.errors import UsageError
from inspector.leaks.find import UNSEARCHED
from inspector.leaks.rewrite import Rewriter
from inspector.leaks.shapes import Level
from inspector.wire.redaction import Redactor

LARGEST = 256 * 1024 * 1024


def scrub_file(path: Path, output: Path, key: bytes, known: Iterable[bytes] = (), *, signatures: bool = True) -> bool:
    """Write the file without credentials to `output` (which may be the same); whether anything was replaced.

    Raises:
        UsageError: it is no file that can be written anew as text is.
        StillThere: something is left that cannot be replaced; nothing is written then.
    """
    known = tuple(known)
    data = _read(path)
    finds = [find for _, find in file_leaks(path, known)]
    secrets = {find.value for find in finds if find.level is Level.SECRET and find.value and find.what != UNSEARCHED}
    clean = Rewriter(Redactor(key).pseudonym, secrets, signatures)(data)
    draft = output.with_name(f"{output.name}.part")
    try:
        if output != path or clean != data:
            draft.write_bytes(clean)
            _demand_clean(path, draft, known, signatures)
            _as_before(path, draft)
            os.replace(draft, output)
    finally:
        draft.unlink(missing_ok=True)
    return clean != data


def _read(path: Path) -> bytes:
    if path.stat().st_size > LARGEST:
        raise UsageError(f"{path} is larger than {LARGEST >> 20} MiB", "Import it, and scrub the recording.")
    data = path.read_bytes()
    if data.startswith(SQLITE):
        raise UsageError(f"{path} is a database, but not a recording of b2-inspector", "It cannot be written anew.")
    return data


def _demand_clean(path: Path, draft: Path, known: tuple[bytes, ...], signatures: bool) -> None:
    for line, find in file_leaks(draft, known):
        if signatures or find.level is Level.SECRET:
            place = f"line {line}" if line else f"byte {find.offset}"
            raise StillThere(
                f"{path} is left as it is: {place} would still hold what looks like a credential ({find.what})",
                "Look at it: b2-inspector scan FILE",
            )


def _as_before(path: Path, draft: Path) -> None:
    """With the permissions that the file had."""
    draft.chmod(path.stat().st_mode & 0o777)
