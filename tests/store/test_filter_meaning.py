"""What a filter finds is what it says: SQL against an evaluation that knows none."""

from __future__ import annotations

import gzip
import random
import re
from collections.abc import Iterator
from datetime import UTC
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.calls import HOST, NOON, Call, call, record

from inspector.native.operations import TRANSACTION_OF
from inspector.s3.operations import OPERATIONS as OPERATIONS_OF_S3
from inspector.store import matching
from inspector.store.compile import MULTIPART
from inspector.store.filters import And, Node, Not, Op, Or, Term, Word, parse, to_text
from inspector.store.filters.moments import Clock
from inspector.store.filters.tree import both, either
from inspector.store.reader import Recording
from inspector.store.rows import Row
from inspector.wire.exchange import Failure

CLOCK = Clock(NOON + 3600, UTC)
COUNT = 150

KEYS = (b"a.jpg", b"A.JPG", b"2024/x_1.jpg", b"2024/x%1.jpg", b"2024/[b]*.txt", b"\xff/z", "ünï/ß".encode(), b"", None)
OPERATIONS = ("PutObject", "GetObject", "UploadPart", "ListObjectsV2", None)
CLIENTS = ("boto3 1.36.5", "boto3 1.9", "rclone 1.75.2", "aws-sdk-go-v2", None)
CODES = ("AccessDenied", "NoSuchKey", "SlowDown")


def some_calls(count: int) -> Iterator[Call]:
    """Calls with every mixture of what a filter can ask for, nothing included."""
    dice = random.Random(7)
    for number in range(count):
        status = dice.choice((200, 200, 206, 403, 404, 503, None))
        code = dice.choice(CODES) if status is not None and status >= 400 else None
        yield call(
            dice.choice((b"/photos/a.jpg?x-id=PutObject", b"/photos/a.jpg", b"/b/\xff%20?list-type=2&prefix=", b"/")),
            method=dice.choice((b"PUT", b"GET", b"put")),
            status=status,
            headers=((b"User-Agent", dice.choice((b"Boto3/1.36.5 md/x", b"rclone/v1.75.2"))),),
            answer=((b"Content-Type", dice.choice((b"application/xml; charset=utf-8", b"image/JPEG"))),),
            at=NOON + number * 7 + dice.random(),
            took=dice.choice((0.01, 0.5, 2.0, 61.0)),
            host=dice.choice((HOST, "api.backblazeb2.com")),
            facts={
                "api": dice.choice(("s3", "b2", None)),
                "operation": dice.choice(OPERATIONS),
                "bucket": dice.choice(("photos", "Photos", "b", None)),
                "key": dice.choice(KEYS),
                "client": dice.choice(CLIENTS),
                "auth": dice.choice(("sigv4-header", "none")),
                "region": dice.choice(("us-west-004", "us-east-1", None)),
                "error_code": code,
                "error_message": "Signature Validation failed" if code == "AccessDenied" else None,
                "attempt": dice.choice((1, 2, None)),
                "invocation_id": dice.choice(("048f16ff-1", "048f16fe-2", None)),
                "part_number": dice.choice((1, 7, None)),
                "presigned": dice.random() < 0.2,
            },
            state="open" if status is None and dice.random() < 0.5 else "done",
            failure=Failure("upstream-reset", "x") if status is None and dice.random() < 0.5 else None,
            marked=dice.random() < 0.1,
            note=dice.choice((None, "ask Ann", "")),
            request_body=dice.choice((b"", b"one", b"x" * 2000)),
            response_body=dice.choice((b"", b"<Error><Code>SlowDown</Code></Error>", gzip.compress(b"zip"))),
            exchange={"alterations": dice.choice(((), ("expect-removed",), ("a", "b")))},
            entry={"replay_of": dice.choice((None, 3))},
        )


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recording]:
    calls = list(some_calls(COUNT))
    path = record(tmp_path_factory.mktemp("meaning") / "r.db", calls[:60], calls[60:])
    with Recording(path, CLOCK) as opened:
        yield opened


@pytest.fixture(scope="module")
def rows(recording: Recording) -> list[Row]:
    return list(recording.exchanges())


# The evaluation: plain Python over the rows of the list

NAMES = {"op", "host", "method", "code", "auth", "region", "api", "failure", "state", "fidelity"}
TEXTS = {"bucket", "key"}
COLUMN = {
    "op": "operation", "code": "error_code", "message": "error_message", "sdk": "client", "dur": "duration_ms",
    "ttfb": "ttfb_ms", "req.size": "request_size", "resp.size": "response_size", "part": "part_number",
    "inv": "invocation_id",
}  # fmt: skip
UNITS = {"ms": 1, "s": 1000, "m": 60_000, "k": 1000}


