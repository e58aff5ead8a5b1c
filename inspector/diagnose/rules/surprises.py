"""What B2 does otherwise than AWS on calls that go well: hints, for who wonders."""

from __future__ import annotations

import re
from collections.abc import Iterator

from inspector.diagnose.call import Call, Earlier
from inspector.diagnose.finding import Certainty, Seen
from inspector.diagnose.heard import by_b2
from inspector.diagnose.reading import answered, line, sent, shown
from inspector.diagnose.register import rule
from inspector.native.ids import cluster_of_host
from inspector.s3.lifecycle import read_rules
from inspector.wire.headers import get
from inspector.wire.host import host_name
from inspector.wire.query import pairs

HINT = Certainty.HINT


def _by_b2(call: Call) -> bool:
    """Whether it went well, and B2 answered."""
    return call.succeeded and by_b2(call)


def _answered(call: Call, operation: str) -> bool:
    return call.facts.operation == operation and call.succeeded


@rule(when=lambda call: _answered(call, "DeleteObject") and _by_b2(call))
def hidden(call: Call) -> Iterator[Seen]:
    """A delete without a version."""
    marker = answered(call, b"x-amz-delete-marker")
    named = any(pair.name == b"versionId" for pair in pairs(call.request.query))
    if not named and marker is not None and marker.strip().lower() == b"true":
        yield Seen("delete-only-hides", HINT, line("x-amz-delete-marker", marker))


@rule(when=lambda call: _answered(call, "DeleteObjects") and _by_b2(call))
def several_hidden(call: Call) -> Iterator[Seen]:
    """A delete of several files, some without a version."""
    count = call.response_body.count(b"<DeleteMarker>true</DeleteMarker>")
    if count and b"<VersionId>" not in call.request_body:
        yield Seen("delete-only-hides", HINT, f"<DeleteMarker>true</DeleteMarker> ({count} of them in what was kept)")


_OF_PARTS = re.compile(rb'"?[0-9a-f]{32}-\d{1,5}"?')


@rule(when=lambda call: call.facts.operation in ("GetObject", "HeadObject") and _by_b2(call))
def etag(call: Call) -> Iterator[Seen]:
    """An ETag of a file in parts."""
    value = answered(call, b"etag")
    if value is not None and _OF_PARTS.fullmatch(value.strip()):
        yield Seen("etag-not-md5", HINT, line("ETag", value))


@rule(when=lambda call: call.facts.operation in ("GetObject", "HeadObject") and _by_b2(call))
def media_type(call: Call) -> Iterator[Seen]:
    """A Content-Type that differs from the one of the upload by white space alone."""
    came = answered(call, b"content-type")
    if came is None or b";" not in came:
        return
    for earlier in call.earlier:
        if _stored(call, earlier):
            went = get(earlier.exchange.request.headers, b"content-type") or b""
            if went != came and _bare(went) == _bare(came):
                yield Seen("content-type-normalised", HINT, f"sent: {shown(went)}\ncame: {shown(came)}")
            return


def _stored(call: Call, earlier: Earlier) -> bool:
    """Whether the earlier call wrote the file that this one is about."""
    facts = earlier.facts
    same = (facts.bucket, facts.key) == (call.facts.bucket, call.facts.key)
    return same and facts.operation in ("PutObject", "CreateMultipartUpload")


def _bare(value: bytes) -> bytes:
    return b"".join(value.split()).lower()


@rule(when=lambda call: _answered(call, "GetBucketLifecycleConfiguration") and _by_b2(call))
def lifecycle_doubled(call: Call) -> Iterator[Seen]:
    """Two rules on one prefix, which are one of B2's."""
    rules = read_rules(call.response_body)
    days = {one.prefix for one in rules if one.has("Expiration/Days")}
    markers = {one.prefix for one in rules if one.has("Expiration/ExpiredObjectDeleteMarker", "true")}
    for prefix in sorted(days & markers)[:1]:
        yield Seen("lifecycle-reads-back-double", HINT, f"two rules on the prefix {prefix!r}")


@rule(when=lambda call: _answered(call, "PutObject") and _by_b2(call))
def put_twice(call: Call) -> Iterator[Seen]:
    """The same bytes were uploaded to the same key before, and may have arrived."""
    if call.facts.key is None:
        return
    for earlier in call.earlier:
        if earlier.facts.operation == "PutObject" and _stored(call, earlier) and earlier.body == call.signed.body:
            answer = earlier.exchange.response
            if answer is None or answer.status < 300:
                before = f"#{earlier.id}" if earlier.id is not None else "an earlier call"
                told = f"HTTP {answer.status}" if answer else "no answer"
                size = call.signed.body.sent.size
                yield Seen("put-retry-duplicates", HINT, f"{before}: {told}, the same {size} bytes to the same key")
            return


@rule(when=lambda call: call.status == 200 and call.request.method == b"GET")
def whole_range(call: Call) -> Iterator[Seen]:
    """A range from the first byte on, answered with the whole file."""
    asked = sent(call, b"range")
    if asked is None or asked.replace(b" ", b"").lower() != b"bytes=0-":
        return
    if cluster_of_host(host_name(call.request)) is not None and answered(call, b"content-range") is None:
        yield Seen("range-zero-ignored", HINT, f"{line('Range', asked)}\nHTTP 200 without Content-Range")
