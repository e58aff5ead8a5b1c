"""The terminal UI in a browser: a real server, a real Chromium where one is installed."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.calls import call, record

from inspector.errors import ExitCode
from inspector.store.reader import Recording

aiohttp = pytest.importorskip("aiohttp", reason="of the extra `serve`")
pytest.importorskip("textual_serve", reason="of the extra `serve`")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE = 60.0

pytestmark = pytest.mark.slow


def command(path: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "inspector", "tui", "-r", str(path), "--serve", *words]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("B2_INSPECTOR_HOME", str(tmp_path / "home"))
    return record(tmp_path / "calls.db", [call() for _ in range(5)])


@pytest.fixture
def address(path: Path) -> Iterator[str]:
    """The address that the server tells, with its token."""
    with subprocess.Popen(command(path), stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        found = re.search(r"http://\S+", server.stderr.readline())
        assert found
        yield found[0]
        server.terminate()
        assert server.wait(20) == ExitCode.OK


async def status(url: str, **headers: str) -> tuple[int, dict[str, str]]:
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers, allow_redirects=False) as answer:
        return answer.status, {**answer.headers}


def test_only_who_has_the_token_and_comes_from_here_is_let_in(address: str) -> None:
    """Pages of other sites, other names of this machine, and users without the token are not."""

    async def scene() -> None:
        base = address.partition("/?")[0]
        assert (await status(base + "/"))[0] == 403
        assert (await status(base + "/ws"))[0] == 403
        assert (await status(base + "/?token=wrong"))[0] == 403
        assert (await status(address, Host="evil.example"))[0] == 403
        assert (await status(address, Origin="http://evil.example"))[0] == 403
        code, headers = await status(address)
        assert (code, headers["Location"]) == (302, "/")
        assert "HttpOnly" in headers["Set-Cookie"]
        assert "SameSite=Strict" in headers["Set-Cookie"]
        cookie = headers["Set-Cookie"].partition(";")[0]
        code, headers = await status(base + "/", Cookie=cookie)
        assert code == 200
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert (await status(base + "/ws", Cookie=cookie, Origin="http://evil.example"))[0] == 403

    asyncio.run(scene())


def test_it_listens_on_this_machine_alone(path: Path) -> None:
    """With the reason, and what to do instead."""
    told = subprocess.run(command(path, "--listen", "0.0.0.0:0"), capture_output=True, text=True, check=False)
    assert told.returncode == ExitCode.USAGE
    assert "can be reached by others" in told.stderr
    assert "over ssh" in told.stderr


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
def test_keys_typed_in_a_browser_reach_it(address: str, path: Path, tmp_path: Path) -> None:
    """`g` and `m` mark the first call: what the page draws is the real thing, on the real recording."""
    asyncio.run(in_browser(address, path, tmp_path))
    assert (tmp_path / "page.png").stat().st_size > 10_000


async def in_browser(address: str, path: Path, tmp_path: Path) -> None:
    """Open the address in Chromium, type until the mark is there, take a picture."""
    profile = tmp_path / "profile"
    assert CHROMIUM is not None
    words = [CHROMIUM, "--headless=new", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0"]
    words += [f"--user-data-dir={profile}", "--window-size=1200,800", "about:blank"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        words.insert(1, "--no-sandbox")  # Chromium's sandbox does not start for root
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
        try:
            port = await told(profile / "DevToolsActivePort")
            async with aiohttp.ClientSession() as session:
                async with session.get(f"http://127.0.0.1:{port}/json") as answer:
                    page = next(one for one in await answer.json() if one["type"] == "page")
                async with session.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                    await devtools(socket, "Page.navigate", url=address)
                    await typed_until(socket, path)
                    picture = await devtools(socket, "Page.captureScreenshot")
                    (tmp_path / "page.png").write_bytes(base64.b64decode(picture["data"]))
        finally:
            browser.terminate()
            browser.wait(20)


async def told(file: Path) -> str:
    """The port that Chromium writes down."""
    deadline = time.monotonic() + PATIENCE
    while not file.exists() or not file.read_text():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    return file.read_text().splitlines()[0]


async def typed_until(socket: Any, path: Path) -> None:
    """Click into the page, type g and m until a call is marked: the page needs a while until it is there."""
    deadline = time.monotonic() + PATIENCE
    while True:
        for kind in ("mousePressed", "mouseReleased"):
            await devtools(socket, "Input.dispatchMouseEvent", type=kind, x=300, y=200, button="left", clickCount=1)
        for key in "gm":
            for kind in ("keyDown", "keyUp"):
                code = {"type": kind, "text": key, "key": key, "windowsVirtualKeyCode": ord(key.upper())}
                await devtools(socket, "Input.dispatchKeyEvent", **code)
        for _ in range(20):
            with Recording(path) as opened:
                if list(opened.ids("is:marked")) == [1]:
                    return
            await asyncio.sleep(0.1)
        assert time.monotonic() < deadline


async def devtools(socket: Any, method: str, **parameters: Any) -> Any:
    """Ask Chromium by its DevTools protocol."""
    await socket.send_str(json.dumps({"id": 1, "method": method, "params": parameters}))
    async for message in socket:
        answer = json.loads(message.data)
        if answer.get("id") == 1:
            assert "error" not in answer, answer
            return answer["result"]
    raise AssertionError("the browser went away")
