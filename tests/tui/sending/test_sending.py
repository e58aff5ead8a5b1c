"""A call sent again from the terminal UI: looked at first, changed, sent, set beside the recorded one."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import KEYS
from support.calls import Call, call, record
from support.screen import SMALL, WIDE, Screen, play, until
from support.scripted import Peer, Script, ScriptedServer

from inspector.demo.server import RcloneServer
from inspector.sigv4.key import Key
from inspector.store.reader import Recording
from inspector.tui.app import InspectorApp
from inspector.tui.diff.screen import DiffScreen
from inspector.tui.label import Label
from inspector.tui.rows_view import RowsView
from inspector.tui.screens.choice import Ask
from inspector.tui.sending.screen import ReplayScreen

pytestmark = pytest.mark.slow  # scenes on a screen

KEY = Key(KEYS[0], KEYS[1].encode(), "test")
SCOPE = f"{KEYS[0]}/20261122/us-east-1/s3/aws4_request"
SIGNED = (
    (b"x-amz-date", b"20261122T120000Z"),
    (b"x-amz-content-sha256", b"UNSIGNED-PAYLOAD"),
    (
        b"Authorization",
        f"AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host;x-amz-content-sha256;x-amz-date,"
        f" Signature={'0' * 64}".encode(),
    ),
)
FACTS = {"auth": "sigv4-header", "key_id": KEYS[0], "region": "us-east-1"}


def answering(status: bytes) -> Script:
    """Answers every request so, without a body."""

    def script(peer: Peer) -> None:
        while peer.request() is not None:
            peer.send(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")

    return script


def screen_text(app: InspectorApp) -> str:
    widgets = [widget for kind in (Label, RowsView) for widget in app.screen.query(kind)]
    return "\n".join(widget.render_line(y).text.rstrip() for widget in widgets for y in range(widget.size.height))


def seen(app: InspectorApp, *words: str) -> bool:
    return all(word in screen_text(app) for word in words)


def get(path: Path, port: int, **rest: object) -> Path:
    """A recording of a download that was refused."""
    made = call(
        b"/photos/a.txt",
        method=b"GET",
        status=403,
        host=f"127.0.0.1:{port}",
        headers=SIGNED,
        facts={**FACTS, "operation": "GetObject", "key": b"a.txt", "error_code": "SignatureDoesNotMatch"},
        **rest,  # type: ignore[arg-type]
    )
    return record(path / "calls.db", [_at(made, port)])


def _at(made: Call, port: int) -> Call:
    return replace(made, request=replace(made.request, scheme="http", host="127.0.0.1", port=port))


@pytest.mark.slow
@pytest.mark.parametrize("size", [SMALL, WIDE], ids=["80x24", "120x36"])
def test_a_refused_download_is_signed_anew_and_taken(tmp_path: Path, size: tuple[int, int]) -> None:
    """A strict server takes it; the answer is a new call, set beside the old one."""
    (tmp_path / "store" / "photos").mkdir(parents=True)
    (tmp_path / "store" / "photos" / "a.txt").write_text("hello")
    with RcloneServer(tmp_path / "store", KEYS) as server:
        path = get(tmp_path, server.port)

        async def scene(app: InspectorApp, pilot: Screen) -> None:
            await pilot.press("r")
            await until(
                pilot, lambda: seen(app, "GET /photos/a.txt", "anew, with the key", "class B", "Authorization:")
            )
            assert KEYS[1] not in screen_text(app)
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, DiffScreen) and seen(app, "- #1 ", "+ #2 ", "200"))

        play(path, scene, size, keys=[KEY])
    with Recording(path) as opened:
        new = opened.exchange(2)
        assert new is not None
        assert (new.row.replay_of, new.row.status) == (1, 200)
        assert opened.body(new.response_body).read() == b"hello"


def test_as_it_was_tells_the_age_and_sends_the_old_signature(tmp_path: Path) -> None:
    with ScriptedServer(answering(b"403 ")) as server:
        path = get(tmp_path, server.port)

        async def scene(app: InspectorApp, pilot: Screen) -> None:
            await pilot.press("r")
            await until(pilot, lambda: seen(app, "anew"))
            await pilot.press("a")
            await until(pilot, lambda: seen(app, "as it was", "servers refuse"))
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, DiffScreen) and seen(app, "+ #2 "))

        play(path, scene, keys=[KEY])
        assert b"Signature=" + b"0" * 64 in server.seen[0].head


def test_without_a_key_it_says_what_to_do_and_takes_one(tmp_path: Path) -> None:
    path = get(tmp_path, 9)

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("r")
        await until(pilot, lambda: seen(app, "it cannot be sent"))
        await pilot.press("enter", "S")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, Ask | ReplayScreen))
        await pilot.press(*"s3cret", "enter")
        await until(pilot, lambda: isinstance(app.screen, ReplayScreen) and seen(app, "anew, with the key"))

    play(path, scene)


def test_what_writes_is_sent_after_a_yes_alone(tmp_path: Path) -> None:
    with ScriptedServer(answering(b"200 OK")) as server:
        put = call(b"/photos/a.txt", host=f"127.0.0.1:{server.port}", headers=SIGNED, facts=FACTS, request_body=b"x")
        path = record(tmp_path / "calls.db", [_at(put, server.port)])

        async def scene(app: InspectorApp, pilot: Screen) -> None:
            await pilot.press("r")
            await until(pilot, lambda: seen(app, "it may change or delete"))
            for answer in ("no", ""):
                await pilot.press("enter")
                await until(pilot, lambda: isinstance(app.screen, Ask))
                await pilot.press(*answer, "enter")
                await until(pilot, lambda: isinstance(app.screen, ReplayScreen))
            assert not server.seen
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, Ask))
            await pilot.press(*"yes", "enter")
            await until(pilot, lambda: isinstance(app.screen, DiffScreen) and seen(app, "+ #2 "))

        play(path, scene, keys=[KEY])
        assert len(server.seen) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="the editor here is a shell script")
def test_a_head_is_changed_in_the_editor_and_endpoint_and_bucket_in_boxes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test's screen cannot be suspended: the editor runs all the same where it can."""
    script = tmp_path / "ed.sh"
    script.write_text('#!/bin/sh\nprintf "X-Extra: 1\\n" >> "$1"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("EDITOR", str(script))
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setattr(InspectorApp, "suspend", lambda app: nullcontext())
    path = get(tmp_path, 9)

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("e")
        await until(pilot, lambda: seen(app, "its head was edited", "X-Extra: 1"))
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press(*"other", "enter")
        await pilot.press("z")
        await until(pilot, lambda: isinstance(app.screen, ReplayScreen) and not seen(app, "X-Extra"))
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press(*"other", "enter")
        await until(pilot, lambda: seen(app, "GET /other/a.txt"))
        await pilot.press("u")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press(*"nonsense", "enter")
        await until(pilot, lambda: isinstance(app.screen, ReplayScreen))
        await pilot.press("u")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press(*"http://127.0.0.1:1", "enter")
        await until(pilot, lambda: seen(app, "http://127.0.0.1:1"))

    play(path, scene, keys=[KEY])


def test_a_server_that_is_not_there_is_told_and_recorded(tmp_path: Path) -> None:
    with ScriptedServer(answering(b"200 OK")) as server:
        port = server.port
    path = get(tmp_path, port)

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("r")
        await until(pilot, lambda: seen(app, "anew"))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, DiffScreen) and seen(app, "+ #2 "))
        await pilot.press("1")
        await until(pilot, lambda: seen(app, "upstream-unreachable"))

    play(path, scene, keys=[KEY])


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="who may write everything")
def test_a_recording_that_cannot_be_written_is_no_crash(tmp_path: Path) -> None:
    path = get(tmp_path, 9)
    path.chmod(0o400)

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("r")
        await until(pilot, lambda: seen(app, "anew"))
        await pilot.press("enter")
        await until(pilot, lambda: seen(app, "cannot be written"))

    play(path, scene, keys=[KEY])
