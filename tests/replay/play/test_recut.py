"""The same bytes, uploaded in other parts, or in one piece."""

from __future__ import annotations

import pytest
from support.tapes import Call, Tape, ask, body_of, call, etag, get_, put

from inspector.replay.play.answer import Answer, Source
from inspector.replay.play.miss import Miss, Reason
from inspector.replay.play.options import Options
from inspector.replay.play.player import Player
from inspector.s3.errors import read_upload_id

DATA = bytes(range(251)) * 400


def upload(data: bytes, size: int, upload_id: str = "U", *lines: tuple[bytes, bytes]) -> list[Call]:
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    xml = f"<InitiateMultipartUploadResult><UploadId>{upload_id}</UploadId></InitiateMultipartUploadResult>"
    calls = [call("POST", "/b/k?uploads", *lines, answer=xml.encode())]
    for number, piece in enumerate(pieces, 1):
        calls.append(call("PUT", f"/b/k?partNumber={number}&uploadId={upload_id}", body=piece, headers=[etag(piece)]))
    named = b"".join(b"<Part><PartNumber>%d</PartNumber></Part>" % (n + 1) for n in range(len(pieces)))
    done = b'<CompleteMultipartUploadResult><ETag>"joined-%d"</ETag></CompleteMultipartUploadResult>' % len(pieces)
    body = b"<CompleteMultipartUpload>%b</CompleteMultipartUpload>" % named
    return [*calls, call("POST", f"/b/k?uploadId={upload_id}", body=body, answer=done)]


def follow(player: Player, calls: list[Call]) -> list[Answer | Miss]:
    """Make the calls of an upload under the id that is handed out, parts in reverse."""
    begun = ask(player, calls[0])
    upload_id = (read_upload_id(body_of(begun)) or "").encode()
    rest = []
    for one in (*reversed(calls[1:-1]), calls[-1]):
        target = one.request.target.replace(b"uploadId=U", b"uploadId=" + upload_id)
        rest.append(call(one.request.method.decode(), target, body=one.body))
    return [begun, *(ask(player, one) for one in rest)]


RECORDED = {
    "in one piece": [put("k", DATA)],
    "in parts": upload(DATA, 30_000),
}


@pytest.mark.parametrize("recorded", RECORDED)
@pytest.mark.parametrize("size", [1_000, 7_777, 30_000, 50_200, 60_000, len(DATA)])
def test_parts_of_any_size_are_the_recorded_object(recorded: str, size: int) -> None:
    """Each has the tag of its bytes; what is read afterwards is the object with its recorded tag."""
    read = get_("k", DATA)
    player = Player(Tape([*RECORDED[recorded], read]))
    answers = follow(player, upload(DATA, size))
    assert all(isinstance(one, Answer) for one in answers), answers
    for answer, one in zip(answers[1:-1], reversed(upload(DATA, size)[1:-1]), strict=True):
        assert isinstance(answer, Answer)
        assert answer.response is not None
        assert dict(answer.response.headers)[b"ETag"] == etag(one.body)[1]
    assert body_of(ask(player, read)) == DATA
    assert player.unplayed() == []


def test_one_piece_is_the_object_that_was_uploaded_in_parts() -> None:
    """With the tag that it was recorded with, as reads of it have."""
    player = Player(Tape([*upload(DATA, 30_000), get_("k", DATA)]))
    answer = ask(player, put("k", DATA))
    assert isinstance(answer, Answer)
    assert answer.source is Source.DERIVED
    assert answer.response is not None
    assert dict(answer.response.headers)[b"ETag"] == b'"joined-4"'
    assert body_of(ask(player, get_("k", b""))) == DATA
    assert player.unplayed() == []


@pytest.mark.parametrize("recorded", RECORDED)
def test_other_bytes_are_a_miss_at_the_part_that_has_them(recorded: str) -> None:
    """And the upload is not complete."""
    other = bytearray(DATA)
    other[45_000] ^= 1
    player = Player(Tape(RECORDED[recorded]))
    answers = follow(player, upload(bytes(other), 20_000))
    misses = [number for number, one in enumerate(answers) if isinstance(one, Miss)]
    assert misses == [4, 7], "part 3 of 6, sent in reverse, and the end"
    assert isinstance(ask(Player(Tape(RECORDED[recorded])), put("k", bytes(other))), Miss)


def test_a_changed_part_of_the_recorded_size_says_where() -> None:
    """The same program with other bytes: which part, and which byte."""
    other = bytearray(DATA)
    other[60_010] ^= 1
    answers = follow(Player(Tape(upload(DATA, 30_000))), upload(bytes(other), 30_000))
    missed = next(one for one in answers if isinstance(one, Miss))
    assert missed.reason is Reason.BODY_DIFFERS
    assert "same UploadPart, part 3, body differs at byte 10 (decoded)" in missed.message


def test_parts_that_are_left_out_are_missed() -> None:
    """What is complete has every byte."""
    calls = upload(DATA, 20_000)
    del calls[3]
    answers = follow(Player(Tape([put("k", DATA)])), calls)
    assert isinstance(answers[-1], Miss)


def test_settings_count() -> None:
    """A public upload is not the private one that was recorded."""
    public = (b"x-amz-acl", b"public-read")
    player = Player(Tape(upload(DATA, 30_000)))
    assert isinstance(ask(player, put("k", DATA, public)), Miss)
    assert isinstance(ask(Player(Tape(upload(DATA, 30_000, "U", public))), put("k", DATA, public)), Answer)


def test_an_upload_that_was_begun_here_may_be_given_up() -> None:
    """One that was not begun may not."""
    player = Player(Tape([put("k", DATA)]))
    begun = ask(player, upload(DATA, 10_000)[0])
    upload_id = read_upload_id(body_of(begun))
    assert isinstance(ask(player, call("DELETE", f"/b/k?uploadId={upload_id}")), Answer)
    assert isinstance(ask(player, call("DELETE", f"/b/k?uploadId={upload_id}")), Miss)


def test_nothing_of_this_where_only_what_was_recorded_is_wanted() -> None:
    """`derive` off."""
    player = Player(Tape(upload(DATA, 30_000)), Options(derive=False))
    assert isinstance(ask(player, put("k", DATA)), Miss)


def test_an_upload_that_went_well_may_be_given_up_now() -> None:
    """Clients do so when a part fails, as a fault may want it: that is no miss, which would hide what went wrong.

    The upload may then be made after all; an id that nobody handed out is none.
    """
    recorded = upload(DATA, 40_000)
    player = Player(Tape(recorded))
    ask(player, recorded[0])
    ask(player, recorded[1])
    found = ask(player, call("DELETE", "/b/k?uploadId=U"))
    assert isinstance(found, Answer)
    assert found.response is not None
    assert found.response.status == 204
    assert isinstance(ask(player, call("DELETE", "/b/k?uploadId=never")), Miss)
    assert all(isinstance(one, Answer) for one in follow(player, recorded))
    assert body_of(ask(player, call("GET", "/b/k"))) == DATA
