"""Keys, one after the other: the next is given out when what the one before began is done.

Textual gives a key to whatever has the keys when it comes. Of `/is:error` typed fast, or by a script, the letters come
before the line is there that `/` opens: the list would take them for keys of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from textual import events
from textual.app import App
from textual.message_pump import MessagePump
from textual.widgets import Input

_ROUNDS = 3
"""Through the queues from the widget with the keys up to the application: a key, what it made a widget say (enter: a
line is submitted), and what was answered to that (the line is left)."""

_PATIENCE = 1.0
"""Seconds that widgets which do not come to their queues may hold the keys up."""


class Typed:
    """The keys (and what is pasted) that wait for their turn; `give` gives one to whatever has the keys then."""

    def __init__(self, app: App[Any], give: Callable[[events.Event], Awaitable[None]]) -> None:
        self._app = app
        self._give = give
        self._waiting: asyncio.Queue[events.Event] = asyncio.Queue()
        self._around: Sequence[MessagePump] = ()  # who may still be busy with the last one

    def take(self, event: events.Event) -> None:
        """A key was pressed."""
        self._waiting.put_nowait(event)

    async def run(self) -> None:
        """Give them out, until the application ends."""
        written: Input | None = None
        while True:
            event = await self._waiting.get()
            if written is None or self._field(event) is not written:
                await self._settle()
            written = self._field(event)
            self._around = (self._app.focused or self._app.screen).ancestors_with_self
            await self._give(event)

    def _field(self, event: events.Event) -> Input | None:
        """The line that this letter is written in: letters among themselves keep their order anyway."""
        field = self._app.focused
        letter = isinstance(event, events.Paste) or (isinstance(event, events.Key) and event.is_printable)
        return field if letter and isinstance(field, Input) else None

    async def _settle(self) -> None:
        """Wait until the last one has had its effect: screens are pushed, the keys are with whom they are for."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                for _ in range(_ROUNDS):
                    for pump in self._around:
                        await _caught_up(pump)
                if self._app.screen not in self._around:
                    await _caught_up(self._app.screen)


async def _caught_up(pump: MessagePump) -> None:
    """Wait until a widget has done all that was waiting for it; one that has gone has nothing to do."""
    done = asyncio.get_running_loop().create_future()
    if pump.call_later(_set, done):
        await done


def _set(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)
