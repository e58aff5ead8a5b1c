"""Where a user's data lies, and the Python that runs this program's own processes."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

OWN_PYTHON = (sys.executable, "-P")
"""This program's own processes start in the user's directory, whose json.py or inspector/ is no business of theirs."""


def data_place(environ: Mapping[str, str]) -> Path:
    """The directory of the CA, the pseudonym key and the rolling recording: `$B2_INSPECTOR_HOME`, else the user's own.

    For those who only look: there may be none, and none is made. A container's user may have no home to write to.
    """
    chosen = environ.get("B2_INSPECTOR_HOME")
    return Path(chosen) if chosen else _usual_data_dir()


def data_dir(environ: Mapping[str, str]) -> Path:
    """The same, for those who write: it is created when missing, for its owner alone (0700).

    Raises:
        OSError: it cannot be made.
    """
    directory = data_place(environ)
    if not directory.is_dir():
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.chmod(directory, 0o700)
    return directory


def default_recording(environ: Mapping[str, str]) -> Path:
    """The recording when none is named: `$B2_INSPECTOR_RECORDING`, else the rolling one in the data directory."""
    chosen = environ.get("B2_INSPECTOR_RECORDING")
    return Path(chosen) if chosen else rolling_recording(environ)


def rolling_recording(environ: Mapping[str, str]) -> Path:
    """The recording of this user that forgets what is old; those that a user names are never pruned unasked."""
    return data_place(environ) / "recording.db"


def probed_file(environ: Mapping[str, str]) -> Path:
    """What `doctor --probe` found out about B2; there may be none."""
    return data_place(environ) / "probed.json"


def _usual_data_dir() -> Path:
    from platformdirs import user_data_path  # 10 ms that a named recording need not wait for

    return user_data_path("b2-inspector", appauthor=False)


def config_file(environ: Mapping[str, str]) -> Path:
    """What the user has settled by hand; there may be none. It lies in `$B2_INSPECTOR_HOME`, else where configs do."""
    chosen = environ.get("B2_INSPECTOR_HOME")
    if chosen:
        return Path(chosen) / "config.toml"
    from platformdirs import user_config_path

    return user_config_path("b2-inspector", appauthor=False) / "config.toml"


def kept_file(environ: Mapping[str, str]) -> Path:
    """What the terminal UI remembers from one time to the next."""
    return data_place(environ) / "tui.json"
