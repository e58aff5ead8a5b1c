"""A diagnosis as a JSON object: what scripts rely on, and everything else that is known."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from inspector.diagnose.decoded import decoded
from inspector.diagnose.examine import Diagnosis
from inspector.diagnose.finding import Finding
from inspector.diagnose.retries import Retries, retries_of
from inspector.sigv4.solve import Explanation, Outcome
from inspector.sigv4.verify import Verification
from inspector.view.testimony import testimony_fields


def diagnosis_fields(diagnosis: Diagnosis) -> dict[str, Any]:
    """The fields of `explain --json`. Texts are UTF-8; what is not exact has its bytes beside it, as NAME_b64."""
    call = diagnosis.call
    request, facts = call.exchange.request, call.facts
    return {
        "id": call.id,
        "operation": facts.operation,
        "method": request.method.decode("latin-1"),
        "host": request.host,
        **text("path", request.target),
        "status": call.status,
        "error_code": facts.error_code,
        "signature": signature_fields(diagnosis.verification, diagnosis.outcome)
        | {"given": call.signed.authorization.signature},
        "findings": [finding_fields(finding) for finding in diagnosis.findings],
        "error_message": facts.error_message,
        "bucket": facts.bucket,
        **text("key", facts.key),
        "client": facts.client,
        "key_id": facts.key_id,
        "region": facts.region,
        "debug_log": testimony_fields(diagnosis.testimony),
        "decoded": dict(decoded(call)),
        "retries": retries_fields(retries_of(call)),
    }


def retries_fields(retries: Retries) -> dict[str, Any]:
    """Which attempt of a call it is, and what its client makes of the answer."""
    return {
        "attempt": retries.attempt,
        "earlier": list(retries.earlier),
        "inferred": retries.inferred,
        "most": retries.most,
        "again": retries.again,
        "words": retries.words,
    }


def signature_fields(verification: Verification, outcome: Outcome | None = None) -> dict[str, Any]:
    """What this side computes, and how the search for another explanation ended."""
    key = verification.key
    return {
        "scheme": verification.scheme,
        "verdict": verification.verdict,
        "body": verification.body,
        **text("canonical_request", verification.canonical_request),
        **text("string_to_sign", verification.string_to_sign),
        "expected": verification.signature,
        "secret": None if key is None else key.name,
        "search": None if outcome is None else outcome_fields(outcome),
    }


def outcome_fields(outcome: Outcome) -> dict[str, Any]:
    """How a search ended: what the client signed, or what it did not."""
    return {
        "tried": outcome.tried,
        "level": outcome.level,
        "explanations": [explanation_fields(explanation) for explanation in outcome.explanations],
        "ruled_out": list(outcome.ruled_out),
        "not_searchable": list(outcome.not_searchable),
    }


def explanation_fields(explanation: Explanation) -> dict[str, Any]:
    """What the client signed, by this explanation."""
    return {
        "causes": list(explanation.causes),
        "words": explanation.words,
        **text("canonical_request", explanation.canonical_request),
        **text("string_to_sign", explanation.string_to_sign),
    }


def finding_fields(finding: Finding) -> dict[str, Any]:
    """One finding."""
    return {
        "cause": finding.cause,
        "certainty": str(finding.certainty),
        "fault": finding.fault.value,
        "summary": finding.summary,
        "seen": finding.seen,
        "fix": finding.fix,
        "probed": list(finding.probed),
    }


def text(name: str, value: bytes | None) -> dict[str, str | None]:
    """Bytes as a field of text, with the exact bytes beside it where they are not UTF-8."""
    if value is None:
        return {name: None}
    shown = value.decode("utf-8", "replace")
    exact = {} if shown.encode() == value else {f"{name}_b64": b64encode(value).decode()}
    return {name: shown, **exact}
