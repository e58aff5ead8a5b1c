"""How a call ended, by the two things that are known of every one."""

from __future__ import annotations


def went_wrong(status: int | None, failure: object) -> bool:
    """Whether a call ended without a whole answer (`failure` says why), or with one that says so by its status."""
    return failure is not None or (status or 0) >= 400
