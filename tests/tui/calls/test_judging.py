"""The columns about what calls came to, and filters about it, as a user meets them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.screen import Screen, lines, play, text, until

from inspector.demo.calls import KEY_ID, SECRET
from inspector.samples import sample_path
from inspector.sigv4.key import Key
from inspector.tui.app import InspectorApp
from inspector.tui.calls.columns import Chosen
from inspector.tui.calls.table import CallsTable, Headings

pytestmark = pytest.mark.slow  # scenes on a screen

KEYS = (Key(KEY_ID, SECRET.encode(), "test"),)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return Path(shutil.copy(sample_path("signature"), tmp_path / "signature.db"))


def column(app: InspectorApp, name: str) -> list[str]:
    """What a column shows, from its heading on."""
    start = lines(app.query_one(Headings))[0].index(name)
    return [line[start:].split(" ")[0] for line in lines(app.query_one(CallsTable)) if line.strip()]


def test_with_a_secret_each_signature_has_its_verdict(path: Path) -> None:
    """It comes while one looks, and goes with the secrets; a filter about it then finds what holds without them."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        await until(pilot, lambda: "·" not in column(app, "sig"))
        assert column(app, "sig") == list("✓✗✗✗?✓✓✓✗✗✓✗")
        await pilot.press("slash", *"sig:mismatch", "enter")
        await until(pilot, lambda: list(app.calls.ids.page(0, 99)) == [3, 4, 5, 10, 11, 13])
        app.services.forget_secrets()
        await until(pilot, lambda: not len(app.calls) and not app.state.searching)
        assert "sig" not in lines(app.query_one(Headings))[0].split()
        await pilot.press("escape")
        await until(pilot, lambda: len(app.calls) == 13)

    play(path, scene, keys=KEYS)


def test_causes_stand_in_a_column_of_ones_choice_and_are_filtered(path: Path) -> None:
    """Those that failed have one; nothing is asked of a secret that is not there."""

    async def scene(app: InspectorApp, pilot: Screen) -> None:
        assert "sig" not in lines(app.query_one(Headings))[0].split()
        app.services.settings.columns = Chosen(("id", "op", "sig", "cause"))
        app.services.refresh()
        await until(pilot, lambda: "clock-skew" in column(app, "cause") and "·" not in column(app, "sig"))
        assert set(column(app, "sig")) == {"?"}
        await pilot.press("slash", *"fault:clock", "enter")
        await until(pilot, lambda: list(app.calls.ids.page(0, 9)) == [8])
        assert "fault:clock" in text(app)[0]

    play(path, scene)
