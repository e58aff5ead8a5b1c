"""Causes of signatures that do not match."""

from __future__ import annotations

from inspector.diagnose.finding import Cause, Fault

CAUSES = (
    Cause(
        slug="host-rewritten",
        title="Another host was signed than the one that arrived",
        fault=Fault.PATH,
        fix="Let whatever stands between client and server pass the Host header on unchanged, or sign for the host that"
        " arrives.",
        sources=("minio/minio#6853",),
    ),
)
