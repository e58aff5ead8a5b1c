"""From what was seen to what to do: the cause's table, in the words of the SDK at hand."""

from __future__ import annotations

from inspector.diagnose.call import Call
from inspector.diagnose.causes.wording import CREDENTIALS
from inspector.diagnose.finding import Cause, Fault, Finding, Seen
from inspector.diagnose.register import all_causes

SDKS = (
    ("boto3", "boto3"),
    ("botocore", "boto3"),
    ("aiobotocore", "boto3"),
    ("aws-cli", "aws-cli"),
    ("aws-sdk-js", "js"),
    ("aws-sdk-go", "go"),
    ("aws-sdk-java", "java"),
    ("rclone", "rclone"),
    ("restic", "restic"),
    ("s3cmd", "s3cmd"),
    ("minio-", "minio"),
    ("curl", "curl"),
    ("object_store", "obstore"),
    ("aws-sdk-php", "php"),
    ("aws-sdk-ruby", "ruby"),
    ("aws-sdk-rust", "rust"),
    ("aws-sdk-dotnet", "dotnet"),
    ("terraform", "terraform"),
    ("cyberduck", "cyberduck"),
    ("b2sdk", "b2sdk"),
    ("mc ", "minio"),
)
"""Beginning of the client's name, in lower case, and the name under which `Cause.fixes` has its words."""

SENDERS = ("curl",)
"""Programs that send URLs that others have signed."""

SIGNERS_OWN = ("sigv2-used", "sigv4a-used", "scope-wrong-region", "scope-region-typo", "scope-wrong-service")
"""Causes that lie with whoever signed a URL, not with who sends it."""

_UNKNOWN = Cause("", "", Fault.UNKNOWN, "")


def sdk_of(client: str | None) -> str | None:
    """The SDK behind a client's name (`boto3 1.44.5`), as the tables call it; None where they know none."""
    name = (client or "").lower()
    return next((sdk for start, sdk in SDKS if name.startswith(start)), None)


def advised(call: Call, slug: str) -> str:
    """What to do about a cause, in the words of the client at hand."""
    cause = all_causes().get(slug, _UNKNOWN)
    sdk = sdk_of(call.facts.client) or ""
    if sdk in SENDERS and call.authorization.presigned and slug in SIGNERS_OWN:
        return cause.fix
    line = cause.fixes.get(sdk)
    if line is not None and line == CREDENTIALS.get(sdk):
        return f"{cause.fix} Then: {line}"  # where a key goes does not say which one
    return line or cause.fix


def finding_of(call: Call, seen: Seen) -> Finding:
    """What was seen, with what the table knows of its cause."""
    cause = all_causes().get(seen.cause, _UNKNOWN)
    fix = seen.fix or advised(call, seen.cause)
    summary, notes = seen.summary or cause.title, call.probed.notes(seen.probed)
    return Finding(seen.cause, seen.certainty, seen.fault or cause.fault, summary, seen.seen, fix, notes)
