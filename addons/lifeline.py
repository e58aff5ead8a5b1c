"""The proxy lives as long as whoever started it: its standard input is the lifeline.

The first line on it is a JSON object of mitmproxy options that must not stand among a process's arguments (passwords);
then nothing more is sent. When the pipe ends, so does the proxy. It listens only once that line is read and all addons
are loaded (start it with `--no-server`), and says where.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import threading

from mitmproxy import ctx

from inspector.capture.settings import tell


class Lifeline:
    """The addon."""

    def __init__(self) -> None:
        self.task: asyncio.Task[None] | None = None

    def running(self) -> None:
        self.task = asyncio.get_running_loop().create_task(self.start())

    async def start(self) -> None:
        try:
            await self.listen()
        except Exception as error:
            tell("failed", text=f"{type(error).__name__}: {error}")
            ctx.master.shutdown()

    async def listen(self) -> None:
        stop_watching_scripts()
        secrets = json.loads(sys.stdin.buffer.readline() or b"{}")
        end_with_stdin(asyncio.get_running_loop())
        ctx.options.update(**secrets, server=True)
        server = ctx.master.addons.get("proxyserver")
        if not await server.setup_servers():
            tell("failed", text=f"cannot listen on {ctx.options.listen_host}:{ctx.options.listen_port}")
            ctx.master.shutdown()
            return
        host, port, *_ = server.listen_addrs()[0]
        tell("listening", host=host, port=port)


def end_with_stdin(loop: asyncio.AbstractEventLoop) -> None:
    """Shut the proxy down when standard input ends. A thread, because Windows cannot wait for a pipe otherwise."""

    def wait() -> None:
        while sys.stdin.buffer.read1(4096):  # type: ignore[union-attr]  # a BufferedReader, outside of tests
            pass
        loop.call_soon_threadsafe(ctx.master.shutdown)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


def stop_watching_scripts() -> None:
    """mitmproxy reloads a script whose file changes: an upgrade of the package must not cut a recording in two."""
    loader = ctx.master.addons.get("scriptloader")
    for script in loader.addons if loader else []:
        if script.reloadtask:
            script.reloadtask.cancel()
    logging.getLogger("mitmproxy.addons.script").setLevel(logging.WARNING)


addons = [Lifeline()]
