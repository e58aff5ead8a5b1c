"""The selected call on the screen: its tabs, and the page of the one that is open."""

from __future__ import annotations

from functools import partial

from textual.app import ComposeResult
from textual.containers import Vertical

from inspector.tui.actions import bindings
from inspector.tui.actions.detail import DETAIL
from inspector.tui.bodies.source import BodySource, Source
from inspector.tui.bodies.text_rows import Scanned, TextRows, scan
from inspector.tui.detail.page import TABS, Line, Page
from inspector.tui.detail.tab_bar import TabBar
from inspector.tui.jobs import Job
from inspector.tui.rows_view import RowsView
from inspector.tui.services import Services
from inspector.view.render import operation, safe, status


class DetailView(RowsView):
    """The page that is open."""


class DetailPane(Vertical):
    """Draws the selected call once it is told to, however many keys wait."""

    BINDINGS = bindings(DETAIL)

    def __init__(self, services: Services) -> None:
        super().__init__(id="detail")
        self._services = services
        self._drawn: tuple[int | None, int, bool] | None = None  # the call, tab and way that the view shows
        self._drawn_open = False
        self._due = False

    def compose(self) -> ComposeResult:
        yield TabBar()
        yield DetailView(self._services.glyphs)

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
            self.call_later(self._draw)

    def _draw(self) -> None:
        self._due = False
        services = self._services
        state = services.state
        wanted = (services.selected, state.tab, state.as_hex)
        if wanted == self._drawn or not self.view.is_on_screen:
            return
        self.view.show(self._page(), keep_place=self._drawn is None)
        self._drawn = wanted
        self.show_tabs()
        self._scan_rest()

    def _page(self) -> Page:
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
            return TABS[services.state.tab][1](services.recording, stored, services.state.as_hex)
        except Exception as error:  # a damaged body raises what its decompressor raises; other calls can still be read
            return Page([Line("error", f"this call cannot be read: {safe(str(error))}")])

    def show_tabs(self) -> None:
        """Draw the line of tabs."""
        page = self.view.page
        body = page.body if isinstance(page, Page) else None
        row = self._services.selected_row
        number = "" if row is None else f" #{row.id} {operation(row)} {status(row)}"
        part = "" if body is None or body.complete else f"  {body.scanned * 100 // body.size}% read"
        self.query_one(TabBar).show(self._services.state.tab, number + part, self.view.has_focus)

    # The rows of a large text

    def on_rows_view_recut(self) -> None:
        self._scan_rest()

    def _scan_rest(self) -> None:
        """Find the rows of a large text in a thread; the first are there already."""
        jobs = self._services.jobs
        jobs.cancel(self, "scan")
        page = self.view.page
        body = page.body if isinstance(page, Page) else None
        if isinstance(page, Page) and isinstance(body, TextRows) and page.width and not body.complete:
            work = partial(
                _scan,
                source=body.source,
                body_id=page.body_id,
                width=page.width,
                start=body.scanned,
                rows=body.height,
            )
            # What cannot be read is said where it is shown.
            jobs.start(self, "scan", work, _nothing, told=partial(self._take_rows, page, body), failed=_nothing)

    def _take_rows(self, page: object, body: TextRows, scanned: Scanned) -> None:
        if page is self.view.page:
            body.extend(scanned)
            self.view.grown()
            self.show_tabs()

    # Actions

    def on_tab_bar_chosen(self, message: TabBar.Chosen) -> None:
        message.stop()
        self.action_tab(message.tab)

    def action_tab(self, tab: int) -> None:
        self._services.state.tab = tab
        self.draw_soon()

    def action_hex(self) -> None:
        self._services.state.as_hex = not self._services.state.as_hex
        self.draw_soon()


def _scan(job: Job, *, source: Source, body_id: int | None, width: int, start: int, rows: int) -> None:
    """Tell the rest of the rows, found through a connection of the thread's own."""
    own = source if body_id is None else BodySource(job.recording.body(body_id))
    for scanned in scan(own, width, start, rows):
        job.tell(scanned)


def _nothing(_: object) -> None:
    """Nothing is to be done."""
