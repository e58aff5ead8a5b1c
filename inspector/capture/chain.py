"""The proxy that the user already needs: calls go on through it."""

from __future__ import annotations

import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from inspector.errors import CaptureError

_B2 = "s3.us-west-004.backblazeb2.com"


@dataclass(frozen=True, slots=True)
class UpstreamProxy:
    """`url` without user and password; `auth` is `user:password`, None without one."""

    url: str
    auth: str | None

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> UpstreamProxy | None:
        """The proxy that this environment sends https calls for B2 to, or None.

        Raises:
            CaptureError: the variable holds something that is no http or https proxy.
        """
        text = environ.get("https_proxy") or environ.get("HTTPS_PROXY")
        if not text or _bypassed(environ):
            return None
        parts = urlsplit(text if "://" in text else f"http://{text}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise CaptureError(
                "HTTPS_PROXY names a proxy that cannot be chained (only http:// and https:// ones can)",
                "unset HTTPS_PROXY for this command, or name an HTTP proxy",
            )
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        port = parts.port or (443 if parts.scheme == "https" else 80)
        auth = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
        return cls(f"{parts.scheme}://{host}:{port}", auth)


def _bypassed(environ: Mapping[str, str]) -> bool:
    """Whether NO_PROXY says that B2 is reached without the proxy."""
    no_proxy = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    bypass = getattr(urllib.request, "proxy_bypass_environment")  # noqa: B009  # typeshed does not list it
    return bool(bypass(_B2, {"no": no_proxy}))
