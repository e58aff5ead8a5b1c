"""The selected call on the screen: its tabs, and the page of the one that is open."""

from __future__ import annotations

from functools import partial
from typing import Any

from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.containers import Vertical

from inspector.tui.actions import bindings
from inspector.tui.actions.detail import DETAIL
from inspector.tui.bodies.source import Source
from inspector.tui.detail.find import FindBar, Needle, Place, head_texts, marked_row, search
from inspector.tui.detail.look import SIGNATURE, Look, Way
from inspector.tui.detail.page import BodyRows, Line, Page, Pages
from inspector.tui.detail.tab_bar import TabBar
from inspector.tui.jobs import Job
from inspector.tui.label import Label
from inspector.tui.paint import Span
from inspector.tui.report import Report
from inspector.tui.rows_view import Rows, RowsView
from inspector.tui.services import Services
from inspector.view.render import operation, safe, status

_CHUNKS = 1024
"""Chunks that are found between two words about it."""


class DetailView(RowsView):
    """The page that is open."""

    needle: Needle | None = None
    """What is marked wherever it is seen."""

    def decorated(self, number: int) -> list[Span]:
        return self.row(number) if self.needle is None else marked_row(self.row, number, self.needle)


class DetailPane(Vertical):
    """Draws the selected call once it is told to, however many keys wait."""

    BINDINGS = bindings(DETAIL)

    def __init__(self, services: Services) -> None:
        super().__init__(id="detail")
        self._services = services
        self._drawn: tuple[int | None, int, Look] | None = None  # the call, tab and way that the view shows
        self._drawn_open = False
        self._due = False
        self._way = Way.READ
        self._meanings = False
        self._request_body: bool | None = None
        self._place = Place(0, -1)  # what was found last
        self._goal: tuple[BodyRows, int] | None = None  # what was found, and cannot be shown yet
        self._said = ""

    def compose(self) -> ComposeResult:
        yield TabBar()
        yield DetailView(self._services.glyphs)
        yield Label(self._services.glyphs, id="said")
        yield FindBar()

    @property
    def view(self) -> DetailView:
        """The page."""
        return self.query_one(DetailView)

    def draw_soon(self, anew: bool = False) -> None:
        """Draw the selected call when the keys that wait are answered; `anew`: it may have changed."""
        if anew and self._drawn_open:
            self._drawn = None
        if not self._due:
            self._due = True
            # The first time the list is to be seen before anything else is read.
            (self.call_later if self._drawn else self.call_after_refresh)(self._draw)

    def _draw(self) -> None:
        self._due = False
        wanted = (self._services.selected, self._services.state.tab, self._look())
        if wanted == self._drawn or not self.view.is_on_screen:
            return
        self._forget_found()
        self.view.show(self._page(wanted[2]), keep_place=self._drawn is None)
        self._drawn = wanted
        self.show_tabs()
        self._scan_rest()

    def _look(self) -> Look:
        services = self._services
        number = services.selected
        wanted = services.state.tab == SIGNATURE and number is not None
        diagnosis = services.diagnoses.known(number) if wanted and number is not None else None
        return Look(self._way, self._meanings, self._request_body, diagnosis, services.diagnoses.hidden)

    def _page(self, look: Look) -> Rows:
        services = self._services
        number = services.selected
        self._drawn_open = False
        if number is None:
            return Page([Line("quiet", "no call is selected")])
        try:
            stored = services.recording.exchange(number)
            if stored is None:
                return Page([Line("quiet", f"call {number} is no longer in the recording")])
            self._drawn_open = stored.row.state == "open"
            from inspector.tui.detail.tabs import PAGES  # the list must not wait for what these need

            return PAGES[services.state.tab](services.recording, stored, look)
        except Exception as error:  # a damaged body raises what its decompressor raises; other calls can still be read
            return Page([Line("error", f"this call cannot be read: {safe(str(error))}")])

    def show_tabs(self) -> None:
        """Draw the line of tabs."""
        row = self._services.selected_row
        number = "" if row is None else f" #{row.id} {operation(row)} {status(row)}"
        self.query_one(TabBar).show(self._services.state.tab, number, self.view.has_focus)
        unread = [body for _, body in self._bodies() if not body.complete]
        said = [f"{body.scanned * 100 // max(1, body.size)}% of {body.size:,} bytes read" for body in unread[:1]]
        words = "  ".join((self._said, *said)).strip()
        label = self.query_one("#said", Label)
        label.display = bool(words)
        label.show([Span("note", f" {words}")])

    def _bodies(self) -> tuple[tuple[int, BodyRows], ...]:
        page = self.view.page
        return page.bodies if isinstance(page, Page | Pages) else ()

    # The rows of large bodies

    def on_rows_view_recut(self) -> None:
        self._scan_rest()

    def _scan_rest(self) -> None:
        """Find the rows of large bodies in a thread, one after the other; the first are there already."""
        jobs, page = self._services.jobs, self.view.page
        jobs.cancel(self, "scan")
        body = next((body for _, body in self._bodies() if not body.complete), None)
        if body is not None and page.width:
            told, done = partial(self._take_rows, page, body), partial(self._scanned, page)
            # What cannot be read is said where it is shown.
            jobs.start(self, "scan", partial(_scan, body=body), done, told=told, failed=lambda _: None)

    def _take_rows(self, page: Rows, body: BodyRows, found: Any) -> None:
        if page is self.view.page:
            if found is not None:
                body.extend(found)
            self.view.grown()
            self.show_tabs()
            self._go_on(body)

    def _scanned(self, page: Rows, _: None) -> None:
        """One is done; perhaps there is another."""
        if page is self.view.page:
            self.show_tabs()
            if any(not body.complete for _, body in self._bodies()):
                self._scan_rest()

    # Finding

    def _forget_found(self) -> None:
        self._services.jobs.cancel(self, "find")
        self._place, self._goal, self._said = Place(0, -1), None, ""

    def action_find(self) -> None:
        needle = self.view.needle
        self.query_one(FindBar).open(needle.text if needle else "")

    def on_find_bar_left(self) -> None:
        self.screen.set_focus(self.view)

    def on_find_bar_asked(self, message: FindBar.Asked) -> None:
        self._forget_found()
        self.view.needle = Needle(message.text) if message.text else None
        self.view.refresh()
        self.action_find_next(1)

    def action_stop(self) -> None:
        """Stop finding, where that is going on; else the key means what it means elsewhere."""
        if not self._services.jobs.is_running(self, "find") and self._goal is None:
            raise SkipAction
        self._forget_found()
        self._say_found("stopped")

    def action_find_next(self, step: int) -> None:
        """Go to the next place of what is looked for, or the one before; in the signature to what differs."""
        page, needle = self.view.page, self.view.needle
        if needle is None:
            if isinstance(page, Report) and page.places:
                self.view.go_to_place(step)
            else:
                self.action_find()
            return
        bodies = [body.source for _, body in self._bodies()]
        work = partial(_find, needle=needle, heads=self._heads(needle), bodies=bodies, after=self._place, step=step)
        self._say_found("looking...")
        self._services.jobs.start(self, "find", work, self._take_found, told=self._say_found)

    def _heads(self, needle: Needle) -> list[tuple[int, str]]:
        """The rows that are no body's, as they are drawn."""
        page = self.view.page
        rows = page.head_rows() if isinstance(page, Page | Pages) else enumerate(page.rows(0, page.height))
        return head_texts(list(rows), needle)

    def _say_found(self, text: str) -> None:
        self._said = text
        self.show_tabs()

    def _take_found(self, place: Place | None) -> None:
        needle = self.view.needle
        if place is None or needle is None:
            self._say_found(f"not found: {safe(needle.text) if needle else ''}")
            return
        self._place = place
        if place.part == 0:
            self._say_found(f"found in row {place.offset + 1}")
            self.view.reveal(place.offset)
            return
        _, body = self._bodies()[place.part - 1]
        self._say_found(f"found at byte {place.offset:,} of {body.size:,}")
        self._goal = (body, place.offset)
        self._go_on(body)

    def _go_on(self, body: BodyRows) -> None:
        """Go to what was found, as soon as its row is known."""
        if self._goal is None or self._goal[0] is not body:
            return
        offset = self._goal[1]
        if body.scanned > offset or body.complete:
            self._goal = None
            start = next(start for start, other in self._bodies() if other is body)
            self.view.reveal(start + body.row_of(offset))

    # Actions

    def on_tab_bar_chosen(self, message: TabBar.Chosen) -> None:
        message.stop()
        self.action_tab(message.tab)

    def action_tab(self, tab: int) -> None:
        self._services.state.tab = tab
        self._services.app.show_crumbs()
        self.draw_soon()

    def action_way(self, name: str) -> None:
        """Show bodies this way, or the usual one again."""
        wanted = Way(name)
        self._way = Way.READ if self._way is wanted else wanted
        self.draw_soon()

    def action_side(self) -> None:
        """The body of the other side."""
        stored = self._services.recording.exchange(self._services.selected or 0)
        now = self._request_body
        if now is None and stored is not None:
            now = stored.request_info.stored_size > stored.response_info.stored_size
        self._request_body = not now
        self.draw_soon()

    def action_meanings(self) -> None:
        self._meanings = not self._meanings
        self.draw_soon()


def _scan(job: Job, *, body: BodyRows) -> None:
    """Tell the rest of the rows, found through a connection of the thread's own."""
    source = body.source.own(job.recording)
    while source.find(_CHUNKS):
        job.tell(None)
    for found in body.rest(source):
        job.tell(found)


def _find(
    job: Job, *, needle: Needle, heads: list[tuple[int, str]], bodies: list[Source], after: Place, step: int
) -> Place | None:
    sources = [body.own(job.recording) for body in bodies]

    def told(done: int, size: int) -> None:
        job.check()
        if done and done % (16 * 1024 * 1024) == 0:
            job.tell(f"looking: {done * 100 // size}% of {size:,} bytes")

    return search(needle, heads, sources, after, step, told)
