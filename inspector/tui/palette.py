"""The palette: what can be done where one is, by its words."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.dom import DOMNode

from inspector.tui.actions import ACTIONS, ANYWHERE, Action
from inspector.tui.app import InspectorApp
from inspector.tui.screens.help import places_around


class Actions(Provider):
    """The actions of the places around the keys; moving about is left to the keys."""

    @property
    def _inspector(self) -> InspectorApp:
        assert isinstance(self.app, InspectorApp)
        return self.app

    def _actions(self) -> Iterator[Action]:
        here = {*places_around(self.focused), ANYWHERE}
        for action in ACTIONS:
            if action.place in here and not action.call.startswith(("move", "page", "edge", "scroll", "step")):
                yield action

    async def discover(self) -> Hits:
        for action in self._actions():
            yield DiscoveryHit(self._words(action), partial(self._do, action), help=self._keys(action))

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for action in self._actions():
            score = matcher.match(f"{action.words} {action.id}")
            if score > 0:
                yield Hit(score, self._words(action), partial(self._do, action), help=self._keys(action))

    def _words(self, action: Action) -> str:
        text = self._inspector.services.glyphs.text(action.words)
        return text[:1].upper() + text[1:]

    def _keys(self, action: Action) -> str:
        return f"{self._inspector.services.glyphs.text(action.shown) or 'no key'}, {action.id}"

    async def _do(self, action: Action) -> None:
        if action.is_function:
            self._inspector.action_perform(action.id)
            return
        node = next((node for node in self._around() if action.place in _places(node)), self._inspector)
        await self._inspector.run_action(action.call, node)

    def _around(self) -> Iterator[DOMNode]:
        return iter(() if self.focused is None else self.focused.ancestors_with_self)


def _places(node: DOMNode) -> set[str]:
    ids = {binding.id for bindings in node._bindings.key_to_bindings.values() for binding in bindings}
    return {action.place for action in ACTIONS if action.id in ids}
