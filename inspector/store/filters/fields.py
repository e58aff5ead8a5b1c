"""The fields that a filter can name: one table for the parser, the compiler, the help and the completion."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(str, Enum):
    """How the values of a field are read and compared."""

    TEXT = "text"  # the whole text, `*` and `?` stand for any characters; upper and lower case differ
    NAME = "name"  # the same, upper and lower case alike
    PREFIX = "beginning"  # an id: its beginning is enough
    CONTAINS = "part"  # any part of it, upper and lower case alike
    RAW = "bytes"  # any part of it, byte for byte
    NUMBER = "number"
    STATUS = "status"
    SIZE = "size"
    DURATION = "duration"
    TIME = "time"
    AGE = "age"
    SDK = "sdk"  # NAME, or NAME and a comparison with its version
    FLAG = "flag"
    SESSION = "session"
    CHOICE = "choice"  # one of a few words, or a pattern of them


ORDERED = frozenset({Kind.NUMBER, Kind.STATUS, Kind.SIZE, Kind.DURATION, Kind.TIME, Kind.AGE})
"""Kinds that know more and less: comparisons and ranges; no regular expressions."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field: its name, how it is compared, how it is called in a sentence, an example, other names for it."""

    name: str
    kind: Kind
    words: str
    example: str
    aliases: tuple[str, ...] = ()
    takes_name: bool = False


K = Kind
_FIELDS = (
    Field("status", K.STATUS, "status", "status:5xx", ("st",)),
    Field("op", K.NAME, "operation", "op:PutObject", ("operation",)),
    Field("bucket", K.TEXT, "bucket", "bucket:photos"),
    Field("key", K.TEXT, "key", "key:2024/*"),
    Field("host", K.NAME, "host", "host:*.backblazeb2.com"),
    Field("port", K.NUMBER, "port", "port:443"),
    Field("method", K.NAME, "method", "method:PUT"),
    Field("path", K.TEXT, "path", r"path~^/photos/.*\.jpg$"),
    Field("query", K.TEXT, "query", "query:list-type=2*"),
    Field("url", K.TEXT, "URL", "url~uploads"),
    Field("scheme", K.NAME, "scheme", "scheme:http"),
    Field("http", K.NAME, "HTTP version", "http:HTTP/2*", ("http_version",)),
    Field("api", K.NAME, "API", "api:b2"),
    Field("code", K.NAME, "error code", "code:SignatureDoesNotMatch", ("error_code", "s3code", "error")),
    Field("message", K.CONTAINS, "error message", 'message:"not valid"', ("error_message",)),
    Field("cause", K.NAME, "cause", "cause:region-mismatch", ("finding",)),
    Field("certainty", K.CHOICE, "certainty", "certainty:proved"),
    Field("fault", K.CHOICE, "fault", "fault:client"),
    Field("failure", K.NAME, "failure", "failure:upstream-*"),
    Field("region", K.NAME, "signed region", "region:us-east-1"),
    Field("auth", K.NAME, "authorization", "auth:sigv4-query"),
    Field("payload", K.NAME, "payload mode", "payload:trailer"),
    Field("key_id", K.TEXT, "key id", "key_id:004*", ("keyid",)),
    Field("sig", K.CHOICE, "signature's verdict", "sig:mismatch", ("signature", "verdict")),
    Field("signed", K.NAME, "signed headers", "signed:accept-encoding"),
    Field("sdk", K.SDK, "client", "sdk:boto3>=1.36", ("client",)),
    Field("ua", K.CONTAINS, "user agent", "ua:md/Botocore", ("user_agent",)),
    Field("attempt", K.NUMBER, "attempt", "attempt:>1", ("try",)),
    Field("inv", K.PREFIX, "invocation id", "inv:048f16ff", ("invocation", "invocation_id")),
    Field("upload", K.PREFIX, "upload id", "upload:4_z", ("upload_id",)),
    Field("part", K.NUMBER, "part number", "part:>100", ("part_number",)),
    Field("version", K.PREFIX, "version id", "version:4_z", ("version_id",)),
    Field("reqid", K.PREFIX, "request id", "reqid:0d2f1a", ("request_id",)),
    Field("session", K.SESSION, "session", "session:last"),
    Field("time", K.TIME, "time", 'time:>"yesterday 3pm"', ("started_at",)),
    Field("age", K.AGE, "age", "age:<10m"),
    Field("dur", K.DURATION, "duration", "dur:>2s", ("duration", "duration_ms")),
    Field("ttfb", K.DURATION, "time to the first byte", "ttfb:>500ms", ("ttfb_ms",)),
    Field("size", K.SIZE, "size of the larger body", "size:>1M"),
    Field("req.size", K.SIZE, "size of the request's body", "req.size:>1MiB", ("request_size",)),
    Field("resp.size", K.SIZE, "size of the answer's body", "resp.size:0", ("response_size",)),
    Field("header", K.CONTAINS, "header line", "header:x-amz-meta", ("h",), takes_name=True),
    Field("req.header", K.CONTAINS, "request header", "req.header[expect]:*", ("request_header",), takes_name=True),
    Field("resp.header", K.CONTAINS, "answer's header", "resp.header:etag", ("response_header",), takes_name=True),
    Field("body", K.CONTAINS, "body text", 'body:"<Code>"'),
    Field("req.body", K.CONTAINS, "request's body text", "req.body:Part", ("request_body",)),
    Field("resp.body", K.CONTAINS, "answer's body text", "resp.body:AccessDenied", ("response_body",)),
    Field("raw", K.RAW, "body bytes", "raw:chunk-signature"),
    Field("type", K.NAME, "media type", "type:*/xml", ("content_type",)),
    Field("req.type", K.NAME, "request's media type", "req.type:image/*"),
    Field("resp.type", K.NAME, "answer's media type", "resp.type:application/json"),
    Field("conn", K.PREFIX, "connection", "conn:5f2a", ("connection",)),
    Field("src", K.TEXT, "client's address", "src:127.0.0.1", ("client_address",)),
    Field("dst", K.TEXT, "server's address", "dst:*:443", ("server", "server_address")),
    Field("fidelity", K.NAME, "fidelity", "fidelity:rebuilt"),
    Field("alteration", K.NAME, "alteration", "alteration:*continue*", ("alterations",)),
    Field("redacted", K.NAME, "redacted value", "redacted:x-amz-security-token"),
    Field("truncated", K.NAME, "truncation", "truncated:keep-limit"),
    Field("note", K.CONTAINS, "note", "note:ask", ("comment",)),
    Field("id", K.NUMBER, "id", "id:100..200"),
    Field("uid", K.PREFIX, "uid", "uid:0193"),
    Field("replay_of", K.NUMBER, "replayed call", "replay_of:12"),
    Field("state", K.NAME, "state", "state:failed"),
    Field("is", K.FLAG, "", "is:error"),
)

