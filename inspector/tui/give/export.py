"""`x`: calls into a file, in the formats of the verb `export`, which holds credentials back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from inspector.store.filters import to_text
from inspector.tui.child import Said, ask
from inspector.tui.jobs import Job
from inspector.tui.screens.choice import Ask, Choice, Item
from inspector.tui.services import Services
from inspector.view.render import safe

FORMS = {
    "har": ("h", "har", "HAR 1.2, for browsers and other tools"),
    "curl": ("c", "sh", "curl lines that send the same again, with your keys"),
    "boto3": ("p", "py", "a Python script for boto3"),
    "aws-cli": ("a", "sh", "lines for aws s3api"),
    "jsonl": ("j", "jsonl", "JSON, one object a line"),
    "vcr": ("v", "yaml", "a cassette for vcrpy"),
    "mitm": ("m", "mitm", "a flow file of mitmproxy"),
    "wiremock": ("w", "json", "WireMock's mappings"),
}
"""By name: letter, suffix of the file, words."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which calls: a filter, how it is said, and what the file is called after."""

    filter: str
    words: str
    stem: str


def choose(services: Services) -> None:
    """Ask which calls, in which format, into which file."""
    scopes = _scopes(services)
    if not scopes:
        services.say("there is no call to export", "warning")
    elif len(scopes) == 1:
        _choose_form(services, next(iter(scopes.values())))
    else:
        items = [Item(name, name[0], scope.words) for name, scope in scopes.items()]
        services.push(Choice(services, "Export", items), _then(lambda name: _choose_form(services, scopes[name])))


def _scopes(services: Services) -> dict[str, Scope]:
    number, shown = services.selected, len(services.calls)
    scopes = {}
    if number is not None:
        scopes["selected"] = Scope(f"id:{number}", f"call #{number}", f"b2-{number}")
        scopes["listed"] = Scope(to_text(services.state.where), f"the {shown:,} calls of the list", "b2-calls")
    if len(services.marks):
        ids = " OR ".join(f"id:{number}" for number in services.marks.ids)
        scopes["marked"] = Scope(ids, f"the {len(services.marks)} marked calls", "b2-marked")
    return scopes


def _then(go_on: Callable[[str], None]) -> Callable[[str | None], None]:
    return lambda answer: None if answer is None else go_on(answer)


def _choose_form(services: Services, scope: Scope) -> None:
    items = [Item(name, letter, f"{name:<9} {words}") for name, (letter, _, words) in FORMS.items()]
    screen = Choice(services, f"Export {scope.words} as", items)
    services.push(screen, _then(partial(_choose_file, services, scope)))


def _choose_file(services: Services, scope: Scope, form: str) -> None:
    screen = Ask(services, "Into which file?", f"{scope.stem}.{FORMS[form][1]}", "without credentials and signatures")
    services.push(screen, _then(lambda name: _demand_new(services, scope, form, Path(name).expanduser())))


def _demand_new(services: Services, scope: Scope, form: str, path: Path) -> None:
    if not path.name or path.is_dir():
        services.say(f"{safe(str(path))} is no file", "error")
    elif not path.exists():
        export(services, scope.filter, form, path)
    else:
        items = [Item("no", "n", "leave it"), Item("yes", "y", "overwrite it")]
        screen = Choice(services, f"{safe(str(path))} exists", items)
        services.push(screen, lambda answer: export(services, scope.filter, form, path) if answer == "yes" else None)


def export(services: Services, where: str, form: str, path: Path) -> None:
    """Write the calls that match a filter into a file, and say what became of it."""

    def work(job: Job) -> Said:
        words = ["export", "--as", form, "-o", str(path), *(["--", where] if where else [])]
        return ask(job, words, services.path)

    def done(said: Said) -> None:
        services.say(
            safe(" ".join(said.err.split())) or f"{path} is written", "information" if said.code == 0 else "error"
        )

    services.say(f"writing {safe(str(path))}...")
    services.jobs.start(services.app, "export", work, done)
