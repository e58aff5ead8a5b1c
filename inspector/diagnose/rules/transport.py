"""How the call travelled."""

from __future__ import annotations
