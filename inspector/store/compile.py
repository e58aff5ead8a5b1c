"""A filter's tree to SQL.

What comes out is a condition over the table `exchange`, and ways to come by its matches sooner than by reading every
row: `drivers` find, by indexes alone, ids among which every match is; `spans` give the first and the last id.
Values are always parameters, never part of the SQL.

SQL's third truth value stays inside: a term over a column that holds nothing is false, so what is negated holds then.
"""

from __future__ import annotations

from dataclasses import dataclass

from inspector.store.filters.fields import FIELDS, ORDERED, Kind
from inspector.store.filters.moments import Clock
from inspector.store.filters.tree import And, Node, Not, Op, Or, Term, Word
from inspector.store.filters.values import is_glob, literal
from inspector.store.judge import SIGNATURE
from inspector.store.sql import Bounds, Sql, bounds, globbed, lower, within
from inspector.store.trigrams import narrowing

FEW = {
    "op": "operation",
    "bucket": "bucket",
    "host": "host",
    "code": "error_code",
    "sdk": "client",
    "key_id": "key_id",
    "failure": "failure",
}
"""Indexed columns with few different values: a pattern is held against those values, and the index finds their rows."""

COLUMNS = {
    "key": "key",
    "method": "method",
    "scheme": "scheme",
    "http": "http_version",
    "api": "api",
    "message": "error_message",
    "region": "region",
    "auth": "auth",
    "payload": "payload",
    "truncated": "truncated",
    "fidelity": "fidelity",
    "note": "note",
    "state": "state",
    "status": "status",
    "sig": SIGNATURE,
    "port": "port",
    "attempt": "attempt",
    "part": "part_number",
    "id": "id",
    "replay_of": "replay_of",
    "dur": "duration_ms",
    "ttfb": "ttfb_ms",
    "req.size": "request_size",
    "resp.size": "response_size",
    "time": "started_at",
    "inv": "invocation_id",
    "upload": "upload_id",
    "version": "version_id",
    "reqid": "request_id",
    "uid": "uid",
    "query": "b2_query(target)",
    "url": "b2_url(scheme, host, port, target)",
    "ua": "b2_ua(request_headers)",
    "req.type": "b2_type(request_headers)",
    "resp.type": "b2_type(response_headers)",
}
"""Fields that are one column or one expression."""

EITHER = {
    "path": ("b2_text(target)", "b2_path(target)"),
    "type": ("b2_type(request_headers)", "b2_type(response_headers)"),
    "conn": ("client_connection", "server_connection"),
}
"""Fields that hold when one of several does."""

WORDS = ("operation", "bucket", "host", "error_code")
"""Where a bare word is looked for, beside the key; all of them are indexed, with few different values."""

LISTS = {"alteration": "alterations", "redacted": "redacted"}
"""JSON lists of names."""

NAMED = frozenset({"cause", "certainty", "fault"})
"""What a judge says of calls that failed; of no others, whatever is odd about them."""

SIDES = {
    "header": ("request_headers", "response_headers"),
    "req.header": ("request_headers",),
    "resp.header": ("response_headers",),
    "body": ("request", "response"),
    "req.body": ("request",),
    "resp.body": ("response",),
    "raw": ("request", "response"),
}

INDEXED = frozenset({"key", "status", "dur", "ttfb", "req.size", "resp.size", "inv", "upload", "uid"})
"""Fields over columns whose own index finds the rows of a value or of a range."""

CLUSTERED = frozenset({"id", "time", "age", "session"})
"""Fields that grow with the id: their matches lie together."""

MULTIPART = """(
    'CreateMultipartUpload', 'UploadPart', 'UploadPartCopy', 'CompleteMultipartUpload', 'AbortMultipartUpload',
    'ListParts', 'ListMultipartUploads', 'b2_start_large_file', 'b2_get_upload_part_url', 'b2_upload_part',
    'b2_copy_part', 'b2_finish_large_file', 'b2_cancel_large_file', 'b2_list_parts', 'b2_list_unfinished_large_files'
)"""

