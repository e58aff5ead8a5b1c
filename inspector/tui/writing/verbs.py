"""The verbs of the command line, as a table. What needs a widget asks the `Services`; what reads asks the program."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from inspector.errors import UsageError
from inspector.store.filters import completion
from inspector.store.filters.tree import to_text
from inspector.tui.calls.columns import COLUMNS, Chosen
from inspector.tui.calls.order import ARRIVAL, BY, Order, order_by
from inspector.tui.register import SCREENS, VIEWS
from inspector.tui.services import Services
from inspector.tui.writing.suggestions import SHOWN


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb: how it is used, what it does, the words that may follow its name.

    `run` gets what stands behind the name. It raises an `InspectorError` where that is not understood.
    """

    usage: str
    words: str
    run: Callable[[Services, str], object]
    follow: Callable[[Services], Iterable[str]] = lambda _: ()


def found(text: str) -> tuple[Verb | None, str]:
    """The verb of a line, and what stands behind it; a number alone goes to that call.

    Raises:
        UsageError: there is no such verb.
    """
    name, _, rest = text.strip().partition(" ")
    if not name:
        return None, ""
    if name.isascii() and name.isdigit():
        return VERBS["goto"], name
    if name not in VERBS:
        near = get_close_matches(name, VERBS, 1)
        raise UsageError(f"there is no verb {name!r}", f"did you mean {near[0]}?" if near else "tab shows them all")
    return VERBS[name], rest.strip()


def complete(services: Services, before: str) -> list[str]:
    """What the word before the cursor may be: a verb, or what may follow it."""
    name, space, _ = before.partition(" ")
    word = before[before.rfind(" ") + 1 :]
    if not space:
        return [verb for verb in VERBS if verb.startswith(word)][:SHOWN]
    verb = VERBS.get(name)
    words = [] if verb is None else [one for one in verb.follow(services) if one.startswith(word)]
    return words[:SHOWN]


# Calls


def _filter(services: Services, rest: str) -> None:
    services.search(rest)


def _goto(services: Services, rest: str) -> None:
    number = _number(rest)
    if services.recording.find(number) is None:
        raise UsageError(f"there is no call #{number}", "`filter` finds calls by what they are")
    services.open_call(number)


def _number(text: str) -> int:
    digits = text.removeprefix("#")
    if not digits.isascii() or not digits.isdigit():
        raise UsageError(f"{text!r} is no id", "as in: goto 12")
    return int(digits)


def _sort(services: Services, rest: str) -> None:
    from inspector.tui.calls.hands import sort

    field, _, turn = rest.partition(" ")
    if field not in BY or turn not in ("", "up", "down"):
        near = get_close_matches(field, BY, 1)
        raise UsageError(f"calls cannot be sorted by {rest!r}", f"by {near[0] if near else ', '.join(BY)}, up or down")
    order = ARRIVAL if field == "id" else order_by(field)
    sort(services, Order(field, turn == "down") if turn else order)


def _columns(services: Services, rest: str) -> None:
    from inspector.tui.settings.config import column_names

    if not rest:
        services.open_screen("columns")
        return
    services.settings.choose_columns(Chosen(column_names(rest), services.settings.columns.widths))
    services.refresh()


def _mark(services: Services, rest: str) -> None:
    from inspector.tui.calls import hands

    if rest == "none":
        hands.unmark_all(services)
    else:
        hands.toggle_mark(services)


def _note(services: Services, rest: str) -> None:
    from inspector.tui.calls.hands import write_note

    write_note(services)


def _copy(services: Services, rest: str) -> None:
    from inspector.tui.give.copy import PARTS, choose, copy_part

    number = services.selected
    if not rest or number is None:
        choose(services)
    elif rest not in PARTS:
        raise UsageError(f"{rest!r} cannot be copied", f"one of {', '.join(PARTS)}")
    else:
        copy_part(services, number, rest)


def _copied(_: Services) -> Iterable[str]:
    from inspector.tui.give.copy import PARTS

    return PARTS


def _export(services: Services, rest: str) -> None:
    from pathlib import Path

    from inspector.tui.give.export import FORMS, choose, export

    form, _, file = rest.partition(" ")
    if not rest:
        choose(services)
    elif form not in FORMS or not file:
        raise UsageError("a format and a file are needed", f"as in: export har out.har; {', '.join(FORMS)}")
    elif Path(file).expanduser().exists():
        raise UsageError(f"{file} exists", "name another, or x asks before it overwrites")
    else:
        export(services, to_text(services.state.where), form, Path(file).expanduser())


