"""Make the pictures of the terminal UI that the README shows, from the recording that ships.

    python docs/make_pictures.py [DIRECTORY]

Each is what Textual draws, as SVG: no screen, no fonts of this machine. The same recording gives the same pictures,
but for the version of Textual.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from inspector.sigv4.key import Key
from inspector.store.reader import Recording
from inspector.tui.app import InspectorApp
from inspector.tui.writing.filter_bar import FilterBar

HERE = Path(__file__).resolve().parent
SAMPLE = HERE.parent / "recordings" / "sample.db"
KEY = Key("0041234567890ab0000000001", b"K004example+OPENS/nothing+AtAll", "environment")
MISMATCH = 13
SIZE = (124, 34)
PATIENCE = 60.0

_FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""Fetched from another host, by whoever looks at the picture."""


async def pictures(path: Path, into: Path) -> None:
    """Play the scenes, and take a picture of each."""
    os.chdir(path.parent)  # the first line names the recording: without the directories of whoever makes the picture
    with Recording(Path(path.name)) as opened:
        app = InspectorApp(opened, keys=[KEY])
        async with app.run_test(size=SIZE) as pilot:

            async def until(test: Callable[[], bool]) -> None:
                deadline = time.monotonic() + PATIENCE
                while not test():
                    assert time.monotonic() < deadline
                    await pilot.pause(0.05)
                await pilot.pause()

            def take(name: str) -> None:
                drawn = app.export_screenshot(title="b2-inspector", simplify=True)
                (into / f"{name}.svg").write_text(_FONT.sub("", drawn), encoding="utf-8")

            await until(lambda: not app.state.searching)
            app.services.open_call(MISMATCH)
            await until(lambda: app.services.diagnoses.known(MISMATCH) is not None)
            await pilot.pause(0.5)
            take("calls")
            await pilot.press("s")
            await pilot.pause(1.0)
            take("signature")
            await pilot.press("escape", "slash", *"bucket:")
            await until(lambda: "backups" in app.query_one(FilterBar).said)
            await pilot.press("tab")
            await until(lambda: not app.state.searching)
            await pilot.pause(0.5)
            take("filter")


def main() -> None:
    into = Path(sys.argv[1] if len(sys.argv) > 1 else HERE / "pictures").resolve()
    into.mkdir(exist_ok=True)
    os.environ["TZ"] = "UTC"  # the clock of the pictures, wherever they are made
    if hasattr(time, "tzset"):
        time.tzset()
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(shutil.copy(SAMPLE, directory))
        asyncio.run(pictures(copy, into))
    for picture in sorted(into.glob("*.svg")):
        print(f"{picture.stat().st_size / 1000:6.0f} kB  {picture.name}")


if __name__ == "__main__":
    main()
