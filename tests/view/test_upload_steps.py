"""The calls of one multipart upload, as they are handed to those who look at one of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from inspector.store.reader import Recording
from inspector.view.examination import Examiner
from tests.support.calls import Call, call, known, record

UPLOAD = "4_z8f1f51fb913357c4f74ed0c1_f2239c4ba1a111c05_d20261122_m110000_c004_v0402007_t0044_u01725996520526"
OF_PART = f"/photos/a.jpg?partNumber={{}}&uploadId={UPLOAD}"
NAMED = b"<CompleteMultipartUpload>%b</CompleteMultipartUpload>"
PART = b"<Part><PartNumber>%d</PartNumber><ETag>%b</ETag></Part>"


def of_upload(operation: str, method: bytes, status: int = 200, part: int | None = None, **more: Any) -> Call:
    """A call of the upload."""
    target = OF_PART.format(part).encode() if part else f"/photos/a.jpg?uploadId={UPLOAD}".encode()
    facts = {"operation": operation, "upload_id": UPLOAD, "part_number": part, **more.pop("facts", {})}
    return call(target, method=method, status=status, facts=facts, **more)


def upload(number: int, size: int, etag: bytes) -> Call:
    """A part that went up."""
    return of_upload("UploadPart", b"PUT", part=number, answer=((b"ETag", etag),), info=known(b"x" * size))


BEGIN = of_upload("CreateMultipartUpload", b"POST")
REFUSED = {"error_code": "InvalidPart", "error_message": "?"}


def complete(*parts: tuple[int, bytes], **more: Any) -> Call:
    """The parts put together."""
    body = NAMED % b"".join(PART % part for part in parts)
    return of_upload("CompleteMultipartUpload", b"POST", request_body=body, **more)


def found(path: Path, number: int) -> dict[str, str]:
    """Cause to what was seen in a call of a recording."""
    with Recording(path) as recording:
        diagnosis = Examiner(recording, lambda key_id: ()).recorded(number)
        assert diagnosis is not None
        return {one.cause: f"{one.summary}\n{one.seen}" for one in diagnosis.findings}


def test_the_part_that_differs_is_found_among_many(tmp_path: Path) -> None:
    """Further back than the calls that are handed along in general."""
    parts = [upload(number, 6_000_000, b'"e%d"' % number) for number in range(1, 61)]
    named = [(number, b'"e%d"' % (number if number != 3 else 0)) for number in range(1, 61)]
    last = complete(*named, status=400, facts=REFUSED)
    path = record(tmp_path / "r.db", [BEGIN, *parts, last])
    assert "part 3: named e0, uploaded as e3 (#4)" in found(path, 62)["invalid-part"]


def test_an_upload_that_was_left_is_told_where_it_began(tmp_path: Path) -> None:
    """With what went up; one that ended is not."""
    left = record(tmp_path / "left.db", [BEGIN, upload(1, 10, b'"a"')])
    assert "1 parts, 10 bytes" in found(left, 1)["unfinished-multipart-left"]
    for end in (complete((1, b'"a"')), of_upload("AbortMultipartUpload", b"DELETE", 204)):
        ended = record(tmp_path / f"{end.facts.operation}.db", [BEGIN, upload(1, 10, b'"a"'), end])
        assert found(ended, 1) == {}
    failed = record(tmp_path / "failed.db", [BEGIN, complete((1, b'"a"'), status=400, facts=REFUSED)])
    assert "unfinished-multipart-left" in found(failed, 1)


def test_a_complete_that_is_sent_again_hears_that_it_was_done(tmp_path: Path) -> None:
    """And when."""
    again = complete((1, b'"a"'), status=404, facts={"error_code": "NoSuchUpload", "error_message": "?"})
    path = record(tmp_path / "r.db", [BEGIN, upload(1, 10, b'"a"'), complete((1, b'"a"')), again])
    assert "completed" in found(path, 4)["no-such-upload"]
    assert "#3" in found(path, 4)["no-such-upload"]