FLAGS: dict[str, tuple[tuple[str, ...], bool]] = {
    "error": (("status >= 400", "failure IS NOT NULL"), True),
    "failed": (("failure IS NOT NULL",), True),
    "retry": (("attempt > 1",), False),
    "multipart": (("upload_id IS NOT NULL", f"operation IN {MULTIPART}"), True),
    "presigned": (("presigned",), False),
    "truncated": (("truncated IS NOT NULL",), False),
    "synthetic": (("alterations LIKE '%\"synthetic%'",), False),
    "replay": (("replay_of IS NOT NULL",), False),
    "marked": (("marked",), True),
    "noted": (("note <> ''",), False),
    "pending": (("state = 'open'",), True),
    "done": (("state <> 'open'",), False),
    "reset": (("failure = 'upstream-reset'",), True),
    "rebuilt": (("fidelity = 'rebuilt'",), False),
    "altered": (("alterations <> '[]'",), False),
    "redacted": (("redacted IS NOT NULL",), False),
    "s3": (("api = 's3'",), False),
    "native": (("api = 'b2'",), False),
}
"""What each word after `is:` means (any of the conditions), and whether indexes find it."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A condition; alternative drivers, each a union of SELECTs of ids; SELECTs of the first and the last id.

    `costly` says that the condition reads bodies: then a driver is used however many ids it gives. `judged` says that
    it asks a judge, for which a row may take a second: then one looks at few rows at a time.
    """

    where: Sql
    drivers: tuple[tuple[Sql, ...], ...] = ()
    spans: tuple[Sql, ...] = ()
    costly: bool = False
    judged: bool = False


