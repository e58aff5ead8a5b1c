"""Calls of B2's native API: what they ask, their order, whose key asks, and what follows from them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from support.tapes import Call, Tape, ask, body_of, id_of, taken
from support.tapes import call as signed_call

from inspector.replay.match.question import question_of
from inspector.replay.play.answer import Answer
from inspector.replay.play.miss import Miss
from inspector.replay.play.player import Player
from inspector.wire.headers import Header

API, POD, DOWNLOADS = b"api004.backblazeb2.com", b"pod-000-1007-13.backblaze.com", b"f004.backblazeb2.com"
BUCKET = "f1f51fb913357c4f74ed0c1b"
TOKEN: Header = (b"Authorization", b"4_redacted-0000000000000001")


def call(method: str, target: str, *lines: Header, **more: Any) -> Call:
    """A call that no S3 client signed."""
    made = signed_call(method, target, *lines, **more)
    kept = tuple(line for line in made.request.headers if not line[1].startswith(b"AWS4"))
    made.request = replace(made.request, headers=kept)
    return made


def file_id(number: int) -> str:
    return f"4_z{BUCKET}_f{number:016x}_d20240910_m192840_c004_v0402007_t0044_u0172599652052{number}"


def native(
    name: str, told: object = None, status: int = 200, *lines: Header, version: int = 3, **given: object
) -> Call:
    """A call with JSON both ways."""
    told = {"code": told, "message": "", "status": status} if status >= 400 else told or {}
    return call(
        "POST",
        f"/b2api/v{version}/{name}",
        *(lines or (TOKEN,)),
        body=json.dumps(given).encode(),
        status=status,
        answer=json.dumps(told).encode(),
        headers=[(b"Content-Type", b"application/json")],
        host=API,
    )


def upload(name: str, data: bytes, number: int = 1, pod: str = "c001_v0001007_t0042", *lines: Header) -> Call:
    told = {"fileId": file_id(number), "fileName": name, "bucketId": BUCKET, "contentLength": len(data)}
    told |= {"contentType": "text/plain", "contentSha1": "aa", "fileInfo": {"note": "a b"}, "uploadTimestamp": 17}
    lines = ((b"X-Bz-File-Name", name.encode()), *(lines or ((b"X-Bz-Content-Sha1", b"aa"),)))
    return call(
        "POST",
        f"/b2api/v3/b2_upload_file/{BUCKET}/{pod}",
        *lines,
        body=data,
        answer=json.dumps(told).encode(),
        headers=[(b"Content-Type", b"application/json")],
        host=POD,
    )


def part(number: int, data: bytes) -> Call:
    lines = [(b"X-Bz-Part-Number", b"%d" % number), (b"X-Bz-Content-Sha1", b"hex_digits_at_end")]
    digits = hashlib.sha1(data, usedforsecurity=False).hexdigest().encode()
    target = f"/b2api/v3/b2_upload_part/{file_id(9)}/c001_v0001007_t0042"
    return call("POST", target, *lines, body=data + digits, answer=b"{}", host=POD)


def read(name: str, data: bytes = b"", method: str = "GET", status: int = 200, spread: bytes = b"") -> Call:
    told = [(b"X-Bz-File-Name", name.encode()), (b"Content-Type", b"application/json")]
    if method == "HEAD":
        told.append((b"Content-Length", b"%d" % len(data)))
    lines = (TOKEN, (b"Range", spread)) if spread else (TOKEN,)
    body = b"" if method == "HEAD" else data
    return call(method, f"/file/photos/{name}", *lines, status=status, answer=body, headers=told, host=DOWNLOADS)


def by_id(number: int, data: bytes = b"", status: int = 200) -> Call:
    told = [(b"X-Bz-File-Name", b"a"), (b"Content-Type", b"text/plain")]
    target = f"/b2api/v3/b2_download_file_by_id?fileId={file_id(number)}"
    return call("GET", target, TOKEN, status=status, answer=data, headers=told, host=DOWNLOADS)


def authorize(key_id: str, key: str, told: object = None, status: int = 200) -> Call:
    basic = b"Basic " + base64.b64encode(f"{key_id}:{key}".encode())
    return native("b2_authorize_account", told, status, (b"Authorization", basic))


# What is asked


NAMED = native("b2_list_buckets", bucketName="x")
SAME = [
    # the account, nothing, how numbers are written, the version of the API, the time of a file
    (
        native("b2_list_buckets", accountId="a", bucketName="x", bucketId=None),
        native("b2_list_buckets", bucketName="x"),
    ),
    (native("b2_list_file_names", bucketId="1"), native("b2_list_file_names", bucketId="1", version=4)),
    (
        native("b2_start_large_file", bucketId="1", fileName="a", fileInfo={"src_last_modified_millis": "1"}),
        native("b2_start_large_file", fileName="a", bucketId="1", fileInfo={"src_last_modified_millis": "2"}),
    ),
    (
        native("b2_copy_file", sourceFileId="1", fileName="a", serverSideEncryption={"customerKey": "redacted-1"}),
        native("b2_copy_file", sourceFileId="1", fileName="a", serverSideEncryption={"customerKey": "other"}),
    ),
    (upload("a", b"1"), upload("a", b"1", pod="c004_v0004001_t0001")),
    (read("a"), call("GET", "/file/photos/a?Authorization=3_other", host=DOWNLOADS)),
    (read("a"), call("GET", "/file/photos/a", (b"Range", b""), host=b"127.0.0.1:8900")),
]
OTHER = [
    (native("b2_list_file_names", bucketId="1"), native("b2_list_file_names", bucketId="2")),
    (native("b2_list_file_names", prefix="a"), native("b2_list_file_names", prefix="b")),
    (native("b2_list_file_names", maxFileCount=1), native("b2_list_file_names", maxFileCount=2)),
    (
        native("b2_delete_file_version", fileId="1", fileName="a"),
        native("b2_delete_file_version", fileId="2", fileName="a"),
    ),
    (
        native("b2_finish_large_file", fileId="1", partSha1Array=["a"]),
        native("b2_finish_large_file", fileId="1", partSha1Array=["b"]),
    ),
    (upload("a", b"1"), upload("b", b"1")),
    (read("a"), read("a", method="HEAD")),
    (read("a"), read("a", spread=b"bytes=0-1")),
    (by_id(1), by_id(2)),
]


def hashed(one: Call) -> tuple[object, ...]:
    """What is compared: all but metadata."""
    return Player(Tape([])).question(one.request, taken(one.request, one.body))[:11]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_these_ask_the_same(one: Call, other: Call) -> None:
    assert hashed(one) == hashed(other)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_these_do_not(one: Call, other: Call) -> None:
    assert hashed(one) != hashed(other)


def test_two_files_at_one_upload_url_are_two_questions() -> None:
    """The name stands in a header: what was read of one request must not be taken for the next."""
    tape = Tape([upload("a", b"1", 1), upload("b", b"2", 2)])
    player = Player(tape)
    assert [id_of(ask(player, one)) for one in (upload("b", b"2"), upload("a", b"1"))] == [2, 1]


# Order


def test_uploads_come_in_any_order_and_the_list_shows_them() -> None:
    """As many as there are, from as many threads."""
    calls = [upload(name, name.encode(), number) for number, name in enumerate("abc", 1)]
    tape = Tape(
        [
            native("b2_list_file_names", {"files": []}, bucketId=BUCKET),
            *calls,
            native("b2_list_file_names", {"files": [1, 2, 3]}, bucketId=BUCKET),
        ]
    )
    for order in permutations(calls):
        player = Player(tape)
        listing = native("b2_list_file_names", bucketId=BUCKET)
        assert id_of(ask(player, listing)) == 1
        for one in order:
            ask(player, one)
        assert id_of(ask(player, listing)) == 5


def test_a_version_is_there_until_it_is_deleted_whatever_else_comes() -> None:
    """Uploads and deletions of other files say nothing of it."""
    gone = native("b2_delete_file_version", {"fileId": file_id(1)}, fileId=file_id(1), fileName="a")
    tape = Tape(
        [upload("a", b"1", 1), by_id(1, b"1"), gone, by_id(1, b"{}", 404), upload("b", b"2", 2), by_id(2, b"2")]
    )
    player = Player(tape)
    asked = [upload("a", b"1"), upload("b", b"2"), by_id(2), by_id(1), by_id(1), gone, by_id(1), by_id(2)]
    assert [id_of(ask(player, one)) for one in asked] == [1, 5, 6, 2, 2, 3, 4, 6]
    again = [upload("a", b"1"), by_id(1)]
    assert [id_of(ask(player, one)) for one in again] == [1, 2]


def test_a_hidden_file_is_gone_and_may_come_again() -> None:
    """By its name; the version is there."""
    hide = native("b2_hide_file", {"fileId": file_id(2), "fileName": "a"}, bucketId=BUCKET, fileName="a")
    seen = native("b2_delete_file_version", {}, fileId=file_id(2), fileName="a")
    tape = Tape([upload("a", b"1", 1), read("a", b"1"), hide, read("a", b"{}", status=404), seen, read("a", b"1")])
    player = Player(tape)
    asked = [upload("a", b"1"), read("a"), read("a"), hide, read("a"), seen, read("a")]
    assert [id_of(ask(player, one)) for one in asked] == [1, 2, 2, 3, 4, 5, 6]


def test_a_token_that_was_over_is_over_once() -> None:
    """Then the client authorizes again; later calls are not told so once more."""
    late = native("b2_list_keys", "expired_auth_token", 401)
    tape = Tape([late, native("b2_list_keys", {"keys": []})])
    player = Player(tape)
    assert [id_of(ask(player, native("b2_list_keys"))) for _ in range(3)] == [1, 2, 2]


# Whose key


def test_a_key_of_now_stands_for_the_recorded_one() -> None:
    """Keys that the recording made are asked for under their ids; a wrong one stays wrong, however often it is run."""
    made = native("b2_create_key", {"applicationKeyId": "made", "applicationKey": "redacted-1"}, keyName="reader")
    calls = [
        authorize("main", "redacted-2", {"accountId": "1"}),
        made,
        authorize("made", "redacted-1", {"accountId": "2"}),
        authorize("wrong", "redacted-3", "unauthorized", 401),
    ]
    player = Player(Tape(calls))
    mine, theirs, nobody = authorize("mine", "secret"), authorize("made", "redacted-1"), authorize("wrong", "?")
    asked = [mine, made, theirs, mine, nobody, mine, nobody, theirs]
    assert [id_of(ask(player, one)) for one in asked] == [1, 2, 3, 1, 4, 1, 4, 3]


def test_a_wrong_key_of_a_good_id_is_told_from_the_good_one() -> None:
    """By the order in which they first come: a recording does not know the keys."""
    calls = [authorize("main", "redacted-1", "unauthorized", 401), authorize("main", "redacted-2", {"accountId": "1"})]
    player = Player(Tape(calls))
    wrong, right = authorize("main", "wrong"), authorize("main", "right")
    assert [id_of(ask(player, one)) for one in (wrong, right, wrong, right, right)] == [1, 2, 1, 2, 2]


# Names that are drawn


def test_a_bucket_of_another_name_and_files_too() -> None:
    """By the call that makes it; answers have the names of now, also where only an id was asked for."""
    then, now = "it-3fa9c2d1e0", "it-77d0e4b2aa"
    made = {"bucketName": then, "bucketId": BUCKET}
    tape = Tape(
        [
            native("b2_create_bucket", made, bucketName=then, bucketType="allPrivate"),
            upload("it-3fa9c2d1e0.txt", b"1"),
            native("b2_list_file_names", {"files": [{"fileName": f"{then}.txt"}]}, bucketId=BUCKET, prefix=""),
            call("GET", f"/file/{then}/{then}.txt", TOKEN, answer=b"1", host=DOWNLOADS),
        ]
    )
    player = Player(tape)
    created = ask(player, native("b2_create_bucket", bucketName=now, bucketType="allPrivate"))
    assert json.loads(body_of(created)) == {"bucketName": now, "bucketId": BUCKET}
    assert json.loads(body_of(ask(player, upload(f"{now}.txt", b"1"))))["fileName"] == f"{now}.txt"
    listed = ask(player, native("b2_list_file_names", bucketId=BUCKET, prefix=""))
    assert json.loads(body_of(listed)) == {"files": [{"fileName": f"{now}.txt"}]}
    assert body_of(ask(player, call("GET", f"/file/{now}/{now}.txt", TOKEN, host=DOWNLOADS))) == b"1"


def test_large_files_of_drawn_names_are_told_by_what_they_hold() -> None:
    """Two threads begin theirs in another order than before: b2sdk says the hash of a file that it can read twice."""

    def begun(name: str, digest: str, number: int = 0) -> Call:
        told = {"fileId": file_id(number), "fileName": name} if number else {}
        info = {"large_file_sha1": digest, "src_last_modified_millis": str(number)}
        return native("b2_start_large_file", told, bucketId=BUCKET, fileName=name, fileInfo=info)

    player = Player(Tape([begun("it-3fa9c2d1e0", "one", 1), begun("it-77d0e4b2aa", "two", 2)]))
    first, second = (ask(player, one) for one in (begun("it-0a1122334d", "two"), begun("it-5f66778899", "one")))
    assert json.loads(body_of(first)) == {"fileId": file_id(2), "fileName": "it-0a1122334d"}
    assert json.loads(body_of(second)) == {"fileId": file_id(1), "fileName": "it-5f66778899"}


def test_a_file_that_is_json_is_given_as_it_is() -> None:
    """Names in it are its own."""
    then, now = "it-3fa9c2d1e0", "it-77d0e4b2aa"
    data = json.dumps({"fileName": then}).encode()
    tape = Tape([native("b2_create_bucket", {"bucketName": then}, bucketName=then), read("x", data)])
    player = Player(tape)
    ask(player, native("b2_create_bucket", bucketName=now))
    assert body_of(ask(player, read("x"))) == data


# What follows


def large() -> Iterator[Call]:
    yield native("b2_start_large_file", {"fileId": file_id(9)}, bucketId=BUCKET, fileName="big")
    yield part(2, b"second")
    yield part(1, b"first ")
    told = {"fileId": file_id(9), "fileName": "big", "contentLength": 12, "contentType": "text/plain"}
    yield native("b2_finish_large_file", told, fileId=file_id(9), partSha1Array=["a", "b"])


def test_a_large_file_is_its_parts() -> None:
    """Whole, in part, by name and by id, and its head; the hashes at the ends of parts are none of it."""
    tape = Tape(list(large()))
    player = Player(tape)
    for one in large():
        ask(player, one)
    assert body_of(ask(player, read("big"))) == b"first second"
    assert body_of(ask(player, by_id(9))) == b"first second"
    ranged = ask(player, read("big", spread=b"bytes=4-8"))
    assert body_of(ranged) == b"t sec"
    assert isinstance(ranged, Answer)
    assert ranged.response is not None
    assert ranged.response.status == 206
    assert dict(ranged.response.headers)[b"Content-Range"] == b"bytes 4-8/12"
    head = ask(player, read("big", method="HEAD"))
    assert isinstance(head, Answer)
    assert head.response is not None
    assert (head.size, dict(head.response.headers)[b"Content-Length"]) == (0, b"12")


def test_a_download_that_was_not_kept_whole_is_the_upload() -> None:
    """Its lines are those that were recorded."""
    cut = read("a", b"0123456789")
    cut.kept = 4
    player = Player(Tape([upload("a", b"0123456789"), cut]))
    ask(player, upload("a", b"0123456789"))
    answer = ask(player, read("a"))
    assert body_of(answer) == b"0123456789"


def test_a_range_outside_is_416_and_a_hidden_file_404() -> None:
    """In the native API's JSON."""
    hide = native("b2_hide_file", {"fileId": file_id(2)}, bucketId=BUCKET, fileName="a")
    player = Player(Tape([upload("a", b"1"), hide]))
    ask(player, upload("a", b"1"))
    assert json.loads(body_of(ask(player, read("a", spread=b"bytes=5-9"))))["code"] == "range_not_satisfiable"
    ask(player, hide)
    assert json.loads(body_of(ask(player, read("a"))))["code"] == "not_found"


def test_what_was_not_recorded_is_a_miss() -> None:
    """Another page, other bytes, another file."""
    player = Player(Tape([upload("a", b"1"), native("b2_list_file_names", {}, bucketId=BUCKET, maxFileCount=10)]))
    for one in (upload("a", b"2"), read("b"), native("b2_list_file_names", bucketId=BUCKET, maxFileCount=5)):
        assert isinstance(ask(player, one), Miss)


DEEP = b'{"a": ' * 600 + b"1" + b"}" * 600


def test_a_question_is_never_broken_by_what_it_holds() -> None:
    """Bodies that are no JSON, or not what they should be."""
    for body in (b"", b"{", b"[]", b"7", b'{"fileName": 7, "bucketId": {}}', b"\xff" * 9, b"[" * 5000, DEEP):
        one = native("b2_list_file_names")
        one.body = body
        assert question_of(one.request, taken(one.request, body)).operation == "b2_list_file_names"