def holds(node: Node, row: Row) -> bool:
    match node:
        case And(parts):
            return all(holds(part, row) for part in parts)
        case Or(parts):
            return any(holds(part, row) for part in parts)
        case Not(inner):
            return not holds(inner, row)
        case Word(text):
            places = (row.operation, row.bucket, row.key, row.host, row.error_code)
            return any(text.lower() in place.lower() for place in places if place is not None)
        case Term():
            return term_holds(node, row)


def term_holds(term: Term, row: Row) -> bool:
    if term.field == "is":
        return flag_holds(term.value, row)
    if term.field == "path":
        whole = row.path
        return any(text_holds(term, place, fold=False) for place in {whole, whole.partition("?")[0]})
    if term.field == "alteration":
        return any(text_holds(term, name, fold=True) for name in eval(row.alterations))
    if term.field == "session":
        return row.session == (2 if term.value == "last" else int(term.value))
    if term.field == "size":
        return number_holds(term, max(row.request_size, row.response_size))
    if term.field == "age":
        return number_holds(term, (CLOCK.now - row.started_at) * 1000)
    value: Any = getattr(row, COLUMN.get(term.field, term.field))
    if term.field == "sdk":
        return sdk_holds(term.value, value)
    if term.field in NAMES | TEXTS:
        return text_holds(term, value, fold=term.field in NAMES)
    if term.field in ("message", "note"):
        return contains_holds(term, value)
    if term.field == "inv":
        return value is not None and value.startswith(term.value)
    return number_holds(term, value)


def text_holds(term: Term, value: str | None, fold: bool) -> bool:
    if term.op is Op.MATCHES:
        return value is not None and re.search(term.value, value, re.IGNORECASE) is not None
    if not term.value:
        return not value
    if value is None:
        return False
    wanted = term.value.replace("[", "[[]")
    return fnmatchcase(value.lower(), wanted.lower()) if fold else fnmatchcase(value, wanted)


def contains_holds(term: Term, value: str | None) -> bool:
    if term.op is Op.MATCHES:
        return text_holds(term, value, fold=True)
    return not value if not term.value else value is not None and term.value.lower() in value.lower()


def sdk_holds(wanted: str, value: str | None) -> bool:
    if value is None:
        return False
    name, sign, number = re.fullmatch(r"([^<>=]*)([<>=]*)(.*)", wanted).groups()  # type: ignore[union-attr]
    has, _, version = value.partition(" ")
    if not fnmatchcase(has, name):
        return False
    if not sign or not version:
        return not sign
    left, right = ([int(part) for part in text.split(".")] for text in (version, number))
    return {">=": left >= right, "<": left < right, "=": left == right}[sign]


def number_holds(term: Term, value: float | None) -> bool:
    if term.value == "none" or value is None:
        return value is None and term.value == "none"
    low, high = (number(text) if text else None for text in (term.value, term.high))
    match term.op:
        case Op.BETWEEN:
            return (low is None or value >= low[0]) and (high is None or value <= high[1])
        case _:
            assert low is not None
            return {
                Op.IS: low[0] <= value <= low[1],
                Op.OVER: value > low[1],
                Op.FROM: value >= low[0],
                Op.UNDER: value < low[0],
                Op.UPTO: value <= low[1],
            }[term.op]


def number(text: str) -> tuple[float, float]:
    if "x" in text:
        return float(text.replace("x", "0")), float(text.replace("x", "9"))
    digits, unit = re.fullmatch(r"([\d.]+)(\D*)", text).groups()  # type: ignore[union-attr]
    return (float(digits) * UNITS.get(unit, 1),) * 2


def flag_holds(flag: str, row: Row) -> bool:
    return {
        "error": (row.status or 0) >= 400 or row.failure is not None,
        "failed": row.failure is not None,
        "retry": (row.attempt or 0) > 1,
        "multipart": row.operation == "UploadPart",
        "presigned": bool(row.presigned),
        "marked": bool(row.marked),
        "noted": bool(row.note),
        "pending": row.state == "open",
        "done": row.state != "open",
        "reset": row.failure == "upstream-reset",
        "replay": row.replay_of is not None,
        "altered": row.alterations != "[]",
        "s3": row.api == "s3",
        "native": row.api == "b2",
        "truncated": False,
        "rebuilt": False,
    }[flag]


# Random filters out of values that occur, and some that do not

