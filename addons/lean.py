"""Take out those of mitmproxy's own addons that a recorder must not have, or does not need.

A recorder alters nothing: addons that can rewrite headers, bodies or destinations, answer in a server's place or store
what passes have no business here, whatever a `config.yaml` may say. And each addon that is loaded is asked at each of
the dozen hooks of a call: without these a call costs a fifth less.
"""

from __future__ import annotations

import asyncio
import contextlib

from mitmproxy import ctx
from mitmproxy.exceptions import AddonManagerError

ALTERING = (
    *("anticache", "anticomp", "blocklist", "mapremote", "maplocal", "modifybody", "modifyheaders", "stickyauth"),
    *("stickycookie", "stripdnshttpsrecords", "updatealtsvc"),
)
ANSWERING = ("clientplayback", "onboarding", "serverplayback")
STORING = ("save", "savehar")
IDLE = (
    "browser",
    "commandhistory",
    "comment",
    "cut",
    "dnsresolver",
    "dumper",
    "export",
    "keepserving",
    "readfilestdin",
)
"""For the console, for DNS, or for reading files."""

WHEN_UNUSED = {"proxyauth": "proxyauth", "upstreamauth": "upstream_auth"}
"""Addons by name, with the option without which they do nothing."""


class Lean:
    """The addon. The names are those of mitmproxy 11 and 12; one that is not there is not missed."""

    def running(self) -> None:
        # Not here and now: mitmproxy is going through the list of addons, and lifeline.py has passwords to read first.
        self.task = asyncio.get_running_loop().create_task(self.take_out())

    async def take_out(self) -> None:
        unused = [name for name, option in WHEN_UNUSED.items() if not getattr(ctx.options, option)]
        for name in (*ALTERING, *ANSWERING, *STORING, *IDLE, *unused):
            addon = ctx.master.addons.get(name)
            if addon is not None:
                # Off the list first; what it would do at its end is then refused where that is asynchronous.
                with contextlib.suppress(AddonManagerError):
                    ctx.master.addons.remove(addon)


addons = [Lean()]
