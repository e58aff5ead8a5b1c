"""Answers that follow from what was recorded: ranges, heads, conditions, what is there and what is not."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.tapes import DATE, NOW, RECORDED_AT, Call, Tape, absent, ask, body_of, call, etag, get_, id_of, put

from inspector.replay.play.answer import Answer, Source
from inspector.replay.play.conditions import Part, condition_status, read_range
from inspector.replay.play.miss import Miss, Reason
from inspector.replay.play.options import Options
from inspector.replay.play.player import Player

DATA = bytes(range(256)) * 40
TAG = hashlib.md5(DATA).hexdigest().encode()


def answered(one: Answer | Miss) -> tuple[int, dict[bytes, bytes], bytes]:
    assert isinstance(one, Answer), one
    assert one.response is not None
    return one.response.status, dict(one.headers(NOW)), body_of(one)


def get_with(*lines: tuple[bytes, bytes], query: str = "") -> Call:
    return call("GET", f"/b/k{query}", *lines)


# Ranges


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        (b"bytes=0-0", (0, 1)),
        (b"bytes=0-99", (0, 100)),
        (b"bytes=100-", (100, len(DATA))),
        (b"bytes=-7", (len(DATA) - 7, len(DATA))),
        (b"bytes=-999999", (0, len(DATA))),
        (b"bytes=10000-999999", (10000, len(DATA))),
        (b"Bytes = 5-9", (5, 10)),
    ],
)
def test_a_range_is_cut_from_the_whole(asked: bytes, part: tuple[int, int]) -> None:
    """206 with what the server would have said; checksums of the whole are left away."""
    whole = get_("k", DATA)
    assert whole.response is not None
    lines = (*whole.response.headers, (b"x-amz-checksum-crc32", b"AAAAAA=="))
    whole.response = type(whole.response)(200, lines)
    status, headers, body = answered(ask(Player(Tape([whole])), get_with((b"Range", asked))))
    start, end = part
    assert (status, body) == (206, DATA[start:end])
    assert headers[b"Content-Range"] == b"bytes %d-%d/%d" % (start, end - 1, len(DATA))
    assert headers[b"Content-Length"] == b"%d" % (end - start)
    assert headers[b"ETag"] == b'"%b"' % TAG
    assert b"x-amz-checksum-crc32" not in headers


def test_a_range_beyond_the_end_is_416() -> None:
    """With the size of what there is."""
    status, headers, body = answered(ask(Player(Tape([get_("k", DATA)])), get_with((b"Range", b"bytes=99999-"))))
    assert (status, headers[b"Content-Range"]) == (416, b"bytes */%d" % len(DATA))
    assert b"<Code>InvalidRange</Code>" in body


@pytest.mark.parametrize("asked", [b"bytes=", b"bytes=-", b"bytes=5-2", b"lines=1-2", b"bytes=0-1,3-4", b"nonsense"])
def test_a_range_that_is_none_is_the_whole(asked: bytes) -> None:
    """As RFC 9110 has it, and S3 for several at once."""
    status, _, body = answered(ask(Player(Tape([get_("k", DATA)])), get_with((b"Range", asked))))
    assert (status, body) == (200, DATA)


@given(st.integers(0, 50), st.none() | st.integers(0, 60), st.none() | st.integers(0, 60))
def test_ranges_are_those_of_a_slice(size: int, first: int | None, last: int | None) -> None:
    """Whatever the numbers: the part is what Python's own slices say, or there is none."""
    text = b"bytes=%b-%b" % (b"" if first is None else b"%d" % first, b"" if last is None else b"%d" % last)
    found = read_range(text, size)
    data = bytes(range(size))
    if first is None and last is None:
        assert found is None
    elif first is None:
        assert last is not None
        expected = data[-last:] if last else b""
        assert (data[found.start : found.end] == expected) if isinstance(found, Part) else expected == b""
    elif last is not None and last < first:
        assert found is None
    else:
        expected = data[first : None if last is None else last + 1]
        assert (data[found.start : found.end] == expected) if isinstance(found, Part) else expected == b""


