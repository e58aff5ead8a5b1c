"""Time.

A signature names the moment at which it was made, and servers take it for some minutes only.
"""

from __future__ import annotations

from inspector.diagnose.finding import Cause, Fault

_CLOCK = (
    "Set the clock by NTP: `timedatectl set-ntp true` on Linux, `w32tm /resync` on Windows, `sudo sntp -sS"
    " time.apple.com` on macOS; in a virtual machine or WSL after each sleep of its host."
)

CAUSES = (
    Cause(
        slug="clock-skew",
        title="The client's clock is off",
        fault=Fault.CLOCK,
        fix=_CLOCK,
        fixes={
            "js": f"{_CLOCK} A browser's clock is its user's: new S3Client({{ systemClockOffset: milliseconds }}) moves"
            " the signer's.",
        },
        about="The moment in x-amz-date lies too far from the server's, which stands in the answer's Date header. AWS"
        " and servers like it allow 15 minutes; how much B2 allows is not documented. The recorder's own clock is"
        " told beside it: when all three differ, look there as well.",
        sources=("boot2docker#469", "aws/aws-sdk-js#527", "versity/versitygw: past_date, future_date"),
    ),
    Cause(
        slug="clock-recorder",
        title="The recorder's clock and the server's disagree",
        fault=Fault.CLOCK,
        fix=_CLOCK,
        about="What is judged by the recorder's clock alone (a presigned URL without an answer, the age of an attempt)"
        " is to be read with care. No signature depends on this clock, unless the client runs on the same machine.",
    ),
    Cause(
        slug="signature-reused",
        title="The signature is that of another request",
        fault=Fault.CLIENT,
        fix="Sign each request by itself: method, path, query, host, headers and body are all signed.",
        about="The very signature of an earlier call came again with another method, path, query or body: signed"
        " headers that were kept for later, a presigned URL that was edited, a test that copies an Authorization line.",
    ),
    Cause(
        slug="stale-retry",
        title="An attempt was sent again with the date or signature of an earlier one",
        fault=Fault.CLIENT,
        fix="Sign each attempt anew, at the moment it is sent: a retry handler must wrap the signing, not only the"
        " sending.",
        fixes={
            "go": "Retry through the SDK's own retryer; a http.RoundTripper that repeats requests repeats old"
            " signatures.",
            "java": "Retry through the SDK's RetryStrategy or RetryPolicy, not in an HTTP interceptor behind the"
            " signer.",
        },
        about="A request that waited in a queue, or is repeated below the SDK (by a proxy, an HTTP library, a retry"
        " wrapper), carries its first signature, and that grows old. Where the date was replaced and the signature"
        " kept, an earlier attempt's date reproduces it.",
        sources=("s3backer#214", "aws/aws-sdk-go#4219"),
        leads_to=("clock-skew", "presign-expired"),
    ),
    Cause(
        slug="date-taken-twice",
        title="The clock was read twice while signing",
        fault=Fault.CLIENT,
        fix="Take the clock once per signature and pass that moment everywhere; do not share a signer that keeps its"
        " moment between threads.",
        about="The timestamp in the string to sign is a second away from the one in the header. Such calls fail now and"
        " then: whenever the second changes between the two readings, or another thread signs meanwhile.",
        sources=("aws/aws-sdk-java#753", "boto/botocore#468", "requests-auth-aws-sigv4#12", "sparkslift#3"),
    ),
    Cause(
        slug="date-local-time",
        title="Local time was taken for UTC in one place",
        fault=Fault.CLIENT,
        fix="Use UTC for both the timestamp and the scope's date; the Z at the end is a promise, not decoration.",
        about="The moment that was signed lies whole hours (or half and quarter ones, as time zones do) from the one"
        " that was sent.",
        sources=("hubrick/vertx-s3-client#5", "hubrick/vertx-s3-client#7"),
        leads_to=("clock-skew", "scope-date-mismatch"),
    ),
    Cause(
        slug="date-format",
        title="The timestamp is written in another form",
        fault=Fault.CLIENT,
        fix="Write x-amz-date as YYYYMMDD'T'HHMMSS'Z', in UTC, in the Gregorian calendar and with ASCII digits,"
        " whatever the user's locale.",
        fixes={
            "java": "DateTimeFormatter.ofPattern(\"yyyyMMdd'T'HHmmss'Z'\", Locale.ROOT).withZone(ZoneOffset.UTC):"
            " yyyy, not YYYY (a week's year), and HH, not hh.",
            "js": 'date.toISOString().replace(/[:-]|\\.\\d{3}/g, "")',
        },
        about="Extended ISO 8601 (with hyphens and colons), a zone name, month names of a locale, a Buddhist year, a"
        " 12-hour clock, a week-based year in the last days of December: each is met with formatters that follow the"
        " user's locale.",
        sources=("amazonka#154", "aws/aws-sdk-js-v3#5811", "wso2#3468", "iterate-ch/cyberduck#13454"),
        leads_to=("clock-skew",),
    ),
    Cause(
        slug="date-vs-x-amz-date",
        title="Another date header was signed than the one that counts",
        fault=Fault.CLIENT,
        fix="Send one x-amz-date and sign its value; leave Date to the HTTP library, unsigned.",
        about="Where x-amz-date is present, servers take the moment from it, and Date no longer counts. Signers that"
        " use Date in the string to sign, or two x-amz-date lines of different moments, disagree with that.",
        sources=("ceph/s3-tests#346", "curl/curl#11738", "aws-sdk-perl#58"),
    ),
)
