"""The pictures of the README are made by a script, from the recording that ships."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHOWN = {
    "calls": "key-secret-trunca",
    "signature": "the client signed otherwise",
    "filter": "calls whose bucket is backups",
}


@pytest.mark.slow
def test_the_script_draws_what_the_readme_says(tmp_path: Path) -> None:
    """Words of each picture; nothing is fetched from elsewhere, and no directory of this machine is told."""
    environ = {**os.environ, "B2_INSPECTOR_HOME": str(tmp_path)}
    script = [sys.executable, str(ROOT / "docs" / "make_pictures.py"), str(tmp_path)]
    subprocess.run(script, check=True, env=environ, cwd=tmp_path, stdout=subprocess.DEVNULL)
    for name, words in SHOWN.items():
        drawn = (tmp_path / f"{name}.svg").read_text(encoding="utf-8")
        text = html.unescape(re.sub(r"<[^>]+>", "", drawn)).replace("\xa0", " ")
        assert words in text
        assert "@font-face" not in drawn
        assert str(ROOT) not in text
        assert (ROOT / "docs" / "pictures" / f"{name}.svg").is_file()
