"""The order of calls: per object, not global; reads by the state of what they read; repeats, retries, threads."""

from __future__ import annotations

import threading
from dataclasses import replace
from itertools import permutations
from random import Random

import pytest
from support.tapes import Call, Tape, absent, ask, body_of, call, etag, get_, id_of, put

from inspector.replay.play.answer import Answer, Source
from inspector.replay.play.miss import Miss, Reason
from inspector.replay.play.options import Options, Repeats, Retries
from inspector.replay.play.player import Player
from inspector.wire.exchange import Failure

VERSIONS = [put("k", b"v1"), get_("k", b"v1"), put("k", b"v2"), get_("k", b"v2")]


def played(player: Player, *calls: Call) -> list[int]:
    return [id_of(ask(player, one)) for one in calls]


def test_a_read_is_of_what_was_written_before_it() -> None:
    """PUT v1, GET, PUT v2, GET."""
    assert played(Player(Tape(VERSIONS)), *VERSIONS) == [1, 2, 3, 4]


def test_reads_repeat_until_the_next_write() -> None:
    """Another client may read more often than the recorded one did."""
    one, read, two, _ = VERSIONS
    assert played(Player(Tape(VERSIONS)), one, read, read, read, two, read, read) == [1, 2, 2, 2, 3, 4, 4]


def test_a_read_that_was_not_asked_again_is_not_given_after_the_write() -> None:
    """Two reads were recorded before the write, one is made: what comes after is of the new state."""
    tape = Tape([put("k", b"v1"), get_("k", b"v1"), get_("k", b"v1"), put("k", b"v2"), get_("k", b"v2")])
    player = Player(tape)
    assert played(player, VERSIONS[0], VERSIONS[1], VERSIONS[2], VERSIONS[1]) == [1, 2, 4, 5]
    assert [one.id for one in player.unplayed()] == [3]


def test_a_poll_is_told_no_until_the_upload_comes() -> None:
    """However often it asks."""
    tape = Tape([absent("k"), absent("k"), put("k", b"v1"), get_("k", b"v1")])
    player = Player(tape)
    statuses = [ask(player, absent("k")) for _ in range(5)]
    assert [one.response.status for one in statuses if isinstance(one, Answer) and one.response] == [404] * 5
    assert played(player, put("k", b"v1"), absent("k")) == [3, 4]


def test_a_suite_may_run_twice_against_one_player() -> None:
    """A write that comes again takes its object back to where it was made."""
    deleted = call("DELETE", "/b/k", status=204)
    whole = [*VERSIONS, deleted, absent("k"), *VERSIONS]
    player = Player(Tape(whole))
    for _ in range(3):
        assert played(player, *whole) == list(range(1, 11))


def parts(upload: str, data: bytes, numbers: range = range(1, 9)) -> list[Call]:
    return [
        call("PUT", f"/b/big?partNumber={n}&uploadId={upload}", body=data * n, headers=[(b"ETag", b'"%d"' % n)])
        for n in numbers
    ]


def begun(upload: str) -> Call:
    xml = f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>"
    return call("POST", "/b/big?uploads", answer=xml.encode())


def completed(upload: str, etag: str = "all", count: int = 8) -> Call:
    named = "".join(f"<Part><PartNumber>{n}</PartNumber><ETag>{n}</ETag></Part>" for n in range(1, count + 1))
    answer = f'<CompleteMultipartUploadResult><ETag>"{etag}"</ETag></CompleteMultipartUploadResult>'
    body = f"<CompleteMultipartUpload>{named}</CompleteMultipartUpload>"
    return call("POST", f"/b/big?uploadId={upload}", body=body.encode(), answer=answer.encode())


def test_parts_may_come_in_any_order() -> None:
    """Eight threads, an order of their own each time."""
    recorded = [begun("u"), *parts("u", b"x"), completed("u"), get_("big", b"x" * 36)]
    for seed in range(20):
        mixed = parts("u", b"x")
        Random(seed).shuffle(mixed)
        player = Player(Tape(recorded))
        ids = played(player, begun("u"), *mixed, completed("u"), recorded[-1])
        assert sorted(ids) == list(range(1, 12))
        assert player.unplayed() == []


def test_two_uploads_of_one_key_that_swap_their_ids_are_told_apart_by_what_they_carry() -> None:
    """The first to begin now is the second that began then: it holds the other one's id, and its parts say so."""
    recorded = [begun("A"), begun("B"), *parts("A", b"a"), *parts("B", b"b"), completed("A", "a"), completed("B", "b")]
    player = Player(Tape(recorded))
    assert played(player, begun("A"), begun("B")) == [1, 2]
    swapped = [*parts("A", b"b"), *parts("B", b"a")]
    assert played(player, *swapped) == [*range(11, 19), *range(3, 11)]
    assert played(player, completed("A"), completed("B")) == [20, 19]


def test_an_upload_that_nobody_handed_out_is_none() -> None:
    """An id that is written down in a test is not taken for the recorded one."""
    missed = ask(Player(Tape([begun("u"), *parts("u", b"x")])), parts("made-up", b"x")[0])
    assert isinstance(missed, Miss)
    assert "it belongs to another upload" in missed.message


