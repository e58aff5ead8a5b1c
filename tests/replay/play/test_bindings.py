"""Names and ids that are other ones now: bound as they appear, in both directions."""

from __future__ import annotations

import threading
from uuid import UUID

import pytest
from support.tapes import NOW, RECORDED_AT, Call, Tape, absent, ask, body_of, call, etag, get_, id_of, put

from inspector.replay.play.answer import Answer
from inspector.replay.play.miss import Miss
from inspector.replay.play.options import Binding, Options, Repeats
from inspector.replay.play.player import Player

THEN, NOW_NAMED = "it-3fa9c2d1e0", "it-77d0e4b2aa"


def listed(bucket: str, prefix: str, *keys: str) -> Call:
    inner = "".join(f"<Contents><Key>{key}</Key><Size>3</Size></Contents>" for key in keys)
    xml = f"<ListBucketResult><Name>{bucket}</Name><Prefix>{prefix}</Prefix>{inner}</ListBucketResult>"
    told = [(b"Content-Type", b"application/xml")]
    return call("GET", f"/{bucket}?list-type=2&prefix={prefix}", answer=xml.encode(), headers=told)


def session(bucket: str, run: str) -> list[Call]:
    """Creates a bucket, uploads below a drawn prefix, copies, lists, deletes."""
    location = [(b"Location", f"/{bucket}".encode())]
    keys = [f"{run}/a", f"{run}/b"]
    delete = "".join(f"<Object><Key>{key}</Key></Object>" for key in keys)
    return [
        call("PUT", f"/{bucket}", headers=location),
        put(keys[0], b"one", bucket=bucket),
        put(keys[1], b"two", bucket=bucket),
        call("PUT", f"/{bucket}/{run}/c", (b"x-amz-copy-source", f"{bucket}/{keys[0]}".encode())),
        listed(bucket, f"{run}/", *keys),
        get_(keys[0], b"one", bucket=bucket),
        call("POST", f"/{bucket}?delete", body=f"<Delete>{delete}</Delete>".encode(), answer=b"<DeleteResult/>"),
    ]


UUIDS = [str(UUID(int=n * 0x1234567_89AB_4DEF_8123_456789ABCDEF % 2**128)) for n in range(1, 40)]


def test_a_session_under_other_names_is_the_same_session() -> None:
    """Bucket and prefix are drawn anew: every call finds its own, and answers bear the names of now."""
    recorded, asked = session(THEN, f"run-{UUIDS[0]}"), session(NOW_NAMED, f"run-{UUIDS[1]}")
    player = Player(Tape(recorded))
    answers = [ask(player, one) for one in asked]
    assert [id_of(one) for one in answers] == list(range(1, 8))
    created, body = answers[0], body_of(answers[4]).decode()
    assert isinstance(created, Answer)
    assert created.response is not None
    assert dict(created.response.headers)[b"Location"] == f"/{NOW_NAMED}".encode()
    assert f"<Key>run-{UUIDS[1]}/b</Key>" in body
    assert f"<Name>{NOW_NAMED}</Name>" in body
    assert THEN not in body
    assert UUIDS[0] not in body
    assert player.unplayed() == []


def test_the_same_session_may_come_again_under_its_own_names() -> None:
    """What is bound does not stand in the way of the names that were recorded."""
    recorded = session(THEN, f"run-{UUIDS[0]}")
    player = Player(Tape(recorded))
    for names in ((NOW_NAMED, UUIDS[1]), (THEN, UUIDS[0])):
        calls = session(names[0], f"run-{names[1]}")
        assert [id_of(ask(player, one)) for one in calls] == list(range(1, 8))


