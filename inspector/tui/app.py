"""The terminal UI's application: it holds the state, asks the watcher, and tells the widgets what to draw."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress

from textual import events
from textual.actions import SkipAction
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.timer import Timer
from textual.widgets import Footer
from textual.worker import get_current_worker

from inspector.errors import FilterError
from inspector.store.filters import EVERYTHING, Node, parse, sentence
from inspector.store.reader import Recording
from inspector.tui.actions import Place, bindings
from inspector.tui.bars import FilterBar, HeadBar, Heading
from inspector.tui.calls import CallList
from inspector.tui.calls_table import CallsTable, Headings
from inspector.tui.detail import DetailView, TabBar
from inspector.tui.glyphs import UNICODE, Glyphs
from inspector.tui.help import HelpScreen
from inspector.tui.ids import Ids
from inspector.tui.messages import RowsFound, Watched
from inspector.tui.page import TABS, Line, Page
from inspector.tui.scrollbar import use_plain_scroll_bars
from inspector.tui.source import BodySource
from inspector.tui.state import State
from inspector.tui.text_rows import TextRows, scan
from inspector.tui.watch import Event, Found, News, Totals, Trouble, Watcher
from inspector.view.render import operation, safe, status

_TYPING = 0.12
"""Seconds that a filter rests before it is searched for: not at each letter."""

_SWITCH = 0.0005
"""Seconds after which a busy thread gives way; with Python's 0.005 each step of the screen waits so long for a scan."""


