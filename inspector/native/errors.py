"""B2's errors in JSON: all of the native API's, and those that its S3 API answers under some 5xx.

`{"status": 400, "code": "bad_request", "message": "..."}`; under a 5xx of the S3 API it was seen in
craft-remote-backup#21.
"""

from __future__ import annotations

from dataclasses import dataclass

from inspector.native.body import read_object, text_of


@dataclass(frozen=True, slots=True)
class NativeError:
    """What an error body says; `status` repeats the HTTP status, None where it is left out."""

    code: str
    message: str
    status: int | None = None


def read_error(body: bytes) -> NativeError | None:
    """The error that a JSON body states, or None where it is no object with a `code`. Never raises."""
    fields = read_object(body)
    code = text_of(fields, "code")
    if code is None:
        return None
    status = fields.get("status")
    return NativeError(code, text_of(fields, "message") or "", status if type(status) is int else None)
