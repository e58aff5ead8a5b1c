"""What is to be sent, and how: the user's choices, what comes of them, and the sending itself, in a thread."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from inspector.capture.settings import parse_keep
from inspector.paths import data_dir
from inspector.recorder.keys import pseudonym_key
from inspector.replay.carry import Carrier
from inspector.replay.changes import Changes
from inspector.replay.compare import Replayed
from inspector.replay.network import Network
from inspector.replay.prepare import Credentials, Outgoing, Ways, prepared
from inspector.replay.refused import Refused
from inspector.replay.run import Conditions, Replayer, changes_nothing
from inspector.replay.tape import Session
from inspector.sigv4.key import Key
from inspector.store.stored import Stored
from inspector.tui.diff.pair import found
from inspector.tui.jobs import Job
from inspector.wire.exchange import Request
from inspector.wire.redaction import Redactor

_KEEP = "16m"
"""How much of each body is kept, as the command line keeps it."""

_WATCH = 0.05
"""Seconds between two looks at whether the user still waits for the answer."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The choices. `edited`: the head as the user left it, None while it is the recorded one."""

    number: int
    keys: Sequence[Key] = field(repr=False)
    as_is: bool = False
    changes: Changes = field(default_factory=Changes)
    edited: Request | None = None

    def ways(self, seen: Callable[[Request], object] = lambda _: None) -> Ways:
        """How it is sent; `seen` gets the head before it is signed."""

        def edit(request: Request) -> Request:
            seen(request)
            return self.edited or request

        return Ways(self._pick, self.changes, self.as_is, edit=edit)

    def _pick(self, key_id: str | None) -> Credentials | None:
        """That key where it is at hand, else the first there is."""
        same = next((key for key in self.keys if key.key_id == key_id), None)
        key = same or (self.keys[0] if self.keys else None)
        return None if key is None else Credentials(key)


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be sent. `shown`: the request with its credentials replaced; `head`: before it is signed, to edit.

    `refused`: why it cannot be sent, and the next step; then there is no `outgoing`.
    """

    stored: Stored
    writes: bool
    outgoing: Outgoing | None = None
    shown: Request | None = None
    hidden: Sequence[str] = ()
    head: Request | None = None
    refused: tuple[str, str] = ("", "")


def preview(job: Job, plan: Plan) -> Preview:
    """What a plan comes to now; its signature is as old as this look."""
    stored = found(job.recording, plan.number)
    heads: list[Request] = []
    writes = not (changes_nothing(stored) and (plan.edited is None or plan.edited.method in (b"GET", b"HEAD")))
    try:
        outgoing = prepared(job.recording, stored, plan.ways(heads.append), Carrier(), time.time())
    except Refused as error:
        return Preview(stored, writes, head=heads[-1] if heads else None, refused=(error.message, error.hint))
    shown, hidden = Redactor(pseudonym_key(data_dir(os.environ))).redact_request(outgoing.request)
    return Preview(stored, writes, outgoing, shown, hidden, heads[-1])


def send(job: Job, plan: Plan, network: Network) -> Replayed:
    """Send it, and write what came beside the recorded call. A user who leaves ends it; what came until then stays.

    Raises:
        RecordingError: the recording cannot be written.
    """
    return asyncio.run(_sent(job, plan, network))


async def _sent(job: Job, plan: Plan, network: Network) -> Replayed:
    conditions = Conditions(plan.ways(), network.address, allow_writes=True)
    session = Session(job.recording.path, "replay", None, parse_keep(_KEEP))
    with session, closing(Replayer(job.recording, session, conditions)) as replayer:
        sending = asyncio.create_task(_first(replayer, plan.number))
        watching = asyncio.create_task(_left(job))
        await asyncio.wait({sending, watching}, return_when=asyncio.FIRST_COMPLETED)
        for task in (sending, watching):
            task.cancel()
        results = await asyncio.gather(sending, watching, return_exceptions=True)
        job.check()
        if isinstance(results[0], BaseException):
            raise results[0]
        return results[0]


async def _first(replayer: Replayer, number: int) -> Replayed:
    calls = [one async for one in replayer.replay([number])]
    return calls[0]


async def _left(job: Job) -> None:
    """Ends when the user does not wait any more."""
    while not job.cancelled:
        await asyncio.sleep(_WATCH)