def test_a_recorded_range_is_given_as_it_was() -> None:
    """What was recorded literally needs no reckoning."""
    told = [etag(DATA), (b"Content-Range", b"bytes 0-3/99999")]
    part = call("GET", "/b/k", (b"Range", b"bytes=0-3"), status=206, answer=b"abcd", headers=told)
    answer = ask(Player(Tape([part])), get_with((b"Range", b"bytes=0-3")))
    assert isinstance(answer, Answer)
    assert answer.source is Source.RECORDED
    assert body_of(answer) == b"abcd"


# Conditions

EARLIER, LATER = formatdate(1_700_000_000, usegmt=True).encode(), formatdate(1_900_000_000, usegmt=True).encode()
OTHER = b'"0123456789abcdef0123456789abcdef"'
QUOTED = b'"%b"' % TAG
CHECKED = (b"x-amz-checksum-crc32", b"AAAAAA==")

CONDITIONS = [
    ([(b"If-None-Match", QUOTED)], 304),
    ([(b"If-None-Match", b"W/" + QUOTED)], 304),
    ([(b"If-None-Match", OTHER + b", " + QUOTED)], 304),
    ([(b"If-None-Match", b"*")], 304),
    ([(b"If-None-Match", OTHER)], 200),
    ([(b"If-Match", QUOTED)], 200),
    ([(b"If-Match", TAG)], 200),
    ([(b"If-Match", b"*")], 200),
    ([(b"If-Match", OTHER)], 412),
    ([(b"If-Modified-Since", LATER)], 304),
    ([(b"If-Modified-Since", DATE)], 304),
    ([(b"If-Modified-Since", EARLIER)], 200),
    ([(b"If-Modified-Since", b"yesterday")], 200),
    ([(b"If-Unmodified-Since", LATER)], 200),
    ([(b"If-Unmodified-Since", EARLIER)], 412),
    # RFC 9110 §13.2.2: a tag decides where there is one
    ([(b"If-Match", QUOTED), (b"If-Unmodified-Since", EARLIER)], 200),
    ([(b"If-None-Match", OTHER), (b"If-Modified-Since", LATER)], 200),
    ([(b"If-None-Match", QUOTED), (b"If-Match", OTHER)], 412),
    ([(b"If-Match", QUOTED), (b"Range", b"bytes=0-3")], 206),
    ([(b"If-Range", QUOTED), (b"Range", b"bytes=0-3")], 206),
    ([(b"If-Range", OTHER), (b"Range", b"bytes=0-3")], 200),
    ([(b"If-Range", DATE), (b"Range", b"bytes=0-3")], 206),
]


