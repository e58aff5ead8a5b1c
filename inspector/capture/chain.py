"""The proxy that the user already needs: calls go on through it."""

from __future__ import annotations

import ipaddress
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from inspector.errors import CaptureError


@dataclass(frozen=True, slots=True)
class UpstreamProxy:
    """`url` without user and password; `auth` is `user:password`, None without one; `no_proxy` lists the hosts that
    are reached without it, as in NO_PROXY.
    """

    url: str
    auth: str | None
    no_proxy: str = ""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> UpstreamProxy | None:
        """The proxy that this environment sends https calls through, or None.

        Raises:
            CaptureError: the variable holds something that is no http or https proxy.
        """
        text = environ.get("https_proxy") or environ.get("HTTPS_PROXY")
        no_proxy = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
        if not text or no_proxy.strip() == "*":
            return None
        scheme, host, port, auth = _parts(text)
        return cls(f"{scheme}://{host}:{port}", auth, no_proxy)


def _parts(text: str) -> tuple[str, str, int, str | None]:
    """Scheme, host, port and `user:password` of a proxy's URL. The text itself is never quoted: it may hold both."""
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise _unfit("HTTPS_PROXY is no URL of a proxy") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _unfit("HTTPS_PROXY names a proxy that cannot be chained (only http:// and https:// ones can)")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    auth = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
    return parts.scheme, host, port, auth


def _unfit(message: str) -> CaptureError:
    return CaptureError(message, "unset HTTPS_PROXY for this command, or name an HTTP proxy: http://HOST:PORT")


@lru_cache(maxsize=1024)
def goes_direct(no_proxy: str, host: str, port: int) -> bool:
    """Whether NO_PROXY (`no_proxy`) says that a host is reached without the proxy.

    Clients read NO_PROXY each in their own way; this is the union of what they agree on: names and their subdomains
    with and without a leading dot or `*.`, ports, addresses and networks (Go, curl 7.86). Loopback is always direct,
    as in Go: a proxy elsewhere could not reach it.
    """
    if not no_proxy and not _loopback(host):
        return False
    names = ",".join(entry.strip().removeprefix("*") for entry in no_proxy.split(","))
    bypass = getattr(urllib.request, "proxy_bypass_environment")  # noqa: B009  # typeshed does not list it
    return _loopback(host) or bool(bypass(f"{host}:{port}", {"no": names})) or _in_network(host, no_proxy)


def _loopback(host: str) -> bool:
    address = _address(host)
    return host.lower() == "localhost" or (address is not None and address.is_loopback)


def _in_network(host: str, no_proxy: str) -> bool:
    address = _address(host)
    return address is not None and any(
        address in network for entry in no_proxy.split(",") if (network := _network(entry.strip())) is not None
    )


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(entry.strip("[]"), strict=False) if "/" in entry or ":" in entry else None
    except ValueError:
        return None