def _forms(_: Services) -> Iterable[str]:
    from inspector.tui.give.export import FORMS

    return FORMS


# What the program reads


def _asked(name: str, *fixed: str) -> Callable[[Services, str], None]:
    """A verb of the command line that reads, on this recording; what it says is shown."""

    def run(services: Services, rest: str) -> None:
        from inspector.tui.screens.said import SaidScreen

        try:
            words = shlex.split(rest)
        except ValueError as error:
            raise UsageError(f"{rest}: {error}", "quotes come in pairs") from None
        services.push(SaidScreen(services, [name, *fixed, *words]))

    return run


def _explain(services: Services, rest: str) -> None:
    number = services.selected
    if not rest and number is None:
        raise UsageError("no call is selected", "explain ID, or the name of a cause")
    _asked("explain")(services, rest or str(number))


def _causes(_: Services) -> Iterable[str]:
    from inspector.diagnose.register import chapters

    return (cause.slug for chapter in chapters() for cause in chapter.causes)


def _fields(_: Services) -> Iterable[str]:
    return completion.fields("")


# The terminal UI itself


def _set(services: Services, rest: str) -> None:
    name, _, value = rest.partition(" ")
    app = services.app
    if name != "theme":
        raise UsageError(f"there is no setting {name!r}", "as in: set theme nord; docs/tui.md has the config file")
    if value not in app.available_themes:
        near = get_close_matches(value, app.available_themes, 1)
        raise UsageError(f"there is no theme {value!r}", f"the nearest is {near[0]}" if near else "tab shows them all")
    app.theme = value
    if services.settings.config.theme not in (None, value):
        services.say("for now: the config file names another theme, which holds at the next start", "warning")


def _settings(services: Services) -> Iterable[str]:
    return ("theme", *services.app.available_themes)


def _forget(services: Services, rest: str) -> None:
    if rest != "secrets":
        raise UsageError(f"{rest or 'nothing'} cannot be forgotten here", "forget secrets")
    services.forget_secrets()


def _quit(services: Services, rest: str) -> None:
    services.app.exit()


def _view(name: str) -> Callable[[Services, str], None]:
    return lambda services, _: services.open_view(name)


def _screen(name: str) -> Callable[[Services, str], None]:
    return lambda services, _: services.open_screen(name)


_OPERANDS: Sequence[str] = ("up", "down")

VERBS: dict[str, Verb] = {
    "filter": Verb("filter TEXT", "show only these calls; without TEXT all", _filter, _fields),
    "goto": Verb("goto ID", "go to a call", _goto),
    "sort": Verb("sort FIELD [up|down]", "sort the list", _sort, lambda _: (*BY, *_OPERANDS)),
    "columns": Verb("columns [NAME...]", "choose the columns of the list", _columns, lambda _: COLUMNS),
    "mark": Verb("mark [none]", "mark the call, or take all marks away", _mark, lambda _: ("none",)),
    "note": Verb("note", "write a note to the call", _note),
    "copy": Verb("copy [PART]", "copy a part of the call", _copy, _copied),
    "export": Verb("export FORMAT FILE", "write the calls of the list into a file", _export, _forms),
    "explain": Verb("explain [ID|FILTER|URL|CAUSE]", "why calls failed; what a cause is", _explain, _causes),
    "show": Verb("show ID", "a call, byte for byte", _asked("show")),
    "stats": Verb("stats [FILTER]", "calls, errors and times by operation", _asked("stats"), _fields),
    "lint": Verb("lint [FILTER]", "what of the traffic B2 does not support", _asked("lint"), _fields),
    "scan": Verb("scan", "credentials that are left in the recording", _asked("scan")),
    "doctor": Verb("doctor", "what is wrong with the set-up", _asked("doctor")),
    "info": Verb("info", "versions and paths", _asked("info")),
    **{view.name: Verb(view.name, view.words, _view(view.name)) for view in VIEWS},
    **{
        screen.name: Verb(screen.name, screen.title, _screen(screen.name))
        for screen in SCREENS
        if screen.name != "columns"
    },
    "set": Verb("set theme NAME", "another theme, kept", _set, _settings),
    "forget": Verb("forget secrets", "drop every secret from memory", _forget, lambda _: ("secrets",)),
    "quit": Verb("quit", "leave; a recorder goes on", _quit),
}
"""By name, in the order in which they are offered. None of them destroys."""