@dataclass(frozen=True, slots=True)
class _Compiler:
    clock: Clock
    indexed_to: int

    def node(self, node: Node) -> Compiled:
        match node:
            case Term():
                return self.term(node)
            case Word(text):
                return _word(text)
            case Not(inner):
                found = self.node(inner)
                where = found.where.wrapped("({}) IS NOT TRUE")
                return Compiled(where, costly=found.costly, judged=found.judged)
            case And(parts):
                return _all([self.node(part) for part in parts])
            case Or(parts):
                return _any([self.node(part) for part in parts])

    def term(self, term: Term) -> Compiled:
        kind = FIELDS[term.field].kind
        if kind is Kind.FLAG:
            tests, indexed = FLAGS[term.value]
            return _any([_leaf(Sql(test), indexed) for test in tests])
        if kind is Kind.SESSION:
            return _clustered(_session(term.value))
        if term.field in ("body", "req.body", "resp.body", "raw"):
            return self.body(term)
        if term.field in ("header", "req.header", "resp.header"):
            return self.header(term)
        if term.field in NAMED or term.field == "sig":
            return self.judged(term)
        if kind in ORDERED and term.value.lower() == "none":
            return _leaf(Sql(f"{COLUMNS[term.field]} IS NULL"), term.field in INDEXED)
        if term.field == "size":
            return _larger(bounds(term, self.clock))
        if term.field == "path" and term.op is Op.MATCHES:
            return Compiled(Sql("b2_path_rex(?, target)", (term.value,)))
        if term.field == "age":
            return _clustered(within("started_at", _aged(bounds(term, self.clock), self.clock.now)))
        if term.field in CLUSTERED:
            return _clustered(within(COLUMNS[term.field], bounds(term, self.clock)))
        indexed = term.field in FEW or (term.field in INDEXED and term.op is not Op.MATCHES)
        return _leaf(self.compared(term, kind), indexed)

    def compared(self, term: Term, kind: Kind) -> Sql:
        if term.field in FEW:
            return self.few(FEW[term.field], term, kind)
        if term.field in LISTS:
            test = self.column("value", term, kind)
            if term.field == "redacted":
                # It says where, then what: `header x-amz-security-token`. One may ask for either or both.
                test = _or([test, self.column("substr(value, instr(value, ' ') + 1)", term, kind)])
            return test.wrapped(f"EXISTS (SELECT 1 FROM json_each(coalesce({LISTS[term.field]}, '[]')) WHERE {{}})")
        if term.field in ("src", "dst"):
            column = {"src": "client_address", "dst": "server_address"}[term.field]
            return _or([self.column(column, term, kind), self.column(column, _with_port(term), kind)])
        if term.field == "signed":
            return Sql("b2_signed(?, ?, request_headers, target)", (term.op.value, term.value))
        columns = EITHER.get(term.field) or (COLUMNS[term.field],)
        return _or([self.column(column, term, kind) for column in columns])

    def few(self, column: str, term: Term, kind: Kind) -> Sql:
        exact = term.op is Op.IS and kind is Kind.TEXT and not is_glob(term.value)
        if exact or not term.value:
            return self.column(column, term, kind)
        return _few(column, self.column("x", term, kind))

    def column(self, column: str, term: Term, kind: Kind) -> Sql:
        """One column or expression held against the term's value."""
        if term.op is Op.MATCHES:
            return Sql(f"b2_rex(?, {column})", (term.value,))
        if kind in (Kind.TEXT, Kind.NAME, Kind.PREFIX, Kind.CONTAINS) and not term.value:
            return Sql(f"coalesce({column}, '') = ''")
        if kind is Kind.TEXT:
            return globbed(column, term.value) if is_glob(term.value) else Sql(f"{column} = ?", (literal(term.value),))
        if kind in (Kind.NAME, Kind.CHOICE):
            return _name(column, term)
        if kind is Kind.PREFIX:
            return globbed(column, term.value.rstrip("*…").replace("*", "\\*").replace("?", "\\?") + "*")
        if kind is Kind.CONTAINS:
            return Sql(f"b2_contains(?, {column})", (term.value,))
        if kind is Kind.SDK:
            return Sql(f"b2_sdk(?, {column})", (term.value,))
        return within(column, bounds(term, self.clock))

    # What needs a judge, bodies or heads

    def judged(self, term: Term) -> Compiled:
        kind = FIELDS[term.field].kind
        if term.field not in NAMED:
            return Compiled(self.column(COLUMNS[term.field], term, kind), costly=True, judged=True)
        failed = _any([_leaf(Sql(test), True) for test in FLAGS["error"][0]])
        test = self.column("value", term, kind).wrapped(
            "EXISTS (SELECT 1 FROM json_each(b2_named(?, exchange.id)) WHERE {})"
        )
        named = Sql(test.text, (term.field, *test.values))
        return _all([failed, Compiled(Sql("state <> 'open'")), Compiled(named, costly=True, judged=True)])

    def header(self, term: Term) -> Compiled:
        if term.name:
            arguments: tuple[str, ...] = (term.op.value, term.name, term.value)
            tests = [Sql(f"b2_header(?, ?, ?, {side})", arguments) for side in SIDES[term.field]]
            return Compiled(_or(tests), self.searched(term.name))
        tests = [Sql(f"b2_line(?, ?, {side})", (term.op.value, term.value)) for side in SIDES[term.field]]
        return Compiled(_or(tests), self.searched(term.value) if term.op is Op.IS else ())

    def body(self, term: Term) -> Compiled:
        function = "b2_raw" if term.field == "raw" else "b2_body"
        tests = [
            Sql(f"{function}(?, ?, {side}_body, {side}_headers, {int(side == 'request')})", (term.op.value, term.value))
            for side in SIDES[term.field]
        ]
        searched = self.searched(term.value) if term.op is Op.IS and term.field != "raw" else ()
        return Compiled(_or(tests), searched, costly=True)

    def searched(self, text: str) -> tuple[tuple[Sql, ...], ...]:
        """The driver that the full-text index gives for a text that is contained; none for a text of two letters."""
        query = narrowing(text)
        if query is None:
            return ()
        index = Sql("SELECT rowid FROM search WHERE search MATCH ?", (query,))
        return ((index, Sql("SELECT id FROM exchange WHERE id > ?", (self.indexed_to,))),)


def compile_filter(node: Node, clock: Clock, indexed_to: int) -> Compiled:
    """The SQL of a filter for somebody whose clock is `clock`; the full-text index holds ids up to `indexed_to`."""
    return _Compiler(clock, indexed_to).node(node)


