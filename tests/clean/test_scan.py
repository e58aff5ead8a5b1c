"""A recording is searched in every place where a secret can stand; each find is told by its place, and never shown."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from support.calls import NOON, call, record
from support.leaky import APPLICATION_KEY, KNOWN, SECRETS, SIGNED, leaky_recording

from inspector.clean.scan import LEFT_BEHIND, LIVE, Place, Scan
from inspector.store.reader import Recording

SAMPLE = Path(__file__).parents[2] / "recordings" / "sample.db"

PLACES = {
    (1, "request header authorization"),
    (1, "response body"),
    (2, "request header authorization"),
    (3, "request target"),
    (4, "request target"),
    (5, "request header x-amz-security-token"),
    (5, "request header x-amz-server-side-encryption-customer-key"),
    (5, "request header cookie"),
    (5, "response header set-cookie"),
    (5, "request body"),
    (6, "request header x-note"),
    (6, "note"),
    (7, "request target"),
    (8, "request body"),
    (9, "response body"),
    (None, "problem 1"),
}


@pytest.fixture(scope="module")
def leaky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording that leaks."""
    return leaky_recording(tmp_path_factory.mktemp("leaky") / "calls.db")


def places(path: Path, *known: bytes, signatures: bool = False, now: float = NOON + 9999) -> list[Place]:
    """What a scan finds."""
    with Recording(path) as opened:
        return list(Scan(opened, known, signatures, now).places())


def test_every_place_is_looked_into(leaky: Path) -> None:
    """And no call is accused that holds nothing."""
    assert {(place.exchange, place.where) for place in places(leaky, KNOWN)} == PLACES


def test_what_is_found_is_the_secret_itself(leaky: Path) -> None:
    """Each of them; and none shows in what a find says of itself."""
    found = places(leaky, KNOWN)
    values = b" ".join(place.find.value for place in found)
    for secret in SECRETS:
        assert secret in values
        assert secret.decode() not in repr(found)


def test_signatures_count_where_that_is_asked(leaky: Path) -> None:
    """Those in headers, and those of chunks."""
    more = {(place.exchange, place.where) for place in places(leaky, KNOWN, signatures=True)} - PLACES
    assert more == {
        *((number, "request header authorization") for number in (3, 4, 5, 8, 9, 10)),
        (8, "chunk signatures"),
    }


def test_a_presigned_url_is_a_secret_while_it_is_good(tmp_path: Path) -> None:
    """A recording that was just made may be used to fetch what it names."""
    target = b"/photos/a?X-Amz-Date=20261122T120000Z&X-Amz-Expires=600&X-Amz-Signature=" + b"0f" * 32
    path = record(tmp_path / "calls.db", [call(target)])
    assert [place.find.what for place in places(path, now=NOON + 599)] == [LIVE]
    assert places(path, now=NOON + 601) == []


def test_the_sample_holds_nothing() -> None:
    """Signatures it does: they are what one looks at."""
    assert places(SAMPLE) == []
    assert places(SAMPLE, signatures=True)


def test_what_sqlite_has_not_written_over_is_found(tmp_path: Path) -> None:
    """A row that is deleted is still in the file."""
    path = record(tmp_path / "calls.db", [call(b"/" + b"x" * 3000 + b"/" + APPLICATION_KEY + b"?"), call(b"/photos/a")])
    conn = sqlite3.connect(path)
    conn.execute("PRAGMA journal_mode = DELETE")
    conn.execute("PRAGMA secure_delete = OFF")
    conn.execute("DELETE FROM exchange WHERE id = 1")
    conn.commit()
    conn.close()
    assert [(place.exchange, place.where) for place in places(path)] == [(None, LEFT_BEHIND)]


def test_a_scan_changes_nothing(leaky: Path, tmp_path: Path) -> None:
    """It reads."""
    copy = Path(shutil.copy(leaky, tmp_path / "copy.db"))
    before = copy.read_bytes()
    places(copy)
    assert copy.read_bytes() == before


def test_signed_heads_alone_are_no_leak(tmp_path: Path) -> None:
    """Key ids and signatures belong into a recording."""
    assert places(record(tmp_path / "calls.db", [call(headers=SIGNED)])) == []
