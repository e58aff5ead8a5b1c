"""Copying, exporting, and the programs of the user's, from the terminal UI."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from support.calls import HOST, call, record
from support.screen import Screen, play, until

from inspector.errors import InspectorError
from inspector.tui.app import InspectorApp
from inspector.tui.give import outside, parts
from inspector.tui.give.copy import PARTS
from inspector.tui.give.parts import Nothing, Wanted
from inspector.tui.jobs import Job
from inspector.tui.screens.choice import Ask, Choice
from inspector.view.render import safe

pytestmark = pytest.mark.slow  # scenes on a screen

XML = b"<Error><Code>SlowDown</Code></Error>"
AUTHORIZATION = (
    b"AWS4-HMAC-SHA256 Credential=0041234567890ab0000000001/20261122/us-west-004/s3/aws4_request,"
    b" SignedHeaders=host;x-amz-date, Signature=" + b"a" * 64
)
SIGNED = ((b"Authorization", AUTHORIZATION), (b"x-amz-date", b"20261122T120000Z"))
FACTS = {"auth": "sigv4-header", "region": "us-west-004", "key_id": "0041234567890ab0000000001"}


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("B2_INSPECTOR_HOME", str(tmp_path / "home"))
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "VTE_VERSION", "TERM_PROGRAM", "TMUX", "PAGER", "VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "home").mkdir()
    answer = ((b"x-amz-request-id", b"84aaf93c57ff3a45"), (b"Content-Type", b"application/xml"))
    return record(
        tmp_path / "calls.db",
        [call(status=503, headers=SIGNED, answer=answer, request_body=b"body", response_body=XML, facts=FACTS)],
    )


def part(path: Path, name: str) -> str:
    job = Job(path, lambda _: None)
    try:
        return PARTS[name][2](job, Wanted(1, path, ()))
    finally:
        job.close()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("url", f"https://{HOST}/photos/a.jpg"),
        ("key", "a.jpg"),
        ("request-id", "84aaf93c57ff3a45"),
    ],
)
def test_what_is_copied(path: Path, name: str, expected: str) -> None:
    """As one would paste it."""
    assert part(path, name) == expected


def test_heads_and_the_canonical_request(path: Path) -> None:
    """As they were sent, and as this side computes it."""
    assert part(path, "request").startswith("PUT /photos/a.jpg HTTP/1.1\n")
    assert part(path, "answer").startswith("HTTP/1.1 503")
    assert part(path, "canonical").startswith("PUT\n/photos/a.jpg\n\nhost:")


def test_the_body_lies_in_a_file_that_is_told(path: Path) -> None:
    """The answer's, else the request's."""
    assert Path(part(path, "body")).read_bytes() == XML


@pytest.mark.slow
@pytest.mark.parametrize("name", ["curl", "boto3", "aws"])
def test_what_leaves_for_others_holds_no_signature(path: Path, name: str) -> None:
    """The verb `export` makes it; the parts that say who signed are gone."""
    text = part(path, name)
    assert "photos" in text
    assert "aaaa" not in text
    assert "0041234567890ab0000000001" not in text


def test_what_a_call_has_not_is_said(tmp_path: Path) -> None:
    """Rather than an empty clipboard."""
    path = record(tmp_path / "calls.db", [call(status=None, facts={"key": None})])
    for name in ("key", "request-id", "answer", "body", "canonical"):
        with pytest.raises(InspectorError):
            part(path, name)


def test_a_secret_at_hand_is_never_copied(path: Path) -> None:
    """Nor what looks like one."""
    wanted = Wanted(1, path, ())
    with pytest.raises(Nothing, match="credential"):
        parts.clean("X: K004abcdefghijklmnopqrstuvwxyz0", wanted)
    assert parts.clean(AUTHORIZATION.decode(), wanted)


def said(app: InspectorApp) -> str:
    return " | ".join(note.message for note in app._notifications)


def test_y_copies_by_the_terminal_and_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One letter opens the menu, another takes."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("PATH", "")

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, Choice))
        await pilot.press("k")
        await until(pilot, lambda: "does not say whether it took it" in said(app))
        assert app.clipboard == "a.jpg"

    play(path, scene)


@pytest.mark.slow
def test_x_writes_a_file_and_asks_before_it_overwrites(path: Path, tmp_path: Path) -> None:
    """Which calls, in which format, into which file."""
    target = tmp_path / "out.har"

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await pilot.press("m", "x")
        await until(pilot, lambda: isinstance(app.screen, Choice))
        await pilot.press("m", "h")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        app.screen.query_one("Input").value = str(target)  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, lambda: "1 calls are in" in said(app))
        assert len(json.loads(target.read_text())["log"]["entries"]) == 1
        target.write_text("mine")
        await pilot.press("x", "s", "h")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        app.screen.query_one("Input").value = str(target)  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Choice))
        await pilot.press("n")
        await pilot.pause()
        assert target.read_text() == "mine"

    play(path, scene)


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for the pager")
def test_f3_hands_the_body_to_the_pager(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a file that is gone afterwards; of two bodies the one that is asked for."""
    pager = tmp_path / "pager"
    pager.write_text(f"#!/bin/sh\ncat \"$2\" > '{tmp_path}/seen'; echo \"$1 $2\" > '{tmp_path}/args'\n")
    pager.chmod(0o755)
    monkeypatch.setenv("PAGER", f"{pager} -x")

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        monkeypatch.setattr(app, "suspend", outside_of_the_screen)
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(app.screen, Choice))
        await pilot.press("r")
        await until(pilot, lambda: (tmp_path / "args").exists() and not isinstance(app.screen, Choice))
        assert (tmp_path / "seen").read_bytes() == b"body"
        flag, _, file = (tmp_path / "args").read_text().strip().partition(" ")
        assert flag == "-x"
        assert file.endswith("1-request.body")
        await until(pilot, lambda: not Path(file).exists())

    play(path, scene)


def outside_of_the_screen() -> object:
    from contextlib import nullcontext

    return nullcontext()


def test_programs_are_taken_from_the_environment() -> None:
    """With their arguments."""
    assert outside.editor({"EDITOR": "code -w", "VISUAL": ""}) == ["code", "-w"]
    assert outside.pager({"PAGER": "most"}) == ["most"]


def test_where_the_terminal_cannot_be_given_away_that_is_said(path: Path) -> None:
    """As in a browser."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        assert not outside.hand_over(app.services, ["true"])
        await pilot.pause()
        assert "browser" in said(app)
        assert said(app) == safe(said(app))

    play(path, scene)
