"""A fixture file as a cassette that a player plays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from pathlib import Path

from inspector.formats.fixture.bodies import Body, Inline
from inspector.formats.fixture.model import Call, Fixture
from inspector.formats.fixture.names import BASE
from inspector.formats.fixture.read import load
from inspector.replay.play.cassette import Taped
from inspector.s3.drawn import drawn
from inspector.s3.errors import read_error, read_upload_id
from inspector.wire.exchange import EMPTY_BODY, BodyInfo, Digests

_STEADY = BASE.timestamp()


class FixtureCassette:
    """The calls of a fixture; their ids are their places in the file, from 1 on."""

    def __init__(self, fixture: Fixture, name: str) -> None:
        self.name = name
        self.fixture = fixture
        day = fixture.recorded
        noon = datetime.combine(day, time(12), UTC).timestamp() if day else 0.0
        self.calls: Sequence[Taped] = [_taped(number, call, noon) for number, call in enumerate(fixture.calls, 1)]

    @classmethod
    def load(cls, path: Path, name: str = "") -> FixtureCassette:
        """The fixture in a file.

        Raises:
            FormatError: it cannot be read.
        """
        return cls(load(path), name or str(path))

    def payload(self, call: Taped) -> Body:
        """What the request carried."""
        return self.fixture.calls[call.id - 1].request_body

    def answer(self, call: Taped) -> Body:
        """The body of the answer."""
        return self.fixture.calls[call.id - 1].response_body


def _taped(number: int, call: Call, noon: float) -> Taped:
    """`noon`: of the day of the recording, in Unix seconds; names that were drawn may say another, which all have."""
    answer = call.response_body
    upload_id = error = None
    if isinstance(answer, Inline) and answer.size and call.request.method == b"POST":
        upload_id = read_upload_id(answer.data) if call.request.query.startswith(b"uploads") else None
        found = read_error(answer.data) if b"<Error>" in answer.data else None
        error = found.code if found else None
    return Taped(
        number,
        call.request,
        call.response,
        _info(call.request_body),
        _info(answer),
        call.failure,
        started_at=_STEADY if drawn(call.request.target, _STEADY).tokens else noon,
        upload_id=upload_id,
        error_code=error,
    )


def _info(body: Body) -> BodyInfo:
    """What is known of a body; MD5 and CRC-32 are not written down."""
    if not body.size:
        return EMPTY_BODY
    return BodyInfo(Digests(body.size, body.sha256, "", ""), body.size)
