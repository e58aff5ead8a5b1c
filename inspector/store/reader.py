"""Reading a recording: lists, single exchanges, bodies, sessions and problems.

Some imports stand in the methods that need them: a list of calls should be there before one notices, and knows neither
XML nor signatures.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from inspector.errors import FilterError
from inspector.store import beside
from inspector.store.beside import Session, StoredProblem, Tunnel
from inspector.store.compile import Compiled, compile_filter
from inspector.store.filters import EVERYTHING, Node, Op, Term, parse
from inspector.store.filters.moments import Clock
from inspector.store.functions import register
from inspector.store.matching import count, matching
from inspector.store.open import leave_one_file, open_for_reading
from inspector.store.ordering import SORTS, in_order
from inspector.store.rows import COLUMNS, Row
from inspector.store.version import FIRST_WITH_FORWARDED

if TYPE_CHECKING:
    from inspector.store.around import Neighbour, UploadCall
    from inspector.store.bodies import StoredBody
    from inspector.store.compared import SessionCall
    from inspector.store.cost import Costs
    from inspector.store.judge import Judge
    from inspector.store.stats import OperationStats, TrafficRow
    from inspector.store.stored import Forwarded, Stored
    from inspector.store.timed import PartRow, TimedCall
    from inspector.wire.exchange import SignedChunk

_AHEAD = 32
"""Whole exchanges that are read at once: their heads are some kilobytes each."""


class Recording:
    """A recording, open for reading. Not to be used from two threads at a time.

    `judge` is made when a filter asks for what only it can say.

    Raises:
        RecordingError: the file cannot be opened; see `open_for_reading`.
    """

    def __init__(self, path: Path, clock: Clock | None = None, judge: Callable[[], Judge] | None = None) -> None:
        self.path = path
        self._clock = clock
        self._conn = open_for_reading(path)
        register(self._conn)
        self._searches = False
        self._make_judge = judge
        self._judge: Judge | None = None
        self._has_forwarded = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._conn.close()
        leave_one_file(self.path)

    def judged_by(self, judge: Callable[[], Judge]) -> None:
        """Ask this judge from now on, where none was named."""
        self._make_judge = self._make_judge or judge

    def interrupt(self) -> None:
        """Stop a query that runs in another thread; it raises sqlite3.OperationalError there."""
        self._conn.interrupt()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read within is of one moment, however much others write. Not for long: it holds up checkpoints."""
        self._conn.execute("BEGIN")
        try:
            yield
        finally:
            self._conn.execute("ROLLBACK")

    # Lists

    def exchanges(
        self,
        where: Node | str = EVERYTHING,
        *,
        newest_first: bool = False,
        after: int | None = None,
        limit: int | None = None,
    ) -> Iterator[Row]:
        """The exchanges that match, in the order of their ids, as they are found.

        `after` begins behind that id (below it when the newest come first).
        """
        windows = matching(self._conn, self.compiled(where), COLUMNS, newest_first, after)
        rows = map(Row._make, chain.from_iterable(windows))
        return rows if limit is None else islice(rows, limit)

    def sorted_ids(self, where: Node | str, sort: str, *, last: int | None = None) -> list[int]:
        """The ids that match, sorted by a field of `SORTS`, those without a value first; only the `last` of them."""
        compiled = self.compiled(where)
        column = SORTS[sort]
        sql = f"SELECT id FROM exchange WHERE {compiled.where.text} ORDER BY {column} DESC, id DESC LIMIT ?"
        cursor = self._conn.execute(sql, (*compiled.where.values, -1 if last is None else last))
        return [row[0] for row in cursor][::-1]

    def ids(self, where: Node | str = EVERYTHING) -> Sequence[int]:
        """The ids that match, in order; of a million in a tenth of a second when all do."""
        if where in (EVERYTHING, ""):
            low, high, count = self._conn.execute(
                "SELECT (SELECT min(id) FROM exchange), (SELECT max(id) FROM exchange), (SELECT count(*) FROM exchange)"
            ).fetchone()
            if not count or high - low + 1 == count:
                return range(low or 0, (low or 0) + count)
        return list(chain.from_iterable(self.id_windows(where)))

    def id_windows(self, where: Node | str = EVERYTHING, *, newest_first: bool = False) -> Iterator[list[int]]:
        """The ids that match, in order and as they are found: a list need not wait for the last, and may stop."""
        windows = matching(self._conn, self.compiled(where), "id", newest_first)
        return ([row[0] for row in window] for window in windows)  # type: ignore[misc]

    def ordered_windows(self, where: Node | str, sort: str, descending: bool) -> Iterator[list[int]]:
        """The ids that match, by a field of `ordering.INDEXES`, as they are found; those without a value come last."""
        return in_order(self._conn, None if where in (EVERYTHING, "") else self.compiled(where), sort, descending)

    def rows(self, ids: Sequence[int]) -> list[Row]:
        """The rows with these ids, in their order, for a page of a list; what is no longer there is left out."""
        wanted = ",".join(map(str, map(int, ids)))
        cursor = self._conn.execute(f"SELECT {COLUMNS} FROM exchange WHERE id IN ({wanted})")
        found = {values[0]: Row._make(values) for values in cursor}
        return [found[number] for number in ids if number in found]

    def count(self, where: Node | str = EVERYTHING) -> int:
        """How many exchanges match."""
        if where in (EVERYTHING, ""):
            return int(self._conn.execute("SELECT count(*) FROM exchange").fetchone()[0])
        return count(self._conn, self.compiled(where))

    def stats(self, where: Node | str = EVERYTHING) -> tuple[list[OperationStats], OperationStats]:
        """The numbers of each operation among the matching calls, the most frequent first, and of all together."""
        from inspector.store.stats import STAT_COLUMNS, by_operation

        windows = matching(self._conn, self.compiled(where), STAT_COLUMNS)
        return by_operation(chain.from_iterable(windows))

    def traffic(self, where: Node | str = EVERYTHING, after: int | None = None) -> Iterator[list[TrafficRow]]:
        """The matching calls (behind the id `after`) as they are counted, in windows, in the order of their ids."""
        from inspector.store.stats import STAT_COLUMNS, TrafficRow

        windows = matching(self._conn, self.compiled(where), STAT_COLUMNS, after=after)
        return ([TrafficRow._make(values) for values in window] for window in windows)

    def timed(self, where: Node | str, begin: float, end: float, limit: int) -> list[TimedCall]:
        """The matching calls that went on between two moments (Unix seconds), the first `limit` of them."""
        from inspector.store.timed import timed

        return timed(self._conn, self.compiled(where), begin, end, limit)

    def time_around(self, number: int | None, calls: int) -> tuple[float, float] | None:
        """From when to when some calls on each side of one (None: of the newest) went on; None of none."""
        from inspector.store.timed import time_around

        return time_around(self._conn, number, calls)

    def uploads(self, where: Node | str = EVERYTHING) -> Iterator[PartRow]:
        """The calls of multipart uploads among those that match, in the order of their ids."""
        from inspector.store.timed import uploads

        return uploads(self._conn, self.compiled(where))

    def costs(self, where: Node | str = EVERYTHING) -> Costs:
        """What the matching calls cost by B2's transaction classes, and which of them were waste."""
        from inspector.store.cost import COST_COLUMNS, costs

        return costs(chain.from_iterable(matching(self._conn, self.compiled(where), COST_COLUMNS)))

    def heads(self, where: Node | str = EVERYTHING) -> Iterator[tuple[Any, ...]]:
        """What is known of the heads of the matching S3 calls: `HEAD_COLUMNS`, in the order of ids, as they are found.

        The last column is for `body`: the request's.
        """
        windows = matching(self._conn, self.compiled(where), f"{HEAD_COLUMNS}, api")
        return (values[:-1] for values in chain.from_iterable(windows) if values[-1] == "s3")

    def under_way(self) -> list[Row]:
        """The calls that have no end yet."""
        cursor = self._conn.execute(f"SELECT {COLUMNS} FROM exchange WHERE state = 'open' ORDER BY id")
        return [Row._make(values) for values in cursor]

    def last_id(self) -> int:
        """The newest exchange's id; 0 when there is none."""
        return self._conn.execute("SELECT max(id) FROM exchange").fetchone()[0] or 0

    def not_indexed(self) -> int:
        """How many calls the full-text index does not hold yet; searches read them directly."""
        sql = "SELECT count(*) FROM exchange WHERE id > ?"
        return int(self._conn.execute(sql, [self.indexed_to()]).fetchone()[0])

    def journal_mode(self) -> str:
        """`wal`, or `delete` for a file that opens anywhere."""
        return str(self._conn.execute("PRAGMA journal_mode").fetchone()[0])

    def session_count(self) -> int:
        """How many sessions there are."""
        return int(self._conn.execute("SELECT count(*) FROM session").fetchone()[0])

    def data_version(self) -> int:
        """Another number after each change that another process commits."""
        return int(self._conn.execute("PRAGMA data_version").fetchone()[0])

    def compiled(self, where: Node | str) -> Compiled:
        """A filter as SQL, for this moment.

        Raises:
            FilterError: the filter is text and cannot be read.
        """
        node = parse(where) if isinstance(where, str) else where
        compiled = compile_filter(node, self._clock or Clock(time.time()), self.indexed_to())
        if compiled.costly and not self._searches:
            from inspector.store.body_search import register_searches

            register_searches(self._conn)
            self._searches = True
        if compiled.judged:
            self._demand_judge()
        return compiled

    def _demand_judge(self) -> None:
        """Raises FilterError where nobody is there who could judge."""
        if self._make_judge is None:
            raise FilterError(
                "What a signature or a failure came to is not known here.",
                "sig:, cause:, certainty: and fault: are for ls, tail, stats, explain, export and the terminal UI.",
            )
        if self._judge is None:
            from inspector.store.judge import register_judge

            self._judge = self._make_judge()
            register_judge(self._conn, self._judge)

    def indexed_to(self) -> int:
        """The last exchange that the full-text index holds."""
        row = self._conn.execute("SELECT indexed_to FROM search_state").fetchone()
        return row[0] if row else 0

    def values(self, field: str, prefix: str = "", limit: int = 20) -> list[str]:
        """Values of a field that occur and begin with `prefix`, as the filter language writes them; for completion."""
        from inspector.store.values import occurring

        if field == "cause" and self._make_judge is not None:
            judge = self._judge or self._make_judge()
            return [slug for slug in judge.slugs() if slug.startswith(prefix.lower())][:limit]
        return occurring(self._conn, field, prefix, limit)

    def key_ids(self) -> list[str]:
        """Every key id that a call names, in order."""
        return [row[0] for row in self._conn.execute(_DISTINCT.format("key_id"))]

    def bucket_names(self) -> list[str]:
        """Every bucket that a call addresses, in order."""
        return [row[0] for row in self._conn.execute(_DISTINCT.format("bucket"))]

    # One exchange

    def find(self, name: int | str) -> int | None:
        """The id of the exchange with this id or uid, or None."""
        column = "id" if isinstance(name, int) else "uid"
        if isinstance(name, int) and not -(2**63) <= name < 2**63:
            return None
        row = self._conn.execute(f"SELECT id FROM exchange WHERE {column} = ?", [name]).fetchone()
        return None if row is None else int(row[0])

    def exchange(self, number: int) -> Stored | None:
        """The exchange with this id, or None."""
        cursor = self._conn.execute("SELECT * FROM exchange WHERE id = ?", [number])
        values = cursor.fetchone()
        if values is None:
            return None
        from inspector.store.stored import stored

        return stored(dict(zip((column[0] for column in cursor.description), values, strict=True)))

    def exchanges_whole(self, ids: Iterable[int]) -> Iterator[Stored]:
        """The exchanges with these ids, in their order, some at a time; what is no longer there is left out."""
        from inspector.store.stored import stored

        coming = iter(ids)
        while window := list(islice(coming, _AHEAD)):
            cursor = self._conn.execute(f"SELECT * FROM exchange WHERE id IN ({','.join(map(str, map(int, window)))})")
            names = [column[0] for column in cursor.description]
            found = {values[0]: values for values in cursor}
            for number in window:
                if number in found:
                    yield stored(dict(zip(names, found[number], strict=True)))

    def forwarded(self, number: int) -> Forwarded | None:
        """What an endpoint sent on in place of this exchange's request; None where it went on as it was."""
        if not self._knows_forwarded():
            return None
        cursor = self._conn.execute(
            "SELECT method, forwarded.* FROM forwarded JOIN exchange ON exchange.id = exchange WHERE exchange = ?",
            [number],
        )
        row = cursor.fetchone()
        if row is None:
            return None
        from inspector.store.stored import forwarded

        names = (column[0] for column in cursor.description[1:])
        return forwarded(row[0], dict(zip(names, row[1:], strict=True)))

    def _knows_forwarded(self) -> bool:
        """Whether the file has what endpoints sent on; once it has, it stays so."""
        if not self._has_forwarded:
            version = self._conn.execute("PRAGMA user_version").fetchone()[0]
            self._has_forwarded = version >= FIRST_WITH_FORWARDED
        return self._has_forwarded

    def body(self, body: int | None) -> StoredBody:
        """The bytes of a body of a `Stored`."""
        from inspector.store.bodies import StoredBody

        return StoredBody(self._conn, body)

    def chunks(self, exchange: int) -> Iterator[SignedChunk]:
        """The chunks of an aws-chunked request, as they came."""
        cursor = self._conn.execute(
            "SELECT size, sha256, signature FROM chunk WHERE exchange = ? ORDER BY seq", [exchange]
        )
        from inspector.wire.exchange import SignedChunk

        return (SignedChunk(*values) for values in cursor)

    def neighbours(self, number: int, where: Node | str = EVERYTHING) -> tuple[int | None, int | None]:
        """The ids of the matching exchanges before and after this one."""
        before = next(self.exchanges(where, newest_first=True, after=number, limit=1), None)
        after = next(self.exchanges(where, after=number, limit=1), None)
        return (before.id if before else None, after.id if after else None)

    # Around an exchange

    def nearby(self, number: int, session: int, each_side: int) -> list[Neighbour]:
        """The calls of a session before and after one of them, at most so many on each side, the nearest first."""
        from inspector.store.around import nearby

        return nearby(self._conn, number, session, each_side)

    def before(self, number: int, session: int, invocation: str | None, each: int) -> list[int]:
        """The ids of near calls of a session before one of them, its earlier attempts among them, the nearest first."""
        from inspector.store.around import before

        return before(self._conn, number, session, invocation, each)

    def of_key(self, number: int, session: int, key_id: str, client: str | None, limit: int) -> list[int]:
        """The ids of near calls of the same session, key id and client that were not refused, the nearest first."""
        from inspector.store.around import of_key

        return of_key(self._conn, number, session, key_id, client, limit)

    def of_upload(self, upload_id: str, before: int | None = None) -> list[UploadCall]:
        """The calls of a multipart upload (those with a lower id than `before`), the first one first."""
        from inspector.store.around import of_upload

        return of_upload(self._conn, upload_id, before)

    def host_names(self, limit: int) -> list[tuple[str, int]]:
        """Hosts that calls were meant for, with a port of each."""
        from inspector.store.around import host_names

        return host_names(self._conn, limit)

    def good_neighbour(self, number: int) -> int | None:
        """The id of the good call that is most like this one, or None."""
        from inspector.store.compared import good_neighbour

        return good_neighbour(self._conn, number)

    def before_it(self, number: int) -> int | None:
        """The id of the call before this one that asked the same, or most nearly so; None where there is none."""
        from inspector.store.compared import before_it

        return before_it(self._conn, number)

    def session_calls(self, session: int) -> Iterator[SessionCall]:
        """The calls of a session in their order, as sessions are compared by."""
        from inspector.store.compared import session_calls

        return session_calls(self._conn, session)

    # Beside the exchanges

    def sessions(self) -> list[Session]:
        """All sessions, the oldest first."""
        return beside.sessions(self._conn)

    def session_named(self, name: str) -> int | None:
        """The id of the session that `last`, its number or its name (the newest of several) says, or None."""
        return beside.session_named(self._conn, self.compiled(Term("session", Op.IS, name)))

    def problems(self, session: int | None = None, after: int = 0) -> Iterator[StoredProblem]:
        """What went wrong outside any exchange, in order; `after` begins behind that problem's id."""
        return beside.problems(self._conn, session, after)

    def tunnels(self, session: int | None = None) -> list[Tunnel]:
        """The hosts that were passed on unread, those with the most connections first."""
        return beside.tunnels(self._conn, session)

    def texts(self) -> Iterator[tuple[str, str]]:
        """What is said in words beside the calls: the place of each text, and the text."""
        from inspector.store.texts import texts

        return texts(self._conn)


HEAD_COLUMNS = (
    "id, method, scheme, host, target, request_headers, status, operation, bucket, key, key_bytes, client, auth,"
    " payload, presigned, request_size, upload_id, part_number, request_id, server_address, error_message,"
    " request_body"
)
"""The columns of `Recording.heads`."""

_DISTINCT = "SELECT DISTINCT {0} FROM exchange WHERE {0} IS NOT NULL ORDER BY {0}"
