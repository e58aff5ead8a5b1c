"""A session of a command line, as a script for sh, recorded and replayed by a verb of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


def under_a_verb(directory: Path, *words: str, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """`session.sh` of a directory under a verb, with these variables and no proxy of this machine's."""
    clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return subprocess.run(
        [sys.executable, "-m", "inspector", *words, "--", "sh", "session.sh"],
        cwd=directory,
        env=clean | {"B2_INSPECTOR_HOME": str(directory / "home")} | environ,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
