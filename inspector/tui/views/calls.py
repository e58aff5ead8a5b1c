"""The calls: the list, the selected call below it, what is wrong with it beside that."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from inspector.tui.actions import bindings
from inspector.tui.actions.calls import CALLS
from inspector.tui.calls.order import ARRIVAL
from inspector.tui.calls.panes import Pane
from inspector.tui.calls.table import CallsTable, Headings
from inspector.tui.detail.look import TABS
from inspector.tui.detail.pane import DetailPane
from inspector.tui.label import Label
from inspector.tui.services import Services
from inspector.tui.views.view import View
from inspector.tui.why.pane import WhyPane
from inspector.view.render import operation, status


class CallsView(View):
    """Arranges the panes, and keeps them at one call."""

    BINDINGS = bindings(CALLS)

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._panes = services.state.panes

    def compose(self) -> ComposeResult:
        glyphs = self.services.glyphs
        table = CallsTable(self.services)
        yield Vertical(Headings(table), table, id="list")
        yield Horizontal(DetailPane(self.services), WhyPane(self.services), id="lower")
        yield Label(glyphs, id="brief")

    def on_mount(self) -> None:
        self.set_interval(1.0, self._tick)
        self._arrange()

    @property
    def table(self) -> CallsTable:
        """The list."""
        return self.query_one(CallsTable)

    @property
    def detail(self) -> DetailPane:
        """The selected call."""
        return self.query_one(DetailPane)

    @property
    def why(self) -> WhyPane:
        """The rail."""
        return self.query_one(WhyPane)

    def _tick(self) -> None:
        """Calls under way grow older."""
        totals = self.services.state.totals
        if self.display and totals is not None and totals.under_way:
            self.table.refresh()

    # The list, and the selected call

    def shown(self) -> None:
        self._arrange()
        self.changed()

    def hidden(self) -> None:
        """The rail goes on: what it finds is there when one comes back."""

    def changed(self) -> None:
        self.table.show(self._emptiness(), reveal=self.services.state.follow)
        self.query_one(Headings).refresh()
        self._show_call(anew=True)

    def secrets_changed(self) -> None:
        self.why.look_soon()
        self.table.refresh()
        self.query_one(Headings).refresh()

    def _emptiness(self) -> str:
        state = self.services.state
        if state.searching:
            return "looking..."
        if state.filter:
            return "no call matches; esc shows all"
        return "no calls yet; record some: b2-inspector run -- COMMAND"

    def _show_call(self, anew: bool = False) -> None:
        self.detail.draw_soon(anew)
        self.why.look_soon(anew)
        self.services.app.show_heading()

    def on_calls_table_selected(self) -> None:
        calls = self.services.calls
        if calls.selected != calls.ids.largest:
            self.services.state.follow = False
        self._show_call()

    def on_headings_clicked(self, message: Headings.Clicked) -> None:
        from inspector.tui.calls.hands import sort_by_column

        sort_by_column(self.services, message.column)

    def on_calls_table_scrolled(self) -> None:
        self.services.state.follow = False
        self.services.app.show_heading()

    def on_why_pane_in_brief(self, message: WhyPane.InBrief) -> None:
        self.query_one("#brief", Label).show(message.spans)
        self.detail.draw_soon()  # its tab Signature waits for the same

    def action_step(self, steps: int) -> None:
        self.table.action_move(steps)

    def action_follow(self) -> None:
        state = self.services.state
        state.follow = not state.follow
        if state.follow and not state.order.is_arrival:
            self.services.live.sort(ARRIVAL)  # the newest has no place of its own among sorted calls
        self.services.app.recording_changed()

    def action_turn(self, steps: int) -> None:
        self.detail.action_tab((self.services.state.tab + steps) % len(TABS))

    def crumbs(self) -> str:
        """Which call, and which of its panes has the keys."""
        row = self.services.selected_row
        if self._panes.keys is Pane.LIST or row is None:
            return ""
        part = "why" if self._panes.keys is Pane.WHY else TABS[self.services.state.tab]
        return f"› #{row.id} {operation(row)} {status(row)} › {part}"

    # Panes

    def on_resize(self, event: events.Resize) -> None:
        self._arrange()

    def _arrange(self) -> None:
        """Show the panes that there is room for, and give the keys to one of them."""
        panes, size = self._panes, self.app.size
        shown = panes.shown(size.width, size.height)
        lower = shown & {Pane.DETAIL, Pane.WHY}
        self.query_one("#list").display = Pane.LIST in shown
        self.query_one("#lower").display = bool(lower)
        self.detail.display, self.why.display = Pane.DETAIL in shown, Pane.WHY in shown
        self.query_one("#brief").display = Pane.WHY not in shown
        self.query_one("#list").styles.height = f"{panes.list_share if lower else 100}fr"
        self.query_one("#lower").styles.height = f"{100 - panes.list_share}fr"
        self.why.styles.width = f"{panes.why_share if Pane.DETAIL in shown else 100}fr"
        self.detail.styles.width = f"{100 - panes.why_share}fr"
        self.why.set_class(Pane.DETAIL in shown, "-beside")
        self.take_keys()
        self.call_after_refresh(self.detail.draw_soon)

    def take_keys(self) -> None:
        """Give the keys to the pane that should have them."""
        if not self.services.app.is_writing:
            self.screen.set_focus(self._keeper(self._panes.keys))  # at once: the next key is for it

    def _keeper(self, pane: Pane) -> Widget:
        keepers: dict[Pane, Widget] = {Pane.LIST: self.table, Pane.DETAIL: self.detail.view, Pane.WHY: self.why.view}
        return keepers[pane]

    def on_descendant_focus(self) -> None:
        """A click may have moved the keys."""
        for pane in Pane:
            if self._keeper(pane).has_focus:
                self._go(pane)
        self.detail.show_tabs()
        self.services.app.show_crumbs()

    def _go(self, pane: Pane) -> None:
        """Give the keys to a pane. Who reads a call wants to stay with it."""
        if pane is not self._panes.keys:
            self._panes.keys = pane
            self.services.state.follow = self.services.state.follow and pane is Pane.LIST
            self.services.app.show_heading()
            self._arrange()

    def on_calls_table_opened(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        if len(self.services.calls):
            self._go(Pane.DETAIL)

    def action_back(self) -> None:
        """To the list; from there, to all calls."""
        if self._panes.keys is not Pane.LIST:
            self._go(Pane.LIST)
        elif self.services.state.filter:
            self.services.search("")

    def action_other_pane(self, steps: int) -> None:
        self._go(self._panes.after(steps))

    def action_layout(self) -> None:
        self._panes.turn(self.app.size.width, self.app.size.height)
        self._arrange()

    def action_resize_pane(self, steps: int) -> None:
        self._panes.resize(steps)
        self._arrange()
