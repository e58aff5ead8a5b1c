"""An application key as a verifier holds it: in memory, and never in a text."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Key:
    """A key id with its secret. `name` says where it came from (`environment`, `profile b2`...), for reports.

    The secret is left out of `repr`, so that no log and no traceback shows it.
    """

    key_id: str
    secret: bytes = field(repr=False)
    name: str = "given"
