"""Sends clients that ignore HTTPS_PROXY through it: urllib3's PoolManager (minio-py), aiohttp, s3cmd.

It runs inside the recorded program, on Python 3.7 or newer, from `sitecustomize`. Nothing is imported here for its
own sake: each patch waits until the program has imported what it patches. boto3, requests and httpx read the
environment themselves and stay untouched. Nothing may break the program: a patch that fails is left out
(B2_INSPECTOR_DEBUG=1 says so on stderr).
"""

from __future__ import annotations

import os
import sys

# The types are for those who read this: `typing` would cost the recorded program an import.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

PLAIN_ON_PURPOSE = ("requests", "botocore", "pip")
"""Callers that ask for a ProxyManager where the environment names a proxy: their PoolManager is meant to go direct."""


def proxy(scheme: str) -> str | None:
    """The proxy's URL for a scheme, or None."""
    name = f"{scheme}_proxy"
    return os.environ.get(name) or os.environ.get(name.upper())


def patch_urllib3(module: Any) -> None:
    """Whoever calls `urllib3.PoolManager` gets a ProxyManager, which is one; subclasses stay what they are.

    Python runs `__init__` of the class that `__new__` chose (it is a subclass), with the caller's arguments.
    """
    chosen = proxy("https")
    if not chosen:
        return
    manager, login = module.PoolManager, _login(chosen)

    class RecordedPoolManager(module.ProxyManager):  # type: ignore[misc]
        def __init__(self, num_pools: int = 10, headers: Any = None, **options: Any) -> None:
            super().__init__(chosen, num_pools, headers, proxy_headers=login, **options)

    def new(cls: Any, *_args: Any, **_options: Any) -> Any:
        caller = sys._getframe(1).f_globals.get("__name__", "").partition(".")[0]
        plain = cls is not manager or caller in PLAIN_ON_PURPOSE
        return object.__new__(cls if plain else RecordedPoolManager)

    manager.__new__ = staticmethod(new)


def _login(url: str) -> dict[str, str] | None:
    from base64 import b64encode
    from urllib.parse import unquote, urlsplit

    parts = urlsplit(url)
    if not parts.username:
        return None
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"proxy-authorization": "Basic " + b64encode(pair.encode()).decode()}


def patch_aiohttp(module: Any) -> None:
    """A request for which nobody named a proxy gets ours. `trust_env=True` would read ~/.netrc besides."""
    original = module.ClientSession._request

    async def _request(self: Any, method: str, str_or_url: Any, **options: Any) -> Any:
        named = options.get("proxy") or getattr(self, "_default_proxy", None) or getattr(self, "_trust_env", False)
        address = str(str_or_url if "://" in str(str_or_url) else getattr(self, "_base_url", None))
        chosen = proxy({"wss": "https", "ws": "http"}.get(address.partition(":")[0], address.partition(":")[0]))
        if chosen and not named and type(self._connector).__name__ == "TCPConnector":
            options["proxy"] = chosen
        return await original(self, method, str_or_url, **options)

    module.ClientSession._request = _request


def patch_s3cmd(module: Any) -> None:
    """s3cmd knows proxies, but from its configuration file alone."""
    from urllib.parse import urlsplit

    original = module.ConnMan.get

    def get(*args: Any, **options: Any) -> Any:
        config = module.Config()
        chosen = urlsplit(proxy("https") or "")
        if chosen.hostname and not config.proxy_host:
            config.proxy_host, config.proxy_port = chosen.hostname, chosen.port or 80
        return original(*args, **options)

    module.ConnMan.get = staticmethod(get)


PATCHES = {
    "urllib3.poolmanager": patch_urllib3,
    "aiohttp.client": patch_aiohttp,
    "S3.ConnMan": patch_s3cmd,
}


class Watcher:
    """A finder that finds nothing itself: it lets the others find a module of PATCHES, and runs the patch after it."""

    def __init__(self) -> None:
        self.waiting = dict(PATCHES)

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: Any = None) -> ModuleSpec | None:
        patch = self.waiting.pop(name, None)
        if patch is None:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = None if finder is self or find is None else find(name, path, target)
            if spec is not None:
                attempt(name, _after, spec, patch)
                return spec
        return None


def _after(spec: ModuleSpec, patch: Callable[[Any], None]) -> None:
    loader: Any = spec.loader
    run = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        run(module)
        attempt(module.__name__, patch, module)

    loader.exec_module = exec_module


def attempt(name: str, action: Callable[..., None], *arguments: Any) -> None:
    """Do it; a failure is told to those who ask, and the program goes on without it."""
    try:
        action(*arguments)
    except Exception as error:
        if os.environ.get("B2_INSPECTOR_DEBUG"):
            sys.stderr.write(f"b2-inspector: {name} is not recorded: {error!r}\n")


def install() -> None:
    """Watch for the modules of PATCHES."""
    if os.environ.get("B2_INSPECTOR_ACTIVE"):
        sys.meta_path.insert(0, Watcher())
