"""What plays is light: a test suite that only replays has neither proxy nor terminal to install."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("mitmproxy", "textual", "click", "sqlite3", "sqlite_utils", "msgpack", "cryptography", "inspector.store")


def test_a_player_loads_no_proxy_no_terminal_and_no_database() -> None:
    """In a process of its own: what is imported late counts, too."""
    program = "import sys, inspector.replay.play.player, inspector.replay.play.miss_answer; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not [name for name in HEAVY if name in done.stdout.split()]
