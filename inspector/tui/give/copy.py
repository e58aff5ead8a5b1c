"""`y`: what of the selected call is copied, and how that went."""

from __future__ import annotations

import os
from functools import partial

from inspector.tui.give import parts
from inspector.tui.give.clipboard import copied
from inspector.tui.give.parts import Part, Wanted
from inspector.tui.jobs import Job
from inspector.tui.screens.choice import Choice, Item
from inspector.tui.services import Services
from inspector.view.render import safe

PARTS: dict[str, tuple[str, str, Part]] = {
    "curl": ("c", "a curl line that sends the same again, with your keys", parts.exported("curl")),
    "boto3": ("p", "Python, as boto3 makes the call", parts.exported("boto3")),
    "aws": ("a", "an `aws s3api` line", parts.exported("aws-cli")),
    "url": ("u", "the URL, without what authorizes it", parts.url),
    "key": ("k", "the object's key", parts.column("key", "key")),
    "request-id": ("r", "the request id, by which Backblaze finds the call", parts.request_id),
    "canonical": ("n", "the canonical request, as this side computes it", parts.canonical_request),
    "request": ("h", "the request's head", parts.head(request=True)),
    "answer": ("s", "the answer's head", parts.head(request=False)),
    "body": ("b", "the path of a file with the body", parts.body_file),
}
"""By name: letter, words, how it is made."""


def choose(services: Services) -> None:
    """Ask what of the selected call is to be copied."""
    number = services.selected
    if number is None:
        services.say("no call is selected", "warning")
        return
    items = [Item(name, letter, words) for name, (letter, words, _) in PARTS.items()]
    services.push(Choice(services, f"Copy of #{number}", items), partial(_answered, services, number))


def _answered(services: Services, number: int, name: str | None) -> None:
    if name is not None:
        copy_part(services, number, name)


def copy_part(services: Services, number: int, name: str) -> None:
    """Copy a part of a call, by its name in `PARTS`."""
    part = PARTS[name][2]
    wanted = Wanted(number, services.path, services.vault.keys)

    def work(job: Job) -> str:
        return part(job, wanted)

    services.jobs.start(services.app, "copy", work, partial(copy_text, services, name))


def copy_text(services: Services, what: str, text: str) -> None:
    """Give a text to the clipboard, and say how that went."""

    def work(job: Job) -> str:
        return copied(text, os.environ, tell, to_file, services.app.is_web)

    def tell(taken: str) -> None:
        services.app.call_from_thread(services.app.copy_to_clipboard, taken)

    def to_file(taken: str) -> str:
        path = parts.out_dir() / "copied.txt"
        path.write_text(taken, encoding="utf-8", errors="surrogateescape")
        return str(path)

    said = lambda words: services.say(f"{what}: {safe(words)}")  # noqa: E731
    services.jobs.start(services.app, "clipboard", work, said)