CHOICES = {
    "sig": ("verified", "mismatch", "unverified", "none"),
    "certainty": ("proved", "certain", "likely", "hint"),
    "fault": ("client", "path", "server", "clock", "configuration", "unknown"),
}
"""The words of each field that knows a few only: those of `explain --json`."""

FIELDS = {field.name: field for field in _FIELDS}

ALIASES = {alias: field.name for field in _FIELDS for alias in field.aliases}

FLAGS = {
    "error": "an error: a status of 400 and more, or no whole answer",
    "failed": "without a whole answer",
    "retry": "a retry",
    "multipart": "part of a multipart upload",
    "presigned": "presigned",
    "truncated": "not kept whole",
    "synthetic": "answered by the recorder, not by the server",
    "replay": "a replay",
    "marked": "marked",
    "noted": "noted",
    "pending": "under way",
    "done": "ended",
    "reset": "reset by the server",
    "rebuilt": "rebuilt from a lossy import",
    "altered": "altered by the proxy",
    "redacted": "with secrets replaced",
    "s3": "of the S3-compatible API",
    "native": "of B2's native API",
}
"""What `is:` knows, each with the words that complete "calls that are ..."."""

NOT_BUILT = {
    "mark": "A mark with a name (is:marked knows marks, note: what was written)",
    "tag": "A tag",
    "checksum": "The verdict on a checksum",
}
"""Fields that are promised: refused by name, so that nobody takes an empty answer for a true one."""

NO_CALLS = {
    "is:tunnel": "Tunnelled connections are not read, so there is no call of them; sessions counts them.",
    "is:problem": "Problems are beside the calls: b2-inspector problems.",
}


def resolve(name: str) -> str | None:
    """The full name of the field called `name` (any case, `-` as `_`), or None."""
    known = name.lower().replace("-", "_")
    return known if known in FIELDS else ALIASES.get(known)
