"""The recorder's own files: its authority, the recording, the disk."""

from __future__ import annotations

import time
from collections.abc import Iterator

from inspector.doctor.line import Line, bad, ok, warn
from inspector.doctor.setup import AuthorityState, RecordingState, Setup

MIB = 1024 * 1024
LARGE_LOG = 256 * MIB
LITTLE_DISK = 1024 * MIB
NO_DISK = 64 * MIB
RENEWAL_DAYS = 30
"""The next start of a recorder makes a new authority when the old one has less than this to live."""


def authority(setup: Setup) -> Iterator[Line]:
    """The key of the recorder's certificates."""
    if setup.authority is not None:
        yield from _authority(setup.authority, setup.now)


def _authority(state: AuthorityState, now: float) -> Iterator[Line]:
    if state.problem is not None:
        yield bad("authority", f"{state.path}: {state.problem}", "Move the file away; the next start makes a new one.")
        return
    if state.expires is None:
        yield ok("authority", "no certificate authority yet; the first recording makes one")
        return
    if _others_may(state.mode):
        yield bad("authority-mode", f"{state.path} can be read by others", f"chmod 600 '{state.path}'")
    day = time.strftime("%Y-%m-%d", time.gmtime(state.expires))
    if state.expires < now + RENEWAL_DAYS * 86400:
        yield warn(
            "authority-expires",
            f"the recorder's certificate authority is valid until {day}",
            "The next recorder makes a new one; terminals that ran `env` have to run it again.",
        )
    elif not _others_may(state.mode):
        yield ok("authority", f"the recorder's certificate authority: for you alone, valid until {day}")


def recording(setup: Setup) -> Iterator[Line]:
    """The recording, and whether there is room for more."""
    if setup.recording is not None:
        yield from _file(setup.recording)
        yield from _disk(setup.recording)


def _file(state: RecordingState) -> Iterator[Line]:
    if state.problem is not None:
        yield bad("recording", state.problem, "Name another with -r FILE or B2_INSPECTOR_RECORDING.")
        return
    if state.size is None:
        yield ok("recording", f"no recording yet at {state.path}")
        return
    if _others_may(state.mode):
        yield warn("recording-mode", f"{state.path} can be read by others", f"chmod 600 '{state.path}'")
    if state.log_size > LARGE_LOG:
        yield warn(
            "recording-log",
            f"{state.log_size // MIB} MiB of {state.path}-wal are not merged yet",
            "A reader holds an old state open: close other b2-inspectors; the next writer merges them.",
        )
    if not state.writable:
        yield warn(
            "recording-read-only", f"{state.path} cannot be written", "Reading works; record into another with -r."
        )
    yield ok("recording", f"the recording {state.path}: {state.size / MIB:.1f} MiB")


def _disk(state: RecordingState) -> Iterator[Line]:
    if state.free is None:
        return
    words = f"{state.free // MIB} MiB are free where the recording lies"
    fix = "Make room: b2-inspector prune; or record elsewhere with -r FILE."
    if state.free < NO_DISK:
        yield bad("disk", words, fix)
    elif state.free < LITTLE_DISK:
        yield warn("disk", words, fix)


def _others_may(mode: int | None) -> bool:
    return mode is not None and bool(mode & 0o077)
