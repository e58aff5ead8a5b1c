"""Diagnoses of calls, computed in threads and kept for those that are looked at again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.message_pump import MessagePump

from inspector.tui.jobs import Job, Jobs
from inspector.tui.paint import Span
from inspector.tui.vault import Vault

if TYPE_CHECKING:
    from inspector.diagnose.examine import Diagnosis
    from inspector.sigv4.solve import Progress

_KEPT = 64

Told = Callable[["Diagnosis | None"], object]


class Diagnoses:
    """What `explain` says of a call, with the secrets at hand."""

    def __init__(self, jobs: Jobs, vault: Vault) -> None:
        self._jobs = jobs
        self._vault = vault
        self._known: OrderedDict[tuple[int, int], Diagnosis] = OrderedDict()

    def known(self, number: int) -> Diagnosis | None:
        """The diagnosis of a call, if it was computed with the secrets that are at hand now."""
        return self._known.get((number, self._vault.version))

    def hidden(self, line: list[Span]) -> list[Span]:
        """A line without the secrets at hand: one that was sent where its key id belongs stands in the request."""
        from inspector.diagnose.secrecy import without_secrets

        return [Span(kind, without_secrets(text, self._vault.keys)) for kind, text in line]

    def forget(self) -> None:
        """Keep none: secrets were forgotten, or the recording is another."""
        self._known.clear()

    def ask(
        self,
        owner: MessagePump,
        number: int,
        done: Told,
        progress: Callable[[Progress], object] | None = None,
        failed: Callable[[str], object] | None = None,
        depth: int | None = None,
        first: Callable[[Diagnosis], object] | None = None,
    ) -> None:
        """Examine a call for `owner`, in place of what it asked for before; `done` gets None where it is gone.

        `first` gets what can be said without a secret, before a search that may take seconds.
        `depth`: how many deviations at once are searched, None for as many as take no time.
        """
        version, keys = self._vault.version, self._vault.for_call

        def work(job: Job) -> Diagnosis | None:
            # Rules, signatures, XML: the list must not wait for them.
            from inspector.diagnose.examine import DEPTH
            from inspector.view.examination import Examiner

            if first is not None and self._vault.keys:
                job.tell(Examiner(job.recording, lambda _: ()).recorded(number))
            return Examiner(job.recording, keys, depth=depth or DEPTH, watch=job.tell).recorded(number)

        def told(what: Any) -> None:
            hears = progress if hasattr(what, "to_try") else first
            if what is not None and hears is not None:
                hears(what)

        def take(diagnosis: Diagnosis | None) -> None:
            if diagnosis is not None and (diagnosis.call.failed or diagnosis.call.succeeded):
                self._keep((number, version), diagnosis)
            done(diagnosis)

        self._jobs.start(owner, "examine", work, take, told=told, failed=failed)

    def _keep(self, key: tuple[int, int], diagnosis: Diagnosis) -> None:
        if key[1] == self._vault.version:
            self._known[key] = diagnosis
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
