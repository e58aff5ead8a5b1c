"""A call that cannot be sent again as it was asked for; why, and what would help."""

from __future__ import annotations

from inspector.errors import InspectorError


class Refused(InspectorError):
    """This one call is not sent; others may be."""
