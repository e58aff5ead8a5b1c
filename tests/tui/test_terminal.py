"""The terminal UI in a real terminal: tmux runs it, types, and reads the screen."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.scripted import Peer, ScriptedServer

TREE = Path(__file__).resolve().parents[2]
SAMPLE = TREE / "recordings" / "sample.db"
PATIENCE = 30.0

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed here"),
]


class Terminal:
    """A terminal of some size, in a tmux server of its own."""

    def __init__(self, room: Path, columns: int, rows: int, command: list[str]) -> None:
        self._socket = str(room / "tmux")
        self._environ = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "TMUX")}
        self._tmux("-f", os.devnull, "new-session", "-d", "-s", "t", "-x", str(columns), "-y", str(rows), *command)

    def _tmux(self, *words: str) -> str:
        command = ["tmux", "-S", self._socket, *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=self._environ)
        return done.stdout

    def type(self, *keys: str) -> None:
        """Press keys, in tmux's names."""
        self._tmux("send-keys", "-t", "t", *keys)

    def lines(self) -> list[str]:
        """What is on the screen."""
        return self._tmux("capture-pane", "-p", "-t", "t").split("\n")

    def until(self, *words: str) -> str:
        """The screen, once all these words are on it."""
        return self.when(lambda text: all(word in text for word in words))

    def when(self, test: Callable[[str], bool]) -> str:
        """The screen, once the test holds of it."""
        deadline = time.monotonic() + PATIENCE
        while not test(text := "\n".join(self.lines())):
            assert time.monotonic() < deadline, text
            time.sleep(0.1)
        return text

    @property
    def is_there(self) -> bool:
        """Whether its command still runs."""
        return bool(self._tmux("list-panes", "-t", "t"))

    @property
    def pid(self) -> int:
        """The process id of its command."""
        return int(self._tmux("list-panes", "-t", "t", "-F", "#{pane_pid}"))

    def close(self) -> None:
        """End it, and what runs in it."""
        self._tmux("kill-server")


@pytest.fixture
def open_terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def start(recording: Path, columns: int = 120, rows: int = 40) -> Terminal:
        room = tmp_path / f"terminal-{len(opened)}"
        room.mkdir()
        command = [sys.executable, "-m", "inspector", "tui", "-r", str(recording)]
        opened.append(Terminal(room, columns, rows, command))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.close()


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40), (200, 60)])
def test_every_view_and_screen_at_every_size(open_terminal: Callable[..., Terminal], columns: int, rows: int) -> None:
    """Views by their digits, screens by their keys, back by esc; nothing is drawn beyond the edge; q leaves."""
    terminal = open_terminal(SAMPLE, columns, rows)
    terminal.until("35 calls", "backups/js/a+b.json")
    for key, words in {
        "2": ("Timeline", "receive"),
        "3": ("PutObject", "p99"),
        "4": ("no problem outside of the calls",),
        "5": ("aws-cli", "boto3"),
        "6": ("film.mp4", "completed"),
        "1": ("35 calls",),
    }.items():
        terminal.type(key)
        terminal.until(*words)
        assert max(map(len, terminal.lines())) <= columns
    terminal.type("g", *"jjjjjjjjjjjj")
    terminal.until("▸   13")
    for key, word in {"s": "signature", "d": "+ #", "r": "send again", "?": "the next call"}.items():
        terminal.type(key)
        terminal.until(word)
        if key == "s":
            time.sleep(0.5)  # it may ask for the secret
            terminal.type("Escape")
            time.sleep(0.5)
        terminal.type("Escape")
        terminal.when(lambda text: "[1 Calls]" in text or "1 Calls" in text or "35 calls" in text)
        time.sleep(0.3)
    terminal.type("Escape")
    time.sleep(0.3)
    terminal.type("q")
    deadline = time.monotonic() + PATIENCE
    while terminal.is_there and time.monotonic() < deadline:
        terminal.type("q")
        time.sleep(0.3)
    assert not terminal.is_there


def test_a_filter_is_typed_and_dropped(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal(SAMPLE)
    terminal.until("35 calls")
    terminal.type("/")
    time.sleep(0.5)
    terminal.type("-l", "is:error")
    terminal.until("7 of 35")
    terminal.type("Enter")
    time.sleep(0.3)
    terminal.type("Escape")
    terminal.when(lambda text: "7 of 35" not in text)


def test_recorder_and_ui_die_apart(open_terminal: Callable[..., Terminal], tmp_path: Path) -> None:
    """A UI that is killed stops no recorder; when the recorder is killed, the UI says that nobody records any more."""

    def answers(peer: Peer) -> None:
        while peer.request() is not None:
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    recording = tmp_path / "live.db"
    words = ["record", "-r", str(recording), "--listen", "127.0.0.1:0", "--host", "127.0.0.1"]
    recorder = subprocess.Popen(
        [sys.executable, "-m", "inspector", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        with ScriptedServer(answers) as server:
            proxy = _proxy_of(recorder)

            def call(path: str) -> None:
                handler = urllib.request.ProxyHandler({"http": proxy})
                with urllib.request.build_opener(handler).open(f"http://127.0.0.1:{server.port}/{path}") as answer:
                    assert answer.read() == b"ok"

            call("one")
            terminal = open_terminal(recording)
            terminal.until("/one", "live")
            os.kill(terminal.pid, signal.SIGKILL)
            call("two")
            again = open_terminal(recording)
            again.until("/one", "/two")
            recorder.kill()
            recorder.wait()
            again.until("not recording")
    finally:
        recorder.kill()
        recorder.wait()


def _proxy_of(recorder: subprocess.Popen[str]) -> str:
    """The recorder's address, as it says it."""
    assert recorder.stdout is not None
    for line in recorder.stdout:
        for word in line.replace("'", " ").replace('"', " ").replace("=", " ").split():
            if word.startswith("http://127.0.0.1:"):
                return word.rstrip("/")
    raise AssertionError("the recorder said no address")
