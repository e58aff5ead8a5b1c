"""What a problem outside of any call comes from: refused TLS, hosts that do not exist, servers that are not there."""

from __future__ import annotations

import re
from collections.abc import Callable

from inspector.diagnose.causes.b2_transport import CAUSES
from inspector.diagnose.finding import Certainty, Finding
from inspector.diagnose.ways import certificate_refused, name_unknown, names_mismatch, odd_endpoint, too_many_labels
from inspector.native.ids import cluster_of_host
from inspector.wire.problem import Problem

Look = Callable[[Problem], tuple[str, Certainty, str] | None]
"""From a problem to a cause's slug, how sure that is, and a sentence about this one (empty: the cause's title)."""

_BY_SLUG = {cause.slug: cause for cause in CAUSES}
_PORT_80 = re.compile(r":80(?!\d)")


def problem_finding(problem: Problem) -> Finding | None:
    """What a problem comes from, None where its bytes do not say. Pure; never raises."""
    found = next((found for look in _LOOKS if (found := look(problem)) is not None), None)
    if found is None:
        return None
    slug, certainty, words = found
    cause = _BY_SLUG[slug]
    seen = f"{problem.kind} {problem.host}: {problem.text}"
    return Finding(slug, certainty, cause.fault, words or cause.title, seen, cause.fix)


def _dots(problem: Problem) -> tuple[str, Certainty, str] | None:
    if problem.kind != "upstream-tls" or not too_many_labels(problem.host):
        return None
    return "bucket-with-dots-tls", Certainty.CERTAIN if names_mismatch(problem.text) else Certainty.LIKELY, ""


def _refused_by_client(problem: Problem) -> tuple[str, Certainty, str] | None:
    """The recorder's own certificates cover any name and are never old: a client that refuses one does not know it."""
    if problem.kind == "tls-left-by-client":
        words = "The client left before TLS stood; where that happens each time, it may not trust the recorder"
        return "recorder-not-trusted", Certainty.HINT, words
    return ("recorder-not-trusted", Certainty.LIKELY, "") if problem.kind == "tls-refused-by-client" else None


def _authority(problem: Problem) -> tuple[str, Certainty, str] | None:
    if problem.kind != "upstream-tls" or not certificate_refused(problem.text):
        return None
    return "old-ca-store", Certainty.HINT, ""


def _no_host(problem: Problem) -> tuple[str, Certainty, str] | None:
    odd = odd_endpoint(problem.host)
    if not name_unknown(problem.kind, problem.text):
        return None
    if odd or problem.host.lower().endswith(".backblazeb2.com"):
        return "endpoint-host-unknown", Certainty.CERTAIN if odd else Certainty.LIKELY, odd
    return None


def _plain(problem: Problem) -> tuple[str, Certainty, str] | None:
    if problem.kind == "upstream-unreachable" and cluster_of_host(problem.host) and _PORT_80.search(problem.text):
        return "http-not-https", Certainty.LIKELY, ""
    return None


_LOOKS: tuple[Look, ...] = (_dots, _refused_by_client, _authority, _no_host, _plain)
