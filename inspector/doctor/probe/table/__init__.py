"""The probes: each a row with its question, its requests, and what each answer means."""

from __future__ import annotations

from inspector.doctor.probe.model import Kind, Probe
from inspector.doctor.probe.table.header import HEADERS
from inspector.doctor.probe.table.order import ORDER
from inspector.doctor.probe.table.path import PATHS
from inspector.doctor.probe.table.payload import PAYLOADS
from inspector.doctor.probe.table.query import QUERIES
from inspector.doctor.probe.table.scope import SCOPES
from inspector.doctor.probe.table.sentence import SENTENCES

PROBES: tuple[Probe, ...] = (*QUERIES, *PATHS, *HEADERS, *SCOPES, *PAYLOADS, *ORDER, *SENTENCES)
"""In the order in which they are sent."""


def sent_at_least(probes: tuple[Probe, ...] = PROBES) -> int:
    """The requests that are sent where the first variant of each question is the right one."""
    return sum(1 if probe.kind is Kind.EITHER else len(probe.variants) for probe in probes)


def sent_at_most(probes: tuple[Probe, ...] = PROBES) -> int:
    """The requests that are sent where it is always the last."""
    return sum(len(probe.variants) for probe in probes)
