"""The way to B2: scheme, host name, certificate, preflight, and what B2 reads more strictly than others."""

from __future__ import annotations

import re
from collections.abc import Iterator

from inspector.diagnose.call import Call
from inspector.diagnose.finding import Certainty, Seen
from inspector.diagnose.heard import by_b2, heard, spoken
from inspector.diagnose.reading import answered, at_b2, line, sent, shown
from inspector.diagnose.register import rule
from inspector.diagnose.ways import certificate_refused, name_unknown, names_mismatch, odd_endpoint, too_many_labels
from inspector.wire.host import host_name
from inspector.wire.query import pairs


def _broke(call: Call) -> bool:
    return call.exchange.failure is not None


@rule(when=_broke)
def plain_http(call: Call) -> Iterator[Seen]:
    """B2 was called over plain http, and nothing came back."""
    if call.request.scheme == "http" and at_b2(call.request) and call.response is None:
        yield Seen("http-not-https", Certainty.CERTAIN, f"http://{host_name(call.request)}:{call.request.port}")


@rule(when=_broke)
def no_such_host(call: Call) -> Iterator[Seen]:
    """The host's name could not be found."""
    failure, host = call.exchange.failure, host_name(call.request)
    if failure is None or not name_unknown(failure.kind, failure.text):
        return
    odd = odd_endpoint(host)
    certainty = Certainty.CERTAIN if odd else Certainty.LIKELY
    if odd or at_b2(call.request):
        yield Seen("endpoint-host-unknown", certainty, f"{host}\n{failure.text}", odd)


@rule(when=_broke)
def certificate(call: Call) -> Iterator[Seen]:
    """TLS with B2 failed: a host name that no certificate covers, or a certificate that is not trusted."""
    failure, host = call.exchange.failure, host_name(call.request)
    if failure is None or failure.kind != "upstream-tls":
        return
    if too_many_labels(host):
        certainty = Certainty.CERTAIN if names_mismatch(failure.text) else Certainty.LIKELY
        yield Seen("bucket-with-dots-tls", certainty, f"{host}\n{failure.text}")
    elif certificate_refused(failure.text):
        yield Seen("old-ca-store", Certainty.HINT, f"{host}\n{failure.text}")


_HOST_IN_PATH = re.compile(rb"/s3\.[a-z0-9-]+\.backblazeb2\.com(?:[:/]|$)", re.IGNORECASE)


@rule(when=lambda call: call.failed)
def host_in_path(call: Call) -> Iterator[Seen]:
    """The path begins with the name of an endpoint of B2."""
    if _HOST_IN_PATH.match(call.request.path):
        yield Seen("endpoint-without-scheme", Certainty.LIKELY, f"{host_name(call.request)} {shown(call.request.path)}")


@rule(when=lambda call: call.failed)
def native_cors(call: Call) -> Iterator[Seen]:
    """B2 says that the bucket's CORS rules are of the native API."""
    for said in heard(call, "native-cors"):
        yield Seen("cors-native-rules", said.certainty, said.seen)


@rule(when=lambda call: call.request.method == b"OPTIONS")
def preflight(call: Call) -> Iterator[Seen]:
    """A browser asked whether it may send, and was not told that it may."""
    origin = sent(call, b"origin")
    if origin is None or call.response is None or answered(call, b"access-control-allow-origin") is not None:
        return
    if not by_b2(call) and not at_b2(call.request):
        return
    asked = [
        line(name, value)
        for name in (b"Origin", b"Access-Control-Request-Method", b"Access-Control-Request-Headers")
        if (value := sent(call, name)) is not None
    ]
    seen = "\n".join([*asked, f"HTTP {call.status} without Access-Control-Allow-Origin"])
    yield Seen("cors-preflight-refused", Certainty.LIKELY, seen)


_MAX_AGE = re.compile(rb"<MaxAgeSeconds>\s*(\d{1,18})\s*<")
LONGEST_AGE = 86_400


@rule(when=lambda call: call.failed and call.facts.operation == "PutBucketCors")
def max_age(call: Call) -> Iterator[Seen]:
    """A CORS rule that browsers shall remember for more than a day, refused in words that are not known."""
    ages = [int(text) for text in _MAX_AGE.findall(call.request_body)]
    if call.status == 400 and by_b2(call) and not any(heard(call)) and ages and max(ages) > LONGEST_AGE:
        yield Seen("cors-max-age", Certainty.LIKELY, f"{spoken(call)}\n<MaxAgeSeconds>{max(ages)}")


@rule(when=lambda call: call.failed)
def disposition(call: Call) -> Iterator[Seen]:
    """B2 cannot read a Content-Disposition."""
    for said in heard(call, "content-disposition"):
        value = sent(call, b"content-disposition")
        lines = [line("Content-Disposition", value)] if value is not None else []
        lines += [
            f"{shown(pair.name)}={shown(pair.value or b'')}"
            for pair in pairs(call.request.query)
            if pair.name.lower() == b"response-content-disposition"
        ]
        yield Seen("content-disposition-invalid", said.certainty, "\n".join([said.seen, *lines]))


BROKEN_OFF = ("client-disconnected", "upstream-reset", "truncated")


@rule(when=_broke)
def expectation(call: Call) -> Iterator[Seen]:
    """A client that waits for 100 Continue, and a call that broke off before any answer."""
    failure, expect = call.exchange.failure, sent(call, b"expect")
    if failure is None or expect is None or call.response is not None or 100 in call.exchange.interim:
        return
    if failure.kind in BROKEN_OFF and "expect-answered" not in call.exchange.alterations:
        yield Seen("expect-continue-stall", Certainty.HINT, f"{line('Expect', expect)}\n{failure.kind}: {failure.text}")


@rule(when=lambda call: call.failed and call.request.scheme == "http")
def scheme_changes_form(call: Call) -> Iterator[Seen]:
    """botocore over plain http: an upload in another form than over https."""
    client = (call.facts.client or "").lower()
    written = sent(call, b"x-amz-checksum-crc32")
    if written is None or sent(call, b"x-amz-sdk-checksum-algorithm") is None or sent(call, b"x-amz-trailer"):
        return
    if client.startswith(("boto3", "botocore", "aiobotocore", "aws-cli")) and call.facts.operation in UPLOADS:
        seen = f"http://{host_name(call.request)}\n{line('x-amz-checksum-crc32', written)}"
        yield Seen("proxy-scheme-changes-sdk", Certainty.HINT, seen)


UPLOADS = ("PutObject", "UploadPart")
