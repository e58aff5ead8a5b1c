"""A session: one test's way through a recording, with a state of its own and its own count of calls."""

from __future__ import annotations

from collections.abc import Callable

from inspector.replay.play.player import Player
from inspector.serving.answers import Answers
from inspector.serving.app import App
from inspector.serving.hosts import Hosts
from inspector.serving.tally import Tally

LISTED = 100
"""Calls that are listed one by one for a program that asks what was missed and what is left."""


class Session:
    """`name` is "" for the one that answers calls that name none. `url`: the port that is its own, where it has one.

    `say` gets what a user wants to know at once.
    """

    def __init__(self, player: Player, say: Callable[[str], None], name: str = "") -> None:
        self.name, self.url = name, ""
        self.player = player
        self.tally = Tally(player, say)
        self.hosts = Hosts(call.request for call in player.cassette.calls)
        verify = player.options.verifier is not None
        self.app = App(Answers(player, self.tally, verify=verify, keep=player.looked_into))

    def rewind(self) -> None:
        """Begin anew: nothing was asked, nothing is bound."""
        self.player.rewind()
        self.tally.clear()

    def summary(self) -> dict[str, object]:
        """What became of its calls, for a program."""
        told = {"id": self.name} if self.name else {}
        unused = self.player.unplayed()[:LISTED]
        calls = {"missed_calls": self.tally.missed_calls, "unused_calls": [*map(self.tally.named, unused)]}
        return told | self.tally.as_dict() | calls
