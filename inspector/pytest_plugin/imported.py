"""Patches of modules that a test may not have imported yet."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from inspector import capture

SHIMS = Path(capture.__path__[0]) / "shims" / "python" / "b2_inspector_clients.py"


@contextmanager
def when_imported(patches: Mapping[str, Callable[[Any], None]]) -> Iterator[None]:
    """Run each patch on its module: at once where it is loaded, else when it is, while this is open."""
    watcher = shims().Watcher()
    watcher.waiting = {name: patch for name, patch in patches.items() if name not in sys.modules}
    for name in patches.keys() - watcher.waiting.keys():
        patches[name](sys.modules[name])
    sys.meta_path.insert(0, watcher)
    try:
        yield
    finally:
        sys.meta_path.remove(watcher)


@lru_cache(maxsize=1)
def shims() -> ModuleType:
    """What the recorder does in the Python programs that it starts."""
    spec = importlib.util.spec_from_file_location("_b2_inspector_shims", SHIMS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
