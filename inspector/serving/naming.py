"""How a call says to which session it belongs, where the port that it comes to does not say it.

By a header, as Azure's test proxy has it; by the user name of a proxy's credentials, for clients that can set no
header.
"""

from __future__ import annotations

import base64
import binascii
import os

from inspector.wire.headers import Headers

HEADER = b"x-recording-id"
_PREFIX = "rec-"


def new_name() -> str:
    """A name that no other session has."""
    return _PREFIX + os.urandom(6).hex()


def proxy_session(authorization: bytes) -> str:
    """The session that a Proxy-Authorization line names, "" for none: a user of another name is no session's."""
    scheme, _, encoded = authorization.strip().partition(b" ")
    if scheme.lower() != b"basic":
        return ""
    try:
        user = base64.b64decode(encoded.strip()).partition(b":")[0].decode("latin-1")
    except binascii.Error:
        return ""
    return user if user.startswith(_PREFIX) else ""


def named_by(headers: Headers) -> str:
    """The session that a request's lines name, their names in lower case; "" for none."""
    found = ""
    for name, value in headers:
        if name == HEADER:
            return value.decode("latin-1").strip()
        if name == b"proxy-authorization":
            found = proxy_session(value)
    return found
