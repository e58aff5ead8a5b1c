"""B2's native API: what its errors mean, by their sentence where it is known, else by their code."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from inspector.diagnose.call import Call
from inspector.diagnose.finding import Certainty, Seen
from inspector.diagnose.heard import spoken
from inspector.diagnose.reading import line, sent, shown
from inspector.diagnose.register import rule
from inspector.native.body import read_object, text_of
from inspector.native.capabilities import named, needed
from inspector.native.sentences import CODES, recognise

OF_SENTENCE = {
    "account-id-invalid": "native-account-id-invalid",
    "api-version": "native-api-version",
    "download-cap": "native-download-cap",
    "calls-a-minute": "native-too-many-requests",
    "calls-a-period": "native-too-many-requests",
    "tome-busy": "native-pod-busy",
    "no-tomes": "native-pod-busy",
    "vault-full": "native-pod-busy",
    "too-busy": "native-pod-busy",
    "pod-busy": "native-pod-busy",
    "incident": "native-internal-error",
    "internal-incident": "native-internal-error",
    "sha1-mismatch": "native-sha1-mismatch",
    "token-in-use": "native-upload-token-concurrent",
    "two-parts": "native-large-file-parts",
    "copy-too-big": "native-copy-too-big",
    "no-such-file": "native-file-not-found",
    "bucket-name-taken": "native-duplicate-bucket",
    "unknown-field": "native-unknown-field",
    "required-field": "native-required-field",
    "bad-query": "native-bad-query-string",
    "backslash": "native-file-name-backslash",
    "empty-rule": "native-lifecycle-rule-empty",
    "missing-header": "native-missing-header",
    "sse-algorithm": "native-sse-algorithm",
    "lock-disable": "native-file-lock-disable",
    "lock-replication": "native-file-lock-replication",
    "lock-restricted": "native-file-lock-restricted",
    "cors-operation": "cors-operation-name",
}
"""What a sentence means."""

OF_CODE = {
    "expired_auth_token": "native-expired-auth-token",
    "bad_auth_token": "native-bad-auth-token",
    "download_cap_exceeded": "native-download-cap",
    "storage_cap_exceeded": "native-storage-cap",
    "cap_exceeded": "native-storage-cap",
    "transaction_cap_exceeded": "native-transaction-cap",
    "too_many_requests": "native-too-many-requests",
    "service_unavailable": "native-pod-busy",
    "internal_error": "native-internal-error",
    "bad_sha1_checksum": "native-sha1-mismatch",
    "auth_token_limit": "native-upload-token-concurrent",
    "source_too_large": "native-copy-too-big",
    "not_found": "native-file-not-found",
    "file_not_present": "native-file-not-present",
    "no_such_file": "native-file-not-present",
    "already_hidden": "native-file-not-present",
    "duplicate_bucket_name": "native-duplicate-bucket",
    "too_many_buckets": "native-too-many-buckets",
    "missing_part": "native-missing-part",
    "part_sha1_mismatch": "native-missing-part",
    "email_not_verified": "native-email-or-payment",
    "no_payment_history": "native-email-or-payment",
    "range_not_satisfiable": "native-range",
    "out_of_range": "native-range",
    "method_not_allowed": "native-method",
    "request_timeout": "native-timeout",
    "conflict": "native-conflict",
    "bad_bucket_id": "native-bad-bucket-id",
    "invalid_bucket_id": "native-bad-bucket-id",
    "bad_bucket_name": "native-bad-bucket-id",
    "invalid_bucket_name": "native-bad-bucket-id",
    "file_lock_conflict": "native-file-lock-disable",
    "source_replication_conflict": "native-file-lock-replication",
    "restricted_bucket_conflict": "native-file-lock-restricted",
}
"""What a code alone means, whatever its words."""

DENIED = {
    **dict.fromkeys(
        ("b2_delete_file_version", "b2_update_file_retention", "b2_update_file_legal_hold"), "native-file-locked"
    ),
    **dict.fromkeys(
        ("b2_download_file_by_id", "b2_download_file_by_name", "b2_copy_file", "b2_copy_part"), "native-customer-key"
    ),
}
"""What access_denied means, by the call (b2-sdk-python, raw_api.py)."""

WITH_CREDENTIALS = ("b2_authorize_account",)
RESTRICTABLE = ("b2_list_buckets",)


def _refused(call: Call) -> bool:
    """Whether the native API refused it in a code of its own."""
    return call.failed and call.facts.api == "b2" and call.facts.error_code in CODES


@rule(when=_refused)
def refusal(call: Call) -> Iterator[Seen]:
    """The native API says what is wrong."""
    code, message = call.facts.error_code or "", call.facts.error_message or ""
    said = recognise(call.status, code, message)
    cause = OF_SENTENCE.get(said.sentence.name) if said else None
    if code == "unauthorized":
        yield from _unauthorized(call)
    elif code == "access_denied" and call.facts.operation in DENIED:
        yield Seen(DENIED[call.facts.operation or ""], Certainty.LIKELY, f"{spoken(call)}\n{call.facts.operation}")
    elif cause == "native-internal-error" and call.facts.operation == "b2_create_bucket":
        yield Seen(cause, Certainty.CERTAIN, spoken(call))
        if said is not None and said.sentence.name == "internal-incident":
            yield Seen("native-email-unverified-500", Certainty.HINT, spoken(call))
    elif cause is not None or code in OF_CODE:
        told = [spoken(call), *_beside(call)]
        if (cause or OF_CODE[code]) == "native-sha1-mismatch":
            told += _recorded_sha1(call)
        yield Seen(cause or OF_CODE[code], Certainty.CERTAIN, "\n".join(told))


def _unauthorized(call: Call) -> Iterator[Seen]:
    """401 without a word: which call it was tells what it is about."""
    operation = call.facts.operation
    has = named(call.facts.error_message or "")
    if has is not None:
        yield _not_capable(call, has)
    elif operation in WITH_CREDENTIALS:
        words = "Key id and application key do not belong together, or the key was deleted"
        yield Seen("native-unauthorized-empty", Certainty.LIKELY, spoken(call), words)
    elif operation in RESTRICTABLE:
        words = "The key may be restricted to a bucket: then the call must name it"
        yield Seen("native-unauthorized-empty", Certainty.LIKELY, spoken(call), words)
    else:
        yield _not_capable(call, ())


def _not_capable(call: Call, has: tuple[str, ...]) -> Seen:
    """What the call needs, and what the key has where b2sdk's words say so."""
    operation = call.facts.operation
    wanted = needed(operation)
    words = f"{operation} needs {wanted}; the key may not have it, or not for this bucket" if wanted else ""
    if wanted and has and wanted not in has:
        words = f"{operation} needs {wanted}, and the key has {', '.join(has)}"
    return Seen("native-key-unauthorized-capability", Certainty.LIKELY, f"{spoken(call)}\n{operation}", words)


