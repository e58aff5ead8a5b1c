"""Do calls take the way that is meant?"""

from __future__ import annotations

from collections.abc import Iterator

from inspector.doctor.line import Line, bad, ok, warn
from inspector.doctor.setup import ProxySetting, Setup


def proxies(setup: Setup) -> Iterator[Line]:
    """The proxy of https calls, what leads past it, and what contradicts it."""
    if setup.proxy is not None:
        yield _proxy(setup.proxy)
    elif setup.under_recorder:
        yield bad(
            "proxy-lost",
            "this environment was made by `run` or `env`, and no HTTPS_PROXY is set in it",
            'Set it anew: eval "$(b2-inspector env)".',
        )
    elif not setup.environ.get("HTTP_PROXY") and not setup.environ.get("http_proxy"):
        yield ok("proxy", "no proxy is set: calls go out directly")
    yield from _bypassed(setup)
    yield from _contradictions(setup)


def _proxy(proxy: ProxySetting) -> Line:
    if proxy.recorder and not proxy.alive:
        return bad(
            "proxy-ended",
            f"{proxy.place}={proxy.shown} is that of a recorder that has ended: nothing answers there",
            'Open a new terminal, or start one: b2-inspector record, then eval "$(b2-inspector env)".',
        )
    if proxy.recorder:
        return ok("proxy", f"{proxy.place}={proxy.shown} is the recorder's")
    if proxy.problem is not None:
        return bad("proxy-unfit", proxy.problem, f"Set {proxy.place}=http://HOST:PORT, or unset it.")
    return ok("proxy", f"{proxy.place}={proxy.shown}; the recorder goes on through it")


def _bypassed(setup: Setup) -> Iterator[Line]:
    for setting in setup.bypasses:
        words = f"{setting.place}={setting.value} leads B2's hosts past "
        if setup.under_recorder:
            yield bad("no-proxy", words + "the recorder: nothing is recorded", f"unset {setting.place}")
        elif setup.proxy is not None:
            yield warn(
                "no-proxy",
                words + "the proxy",
                f"`run` takes {setting.place} out for its command; unset it where you use `env`.",
            )


def _contradictions(setup: Setup) -> Iterator[Line]:
    environ = setup.environ
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"):
        upper, lower = environ.get(name), environ.get(name.lower())
        if upper and lower and upper != lower:
            yield warn(
                "proxies-differ",
                f"{name} and {name.lower()} differ: some programs read this, some that",
                "Set both to the same value.",
            )
    if setup.proxy is None and not setup.under_recorder and (environ.get("HTTP_PROXY") or environ.get("http_proxy")):
        yield warn(
            "proxy-http-only",
            "HTTP_PROXY is set and HTTPS_PROXY is not: calls to B2 are https and do not take it",
            "Set HTTPS_PROXY too, if a proxy is needed to get out.",
        )
