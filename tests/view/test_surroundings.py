"""What a recording knows around a call: near things first, in bounded time, no pseudonym for a value."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from support.calls import call, record
from support.explained import ENVIRON, explained_call
from support.signing import KEY, SECRET

from inspector.sigv4.hypotheses.model import Surroundings
from inspector.sigv4.key import Key
from inspector.store.reader import Recording
from inspector.store.writer import Writer
from inspector.view.call import call_of
from inspector.view.surroundings import VALUES, Around

assert ENVIRON["AWS_ACCESS_KEY_ID"] == KEY.key_id


def around(path: Path, number: int, *keys: Key) -> Surroundings:
    with Recording(path) as recording:
        stored = recording.exchange(number)
        assert stored is not None
        return Around(recording).of(stored, keys)


def test_hosts_of_the_session_and_of_the_recording(tmp_path: Path) -> None:
    """Where clients connected to, what Host lines said, where answers send them; near ones first, each once."""
    redirect = explained_call(
        status=307, host=b"files.example.com:9000", connect=("10.0.0.1", 9000),
        answer_headers=((b"Location", b"https://s3.eu-central-003.backblazeb2.com/x?y"),),
    )  # fmt: skip
    path = record(tmp_path / "r.db", [call(host="other.example.com")], [explained_call(), redirect])

    assert around(path, 2).hosts == (
        b"s3.us-west-004.backblazeb2.com",
        b"files.example.com:9000",
        b"10.0.0.1:9000",
        b"s3.eu-central-003.backblazeb2.com",
        b"other.example.com",
    )


def test_values_of_signed_headers_in_other_calls(tmp_path: Path) -> None:
    """Only of the headers that this call signs, the nearest first, not without bound."""
    others = [explained_call(headers={b"X-Amz-Meta-A": b"%d" % number}) for number in range(30)]
    path = record(tmp_path / "r.db", [*others, explained_call(headers={b"X-Amz-Meta-A": b"mine"})])
    found = around(path, 31).header_values

    assert found[b"x-amz-meta-a"][:2] == (b"29", b"28")
    assert len(found[b"x-amz-meta-a"]) == VALUES
    assert b"user-agent" not in found


def test_conditions_come_from_earlier_answers(tmp_path: Path) -> None:
    """An If-None-Match that was signed and taken away had an ETag that a server gave."""
    given = explained_call(status=200, answer_headers=((b"ETag", b'"abc"'), (b"Last-Modified", b"yesterday")))
    path = record(tmp_path / "r.db", [given, explained_call(headers={b"If-None-Match": b'"mine"'})])

    assert around(path, 2).header_values[b"if-none-match"] == (b'"abc"',)


def test_a_pseudonym_is_no_value(tmp_path: Path) -> None:
    """Nobody has signed what stands for a token in the recording."""
    hidden = explained_call(headers={b"X-Amz-Security-Token": b"redacted-1234"})
    hidden = replace(hidden, entry={"redacted": ("header X-Amz-Security-Token",)})
    path = record(tmp_path / "r.db", [hidden, explained_call(headers={b"X-Amz-Security-Token": b"mine"})])

    assert b"x-amz-security-token" not in around(path, 2).header_values


def test_names_of_parameters_but_not_those_that_authorize(tmp_path: Path) -> None:
    """Decoded, as they are compared."""
    path = record(tmp_path / "r.db", [explained_call(b"/b/k?version%49d=1&x-id=Get", presigned=True), explained_call()])

    assert around(path, 2).query_names == (b"versionId", b"x-id")


@pytest.mark.parametrize(
    ("sibling", "proved"),
    [
        ({"status": 200}, True),
        ({"status": 404}, True),
        ({"status": 200, "secret": SECRET + b"\n"}, False),
        ({"status": 200, "agent": b"rclone/v1.70"}, False),
        ({"status": 403}, False),
    ],
)
def test_a_sibling_that_verifies_proves_the_key(sibling: dict[str, object], proved: bool, tmp_path: Path) -> None:
    """One of the same session and client that the server took, signed with the same secret."""
    path = record(tmp_path / "r.db", [explained_call(**sibling), explained_call(lines={b"host": b"x"})])  # type: ignore[arg-type]

    assert around(path, 2, KEY).proved == (frozenset({KEY.key_id}) if proved else frozenset())


def test_a_sibling_of_another_session_proves_nothing(tmp_path: Path) -> None:
    """Who ran then may have had another secret."""
    path = record(tmp_path / "r.db", [explained_call(status=200)], [explained_call()])

    assert around(path, 2, KEY).proved == frozenset()


def test_calls_before_this_one_come_along(tmp_path: Path) -> None:
    """The nearest first; attempts of the same call however far they are."""
    attempt = {"invocation_id": "abc"}
    first = explained_call()
    calls = [replace(first, facts=replace(first.facts, **attempt)), *(explained_call() for _ in range(40))]
    last = explained_call()
    path = record(tmp_path / "r.db", [*calls, replace(last, facts=replace(last.facts, **attempt))])
    with Recording(path) as recording:
        stored = recording.exchange(42)
        assert stored is not None
        found = [one.id for one in call_of(recording, stored).earlier]

    assert found[:3] == [41, 40, 39]
    assert found[-1] == 1
    assert len(found) == 13


@pytest.mark.slow
def test_a_long_recording_is_as_quick_as_a_short_one(tmp_path: Path) -> None:
    """Windows and indexes: of 200,000 calls some hundreds are read."""
    path = record(tmp_path / "r.db", [explained_call(status=200) for _ in range(3)])
    multiply(path, 200_000)
    with Recording(path) as recording:
        stored = recording.exchange(100_000)
        assert stored is not None
        Around(recording).of(stored, [KEY])
        started = time.process_time()
        Around(recording).of(stored, [KEY])
        took = time.process_time() - started

    assert took < 0.25


def multiply(path: Path, count: int) -> None:
    """Copies of the first call, until there are so many."""
    writer = Writer(path)
    columns = [
        row[1] for row in writer.connection.execute("PRAGMA table_info(exchange)") if row[1] not in ("id", "uid")
    ]
    names = ", ".join(columns)
    with writer.transaction():
        writer.connection.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 4 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
            f" INSERT INTO exchange (uid, {names}) SELECT 'copy-' || i, {names} FROM n, exchange WHERE exchange.id = 1"
        )
    writer.close()
