"""Trouble on the server's side.

Full vaults, incidents, too many requests, connections that break: B2 expects that clients try again, on a fresh
connection where it is an upload. Most SDKs do; how often is shown with the call.
"""

from __future__ import annotations

from inspector.diagnose.finding import Cause, Fault

LIMITS = "backblaze.com/docs/cloud-storage-rate-limits"

MORE_ATTEMPTS = {
    "boto3": 'Config(retries={"mode": "standard", "total_max_attempts": 10}), or AWS_MAX_ATTEMPTS=10.',
    "aws-cli": "aws configure set max_attempts 10, or AWS_MAX_ATTEMPTS=10.",
    "js": "new S3Client({ maxAttempts: 10 })",
    "go": "config.WithRetryMaxAttempts(10)",
    "java": "S3Client.builder().overrideConfiguration(o -> o.retryStrategy(b -> b.maxAttempts(10)))",
    "php": "'retries' => ['mode' => 'standard', 'max_attempts' => 10]",
    "ruby": 'Aws::S3::Client.new(retry_mode: "standard", max_attempts: 10)',
    "rust": "RetryConfig::standard().with_max_attempts(10)",
    "dotnet": "new AmazonS3Config { MaxErrorRetry = 9 }",
    "rclone": "--low-level-retries 20 --retries 5",
    "terraform": 'max_retries = 10 in provider "aws".',
}
"""How an SDK is told to try more often."""

FEWER = {
    "boto3": 'Config(retries={"mode": "adaptive", "total_max_attempts": 10}), and TransferConfig(max_concurrency=4).',
    "aws-cli": "aws configure set default.s3.max_concurrent_requests 4",
    "rclone": "--transfers 4 --checkers 4 --tpslimit 50",
    "restic": "restic -o s3.connections=3 …",
    "java": "overrideConfiguration(o -> o.retryStrategy(RetryMode.ADAPTIVE_V2))",
    "go": "config.WithRetryMode(aws.RetryModeAdaptive)",
    "js": 'new S3Client({ retryMode: "adaptive", maxAttempts: 10 })',
}
"""How an SDK is told to ask less at once."""

CAUSES = (
    Cause(
        slug="no-tomes",
        title="B2 had no room in the vault that it chose, and wants the upload tried again",
        fault=Fault.SERVER,
        fix="Try again, five to ten times with growing pauses, on a fresh connection. It is an ordinary answer of B2.",
        fixes=MORE_ATTEMPTS,
        about="503 ServiceUnavailable, no tomes available: the storage vault was full or busy. Another one is chosen at"
        " the next attempt.",
        sources=("appwrite/appwrite#8868", "mastodon/mastodon#30030", "pterodactyl/panel#3505"),
    ),
    Cause(
        slug="internal-error-xml",
        title="Something went wrong inside B2, and the upload should be tried again",
        fault=Fault.SERVER,
        fix="Try again. If it stays, give Backblaze's support the x-amz-request-id.",
        fixes=MORE_ATTEMPTS,
        about="500 InternalError in XML, during uploads. SDKs try it again on their own, and give up after some"
        " attempts.",
        sources=("mastodon/mastodon#30030", "GeoArchive/nextcloud-S3-local-S3-migration#9"),
    ),
    Cause(
        slug="internal-incident-xml",
        title="An incident inside B2",
        fault=Fault.SERVER,
        fix="Try again, more often than the SDK does by itself. If it stays, give Backblaze's support the"
        " x-amz-request-id.",
        fixes=MORE_ATTEMPTS,
        about="500 InternalError, internal incident: seen with single parts of large uploads.",
    ),
    Cause(
        slug="internal-error-json",
        title="An incident inside B2, told in JSON that SDKs cannot read",
        fault=Fault.SERVER,
        fix="Try again. If it stays, give Backblaze's support the incident id and the x-amz-request-id.",
        fixes=MORE_ATTEMPTS,
        about="Some 5xx of the S3 API come in the native API's JSON: code internal_error, incident id …. SDKs want XML:"
        " PHP's says that it cannot parse the error, boto3 shows (500) Internal Server Error and drops the id. It is in"
        " the recording.",
        sources=("timmyomahony/craft-remote-backup#21",),
    ),
    Cause(
        slug="slowdown",
        title="The server asks for fewer requests",
        fault=Fault.CLIENT,
        fix="Do what Retry-After says, ask less at once, and have attempts grow further apart. Higher limits are"
        " granted by Backblaze's sales or support.",
        fixes=FEWER,
        about="503 SlowDown: the account's rate of requests. New accounts have 500 requests a second for uploads and as"
        " many for downloads.",
        sources=(LIMITS,),
    ),
    Cause(
        slug="rate-limit-429",
        title="Too many requests",
        fault=Fault.CLIENT,
        fix="Do what Retry-After says, ask less at once, and have attempts grow further apart.",
        fixes=FEWER,
        about="429: the native API's answer to too high a rate; reports of 2021 have it from the S3 API, which is"
        " documented to say 503 SlowDown.",
        sources=("spatie/laravel-backup#783", "Backblaze/B2_Command_Line_Tool#1059", LIMITS),
    ),
    Cause(
        slug="request-timeout",
        title="The server waited for a body that did not come",
        fault=Fault.PATH,
        fix="Try again. Look for what holds the body back: a slow disk or source, a pause for debugging, a proxy that"
        " waits for the whole of it.",
        about="400 RequestTimeout (408 in the native API): bytes that the head announced did not arrive in time.",
        sources=("AmazonS3/latest/API/ErrorResponses.html",),
    ),
    Cause(
        slug="connection-reset",
        title="The connection broke before an answer came",
        fault=Fault.UNKNOWN,
        fix="Try again. If it happens to uploads only, have the client send Expect: 100-continue, so that a refusal can"
        " be read before the body goes out; look at proxies, firewalls and VPNs on the way.",
        fixes=MORE_ATTEMPTS,
        about="The server, or something on the way, closed the connection. A server that refuses a large body may close"
        " before the client has read why.",
        sources=("Backblaze/B2_Command_Line_Tool#16",),
    ),
)