def _leaf(where: Sql, indexed: bool) -> Compiled:
    return Compiled(where, ((where.wrapped("SELECT id FROM exchange WHERE {}"),),) if indexed else ())


def _clustered(where: Sql) -> Compiled:
    return Compiled(where, spans=(where.wrapped("SELECT min(id), max(id) FROM exchange WHERE {}"),))


def _all(parts: list[Compiled]) -> Compiled:
    if not parts:
        return Compiled(Sql("1"))
    parts = sorted(parts, key=lambda part: (part.judged, part.costly))  # SQLite asks in this order
    return Compiled(
        _joined([part.where for part in parts], " AND "),
        tuple(driver for part in parts for driver in part.drivers),
        tuple(span for part in parts for span in part.spans),
        any(part.costly for part in parts),
        any(part.judged for part in parts),
    )


def _any(parts: list[Compiled]) -> Compiled:
    driven = all(part.drivers for part in parts)
    union = tuple(select for part in parts for select in part.drivers[0]) if driven else ()
    costly, judged = any(part.costly for part in parts), any(part.judged for part in parts)
    return Compiled(_or([part.where for part in parts]), (union,) if driven else (), (), costly, judged)


def _or(tests: list[Sql]) -> Sql:
    return _joined(tests, " OR ")


def _joined(parts: list[Sql], word: str) -> Sql:
    text = word.join(part.text for part in parts)
    return Sql(f"({text})" if len(parts) > 1 else text, tuple(value for part in parts for value in part.values))


def _few(column: str, test: Sql) -> Sql:
    """The rows whose value is one of the different values of an indexed column that pass the test.

    They are found by leaping through the index from each value to the next: as many steps as there are values.
    """
    values = (
        f"WITH RECURSIVE v(x) AS (SELECT min({column}) FROM exchange WHERE {column} IS NOT NULL UNION ALL"
        f" SELECT (SELECT min({column}) FROM exchange WHERE {column} > v.x) FROM v WHERE v.x IS NOT NULL)"
        " SELECT x FROM v WHERE x IS NOT NULL AND {}"
    )
    return test.wrapped(f"{column} IN ({values})")


def _name(column: str, term: Term) -> Sql:
    if is_glob(term.value):
        return Sql(f"b2_glob(?, {column})", (term.value,))
    return Sql(f"{column} = ? COLLATE NOCASE", (lower(literal(term.value)),))


def _with_port(term: Term) -> Term:
    return Term(term.field, term.op, term.value if term.op is Op.MATCHES or not term.value else f"{term.value}:*")


def _larger(size: Bounds) -> Compiled:
    """The larger body is within the bounds; at least as large as something is either of them, which indexes find."""
    if size.high is None:
        return _any([_leaf(within(column, size), True) for column in ("request_size", "response_size")])
    return Compiled(within("max(request_size, response_size)", size))


def _aged(age: Bounds, now: float) -> Bounds:
    """Ages in milliseconds as moments: the older, the earlier."""

    def then(milliseconds: float | None) -> float | None:
        return None if milliseconds is None else now - milliseconds / 1000

    return Bounds(then(age.high), then(age.low), age.high_open, age.low_open)


def _session(value: str) -> Sql:
    if value.lower() == "last":
        return Sql("session = (SELECT max(id) FROM session)")
    if value.isascii() and value.isdigit():
        return Sql("session = ?", (min(int(value), 2**63 - 1),))
    return globbed("name", value).wrapped("session IN (SELECT id FROM session WHERE {})")


def _word(text: str) -> Compiled:
    part = ("%" + "".join(f"\\{char}" if char in "%_\\" else char for char in text) + "%",)
    few = [_few(column, Sql("x LIKE ? ESCAPE '\\'", part)) for column in WORDS]
    key = Sql("key LIKE ? ESCAPE '\\'", part)
    drivers = tuple(test.wrapped("SELECT id FROM exchange WHERE {}") for test in (*few, key))
    plain = [Sql(f"{column} LIKE ? ESCAPE '\\'", part) for column in WORDS]
    return Compiled(_or([*plain, key]), (drivers,))