_TEXTS = {
    "op": ("PutObject", "putobject", "*Object*", "Upload*", "", "x"),
    "host": (HOST, "*.backblazeb2.com", "API.*", "none"),
    "method": ("PUT", "get", "?UT"),
    "code": ("AccessDenied", "s*", "", "nosuchkey"),
    "auth": ("none", "SIGV4*"),
    "region": ("us-east-1", "us-*", ""),
    "api": ("s3", "B2", ""),
    "failure": ("upstream-reset", "*", ""),
    "state": ("open", "done"),
    "bucket": ("photos", "Photos", "p*", "*", "", "zz"),
    "key": ("a.jpg", "A.*", "2024/*", "2024/x_1.jpg", "2024/x%*", "2024/[b]*", "*.jpg", "\ufffd/z", "ünï/?", "", "?"),
    "path": ("/photos/a.jpg", "/photos/a.jpg?x-id=PutObject", "/photos/*", "/", "*prefix=", "/b/\ufffd%20"),
    "alteration": ("expect-removed", "*", "A", "zz"),
    "message": ("validation", "SIGN", "zz", ""),
    "note": ("ann", "", "k A"),
    "inv": ("048f16ff", "048f16f", "9"),
    "sdk": ("boto3", "boto3>=1.36", "boto3<1.10", "boto3=1.36.5", "*", "rclone>=1.75.2", "aws-sdk-go-v2>=1", "zz"),
    "session": ("1", "2", "last", "9"),
}
_PATTERNS = dict.fromkeys(
    ("op", "bucket", "key", "path", "message", "host"), ("^p", "jpg$", "[a-z]+object", ".", "^$", "\\bz")
)
_NUMBERS = {
    "status": ("403", "4xx", "5xx", "200", "none"),
    "attempt": ("1", "2", "none"),
    "part": ("1", "5", "none"),
    "id": ("1", "50", "120", "9999"),
    "dur": ("10", "500ms", "2s", "1m", "none"),
    "ttfb": ("19ms", "1s", "none"),
    "size": ("3", "36", "2k", "0"),
    "req.size": ("3", "2k", "0"),
    "resp.size": ("36", "1k", "0"),
    "age": ("50m", "55m", "1000s"),
}
_FLAGS = (
    *("error", "failed", "retry", "multipart", "presigned", "marked", "noted", "pending", "done", "reset", "replay"),
    *("altered", "s3", "native", "truncated", "rebuilt"),
)


@st.composite
def terms(draw: st.DrawFn) -> Node:
    kind = draw(st.sampled_from(("text", "text", "pattern", "number", "flag", "word")))
    if kind == "word":
        return Word(draw(st.sampled_from(("object", "PHOTO", "a.jpg", "x_", "x%", "backblaze", "denied", "zz", "ü"))))
    if kind == "flag":
        return Term("is", Op.IS, draw(st.sampled_from(_FLAGS)))
    table = {"text": _TEXTS, "pattern": _PATTERNS, "number": _NUMBERS}[kind]
    name = draw(st.sampled_from(sorted(table)))
    value = draw(st.sampled_from(table[name]))
    if kind == "text":
        return Term(name, Op.IS, value)
    if kind == "pattern":
        return Term(name, Op.MATCHES, value)
    op = draw(st.sampled_from((Op.OVER, Op.FROM, Op.UNDER, Op.UPTO, Op.BETWEEN) + ((Op.IS,) if name != "age" else ())))
    some = [number for number in table[name] if number != "none"]
    if op is Op.BETWEEN:
        return Term(name, op, draw(st.sampled_from(some)), draw(st.sampled_from(["", *some])))
    return Term(name, op, value if op is Op.IS else draw(st.sampled_from(some)))