@rule(when=lambda call: call.failed and call.facts.api == "b2" and call.request.method == b"HEAD")
def refused_without_body(call: Call) -> Iterator[Seen]:
    """HEAD of a file: the status is all that is said."""
    if call.status == 404 and call.facts.operation == "b2_download_file_by_name":
        yield Seen("native-file-not-found", Certainty.LIKELY, "404 to HEAD, which has no body to say why")
    elif call.status == 401:
        yield Seen("native-bad-auth-token", Certainty.HINT, "401 to HEAD, which has no body to say why")
        yield Seen("native-key-unauthorized-capability", Certainty.HINT, "401 to HEAD, which has no body to say why")


@rule(when=lambda call: call.succeeded and call.facts.operation == "b2_list_buckets")
def bucket_not_listed(call: Call) -> Iterator[Seen]:
    """A bucket that was asked for by name or id, and is not in the answer: b2sdk raises NonExistentBucket then."""
    asked, answer = read_object(call.request_body), read_object(call.response_body)
    wanted = text_of(asked, "bucketName") or text_of(asked, "bucketId")
    if wanted is not None and answer.get("buckets") == []:
        yield Seen("native-bucket-not-listed", Certainty.HINT, f'asked for {wanted!r}, answered "buckets": []')


def _recorded_sha1(call: Call) -> Iterator[str]:
    """The hash of what came by here, where all of it is at hand; the one that was sent may stand at its end."""
    body, info = call.request_body, call.signed.body
    if info.truncated or info.sent.size != len(body):
        return
    if sent(call, b"X-Bz-Content-Sha1") == b"hex_digits_at_end":
        body, written = body[:-40], body[-40:]
        yield f"at the end of the body: {shown(written)}"
    yield f"SHA-1 of the recorded body: {hashlib.sha1(body, usedforsecurity=False).hexdigest()}"


def _beside(call: Call) -> Iterator[str]:
    """Lines of the head that belong to what is said."""
    for name in (b"X-Bz-Content-Sha1", b"Range", b"Transfer-Encoding"):
        value = sent(call, name)
        if value is not None and call.status in (400, 416):
            yield line(name, value)
    retry = next((v for n, v in call.response.headers if n.lower() == b"retry-after"), None) if call.response else None
    if retry is not None:
        yield line("Retry-After", retry)
