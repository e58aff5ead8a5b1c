"""Where the recording of a test lies: `cassettes/MODULE/CLASS.TEST[PARAM].http` beside its module."""

from __future__ import annotations

import hashlib
from pathlib import Path

EXTENSION = ".http"
"""Viewers of code know how to colour it."""

_FORBIDDEN = str.maketrans(dict.fromkeys("<>?%*:|\"'/\\\0\n\r\t", "-"))
_LONGEST = 200
"""Bytes of a name: file systems allow 255, checkouts on Windows less."""


def cassette_name(test_class: type | None, test_name: str) -> str:
    """The name of a test's recording; what no file system takes is `-`, as pytest-recording has it."""
    name = f"{test_class.__name__}.{test_name}" if test_class else test_name
    return name.translate(_FORBIDDEN)


def cassette_dir(module: Path) -> Path:
    """The directory of a module's recordings."""
    return module.parent / "cassettes" / module.stem


def cassette_path(directory: Path, name: str) -> Path:
    """The file of that name. One that is too long keeps its beginning and gets a hash of the rest."""
    name = name.removesuffix(EXTENSION)
    encoded = name.encode("utf-8", "surrogatepass")
    if len(encoded) > _LONGEST:
        mark = hashlib.sha256(encoded).hexdigest()[:16]
        name = f"{encoded[: _LONGEST - 17].decode('utf-8', 'ignore')}-{mark}"
    return directory / (name + EXTENSION)
