"""A multipart upload is shown part by part: what arrived, what was tried again, what is missing where it ended."""

from __future__ import annotations

from typing import Any

from inspector.s3.multipart import NamedPart
from inspector.store.timed import PartRow
from inspector.view.uploads import Upload, uploads

EMPTY = dict.fromkeys(PartRow._fields)


def row(number: int, operation: str, **values: Any) -> PartRow:
    known = {"id": number, "session": 1, "state": "done", "operation": operation, "status": 200, "upload_id": "u"}
    return PartRow(**{**EMPTY, "started_at": float(number), "request_size": 0, **known, **values})


def part(number: int, at: int, **values: Any) -> PartRow:
    return row(number, "UploadPart", **{"part_number": at, "etag": f"e{at}", "request_size": 5, **values})


CREATED = row(1, "CreateMultipartUpload")
COMPLETED = row(99, "CompleteMultipartUpload")
ABORTED = row(99, "AbortMultipartUpload", status=204)


def shown(*rows: PartRow, named: tuple[NamedPart, ...] = ()) -> tuple[str, Upload]:
    (upload,) = uploads(rows, lambda _: named)
    return "".join(one.value for one in upload.parts), upload


def test_parts_in_any_order_and_completed() -> None:
    signs, upload = shown(CREATED, part(2, 2), part(3, 1), COMPLETED)
    assert (signs, upload.end, upload.troubled) == ("##", "completed", False)
    assert (upload.size, upload.first, upload.last) == (10, 1, 99)


def test_a_part_that_was_tried_again() -> None:
    signs, upload = shown(CREATED, part(2, 1, status=503), part(3, 1), part(4, 2), COMPLETED)
    assert (signs, upload.retries, upload.troubled) == ("2#", 1, False)


def test_a_part_that_is_missing_and_one_that_failed() -> None:
    signs, upload = shown(CREATED, part(2, 1), part(3, 3, status=403), part(4, 4))
    assert signs == "#.!#"
    assert upload.missing == [2, 3]
    assert (upload.end, upload.troubled) == ("never completed", True)


def test_a_part_under_way() -> None:
    assert shown(CREATED, part(2, 1, state="open", status=None))[0] == ">"


def test_parts_that_only_the_completing_request_names_are_missing() -> None:
    """They were sent past the recorder, or never."""
    signs, upload = shown(CREATED, part(2, 1), COMPLETED, named=(NamedPart(1, "e1"), NamedPart(2, "e2")))
    assert (signs, upload.missing, upload.troubled) == ("#.", [2], True)


def test_an_etag_that_was_never_answered() -> None:
    signs, upload = shown(CREATED, part(2, 1), part(3, 2), COMPLETED, named=(NamedPart(1, "e1"), NamedPart(2, "else")))
    assert (signs, upload.others) == ("#~", [2])


def test_the_etag_of_an_earlier_attempt_that_arrived_is_no_other_etag() -> None:
    both = (part(2, 1, etag="old"), part(3, 1, etag="new"))
    assert shown(CREATED, *both, COMPLETED, named=(NamedPart(1, "old"),))[0] == "2"


def test_completing_that_failed_says_why() -> None:
    failed = row(9, "CompleteMultipartUpload", status=400, error_code="InvalidPart")
    assert shown(CREATED, part(2, 1), failed)[1].end == "completing failed: InvalidPart"


def test_aborting_is_no_trouble() -> None:
    upload = shown(CREATED, part(2, 1), ABORTED)[1]
    assert (upload.end, upload.troubled) == ("aborted", False)


def test_a_number_of_a_hostile_body_makes_no_long_row() -> None:
    assert shown(CREATED, COMPLETED, named=(NamedPart(99_999_999, "x"), NamedPart(0, "y")))[0] == ""


def test_uploads_of_two_sessions_are_two() -> None:
    assert len(uploads([CREATED, CREATED._replace(session=2)], lambda _: ())) == 2
