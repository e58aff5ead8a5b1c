"""A copy of a recording without credentials, in which what was equal stays equal.

The original is copied whole, then every row of the copy is written anew: heads, bodies, texts. Facts are computed from
what then stands there, the full-text index is made anew, and only live pages go into the file that is handed out. At
the end the copy is scanned; what still holds something is not handed out.
"""

from __future__ import annotations

import hmac
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from inspector.clean.call import Cleaner
from inspector.clean.names import Buckets, account_ids, other_account
from inspector.clean.scan import Place, Scan
from inspector.clean.settle import under_codings
from inspector.errors import InspectorError, RecordingError
from inspector.leaks.find import UNSEARCHED, views
from inspector.leaks.layers import Budget
from inspector.leaks.rewrite import Rewriter
from inspector.leaks.shapes import Level
from inspector.s3.restated import Changes, changes, digest_pairs
from inspector.store.bodies import payload
from inspector.store.indexing import Indexer
from inspector.store.open import open_for_reading
from inspector.store.reader import Recording
from inspector.store.writer import Writer
from inspector.view.exchange import headers_of
from inspector.wire.redaction import Redactor

SHORTEST = 8
"""Bytes. A shorter value of a secret's name is replaced where it stands, not wherever the same letters stand."""

SHORTEST_KEY_ID = 12
"""`test` is a key id for a server on one's own machine, and a word."""

Progress = Callable[[str, int, int], None]


class StillThere(InspectorError):
    """The copy would still hold a credential."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What goes besides credentials. `keep_signatures`: signatures and key ids stay, for somebody who is to check."""

    keep_signatures: bool = False
    account_ids: bool = False
    bucket_names: bool = False


@dataclass(slots=True)
class Scrubbed:
    """What was done: how many secrets were found, in how many of the calls something was replaced."""

    secrets: int = 0
    calls: int = 0
    changed: int = 0
    signatures: int = 0
    places: list[Place] = field(default_factory=list)


def scrub(
    source: Path,
    out: Path,
    key: bytes,
    known: tuple[bytes, ...] = (),
    wishes: Wishes | None = None,
    progress: Progress = lambda what, done, count: None,
    now: float = 0.0,
) -> Scrubbed:
    """Write a copy of the recording `source` without credentials to `out`; the same under the same key.

    `key`: bytes under which pseudonyms are made. `known`: secrets that must not be in it, whatever they look like.
    `now`: Unix seconds, for presigned URLs that are still good.

    Raises:
        StillThere: something is left that cannot be taken out; nothing is written then.
        RecordingError: `source` cannot be read, or `out` not be written.
    """
    wishes = wishes or Wishes()
    draft, last = (out.with_name(f"{out.name}.{word}") for word in ("part", "part2"))
    try:
        with _gone_at_the_end(draft), _gone_at_the_end(last):
            _copy(source, draft)
            done = _Scrubbing(draft, key, known, wishes, progress).run()
            _compacted(draft, last)
            _demand_clean(last, known, wishes, now)
            os.replace(last, out)
    except (sqlite3.Error, OSError) as error:
        raise RecordingError(
            f"{out} cannot be written: {error}", "Is the disk full? The original is untouched."
        ) from error
    return done


def _copy(source: Path, draft: Path) -> None:
    """SQLite's own copy, of one moment; into a file that nobody else may read."""
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(open_for_reading(source)) as conn, closing(sqlite3.connect(draft)) as copy:
        conn.backup(copy)