@pytest.mark.parametrize(("lines", "expected"), CONDITIONS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_conditions_are_reckoned_from_the_object(method: str, lines: list[tuple[bytes, bytes]], expected: int) -> None:
    """By its recorded tag and date, which stay as they were; Date is of now."""
    read = call("GET", "/b/k", answer=DATA, headers=[etag(DATA), (b"Last-Modified", DATE), CHECKED])
    status, headers, body = answered(ask(Player(Tape([read])), call(method, "/b/k", *lines)))
    assert status == expected
    # botocore holds what follows a checksum against it, also behind a 304.
    assert (CHECKED[0] in headers) is (expected == 200)
    assert headers[b"Date"] == formatdate(NOW, usegmt=True).encode()
    if expected in (200, 304):
        assert (headers[b"ETag"], headers[b"Last-Modified"]) == (QUOTED, DATE)
    if expected == 304:
        assert b"Content-Length" not in headers
    assert body == (b"" if method == "HEAD" or expected == 304 else body)
    assert bool(body) is (method == "GET" and expected != 304)


def test_what_is_not_known_decides_nothing() -> None:
    """No tag, no date: no answer."""
    assert condition_status({b"if-match": b"x"}, None, None) is None
    assert condition_status({b"if-modified-since": b"1"}, b"x", None) is None
    assert condition_status({}, None, None) == 200


# Heads, overrides, versions


def test_a_head_is_that_of_the_get() -> None:
    """Its length is the object's, its body none."""
    status, headers, body = answered(ask(Player(Tape([get_("k", DATA)])), call("HEAD", "/b/k")))
    assert (status, headers[b"Content-Length"], body) == (200, b"%d" % len(DATA), b"")


def test_a_get_is_not_made_of_a_head() -> None:
    """Its bytes are not known; whether it has changed is."""
    told = [etag(DATA), (b"Last-Modified", DATE), (b"Content-Length", b"%d" % len(DATA))]
    player = Player(Tape([call("HEAD", "/b/k", headers=told)]))
    assert isinstance(ask(player, get_with()), Miss)
    assert answered(ask(player, get_with((b"If-None-Match", QUOTED))))[0] == 304


def test_a_query_may_write_headers_of_the_answer() -> None:
    """response-content-type and the like."""
    player = Player(Tape([get_("k", DATA)]))
    query = "?response-content-type=image%2Fpng&response-content-disposition=attachment"
    _, headers, body = answered(ask(player, get_with(query=query)))
    assert (headers[b"Content-Type"], headers[b"Content-Disposition"], body) == (b"image/png", b"attachment", DATA)


def test_versions_are_apart() -> None:
    """A range of a version is cut from that version, whatever is current."""
    one, two = get_("k", b"first", query="?versionId=1"), get_("k", b"second", query="?versionId=2")
    player = Player(Tape([one, put("k", b"third"), two]))
    for version, data in ((1, b"first"), (2, b"second")):
        asked = get_with((b"Range", b"bytes=1-"), query=f"?versionId={version}")
        assert answered(ask(player, asked))[2] == data[1:]
    assert isinstance(ask(player, get_with(query="?versionId=3")), Miss)


# By what was written


def test_an_upload_is_read_back_as_it_was_sent() -> None:
    """Bytes and metadata are the upload's, the tag its answer's."""
    lines = ((b"Content-Type", b"text/css"), (b"x-amz-meta-by", b"me"), (b"Cache-Control", b"no-cache"))
    player = Player(Tape([put("k", DATA, *lines), get_("other", b"1")]))
    ask(player, put("k", DATA, *lines))
    status, headers, body = answered(ask(player, get_with()))
    assert (status, body, headers[b"ETag"]) == (200, DATA, QUOTED)
    assert (headers[b"Content-Type"], headers[b"x-amz-meta-by"]) == (b"text/css", b"me")
    assert answered(ask(player, get_with((b"Range", b"bytes=3-5"))))[2] == DATA[3:6]


def upload(*parts: bytes) -> list[Call]:
    xml = b"<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
    calls = [call("POST", "/b/k?uploads", (b"Content-Type", b"video/mp4"), answer=xml)]
    for number, data in enumerate(parts, 1):
        calls.append(call("PUT", f"/b/k?partNumber={number}&uploadId=u", body=data, headers=[etag(data)]))
    named = b"".join(b"<Part><PartNumber>%d</PartNumber></Part>" % (n + 1) for n in range(len(parts)))
    done = b'<CompleteMultipartUploadResult><ETag>"joined-3"</ETag></CompleteMultipartUploadResult>'
    xml = b"<CompleteMultipartUpload>%b</CompleteMultipartUpload>" % named
    return [*calls, call("POST", "/b/k?uploadId=u", body=xml, answer=done)]


def test_an_upload_in_parts_is_read_back_whole() -> None:
    """Parts one after the other, however they came; ranges across them."""
    calls = upload(b"a" * 10, b"b" * 10, b"c" * 5)
    player = Player(Tape(calls))
    for one in (calls[0], calls[3], calls[1], calls[2], calls[4]):
        ask(player, one)
    status, headers, body = answered(ask(player, get_with()))
    assert (status, headers[b"ETag"], headers[b"Content-Type"]) == (200, b'"joined-3"', b"video/mp4")
    assert body == b"a" * 10 + b"b" * 10 + b"c" * 5
    assert answered(ask(player, get_with((b"Range", b"bytes=8-21"))))[2] == b"aa" + b"b" * 10 + b"cc"


def test_what_was_deleted_is_not_there() -> None:
    """By DeleteObject and by DeleteObjects."""
    many = call("POST", "/b?delete", body=b"<Delete><Object><Key>k</Key></Object></Delete>", answer=b"<DeleteResult/>")
    for deletion in (call("DELETE", "/b/k", status=204), many):
        player = Player(Tape([put("k", DATA), deletion]))
        assert answered(ask(player, put("k", DATA)))[0] == 200
        assert answered(ask(player, call("HEAD", "/b/k")))[0] == 200
        ask(player, deletion)
        status, _, body = answered(ask(player, get_with()))
        assert (status, b"<Code>NoSuchKey</Code>" in body) == (404, True)
        assert answered(ask(player, call("HEAD", "/b/k")))[0] == 404


def test_before_its_first_upload_an_object_is_not_there() -> None:
    """rclone looks before it uploads."""
    player = Player(Tape([put("k", DATA)]))
    assert answered(ask(player, call("HEAD", "/b/k")))[0] == 404
    ask(player, put("k", DATA))
    assert answered(ask(player, call("HEAD", "/b/k")))[0] == 200


def test_who_only_reads_finds_what_another_wrote() -> None:
    """Nothing was uploaded in this run, and reads were recorded: it begins where they were made, and stays there."""
    recorded = [put("k", b"v1"), get_("k", b"v1"), put("k", b"v2"), get_("k", b"v2")]
    player = Player(Tape(recorded))
    for _ in range(3):
        assert answered(ask(player, get_("k", b"")))[2] == b"v1"
        assert answered(ask(player, get_with((b"Range", b"bytes=1-"))))[2] == b"1"
        assert answered(ask(player, call("HEAD", "/b/k")))[0] == 200
    assert id_of(ask(player, recorded[2])) == 3
    assert answered(ask(player, get_("k", b"")))[2] == b"v2"


def test_another_state_is_not_given_for_this_one() -> None:
    """A read of the second version is no answer while the first one stands, where the two are known to differ."""
    recorded = [put("k", b"v1"), put("k", b"v2"), get_("k", b"v2")]
    player = Player(Tape(recorded), Options(derive=False))
    ask(player, recorded[0])
    missed = ask(player, recorded[2])
    assert isinstance(missed, Miss)
    assert missed.reason is Reason.OUT_OF_ORDER
    assert answered(ask(Player(Tape(recorded)), recorded[0]))[0] == 200


def test_a_copy_onto_itself_keeps_the_object() -> None:
    """rclone writes a file's time so; any other copy is none of this."""
    player = Player(Tape([get_("k", DATA)]))
    line = (b"x-amz-copy-source", b"b/k")
    replaced = call("PUT", "/b/k", line, (b"x-amz-metadata-directive", b"REPLACE"), (b"x-amz-meta-mtime", b"1"))
    status, _, body = answered(ask(player, replaced))
    assert status == 200
    assert b'<ETag>"' + TAG in body
    assert isinstance(ask(player, call("PUT", "/b/k", (b"x-amz-copy-source", b"b/other"))), Miss)


# Buckets


def test_a_bucket_that_was_used_is_there() -> None:
    """Until it is deleted; a bucket of another name is not known."""
    deleted = call("DELETE", "/b", status=204)
    player = Player(Tape([get_("k", DATA), deleted]))
    assert answered(ask(player, call("HEAD", "/b")))[0] == 200
    assert isinstance(ask(player, call("HEAD", "/c")), Miss)
    ask(player, deleted)
    assert isinstance(ask(player, call("HEAD", "/b")), Miss)


def test_its_region_is_that_of_the_host() -> None:
    """minio-py asks for it first."""
    _, _, body = answered(ask(Player(Tape([get_("k", DATA)])), call("GET", "/b?location")))
    assert b">us-west-004</LocationConstraint>" in body


# What is not kept, not wanted


def test_a_body_that_was_cut_is_not_given() -> None:
    """And the advice says how to keep it."""
    cut = get_("k", DATA)
    cut.kept = 100
    missed = ask(Player(Tape([cut])), get_with())
    assert isinstance(missed, Miss)
    assert missed.reason is Reason.BODY_NOT_KEPT
    assert "--keep-body all" in missed.advice


def test_nothing_is_derived_where_nobody_wants_it() -> None:
    """`derive` off: what was recorded, or a miss."""
    player = Player(Tape([get_("k", DATA), absent("n")]), Options(derive=False))
    assert isinstance(ask(player, get_with((b"Range", b"bytes=0-1"))), Miss)
    assert isinstance(ask(player, call("HEAD", "/b/k")), Miss)
    assert answered(ask(player, get_with()))[0] == 200


def test_an_answer_says_where_it_comes_from() -> None:
    """Recorded or derived, from which call, in words."""
    player = Player(Tape([get_("k", DATA)]))
    recorded, derived = ask(player, get_with()), ask(player, get_with((b"Range", b"bytes=1-2")))
    assert isinstance(recorded, Answer)
    assert isinstance(derived, Answer)
    assert (recorded.source, recorded.notes) == (Source.RECORDED, ())
    assert (derived.source, derived.notes) == (Source.DERIVED, ("bytes 1-2 of GetObject of call 1",))
    assert player.counts == {Source.RECORDED: 1, Source.DERIVED: 1}


def test_latency_may_be_replayed() -> None:
    """The recorded time to the first byte, times what is asked for."""
    answer = ask(Player(Tape([get_("k", DATA)]), Options(latency=2.0)), get_with())
    assert isinstance(answer, Answer)
    assert answer.delay == pytest.approx(0.1)
    assert RECORDED_AT < NOW


# In pieces


def ranged(start: int, end: int, data: bytes = DATA) -> Call:
    told = [etag(data), (b"Last-Modified", DATE), (b"Content-Range", b"bytes %d-%d/%d" % (start, end - 1, len(data)))]
    line = (b"Range", b"bytes=%d-%d" % (start, end - 1))
    return call("GET", "/b/k", line, status=206, answer=data[start:end], headers=told)


def test_what_was_fetched_in_pieces_is_given_whole() -> None:
    """boto3 downloads a large object by ranges; another client asks for all of it, or for other ranges."""
    bounds = [(4000, 8000), (0, 4000), (8000, len(DATA)), (3000, 5000)]
    player = Player(Tape([ranged(*one) for one in bounds]))
    status, headers, body = answered(ask(player, get_with()))
    assert (status, body, headers[b"ETag"]) == (200, DATA, QUOTED)
    assert b"Content-Range" not in headers
    assert answered(ask(player, get_with((b"Range", b"bytes=3999-8000"))))[2] == DATA[3999:8001]
    assert answered(ask(player, call("HEAD", "/b/k")))[1][b"Content-Length"] == b"%d" % len(DATA)
    assert answered(ask(player, get_with((b"If-None-Match", QUOTED))))[0] == 304


def test_what_lies_between_the_pieces_is_not_known() -> None:
    """Ranges within them are; of other objects or versions nothing is."""
    player = Player(Tape([ranged(0, 4000), ranged(5000, len(DATA))]))
    assert answered(ask(player, get_with((b"Range", b"bytes=100-199"))))[2] == DATA[100:200]
    for line in ((b"Range", b"bytes=3999-4000"), (b"Range", b"bytes=0-")):
        assert isinstance(ask(player, get_with(line)), Miss)
    assert isinstance(ask(player, get_with()), Miss)
    mixed = Player(Tape([ranged(0, 5000), ranged(5000, len(DATA), DATA[::-1])]))
    assert isinstance(ask(mixed, get_with()), Miss)


def test_a_copy_is_read_back_as_its_source_was() -> None:
    """When it was made: the source may have changed since."""
    xml = b'<CopyObjectResult><ETag>"copied"</ETag></CopyObjectResult>'
    copy = call("PUT", "/b/k", (b"x-amz-copy-source", b"/b/source"), answer=xml)
    one, two = put("source", b"old", (b"Content-Type", b"text/css")), put("source", b"new")
    player = Player(Tape([one, copy, two]))
    for step in (one, copy, two):
        ask(player, step)
    status, headers, body = answered(ask(player, get_with()))
    assert (status, body, headers[b"ETag"], headers[b"Content-Type"]) == (200, b"old", b'"copied"', b"text/css")


def test_an_answer_whose_secrets_were_replaced_is_whole() -> None:
    """A pseudonym may be shorter than what it stands for."""
    told = get_("k", DATA)
    tape = Tape([told])
    call_ = tape.calls[0]
    tape.calls[0] = replace(call_, response_info=replace(call_.response_info, redacted=True))
    told.answer = DATA[:-3]
    status, headers, body = answered(ask(Player(tape), get_with()))
    assert (status, body, headers[b"Content-Length"]) == (200, DATA[:-3], b"%d" % (len(DATA) - 3))


# Deletions


def many(*keys: str, quiet: bool = False, extra: str = "") -> Call:
    named = "".join(f"<Object><Key>{key}</Key>{extra}</Object>" for key in keys) + "<Quiet>true</Quiet>" * quiet
    return call("POST", "/b?delete", body=f"<Delete>{named}</Delete>".encode(), answer=b"<DeleteResult/>")


def listed(*keys: str) -> Call:
    inner = "".join(f"<Contents><Key>{key}</Key></Contents>" for key in keys)
    return call("GET", "/b?list-type=2", answer=f"<ListBucketResult>{inner}</ListBucketResult>".encode())


def one(key: str) -> Call:
    return call("DELETE", f"/b/{key}", status=204)


@pytest.mark.parametrize("recorded", [[many("a", "b")], [one("a"), one("b")]])
@pytest.mark.parametrize("asked", [[many("b", "a")], [one("b"), one("a")], [many("a"), one("b")]])
def test_deletions_may_be_grouped_otherwise(recorded: list[Call], asked: list[Call]) -> None:
    """What is deleted is gone, and only that; the list after them all is the one without them."""
    uploads = [put("a", b"1"), put("b", b"2"), put("c", b"3")]
    player = Player(Tape([*uploads, listed("a", "b", "c"), *recorded, listed("c")]))
    for step in uploads:
        ask(player, step)
    assert b"<Key>a</Key>" in body_of(ask(player, listed()))
    for step in asked[:-1]:
        ask(player, step)
    if len(asked) > 1:
        gone = "b" if asked[0].request.method == b"DELETE" else "a"
        assert answered(ask(player, call("HEAD", f"/b/{gone}")))[0] == 404
        assert answered(ask(player, call("HEAD", f"/b/{'ab'.replace(gone, '')}")))[0] == 200
    status, _, _ = answered(ask(player, asked[-1]))
    assert status in (200, 204)
    assert [answered(ask(player, call("HEAD", f"/b/{key}")))[0] for key in "abc"] == [404, 404, 200]
    assert body_of(ask(player, listed())) == b"<ListBucketResult><Contents><Key>c</Key></Contents></ListBucketResult>"
    assert [left.request.target for left in player.unplayed()] == []


def test_what_was_not_deleted_is_not_deleted_now() -> None:
    """One key more, or a version, is another question."""
    player = Player(Tape([put("a", b"1"), put("b", b"2"), one("a")]))
    assert isinstance(ask(player, many("a", "b")), Miss)
    assert isinstance(ask(player, one("b")), Miss)
    assert isinstance(ask(player, many("a", extra="<VersionId>1</VersionId>")), Miss)
    told, quiet = ask(player, many("a")), ask(player, many("a", quiet=True))
    assert b"<Deleted><Key>a</Key></Deleted>" in body_of(told)
    assert b"<Deleted>" not in body_of(quiet)
