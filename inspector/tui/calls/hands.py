"""What can be done with the list of calls beside moving in it: marks, notes, its order, its columns."""

from __future__ import annotations

from inspector.errors import FilterError
from inspector.leaks.find import finds
from inspector.store.annotate import Marked, Noted
from inspector.store.filters import And, Node, Op, Term, to_text
from inspector.store.filters.tree import both
from inspector.tui.calls.order import ARRIVAL, BY, COLUMN_SORTS, Order, order_by
from inspector.tui.screens.choice import Ask, Choice, Item
from inspector.tui.services import Services
from inspector.view.render import safe

_MARKED = Term("is", Op.IS, "marked")


# Marks and notes


def toggle_mark(services: Services) -> None:
    """Mark the selected call, or take its mark away."""
    number = services.selected
    if number is not None:
        row = services.selected_row
        if row is not None and row.marked and number not in services.marks:
            services.marks.known([number])  # another terminal marked it
        services.scribe.write(Marked((number,), services.marks.toggle(number)))
        services.refresh()


def unmark_all(services: Services) -> None:
    """Take all marks away, of this recording."""
    ids = services.marks.ids
    services.marks.clear()
    services.scribe.write(Marked(ids, False))
    services.say(f"{len(ids)} marks taken away; they can be pruned again")
    services.refresh()


def only_marked(services: Services) -> None:
    """Show only marked calls of those that are shown, or all of these again."""
    services.search(to_text(without(services.state.where, _MARKED)))


def without(where: Node, term: Term) -> Node:
    """The filter without this term, or with it where it was not there."""
    parts = where.of if isinstance(where, And) else (where,)
    return both([part for part in parts if part != term]) if term in parts else both([*parts, term])


def write_note(services: Services) -> None:
    """Ask for the note of the selected call."""
    row = services.selected_row
    if row is None:
        return

    def answered(text: str | None) -> None:
        if text is None or text.strip() == written:
            return
        text = "".join(char for char in text if char.isprintable())
        secrets = [key.secret for key in services.vault.keys]
        if next(finds(text.encode("utf-8", "surrogateescape"), secrets), None) is not None:
            services.say("not written: this looks like a credential, and a recording holds none", "error")
            return
        services.scribe.write(Noted(row.id, text.strip()))

    written = safe(row.note or "")  # the line draws what it holds, and a recording may come from anybody
    title = f"Note of #{row.id}"
    services.push(Ask(services, title, written, "it stays in the recording; empty takes it away"), answered)


# Order


def sort(services: Services, order: Order) -> None:
    """Show the calls in this order."""
    services.live.sort(order)
    services.refresh()


def reverse(services: Services) -> None:
    """The same order from its other end."""
    sort(services, services.state.order.reversed())


def choose_order(services: Services) -> None:
    """Ask by what the calls are to be sorted."""
    letters = dict(zip(BY, "itdwsokbhnr", strict=True))
    items = [Item(name, letters[name], f"{name:<10} {words}") for name, words in BY.items()]

    def answered(name: str | None) -> None:
        if name is not None:
            sort(services, ARRIVAL if name == "id" else order_by(name))

    services.push(Choice(services, "Sort by", items, services.state.order.by), answered)


def sort_by_column(services: Services, column: str) -> None:
    """Sort by what a column shows; again: turn the order round."""
    field = COLUMN_SORTS.get(column)
    if field is None:
        services.say(f"calls cannot be sorted by {column}: no index has it", "warning")
    elif field == services.state.order.by:
        reverse(services)
    else:
        sort(services, order_by(field))


# What others ask for by words


def show_filter(services: Services, text: str) -> None:
    """Filter, and say what is wrong with it."""
    try:
        services.search(text)
    except FilterError as error:
        services.say(f"{safe(error.message)} {safe(error.hint)}", "error")