class InspectorApp(App[None]):
    """The calls of a recording, and what was said in the selected one.

    `filter_text` is the filter to begin with; `recorder_runs` says whether a recorder writes into this recording.

    Raises:
        FilterError: the filter cannot be read.
    """

    TITLE = "b2-inspector"
    CSS_PATH = "app.tcss"
    BINDINGS = bindings(Place.ANYWHERE)

    def __init__(
        self,
        recording: Recording,
        filter_text: str = "",
        recorder_runs: Callable[[], bool] = lambda: False,
        glyphs: Glyphs = UNICODE,
    ) -> None:
        super().__init__()
        self.state = State(filter=filter_text)
        self.calls = CallList(recording)
        self._recording = recording
        self._glyphs = glyphs
        self._watcher = Watcher(recording.path, self._tell, recorder_runs)
        self._first_filter = self._readable(filter_text)
        self._typing: Timer | None = None
        self._drawn: tuple[int | None, int, bool] | None = None  # the call, tab and view that the detail shows
        self._drawn_open = False
        self._due = False
        self._height = 24

    def _tell(self, event: Event) -> None:
        self.post_message(Watched(event))

    # Set up and taken down

    def compose(self) -> ComposeResult:
        table = CallsTable(self.calls, self._glyphs)
        yield HeadBar(self._glyphs)
        yield FilterBar(self._glyphs)
        yield Vertical(Headings(table), table, id="list")
        yield Vertical(TabBar(), DetailView(self._glyphs), id="detail")
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        if self._glyphs.ascii:
            use_plain_scroll_bars()
        sys.setswitchinterval(_SWITCH)
        self._height = self.size.height
        self._arrange()
        self.state.asked = self._watcher.look_for(self._first_filter)
        self.run_worker(self._watcher.run, thread=True, group="watch")
        self.set_interval(1.0, self._tick)
        self._end_with_terminal()

    def on_unmount(self) -> None:
        self._watcher.stop()

    def _end_with_terminal(self) -> None:
        """A terminal that is closed, or a kind kill, must not leave the screen as it is."""
        if sys.platform != "win32":
            for number in (signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(number, self.exit)

    @property
    def _table(self) -> CallsTable:
        return self.query_one(CallsTable)

    @property
    def _detail(self) -> DetailView:
        return self.query_one(DetailView)

    @property
    def _filter_bar(self) -> FilterBar:
        return self.query_one(FilterBar)

    # The list

    def on_watched(self, message: Watched) -> None:
        state, event = self.state, message.event
        match event:
            case Found():
                self._take(event)
            case News() if event.search == state.search:
                self.calls.ids.add(event.added)
                self.calls.ids.remove(event.removed)
                self.calls.forget()
                if self._drawn_open:
                    self._draw_soon(anew=True)
            case Totals():
                state.totals = event
            case Trouble():
                state.trouble = event.text
        self._show_list()

    def _take(self, found: Found) -> None:
        if found.search != self.state.asked:
            return  # of a search that is no longer wanted
        if found.first:
            self.calls.ids = Ids(found.ids)
            self.state.search = found.search
        else:
            self.calls.ids.put_before(found.ids)
        self.calls.forget()
        self.state.searching = not found.done

    def _show_list(self) -> None:
        """Draw the list and the lines above it; the selection stays with its call while that may still be found."""
        state, calls = self.state, self.calls
        if state.follow:
            calls.select(len(calls) - 1)
        elif not state.searching and (calls.selected is None or calls.selected not in calls.ids):
            calls.select(calls.cursor)
        self._table.show(self._emptiness(), reveal=state.follow)
        self.query_one(Headings).refresh()
        self._show_heading()
        self._draw_soon()

    def _emptiness(self) -> str:
        if self.state.searching:
            return "looking..."
        if self.state.filter:
            return "no call matches; esc shows all"
        return "no calls yet; record some: b2-inspector run -- COMMAND"

    def _show_heading(self) -> None:
        state = self.state
        self.query_one(HeadBar).show(
            Heading(
                recording=str(self._recording.path),
                totals=state.totals,
                filter=state.filter,
                shown=len(self.calls),
                searching=state.searching,
                follow=state.follow,
                trouble=state.trouble or self.calls.trouble or "",
            )
        )

    def _tick(self) -> None:
        """Calls under way grow older."""
        if self.state.totals is not None and self.state.totals.under_way:
            self._table.refresh()

    def on_calls_table_selected(self) -> None:
        if self.calls.cursor < len(self.calls) - 1:
            self.state.follow = False
        self._show_heading()
        self._draw_soon()

    def on_calls_table_scrolled(self) -> None:
        self.state.follow = False
        self._show_heading()

    def action_follow(self) -> None:
        self.state.follow = not self.state.follow
        self._show_list()

    # The detail

    def _draw_soon(self, anew: bool = False) -> None:
        """Draw the selected call once, however many keys wait."""
        if anew:
            self._drawn = None
        if not self._due:
            self._due = True
            self.call_later(self._draw)

    def _draw(self) -> None:
        self._due = False
        state = self.state
        wanted = (self.calls.selected, state.tab, state.as_hex)
        if wanted == self._drawn or not self._detail.is_on_screen:
            return
        page = self._page()
        self._detail.show(page, keep_place=self._drawn is None)
        self._drawn = wanted
        self._show_tabs()
        self._scan_rest()

    def _page(self) -> Page:
        number = self.calls.selected
        self._drawn_open = False
        if number is None:
            return Page([Line("quiet", "no call is selected")])
        try:
            stored = self._recording.exchange(number)
            if stored is None:
                return Page([Line("quiet", f"call {number} is no longer in the recording")])
            self._drawn_open = stored.row.state == "open"
            return TABS[self.state.tab][1](self._recording, stored, self.state.as_hex)
        except Exception as error:  # a damaged body raises what its decompressor raises; other calls can still be read
            return Page([Line("error", f"this call cannot be read: {safe(str(error))}")])

    def _show_tabs(self) -> None:
        body = self._detail.page.body
        row = self.calls.row(self.calls.cursor) if len(self.calls) else None
        number = "" if row is None else f" #{row.id} {operation(row)} {status(row)}"
        part = "" if body is None or body.complete else f"  {body.scanned * 100 // body.size}% read"
        self.query_one(TabBar).show(self.state.tab, number + part)

    def on_detail_view_recut(self) -> None:
        self._scan_rest()

    def _scan_rest(self) -> None:
        """Find the rows of a large text in a thread; the first are there already."""
        self.workers.cancel_group(self, "scan")
        page = self._detail.page
        body = page.body
        if isinstance(body, TextRows) and page.width and not body.complete:
            start, rows, width = body.scanned, body.height, page.width
            self.run_worker(lambda: self._scan(page, body, width, start, rows), thread=True, group="scan")

    def _scan(self, page: Page, body: TextRows, width: int, start: int, rows: int) -> None:
        """In a thread of its own, with a connection of its own."""
        worker = get_current_worker()
        with ExitStack() as stack:
            source = body.source
            if page.body_id is not None:
                source = BodySource(stack.enter_context(Recording(self._recording.path)).body(page.body_id))
            stack.enter_context(suppress(Exception))  # what cannot be read is said where it is shown
            for scanned in scan(source, width, start, rows):
                if worker.is_cancelled:
                    return
                self.post_message(RowsFound(page, width, scanned))

    def on_rows_found(self, message: RowsFound) -> None:
        page = self._detail.page
        if page is message.page and page.width == message.width and isinstance(page.body, TextRows):
            page.body.extend(message.scanned)
            self._detail.grown()
            self._show_tabs()

    def on_tab_bar_chosen(self, message: TabBar.Chosen) -> None:
        self.action_tab(message.tab)

    def on_detail_view_stepped(self, message: DetailView.Stepped) -> None:
        self._table.action_move(message.steps)

    def on_detail_view_hex_asked(self) -> None:
        self.state.as_hex = not self.state.as_hex
        self._draw_soon()

    def action_tab(self, tab: int) -> None:
        self.state.tab = tab
        self._draw_soon()

    def action_turn(self, steps: int) -> None:
        self.action_tab((self.state.tab + steps) % len(TABS))

    # Panes

    def on_resize(self, event: events.Resize) -> None:
        self._height = event.size.height  # that of the app itself is still the old one
        self._arrange()

    def _arrange(self) -> None:
        """Show the panes that the layout has, and give the keys to one of them."""
        layout = self.state.layout(self._height)
        self.screen_stack[0].set_class(layout.value == "list", "-list")
        self.screen_stack[0].set_class(layout.value == "detail", "-detail")
        if not self._filter_bar.display:
            (self._detail if self.state.reading else self._table).focus()
        self.call_after_refresh(self._draw_soon)

    def on_descendant_focus(self) -> None:
        """A click may have moved the keys."""
        if isinstance(self.focused, CallsTable | DetailView):
            self._read(isinstance(self.focused, DetailView))

    def _read(self, reading: bool) -> None:
        """Give the keys to the detail, or to the list. Who reads a call wants to stay with it."""
        if reading != self.state.reading:
            self.state.reading = reading
            self.state.follow = self.state.follow and not reading
            self._show_heading()
            self._arrange()

    def on_calls_table_opened(self) -> None:
        if len(self.calls):
            self._read(True)

    def on_detail_view_closed(self) -> None:
        self._read(False)

    def action_other_pane(self) -> None:
        if len(self.screen_stack) > 1:
            raise SkipAction
        if self._filter_bar.display:
            self.on_filter_bar_accepted()
        else:
            self._read(not self.state.reading)

    def action_layout(self) -> None:
        self.state.turn_layout(self._height)
        self._arrange()

    def action_keys(self) -> None:
        self.push_screen(HelpScreen(self._glyphs))

    # The filter

    def _readable(self, text: str) -> Node:
        """The filter as a tree; FilterError when it cannot be read, or names what is not built."""
        node = parse(text)
        self._recording.compiled(node)
        return node

    def action_filter(self) -> None:
        self._filter_bar.open(self.state.filter)
        self._say_found()

    def on_filter_bar_edited(self, message: FilterBar.Edited) -> None:
        if self._typing is not None:
            self._typing.stop()
        try:
            node = self._readable(message.text)
        except FilterError as error:
            self._filter_bar.say_wrong(error)
            return
        self._typing = self.set_timer(_TYPING, lambda: self._search(message.text, node))

    def _search(self, text: str, node: Node) -> None:
        state = self.state
        state.filter, state.searching = text.strip(), True
        state.asked = self._watcher.look_for(node)
        self._filter_bar.say(sentence(node))
        self._show_heading()

    def on_filter_bar_accepted(self) -> None:
        self._filter_bar.display = False
        self._arrange()

    def on_filter_bar_dropped(self) -> None:
        self._filter_bar.display = False
        self.on_calls_table_cleared()
        self._arrange()

    def on_calls_table_cleared(self) -> None:
        if self._typing is not None:
            self._typing.stop()
        if self.state.filter:
            self._search("", EVERYTHING)

    def _say_found(self) -> None:
        if self.state.filter:
            self._filter_bar.say(sentence(parse(self.state.filter)))
