"""The settings that hold: what the config file says, else what was chosen in the terminal UI, else the usual."""

from __future__ import annotations

from collections.abc import Mapping

from inspector.errors import UsageError
from inspector.paths import config_file, kept_file
from inspector.tui.calls.columns import USUAL, Chosen
from inspector.tui.settings.config import Config, column_names, column_widths, read_config
from inspector.tui.settings.kept import Kept

_HISTORY = 100


class Settings:
    """The config and what is kept. Without arguments: the usual settings, and nothing is kept beyond this run."""

    def __init__(self, config: Config | None = None, kept: Kept | None = None) -> None:
        self.config = config or Config()
        self._kept = kept or Kept()
        self.columns = self._columns()

    def _columns(self) -> Chosen:
        names, widths = self.config.columns, dict(self.config.widths)
        try:
            names = names or column_names(self._kept.get("columns", list(USUAL)))
            widths = {**column_widths(self._kept.get("widths", {})), **widths}
        except UsageError:  # kept by another version
            names = names or USUAL
        return Chosen(names, widths)

    def choose_columns(self, chosen: Chosen) -> None:
        """Show these columns, and keep them."""
        self.columns = chosen
        self._kept.put("columns", None if chosen.names == USUAL else list(chosen.names))
        self._kept.put("widths", dict(chosen.widths) or None)

    @property
    def theme(self) -> str | None:
        """The name of the theme to begin with; None for the usual one."""
        return self.config.theme or self._kept.get("theme", "") or None

    def keep_theme(self, name: str) -> None:
        """Begin with this theme from now on; one that the config file gave needs no keeping."""
        if name != self.theme:
            self._kept.put("theme", name)

    def history(self, of: str) -> list[str]:
        """The lines that were written into a field, the newest last."""
        return [line for line in self._kept.get(f"{of} history", []) if isinstance(line, str)]

    def remember(self, of: str, line: str) -> None:
        """Add a line to a field's history: once, and at its end."""
        from inspector.leaks.find import finds

        text = line.strip()
        if text and next(finds(text.encode("utf-8", "surrogateescape")), None) is None:
            lines = [one for one in self.history(of) if one != text]
            self._kept.put(f"{of} history", [*lines, text][-_HISTORY:])


def settings_of(environ: Mapping[str, str]) -> Settings:
    """The settings of this user.

    Raises:
        UsageError: the config file says what is not understood.
    """
    return Settings(read_config(config_file(environ)), Kept(kept_file(environ)))
