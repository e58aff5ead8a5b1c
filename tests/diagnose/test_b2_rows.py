"""Every row of the catalogue of B2's failures: recorded by the real writer, examined as `explain` does, and found."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from inspector.diagnose.examine import Diagnosis
from inspector.diagnose.finding import Certainty
from inspector.facts import facts_of
from inspector.sigv4.key import Key
from inspector.store.reader import Recording
from inspector.view.examination import Examiner
from inspector.wire.exchange import Request, Response, Timing
from tests.diagnose.b2_rows import AT, B2_IDS, ROWS, Made, Row, body_of
from tests.support.calls import NOON, Call, known, record
from tests.support.signing import SECRET, signed_call, without

CATALOGUE = json.loads((Path(__file__).parent / "b2_rows.json").read_text(encoding="utf-8"))
NUMBERED = [pytest.param(number, id=f"{number}-{row['slug']}") for number, row in enumerate(CATALOGUE)]


def call_of(made: Made, row: dict[str, Any] | None, at: float) -> Call:
    """A call for a recording. `row`: the row of the catalogue that it shows, None for one that went well."""
    request = request_of(made)
    status = made.status or ((row or {}).get("status") or (400 if made.says else 200))
    code = made.code or (row or {}).get("code")
    kind = (row or {}).get("body_kind")
    body = body_of(made, status, code, "json" if "b2api" in made.first or "/file/" in made.first else kind)
    head = request.method == b"HEAD"
    lines = {"Date": made.date, "Content-Length": str(len(body)), **(B2_IDS if made.ids else {}), **made.answer}
    if status >= 400 and body:
        lines.setdefault("Content-Type", "application/json" if body.startswith(b"{") else "application/xml")
    response = None if made.failure else Response(status, tuple((n.encode(), v.encode()) for n, v in lines.items()))
    said = b"" if head or response is None else body
    info = known(made.body)
    if made.sent_size is not None:
        info = replace(info, sent=replace(info.sent, size=made.sent_size))
    facts = facts_of(request, response, made.body, said)
    timing = Timing(at, at + 0.001, at + 0.02, at + 0.05)
    return Call(request, response, facts, timing, made.body, said, failure=made.failure, info=info)


def request_of(made: Made) -> Request:
    """The request, signed as the row has it."""
    method, _, target = made.first.partition(" ")
    host = made.host.encode()
    headers = {name.encode(): value.encode() for name, value in made.headers.items()}
    unsigned = tuple((name.encode(), value.encode()) for name, value in made.unsigned.items())
    unsigned += ((b"User-Agent", made.agent.encode()),)
    if made.anonymous or made.raw:
        lines = ((b"Host", host), *headers.items(), *unsigned)
        if made.raw.startswith("AWS4"):
            lines += ((b"X-Amz-Date", AT.encode()), (b"X-Amz-Content-Sha256", b"UNSIGNED-PAYLOAD"))
        lines += ((b"Authorization", made.raw.encode()),) if made.raw else ()
        return Request(method.encode(), made.scheme, made.host, 443, target.encode(), lines)
    how = {"timestamp": AT.encode(), "payload": b"UNSIGNED-PAYLOAD", **made.signing}
    drop = how.pop("drop", None)
    signed = signed_call(
        target.encode(), method=method.encode(), host=host, headers=headers, unsigned=unsigned,
        presigned=made.presigned, key_id=made.key_id, **how,
    )  # fmt: skip
    signed = without(signed, drop) if drop else signed
    return replace(signed.request, scheme=made.scheme, port=80 if made.scheme == "http" else 443)


def session_of(row: Row, entry: dict[str, Any]) -> tuple[list[Call], int]:
    """The calls of a recording that shows the row, and which of them it is about."""
    before = [call_of(made, None, NOON - 10 + number) for number, made in enumerate(row.earlier)]
    return [*before, call_of(row.made, entry, NOON)], len(before) + 1


def examined(calls: list[Call], number: int, path: Path) -> Diagnosis:
    with Recording(record(path, calls)) as recording:
        keys = (Key("004a1b2c3d4e5f60000000007", SECRET, "AWS_SECRET_ACCESS_KEY"),)
        found = Examiner(recording, lambda key_id: keys, depth=1).recorded(number)
    assert found is not None
    return found


def test_every_row_has_its_exchange() -> None:
    """None is passed over: there is no row that leaves no trace in a recording."""
    assert len(ROWS) == len(CATALOGUE)


@pytest.mark.parametrize("number", NUMBERED)
def test_a_row_is_found_first(number: int, tmp_path: Path) -> None:
    """As sure as the row says, with what was seen and a fix; before it only causes that are more general."""
    row, entry = ROWS[number], CATALOGUE[number]
    calls, at = session_of(row, entry)
    diagnosis = examined(calls, at, tmp_path / "r.db")
    found = [(one.cause, str(one.certainty)) for one in diagnosis.findings]
    assert (entry["slug"], row.certainty) in found, found
    first = next(one for one in diagnosis.findings if one.cause not in row.behind)
    assert first.cause == entry["slug"], found
    assert first.seen
    assert first.fix
    assert first.summary


@pytest.mark.parametrize("number", NUMBERED)
def test_a_rows_message_is_one_that_its_pattern_has(number: int) -> None:
    """So that what is found is found in B2's words."""
    says, pattern = ROWS[number].made.says, CATALOGUE[number]["message_pattern"]
    assert not pattern or pattern == "^$" or re.search(pattern, says)


@pytest.mark.parametrize("number", NUMBERED)
def test_the_same_request_that_went_well_is_accused_of_nothing(number: int, tmp_path: Path) -> None:
    """Answered 200 by B2, with everything around it as it was."""
    row, entry = ROWS[number], CATALOGUE[number]
    good = replace(
        row.made, says="", status=200, code=None, failure=None, answered=row.made.answered if not row.silent else b""
    )
    calls, at = session_of(replace(row, made=good), {**entry, "status": 200, "code": None})
    diagnosis = examined(calls, at, tmp_path / "r.db")
    assert [one for one in diagnosis.findings if one.certainty > Certainty.HINT] == []
    if row.silent:
        assert entry["slug"] not in {one.cause for one in diagnosis.findings}