def _compacted(draft: Path, last: Path) -> None:
    """Only what is in use, in one file that opens anywhere."""
    os.close(os.open(last, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(draft, isolation_level=None)) as conn:
        conn.execute("VACUUM INTO ?", [str(last)])
    with closing(sqlite3.connect(last, isolation_level=None)) as conn:
        conn.execute("PRAGMA journal_mode = DELETE").fetchone()


def _demand_clean(last: Path, known: tuple[bytes, ...], wishes: Wishes, now: float) -> None:
    with Recording(last) as opened:
        left = next(Scan(opened, known, not wishes.keep_signatures, now).places(), None)
    if left is not None:
        number = f"#{left.exchange} " if left.exchange is not None else ""
        raise StillThere(
            f"not written: {number}{left.where} still holds what looks like a credential ({left.find.what})",
            "Take the call out first (b2-inspector prune), or tell us: this is a defect.",
        )


@contextmanager
def _gone_at_the_end(path: Path) -> Iterator[None]:
    names = [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm", "-journal")]
    for name in names:
        name.unlink(missing_ok=True)
    try:
        yield
    finally:
        for name in names:
            name.unlink(missing_ok=True)


class _Scrubbing:
    """The work on the copy."""

    def __init__(self, path: Path, key: bytes, known: tuple[bytes, ...], wishes: Wishes, progress: Progress) -> None:
        self._path = path
        self._key = key
        self._known = known
        self._wishes = wishes
        self._progress = progress
        self._redactor = Redactor(key)
        self._done = Scrubbed()

    def run(self) -> Scrubbed:
        """Write every row anew.

        Raises:
            sqlite3.Error: the copy cannot be written.
        """
        writer = Writer(self._path)
        try:
            with Recording(self._path) as opened:
                secrets = self._collected(opened)
                words = list(self._words(opened, secrets))
                known = self._bodies_change(opened, self._rewriter(secrets, words))
                words += digest_pairs(known)
                buckets = Buckets(self._bucket_names(opened), self._digest)

                def cleaner(signatures: bool, otherwise: Cleaner | None = None) -> Cleaner:
                    rewrite = self._rewriter(secrets, words, signatures)
                    return Cleaner(
                        writer, self._redactor, rewrite, known, buckets, signatures=signatures, otherwise=otherwise
                    )

                every = cleaner(True)
                chosen = cleaner(False, every) if self._wishes.keep_signatures else every
                self._calls(opened, writer, chosen)
            _finish(writer, chosen.rewrite)
        finally:
            writer.close()
        return self._done

    def _calls(self, opened: Recording, writer: Writer, cleaner: Cleaner) -> None:
        ids = opened.ids()
        for done, number in enumerate(ids):
            self._progress("writing call", done + 1, len(ids))
            stored = opened.exchange(number)
            if stored is not None:
                with writer.transaction():
                    changed = cleaner.call(opened, number, stored)
                self._done.changed += changed
                self._done.calls += 1

    # What has to go

    def _collected(self, opened: Recording) -> set[bytes]:
        scan = Scan(opened, self._known, progress=lambda done, count: self._progress("searching call", done + 1, count))
        values = {
            find.value
            for _, _, find in scan.every()
            if find.level is Level.SECRET and len(find.value) >= SHORTEST and find.what != UNSEARCHED
        }
        values |= {secret for secret in self._known if len(secret) >= SHORTEST}
        # What wraps another secret is taken apart instead: of Basic credentials the user's name stays.
        whole = {value for value in values if not _wraps(value, values)}
        self._done.secrets = len(whole)
        return whole

    def _words(self, opened: Recording, secrets: set[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """Key ids and account ids, with what takes their place."""
        key_ids = {key_id for key_id in opened.key_ids() if key_id.encode() not in secrets}
        if not self._wishes.keep_signatures:
            for key_id in key_ids:
                if len(key_id) >= SHORTEST_KEY_ID:
                    yield key_id.encode(), self._redactor.pseudonym(key_id.encode())
        if self._wishes.account_ids:
            bodies = (
                opened.body(body).read(0, 1 << 20)
                for number in opened.ids()
                if (stored := opened.exchange(number))
                for body in (stored.request_body, stored.response_body)
                if body is not None
            )
            for account in account_ids(key_ids, bodies):
                yield account, other_account(account, self._digest)

    def _bucket_names(self, opened: Recording) -> Iterable[str]:
        return opened.bucket_names() if self._wishes.bucket_names else ()

    def _digest(self, data: bytes) -> str:
        return hmac.new(self._key, data, "sha256").hexdigest()

    def _rewriter(
        self, secrets: set[bytes], words: Iterable[tuple[bytes, bytes]], signatures: bool | None = None
    ) -> Rewriter:
        gone = not self._wishes.keep_signatures if signatures is None else signatures
        return Rewriter(self._redactor.pseudonym, secrets, gone, words)

    def _bodies_change(self, opened: Recording, rewrite: Rewriter) -> Changes:
        """What will be said of the payloads that hold a secret."""
        known: Changes = {}
        seen: set[int] = set()
        for number in opened.ids():
            stored = opened.exchange(number)
            if stored is None:
                continue
            for request, body, info in (
                (True, stored.request_body, stored.request_info),
                (False, stored.response_body, stored.response_info),
            ):
                if body is None or body in seen or info.redacted or info.truncated:
                    continue
                seen.add(body)
                pieces = opened.body(body)
                before = b"".join(payload(pieces, stored.exchange.request.headers, request))
                after = under_codings(headers_of(stored, request), rewrite)(before)
                if after is not before and after != before:
                    known.update(changes(before, after))
        return known


def _wraps(value: bytes, others: set[bytes]) -> bool:
    return any(
        other in view.data for view in views(value, Budget(1 << 20)) if view.how for other in others if other != value
    )


def _finish(writer: Writer, rewrite: Rewriter) -> None:
    """Words beside the calls, bodies that nobody has any more, and the index."""
    conn = writer.connection
    with writer.transaction():
        for table, columns in _TEXTS.items():
            _rewrite_texts(conn, table, columns, rewrite)
        conn.execute(f"DELETE FROM piece WHERE body NOT IN ({_IN_USE})")
        conn.execute(f"DELETE FROM body WHERE id NOT IN ({_IN_USE})")
        conn.execute("INSERT INTO search (search) VALUES ('delete-all')")
        conn.execute("UPDATE search_state SET indexed_to = coalesce((SELECT min(id) FROM exchange), 1) - 1")
    Indexer(writer).work_to_the_end()


_IN_USE = (
    "SELECT request_body FROM exchange WHERE request_body IS NOT NULL"
    " UNION SELECT response_body FROM exchange WHERE response_body IS NOT NULL"
)

_TEXTS = {
    "session": ("name", "program", "versions"),
    "problem": ("host", "text"),
    "exchange": ("note", "failure_text"),
}


def _rewrite_texts(conn: sqlite3.Connection, table: str, columns: tuple[str, ...], rewrite: Rewriter) -> None:
    for number, *values in conn.execute(f"SELECT id, {', '.join(columns)} FROM {table}").fetchall():
        for column, value in zip(columns, values, strict=True):
            if not value:
                continue
            raw = value.encode("utf-8", "surrogateescape")
            clean = rewrite(raw)
            if clean != raw:
                text = clean.decode("utf-8", "surrogateescape")
                conn.execute(f"UPDATE {table} SET {column} = ? WHERE id = ?", [text, number])