def listed(*keys: str) -> Call:
    xml = "".join(f"<Contents><Key>{key}</Key></Contents>" for key in keys)
    answer = f"<ListBucketResult>{xml}</ListBucketResult>".encode()
    return call("GET", "/b?list-type=2", answer=answer, headers=[(b"Content-Type", b"application/xml")])


def test_a_list_shows_what_was_uploaded_before_it() -> None:
    """Three uploads in any order, the list of three; one deletion, the list of two."""
    uploads = [put(key, b"1") for key in "abc"]
    recorded = [listed(), *uploads, listed("a", "b", "c"), call("DELETE", "/b/b", status=204), listed("a", "c")]
    for order in permutations(uploads):
        player = Player(Tape(recorded))
        assert played(player, listed()) == [1]
        played(player, *order)
        assert played(player, listed(), listed(), recorded[5], listed()) == [5, 5, 6, 7]
        again = played(player, *order, listed())
        assert again[-1] == 5, "the story went back to where the uploads were made"


def test_what_deletes_many_changes_each() -> None:
    """DeleteObjects is a write to every key that it names."""
    body = b"<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object></Delete>"
    many = call("POST", "/b?delete", body=body, answer=b"<DeleteResult/>")
    recorded = [put("a", b"1"), get_("a", b"1"), put("b", b"1"), many, absent("a")]
    assert played(Player(Tape(recorded)), *recorded) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("repeats", "reads", "writes"),
    [
        (Repeats.ALL, None, None),
        (Repeats.READS, None, Reason.ALREADY_PLAYED),
        (Repeats.NONE, Reason.ALREADY_PLAYED, Reason.ALREADY_PLAYED),
    ],
)
def test_what_is_used_up_follows_the_mode(repeats: Repeats, reads: Reason | None, writes: Reason | None) -> None:
    """Everything again, reads again, nothing again."""
    player = Player(Tape([put("k", b"v1"), get_("k", b"v1")]), Options(repeats=repeats))
    assert played(player, put("k", b"v1"), get_("k", b"v1")) == [1, 2]
    for one, reason in ((get_("k", b"v1"), reads), (put("k", b"v1"), writes)):
        again = ask(player, one)
        assert (again.reason if isinstance(again, Miss) else None) == reason


# Retries

BUSY = b"<Error><Code>SlowDown</Code></Error>"


def attempt(number: int, status: int, *, invocation: bytes | None = b"i-1") -> Call:
    lines = [] if invocation is None else [(b"amz-sdk-invocation-id", invocation)]
    answer = BUSY if status == 503 else b""
    headers = [(b"Retry-After", b"30")] if status == 503 else [(b"ETag", b'"1"')]
    told = [(b"amz-sdk-request", b"attempt=%d; max=3" % number), *lines]
    return call("PUT", "/b/k", *told, body=b"data", status=status, answer=answer, headers=headers)


@pytest.mark.parametrize("invocation", [b"i-1", None])
def test_recorded_retries_are_lived_through_again_without_waiting(invocation: bytes | None) -> None:
    """503, 503, 200 are answered so; `Retry-After` is 0. What repeats is the answer that ended it."""
    recorded = [attempt(n, status, invocation=invocation) for n, status in ((1, 503), (2, 503), (3, 200))]
    player = Player(Tape(recorded))
    first = ask(player, put("k", b"data"))
    assert isinstance(first, Answer)
    assert first.response is not None
    assert dict(first.response.headers)[b"Retry-After"] == b"0"
    assert played(player, put("k", b"data"), put("k", b"data"), put("k", b"data")) == [2, 3, 3]


@pytest.mark.parametrize("invocation", [b"i-1", None])
def test_retries_may_be_collapsed(invocation: bytes | None) -> None:
    """A client that does not try again gets the answer that ended it."""
    recorded = [attempt(n, status, invocation=invocation) for n, status in ((1, 503), (2, 503), (3, 200))]
    player = Player(Tape(recorded), Options(retries=Retries.COLLAPSE))
    assert played(player, put("k", b"data")) == [3]
    assert player.unplayed() == []


def test_a_failure_that_ended_the_call_stays() -> None:
    """Three attempts, all refused: that is the answer."""
    player = Player(Tape([attempt(1, 503), attempt(2, 503)]), Options(retries=Retries.COLLAPSE))
    answer = ask(player, put("k", b"data"))
    assert isinstance(answer, Answer)
    assert answer.response is not None
    assert answer.response.status == 503


def test_a_connection_that_broke_breaks_again() -> None:
    """Without an answer: closed without a word. In the middle of one: after as many bytes."""
    silent = get_("a", b"1")
    silent.response, silent.failure = None, Failure("upstream-reset", "closed")
    cut = get_("b", b"1234567890")
    cut.failure, cut.kept = Failure("truncated", "closed"), 4
    player = Player(Tape([silent, cut]))
    first, second = ask(player, silent), ask(player, cut)
    assert isinstance(first, Answer)
    assert first.response is None
    assert isinstance(second, Answer)
    assert second.break_after == 4
    assert second.response is not None
    assert dict(second.response.headers)[b"Content-Length"] == b"10"
    assert body_of(second) == b"1234"


