"""`stats --cost`: transactions by class, and waste, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inspector.store.cost import CLASSES, WASTE, ClassCost, Costs, Waste
from inspector.view import render

_NOTES = {
    "A": "free",
    "B": "reading objects",
    "C": "lists, buckets, copies",
    None: "no class published",
}


def lines(costs: Costs) -> Iterator[str]:
    """A table of the classes, then the waste."""
    yield "class                             calls  failed  sent  recvd  most of them"
    for letter in (*CLASSES, None):
        found = costs.classes.get(letter)
        if found is not None:
            yield _class_line(letter, found)
    yield ""
    yield "Classes as Backblaze's page of transaction prices lists them; failed calls are not on it, prices not here."
    if not costs.waste:
        yield "No waste found: no retries, needless HEADs or lists, or parts without an end."
    for waste in costs.waste:
        yield from _waste_lines(waste)


def _class_line(letter: str | None, cost: ClassCost) -> str:
    name = f"{letter or '-'}  {_NOTES[letter]}"
    most = ", ".join(f"{render.safe(operation)} {count}" for operation, count in cost.operations.most_common(3))
    sizes = f"{render.size(cost.sent):>5}  {render.size(cost.received):>5}"
    return f"{render.pad(name, 32)}  {cost.calls:>5}  {cost.failed:>6} {sizes}  {most}"


def _waste_lines(waste: Waste) -> Iterator[str]:
    letters = ", ".join(f"{count} of class {letter}" for letter, count in sorted(waste.letters.items()))
    yield ""
    yield f"{waste.kind}: {waste.calls} ({letters}), {render.size(waste.sent)} sent"
    yield f"  {WASTE[waste.kind]}"
    more = "…" if waste.calls > len(waste.ids) else ""
    yield f"  {' '.join(f'#{number}' for number in waste.ids)}{more}"


def json_rows(costs: Costs) -> Iterator[dict[str, Any]]:
    """An object for each class, then one for each kind of waste."""
    for letter, cost in sorted(costs.classes.items(), key=lambda item: item[0] or "~"):
        yield {
            "class": letter,
            "calls": cost.calls,
            "failed": cost.failed,
            "request_bytes": cost.sent,
            "response_bytes": cost.received,
            "operations": dict(cost.operations.most_common()),
        }
    for waste in costs.waste:
        yield {
            "waste": waste.kind,
            "calls": waste.calls,
            "request_bytes": waste.sent,
            "classes": dict(waste.letters),
            "ids": waste.ids,
            "meaning": WASTE[waste.kind],
        }