def test_threads_with_drawn_names_find_what_they_uploaded() -> None:
    """Twenty keys at once, each with bytes of its own: who uploads what decides which name stands for which."""
    recorded = [put(f"u/{UUIDS[n]}", b"%d" % n) for n in range(19)]
    recorded += [get_(f"u/{UUIDS[n]}", b"%d" % n) for n in range(19)]
    player = Player(Tape(recorded))
    found: dict[int, list[bytes]] = {}

    def work(n: int) -> None:
        name = f"u/{UUIDS[38 - n]}"
        ask(player, put(name, b"%d" % n))
        found[n] = [body_of(ask(player, get_(name, b""))) for _ in range(3)]

    threads = [threading.Thread(target=work, args=[n]) for n in range(19)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert found == {n: [b"%d" % n] * 3 for n in range(19)}


def test_a_moment_of_now_stands_for_one_of_then() -> None:
    """A key with today's date, recorded on another day; a date that is neither is a name."""
    import time

    def day(at: float) -> str:
        return time.strftime("logs/%Y-%m-%d/app.log", time.gmtime(at))

    later = NOW + 40 * 86400
    player = Player(Tape([put(day(RECORDED_AT), b"1"), put("logs/2020-01-01/app.log", b"2")]))
    assert id_of(ask(player, put(day(later), b"1"), later)) == 1
    assert isinstance(ask(player, put("logs/2020-01-02/app.log", b"2"), later), Miss)
    assert isinstance(ask(player, put(day(later - 20 * 86400), b"1"), later), Miss)


def test_another_object_is_not_taken_for_one_that_was_recorded() -> None:
    """A key may be the hash of its content: reads bind nothing, and other bytes are other bytes."""
    hashes = [b"%064x" % (n * 0x9E3779B97F4A7C15F39CC0605CEDC834) for n in (1, 2, 3)]
    recorded = [get_(f"data/{one.decode()}", one) for one in hashes[:1]]
    recorded += [put(f"data/{hashes[1].decode()}", b"content")]
    player = Player(Tape(recorded))
    assert isinstance(ask(player, get_(f"data/{hashes[2].decode()}", b"")), Miss)
    assert isinstance(ask(player, put(f"data/{hashes[2].decode()}", b"other content")), Miss)
    assert isinstance(ask(player, call("DELETE", f"/b/data/{hashes[2].decode()}")), Miss)


def test_what_was_not_there_then_is_not_there_now() -> None:
    """A look for a drawn name before the upload."""
    recorded = [absent(f"u/{UUIDS[0]}", "HEAD"), put(f"u/{UUIDS[0]}", b"1")]
    player = Player(Tape(recorded), Options(derive=False))
    assert id_of(ask(player, absent(f"u/{UUIDS[1]}", "HEAD"))) == 1
    assert id_of(ask(player, put(f"u/{UUIDS[1]}", b"1"))) == 2


def test_one_name_stands_for_one_name() -> None:
    """Two of then are two of now; the third has none, unless everything may come again."""
    recorded = [put(f"u/{UUIDS[0]}", b"same"), put(f"u/{UUIDS[1]}", b"same")]
    player = Player(Tape(recorded), Options(repeats=Repeats.READS))
    assert [id_of(ask(player, put(f"u/{UUIDS[n]}", b"same"))) for n in (5, 6)] == [1, 2]
    assert isinstance(ask(player, put(f"u/{UUIDS[7]}", b"same")), Miss)
    player = Player(Tape(recorded))
    assert [id_of(ask(player, put(f"u/{UUIDS[n]}", b"same"))) for n in (5, 6, 5, 6, 7, 8)] == [1, 2, 1, 2, 1, 2]


def test_a_suite_that_draws_names_may_run_twice() -> None:
    """Each run is answered in its own names."""
    player = Player(Tape(session(THEN, f"run-{UUIDS[0]}")))
    for n in range(1, 5):
        answers = [ask(player, one) for one in session(f"it-77d0e4b2a{n}", f"run-{UUIDS[n]}")]
        assert [id_of(one) for one in answers] == list(range(1, 8))
        assert f"<Key>run-{UUIDS[n]}/b</Key>" in body_of(answers[4]).decode()


def test_binding_may_be_switched_off() -> None:
    """Then names are what they are."""
    player = Player(Tape(session(THEN, "run")), Options(binding=Binding.OFF))
    assert isinstance(ask(player, session(NOW_NAMED, "run")[0]), Miss)


def test_a_bucket_that_is_known_to_be_called_otherwise() -> None:
    """By the user's word: in paths, copy sources and answers."""
    recorded, asked = session("production", "run"), session("test", "run")
    player = Player(Tape(recorded), Options(names={"test": "production"}))
    answers = [ask(player, one) for one in asked]
    assert [id_of(one) for one in answers] == list(range(1, 8))
    assert b"<Name>test</Name>" in body_of(answers[4])


def test_ids_of_a_live_server_stand_for_recorded_ones() -> None:
    """A half-live run: what was told now is named in requests, and comes back in answers."""
    version = [(b"x-amz-version-id", b"V-then"), (b"ETag", b'"E-then"')]
    recorded = [
        call("PUT", "/b/k?partNumber=1&uploadId=U-then", body=b"x", headers=[(b"ETag", b'"1"')]),
        call("GET", "/b/k?versionId=V-then", answer=b"data", headers=version),
        call("GET", "/b?list-type=2&continuation-token=T-then", answer=b"<ListBucketResult/>"),
        call("HEAD", "/b/k", (b"If-Match", b'"E-then"'), headers=version),
    ]
    player = Player(Tape(recorded))
    for letter in "UVTE":
        player.bind(f"{letter}-then", f"{letter}-now")
    asked = [
        call("PUT", "/b/k?partNumber=1&uploadId=U-now", body=b"x"),
        call("GET", "/b/k?versionId=V-now"),
        call("GET", "/b?list-type=2&continuation-token=T-now"),
        call("HEAD", "/b/k", (b"If-Match", b'"E-now"')),
    ]
    answers = [ask(player, one) for one in asked]
    assert [id_of(one) for one in answers] == [1, 2, 3, 4]
    told = answers[1]
    assert isinstance(told, Answer)
    assert told.response is not None
    headers = dict(told.response.headers)
    assert (headers[b"x-amz-version-id"], headers[b"ETag"]) == (b"V-now", b'"E-now"')


def test_uploads_in_parts_under_drawn_names_are_told_apart_by_their_parts() -> None:
    """Threads begin them in another order than then: what the first part holds shows which one it is."""

    def upload(key: str, upload_id: str, data: bytes) -> list[Call]:
        xml = f"<InitiateMultipartUploadResult><Key>{key}</Key><UploadId>{upload_id}</UploadId>"
        begun = call("POST", f"/b/{key}?uploads", answer=f"{xml}</InitiateMultipartUploadResult>".encode())
        parts = [
            call("PUT", f"/b/{key}?partNumber={n}&uploadId={upload_id}", body=data * n, headers=[etag(data * n)])
            for n in (1, 2)
        ]
        named = b"<Part><PartNumber>1</PartNumber></Part><Part><PartNumber>2</PartNumber></Part>"
        body = b"<CompleteMultipartUpload>%b</CompleteMultipartUpload>" % named
        answer = b'<CompleteMultipartUploadResult><ETag>"%b"</ETag></CompleteMultipartUploadResult>' % data
        done = call("POST", f"/b/{key}?uploadId={upload_id}", body=body, answer=answer)
        return [begun, *parts, done, get_(key, data * 3)]

    then = [upload(f"u/{UUIDS[n]}", f"U{n}", b"%d" % n) for n in range(4)]
    player = Player(Tape([one for calls in zip(*then, strict=True) for one in calls]))
    order = (2, 0, 3, 1)
    # each client names the upload id that it is told
    begun = [ask(player, upload(f"u/{UUIDS[n + 20]}", "", b"")[0]) for n in order]
    told = {
        n: body_of(one).partition(b"<UploadId>")[2].partition(b"<")[0].decode()
        for n, one in zip(order, begun, strict=True)
    }
    assert sorted(told.values()) == ["U0", "U1", "U2", "U3"]
    for step in (1, 2, 3, 4):
        for n in order:
            answer = ask(player, upload(f"u/{UUIDS[n + 20]}", told[n], b"%d" % n)[step])
            assert id_of(answer) == step * 4 + n + 1, (step, n)
    assert player.unplayed() == []


@pytest.mark.parametrize(
    ("then", "now"), [("3fa9c2d1", "12345678"), ("12345678", "3fa9c2d1"), ("abcdefab", "3fa9c2d1")]
)
def test_hex_that_happens_to_be_figures_alone_is_drawn_all_the_same(then: str, now: str) -> None:
    """Of names with eight hex digits one in forty has no letter: a suite would fail that often."""
    listed = f"<L><Name>it-{then}</Name><Contents><Key>a</Key></Contents></L>".encode()
    headers = [(b"Content-Type", b"application/xml")]
    calls = [call("PUT", f"/it-{then}"), put("a", b"1", bucket=f"it-{then}")]
    played = Player(Tape([*calls, call("GET", f"/it-{then}?list-type=2", answer=listed, headers=headers)]))
    assert isinstance(ask(played, call("PUT", f"/it-{now}")), Answer)
    assert isinstance(ask(played, put("a", b"1", bucket=f"it-{now}")), Answer)
    assert body_of(ask(played, call("GET", f"/it-{now}?list-type=2"))) == listed.replace(then.encode(), now.encode())


def test_two_counters_are_two_names() -> None:
    played = Player(Tape([put("it-00000012", b"x")]))
    assert isinstance(ask(played, put("it-00000013", b"x")), Miss)


def test_a_bucket_that_is_made_stands_for_one_that_was_made_in_its_frame() -> None:
    """Six letters and figures look like a word; that a bucket is made, and one that was made waits, says more."""
    listed = b"<L><Name>it-q8z0mm</Name><Contents><Key>a</Key></Contents></L>"
    headers = [(b"Content-Type", b"application/xml")]
    made = [call("PUT", "/it-q8z0mm"), call("PUT", "/it-abc123"), put("a", b"1", bucket="it-q8z0mm")]
    played = Player(Tape([*made, call("GET", "/it-q8z0mm?list-type=2", answer=listed, headers=headers)]))
    assert isinstance(ask(played, put("a", b"1", bucket="it-7fh2pw")), Miss)
    for name in ("it-7fh2pw", "it-zz9zz9"):
        assert isinstance(ask(played, call("PUT", f"/{name}")), Answer)
    assert isinstance(ask(played, put("a", b"1", bucket="it-7fh2pw")), Answer)
    assert isinstance(ask(played, put("a", b"1", bucket="it-zz9zz9")), Miss)
    assert body_of(ask(played, call("GET", "/it-7fh2pw?list-type=2"))) == listed.replace(b"it-q8z0mm", b"it-7fh2pw")
    assert isinstance(ask(played, call("PUT", "/it-third3")), Miss)
    assert isinstance(ask(played, call("PUT", "/photos")), Miss)
    played.rewind()
    assert isinstance(ask(played, call("PUT", "/it-second")), Answer)
