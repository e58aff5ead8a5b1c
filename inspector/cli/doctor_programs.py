"""The S3 programs and libraries of a machine with their versions, each asked with a time limit."""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from inspector.doctor.setup import Installed

PATIENCE = 10.0
"""Seconds that a program may take to say its version; the AWS CLI takes more than one on a cold disk."""

_OURS = ("mitmproxy", "textual", "sqlite-utils")
_LIBRARIES = ("boto3", "botocore", "minio", "b2sdk", "obstore")
_PROGRAMS = {
    "aws-cli": ("aws", "--version"),
    "rclone": ("rclone", "version"),
    "s3cmd": ("s3cmd", "--version"),
    "restic": ("restic", "version"),
    "node": ("node", "--version"),
}
_NODE_PACKAGES = ("@aws-sdk/client-s3", "aws-sdk", "minio")

_NUMBER = re.compile(r"(?:^|[ v/])(\d+(?:\.\d+)+)")

_ASK_PYTHON = f"""
import json
from importlib import metadata
found = {{}}
for name in {_LIBRARIES!r}:
    try:
        found[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
        pass
print(json.dumps(found))
"""


def installed(environ: Mapping[str, str], directory: Path) -> tuple[Installed, ...]:
    """What there is: our own parts, libraries of this Python and of the one on the PATH, programs, and what
    `directory` holds of Node's packages."""
    with ThreadPoolExecutor() as pool:
        programs = pool.map(lambda item: _program(item[0], item[1], environ), _PROGRAMS.items())
        other = pool.submit(_other_python, environ)
        found = [Installed("Python", platform.python_version(), "b2-inspector's own")]
        found += [*_own(_OURS, "b2-inspector's own"), *_own(_LIBRARIES, "beside b2-inspector")]
        return (*found, *other.result(), *(one for one in programs if one), *_node(directory))


def _own(names: tuple[str, ...], place: str) -> Iterator[Installed]:
    for name in names:
        try:
            yield Installed(name, version(name), place)
        except PackageNotFoundError:
            continue


def _other_python(environ: Mapping[str, str]) -> list[Installed]:
    """The libraries of the Python that a user's own programs run in, where it is not ours."""
    python = shutil.which("python3", path=environ.get("PATH")) or shutil.which("python", path=environ.get("PATH"))
    if python is None or (
        Path(python).resolve() == Path(sys.executable).resolve() and Path(python).parent == Path(sys.executable).parent
    ):
        return []
    try:
        found = json.loads(_said([python, "-c", _ASK_PYTHON], environ))
        return [Installed(name, number, python) for name, number in found.items()]
    except (ValueError, AttributeError):
        return []


def _program(name: str, words: tuple[str, ...], environ: Mapping[str, str]) -> Installed | None:
    path = shutil.which(words[0], path=environ.get("PATH"))
    match = _NUMBER.search(_said([path, *words[1:]], environ)) if path else None
    return Installed(name, match[1], path) if match and path else None


def _said(command: list[str], environ: Mapping[str, str]) -> str:
    """What a program says; empty where it cannot be started, or takes too long."""
    try:
        done = subprocess.run(
            command,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return (done.stdout or done.stderr).decode("utf-8", "replace")  # Python 2's aws said it on stderr


def _node(directory: Path) -> Iterator[Installed]:
    for name in _NODE_PACKAGES:
        path = directory / "node_modules" / name / "package.json"
        try:
            number = json.loads(path.read_bytes()).get("version")
        except (OSError, ValueError, AttributeError):
            continue
        if isinstance(number, str):
            yield Installed(name, number, "node_modules")