def _several(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[list[Node]]:
    return st.lists(inner, min_size=2, max_size=3)


nodes = st.recursive(
    terms(), lambda inner: inner.map(Not) | _several(inner).map(both) | _several(inner).map(either), max_leaves=6
)


@settings(max_examples=4 * settings.default.max_examples, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(node=nodes, probe=st.sampled_from((0, 5, 40, 10_000)))
def test_a_filter_finds_what_it_says(recording: Recording, rows: list[Row], node: Node, probe: int) -> None:
    """Whatever way is taken to the matches: by an index, among the rows of several, or past every row."""
    expected = [row.id for row in rows if holds(node, row)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "PROBE", probe)
        assert expected == [row.id for row in recording.exchanges(node)], to_text(node)
        assert expected[::-1] == [row.id for row in recording.exchanges(node, newest_first=True)]
        assert expected == list(recording.ids(node))
        assert len(expected) == recording.count(node)
        middle = COUNT // 2
        assert [number for number in expected if number > middle] == [
            row.id for row in recording.exchanges(node, after=middle)
        ]
        assert expected == sorted(recording.sorted_ids(node, "dur"))


def test_the_evaluation_knows_every_answer_that_occurs(rows: list[Row]) -> None:
    """A test of the test: each single term divides the calls, or is meant to find none or all."""
    for text in ("is:error", "bucket:photos", "key:2024/*", "path:/photos/a.jpg", "status:4xx", "note:ann", "dur:>1s"):
        found = sum(holds(parse(text), row) for row in rows)
        assert 0 < found < COUNT, text


# What the rows of a list do not hold

BEYOND = [
    ("header:user-agent", lambda call: True),
    ("req.header:RCLONE", lambda call: b"rclone" in dict(call.request.headers)[b"User-Agent"]),
    ("req.header~^user-agent:.boto", lambda call: b"Boto3" in dict(call.request.headers)[b"User-Agent"]),
    ("resp.header:rclone", lambda call: False),
    ("header[USER-AGENT]:rclone*", lambda call: b"rclone" in dict(call.request.headers)[b"User-Agent"]),
    ("header[etag]:*", lambda call: False),
    ("ua:md/", lambda call: b"Boto3" in dict(call.request.headers)[b"User-Agent"]),
    ("type:application/xml", lambda call: call.response is not None and b"xml" in call.response.headers[0][1]),
    ("resp.type:image/*", lambda call: call.response is not None and b"image" in call.response.headers[0][1]),
    ("req.type:*", lambda call: False),
    ("query:x-id=*", lambda call: b"x-id" in call.request.target),
    (f"url:https://{HOST}/", lambda call: call.request.target == b"/" and call.request.host == HOST),
    ("url~photos/a", lambda call: b"/photos/a" in call.request.target),
    ("scheme:https", lambda call: True),
    ("port:443", lambda call: True),
    ("body:slowdown", lambda call: b"SlowDown" in call.response_body),
    ("req.body:slowdown", lambda call: False),
    ("req.body:xxx", lambda call: b"xxx" in call.request_body),
    ("body~<code>s.*<", lambda call: b"SlowDown" in call.response_body),
    ("raw:SlowDown", lambda call: b"SlowDown" in call.response_body),
    ("raw:slowdown", lambda call: False),
    ("time:2026-11-22", lambda call: True),
    ("time:>2026-11-22", lambda call: False),
    ("time:12:05", lambda call: 300 <= call.timing.request_start - NOON < 360),
    ("time:>=12:05", lambda call: call.timing.request_start - NOON >= 300),
    ("time:<12pm", lambda call: False),
    ('time:"12:01".."12:02"', lambda call: 60 <= call.timing.request_start - NOON <= 120),
    ('time:>"59m ago"', lambda call: call.timing.request_start - NOON > 60),
    ('session:"run 2"', None),
    ("uid:01930000-0000-7000-8000-000000000007", None),
]


@pytest.mark.parametrize(("text", "holds_for"), BEYOND)
def test_what_a_list_does_not_show_is_found_too(recording: Recording, text: str, holds_for: Any) -> None:
    """Heads, bodies, times and addresses."""
    found = list(recording.ids(text))

    if holds_for is None:
        assert found == ([7] if text.startswith("uid") else list(range(61, COUNT + 1)))
    else:
        assert found == [number for number, each in enumerate(some_calls(COUNT), 1) if holds_for(each)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("redacted:x-amz-security-token", [1]),
        ("redacted:X-Amz-*", [1]),
        ("redacted:header*", [1, 2]),
        ('redacted:"body authorizationToken"', [2]),
        ("redacted~token$", [1, 2]),
        ("redacted:token", []),
    ],
)
def test_what_was_redacted_is_found_by_its_name_with_or_without_its_place(
    tmp_path: Path, text: str, found: list[int]
) -> None:
    """A name is enough: who looks for a session token need not know that it came in a header."""
    file = tmp_path / "recording.db"
    names = (("header x-amz-security-token",), ("header authorization", "body authorizationToken"), ())
    record(file, [call(b"/", entry={"redacted": each}) for each in names])
    with Recording(file) as opened:
        assert list(opened.ids(text)) == found


def test_what_is_not_there_is_not_what_is_asked_for(recording: Recording) -> None:
    """A term and its negation share the calls between them, those without a value too."""
    for text in (
        "region:us-east-1",
        "attempt:>1",
        "key~jpg",
        "note:ann",
        "header[etag]:*",
        "sdk:boto3>=1",
        "body:code",
    ):
        assert recording.count(text) + recording.count(f"NOT {text}") == COUNT, text


def test_a_listing_needs_no_recording_with_calls(tmp_path: Path) -> None:
    """An empty recording answers every question."""
    with Recording(record(tmp_path / "empty.db")) as opened:
        for text in ("", "status:403", "photos", "body:x", "session:last", "time:>today", "session:none"):
            assert list(opened.exchanges(text)) == []
            assert opened.count(text) == 0
            assert list(opened.ids(text)) == []


def test_multipart_names_operations_that_there_are() -> None:
    """Every call of S3 that takes an upload id, and every native one on large files."""
    named = set(re.findall(r"'(\w+)'", MULTIPART))
    s3 = {each.name for each in OPERATIONS_OF_S3 if "uploadId" in each.markers or "uploads" in each.markers}
    native = {name for name in TRANSACTION_OF if "large_file" in name or "part" in name.split("_")}

    assert s3 | native | {"b2_list_parts"} == named