# Threads


def test_threads_lose_nothing() -> None:
    """Eight threads, eighty uploads each, and every one gets its own answer."""
    recorded = [put(f"t{thread}/{n}", b"%d-%d" % (thread, n)) for n in range(80) for thread in range(8)]
    player = Player(Tape(recorded))
    found: dict[int, list[int]] = {}

    def work(thread: int) -> None:
        found[thread] = played(player, *(put(f"t{thread}/{n}", b"%d-%d" % (thread, n)) for n in range(80)))

    threads = [threading.Thread(target=work, args=[n]) for n in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert all(found[thread] == [8 * n + thread + 1 for n in range(80)] for thread in range(8))
    assert player.unplayed() == []
    assert player.counts == {Source.RECORDED: 640}


def test_metadata_chooses_between_uploads_of_the_same_bytes() -> None:
    """And makes no miss: the second client writes a time of its own into it."""
    recorded = [put("k", b"1", (b"x-amz-meta-n", b"%d" % n)) for n in range(3)]
    player = Player(Tape(recorded))
    order = [recorded[2], recorded[0], recorded[1]]
    assert played(player, *order) == [3, 1, 2]
    assert isinstance(ask(player, put("k", b"1", (b"x-amz-meta-mtime", b"99"))), Answer)
    strict = Player(Tape(recorded), Options(match_on=("operation", "bucket", "key", "metadata")))
    assert isinstance(ask(strict, put("k", b"1", (b"x-amz-meta-mtime", b"99"))), Miss)


def test_what_is_recorded_meanwhile_is_answered_too() -> None:
    """new_episodes: a miss went to the live server, and its answer is on the tape now."""
    player = Player(Tape([get_("a", b"1")]))
    assert isinstance(ask(player, get_("b", b"2")), Miss)
    fresh = Tape([get_("b", b"2")])
    player.cassette._calls[2] = fresh._calls[1]  # type: ignore[attr-defined]
    player.add(replace(fresh.calls[0], id=2))
    assert id_of(ask(player, get_("b", b"2"))) == 2
    assert body_of(ask(player, get_("b", b"2"))) == b"2"


def test_rewinding_begins_anew() -> None:
    """As if nothing had been asked."""
    player = Player(Tape(VERSIONS))
    played(player, *VERSIONS)
    player.rewind()
    assert len(player.unplayed()) == 4
    assert played(player, *VERSIONS) == [1, 2, 3, 4]


def test_what_is_said_of_an_object_does_not_change_what_it_holds() -> None:
    """Tags have an order of their own, which an upload ends; reads of the object are what they were before them."""
    tags = [b"<Tagging><TagSet/></Tagging>", b"<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>"]
    asked = call("GET", "/b/k?tagging", answer=tags[0]), call("GET", "/b/k?tagging", answer=tags[1])
    tag = call("PUT", "/b/k?tagging", body=tags[1])
    tape = [
        put("k", b"1"),
        get_("k", b"1"),
        asked[0],
        tag,
        asked[1],
        put("k", b"2"),
        call("GET", "/b/k?tagging", answer=tags[0]),
    ]
    player = Player(Tape(tape))
    for one in (tape[0], tape[1]):
        assert isinstance(ask(player, one), Answer)
    assert [body_of(ask(player, asked[0])) for _ in range(2)] == [tags[0]] * 2
    assert isinstance(ask(player, tag), Answer)
    assert [body_of(ask(player, asked[0])) for _ in range(2)] == [tags[1]] * 2
    found = ask(player, call("GET", "/b/k", (b"If-None-Match", etag(b"1")[1])))
    assert isinstance(found, Answer)
    assert found.response is not None
    assert found.response.status == 304
    assert body_of(ask(player, call("GET", "/b/k"))) == b"1"
    assert isinstance(ask(player, put("k", b"2")), Answer)
    assert body_of(ask(player, asked[0])) == tags[0]


@pytest.mark.parametrize("key", ["form/up.txt", "form/${filename}"])
def test_a_form_that_is_posted_makes_its_object(key: str) -> None:
    """Behind its deletion in an earlier round it is there again, under its key with the file's name in it."""
    form = (
        f'--x\r\nContent-Disposition: form-data; name="key"\r\n\r\n{key}\r\n--x\r\nContent-Disposition: form-data; '
        'name="file"; filename="up.txt"\r\n\r\nposted\r\n--x--\r\n'
    ).encode()
    post = call("POST", "/b", (b"Content-Type", b"multipart/form-data; boundary=x"), body=form, status=204)
    tape = [post, get_("form/up.txt", b"posted"), call("DELETE", "/b/form/up.txt", status=204), absent("form/up.txt")]
    player = Player(Tape(tape))
    for _ in range(2):
        assert [id_of(ask(player, one)) for one in tape] == [1, 2, 3, 4]
