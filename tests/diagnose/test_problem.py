"""Problems outside of any call lead to their causes, where their words say so."""

from __future__ import annotations

import pytest

from inspector.diagnose.finding import Certainty
from inspector.diagnose.problem import problem_finding
from inspector.diagnose.ways import odd_endpoint, too_many_labels
from inspector.wire.problem import Problem

B2 = "s3.us-west-004.backblazeb2.com"
NO_NAME = "s3.x:443: [Errno -2] Name or service not known"


@pytest.mark.parametrize(
    ("kind", "host", "text", "cause", "certainty"),
    [
        ("upstream-tls", f"a.b.{B2}", "Hostname mismatch", "bucket-with-dots-tls", Certainty.CERTAIN),
        ("upstream-tls", f"a.b.{B2}", "handshake failure", "bucket-with-dots-tls", Certainty.LIKELY),
        ("upstream-tls", B2, "certificate has expired", "old-ca-store", Certainty.HINT),
        ("upstream-unreachable", "s3.us-west-4.backblazeb2.com", NO_NAME, "endpoint-host-unknown", Certainty.CERTAIN),
        ("upstream-unreachable", B2, NO_NAME, "endpoint-host-unknown", Certainty.LIKELY),
        ("upstream-unreachable", B2, f"{B2}:80: Connection refused", "http-not-https", Certainty.LIKELY),
        ("tls-refused-by-client", B2, "tlsv1 alert unknown ca", "recorder-not-trusted", Certainty.LIKELY),
        ("tls-left-by-client", B2, "disconnected during the handshake", "recorder-not-trusted", Certainty.HINT),
    ],
)
def test_a_problem_leads_to_its_cause(kind: str, host: str, text: str, cause: str, certainty: Certainty) -> None:
    """With a fix, and its own words as what was seen."""
    found = problem_finding(Problem(0.0, kind, host, text))
    assert found is not None
    assert (found.cause, found.certainty) == (cause, certainty)
    assert found.fix
    assert text in found.seen


@pytest.mark.parametrize(
    ("kind", "host", "text"),
    [
        ("upstream-unreachable", "example.org", NO_NAME),
        ("upstream-unreachable", B2, f"{B2}:443: Connection refused"),
        ("upstream-unreachable", B2, f"{B2}:8080: Connection refused"),
        ("upstream-tls", B2, "wrong version number"),
        ("recorder-restarted", "", "the writer was restarted"),
        ("bad-request", B2, "Name or service not known"),
    ],
)
def test_other_problems_are_laid_to_nothing(kind: str, host: str, text: str) -> None:
    """Their words say nothing of a cause."""
    assert problem_finding(Problem(0.0, kind, host, text)) is None


@pytest.mark.parametrize(
    "host", [B2, f"photos.{B2}", "s3.eu-central-003.backblazeb2.com", "f004.backblazeb2.com", "x.org"]
)
def test_endpoints_as_they_are_have_nothing_odd(host: str) -> None:
    """Buckets before them included."""
    assert odd_endpoint(host) == ""


@pytest.mark.parametrize(
    "host", ["backblazeb2.com", "s3.backblazeb2.com", "s3.REGION.backblazeb2.com", "s3.eu-west-9.backblazeb2.com"]
)
def test_odd_endpoints_are_told(host: str) -> None:
    """In words."""
    assert odd_endpoint(host)


def test_labels_before_an_endpoint() -> None:
    """One is covered, two are not."""
    assert too_many_labels(f"a.b.{B2}")
    assert not too_many_labels(f"a.{B2}")
    assert not too_many_labels("a.b.s3.amazonaws.com")
