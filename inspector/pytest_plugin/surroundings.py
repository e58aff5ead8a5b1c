"""The surroundings of a test whose clients come through a proxy: its environment, and clients that read none."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from inspector.capture.clients import Program
from inspector.capture.environment import child_environment
from inspector.capture.trust import TrustFiles
from inspector.pytest_plugin.imported import shims, when_imported

EVERY_CLIENT = Program("test", "a test", needs=("AWS_CA_BUNDLE", "PYTHONPATH", "NODE_OPTIONS"))
"""What clients of this process and its children need. Java's variables are left away: its tools print a line each."""


@contextmanager
def through(proxy: str, trust: TrustFiles, ignored: Sequence[str]) -> Iterator[None]:
    """Lead clients that are made while this is open to a proxy that they trust; `ignored` hosts go direct."""
    plan = child_environment(EVERY_CLIENT, os.environ, proxy, trust, "")
    chosen = dict(plan.set)
    if ignored:
        chosen |= {"NO_PROXY": ",".join(ignored), "no_proxy": ",".join(ignored)}
    before = {name: os.environ.get(name) for name in (*chosen, *plan.unset)}
    for name in plan.unset:
        os.environ.pop(name, None)
    os.environ.update(chosen)
    try:
        with ExitStack() as stack:
            _lead(stack)
            yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _lead(stack: ExitStack) -> None:
    """minio-py and aiohttp read no environment: what the recorder does for child processes is done here for a while."""

    def pool_manager(module: Any) -> None:
        stack.enter_context(_patched(module.PoolManager, "__new__", lambda: shims().patch_urllib3(module)))

    def client_session(module: Any) -> None:
        stack.enter_context(_patched(module.ClientSession, "_request", lambda: shims().patch_aiohttp(module)))

    stack.enter_context(when_imported({"urllib3.poolmanager": pool_manager, "aiohttp.client": client_session}))


@contextmanager
def _patched(owner: Any, name: str, patch: Any) -> Iterator[None]:
    had = vars(owner).get(name)
    patch()
    try:
        yield
    finally:
        if had is not None:
            setattr(owner, name, had)
        else:
            # A class that once had a `__new__` of its own no longer takes arguments without one.
            setattr(owner, name, staticmethod(lambda cls, *args, **options: object.__new__(cls)))
