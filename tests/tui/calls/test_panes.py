"""Which panes are seen."""

from __future__ import annotations

import pytest

from inspector.tui.calls.panes import Pane, Panes

ALL = frozenset(Pane)
LIST, DETAIL, WHY = Pane


@pytest.mark.parametrize(
    ("size", "keys", "shown"),
    [
        ((120, 30), LIST, ALL),
        ((200, 60), WHY, ALL),
        ((119, 30), LIST, {LIST, DETAIL}),
        ((119, 30), WHY, {LIST, WHY}),
        ((80, 24), LIST, {LIST}),
        ((80, 24), WHY, {WHY}),
        ((200, 29), DETAIL, {DETAIL}),
    ],
)
def test_the_size_decides(size: tuple[int, int], keys: Pane, shown: set[Pane]) -> None:
    """Three panes, two, or the one that has the keys."""
    assert Panes(keys=keys).shown(*size) == shown


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
def test_the_layouts_come_round(size: tuple[int, int]) -> None:
    """All, each alone, and all again, whatever the size."""
    panes = Panes()
    seen = []
    for _ in range(8):
        panes.turn(*size)
        seen.append(panes.shown(*size))
    assert seen[:4] == seen[4:]
    assert {frozenset((pane,)) for pane in Pane} < set(seen)


def test_room_is_given_and_taken() -> None:
    """To the pane that has the keys, within bounds."""
    panes = Panes(keys=LIST)
    panes.resize(1)
    assert panes.list_share > Panes().list_share
    panes.keys = DETAIL
    panes.resize(1)
    assert panes.list_share == Panes().list_share
    panes.keys = WHY
    for _ in range(20):
        panes.resize(1)
    assert panes.why_share == 85


def test_the_keys_go_round() -> None:
    """And back."""
    panes = Panes()
    assert [Panes(keys=pane).after(1) for pane in Pane] == [DETAIL, WHY, LIST]
    assert panes.after(-1) is WHY
