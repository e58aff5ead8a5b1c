"""What calls cost: B2's transaction classes, bytes, and the calls that were waste. Classes, never prices.

Classes: backblaze.com/cloud-storage/transaction-pricing, of which stored copies were read. Failed calls are not on that
page, so they are counted apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from inspector.native.operations import TRANSACTION_OF
from inspector.s3.operations import OPERATIONS
from inspector.wire.outcome import went_wrong
from inspector.wire.query import pairs

COST_COLUMNS = (
    "id, session, started_at, method, target, operation, bucket, key, status, failure, client, attempt, upload_id,"
    " request_size, response_size, client_connection, state"
)
"""What to SELECT for `costs`; in the order of ids."""

CLASSES = ("A", "B", "C")
_CLASS_OF = {row.name: row.transaction for row in OPERATIONS if row.transaction} | TRANSACTION_OF

REDIRECT_SECONDS = 5.0
"""How long after a refused HEAD of an object botocore's region redirector asks for the bucket; it is at once."""

REMEMBERED = 4096
"""How many lists and heads are remembered while their use is looked for."""


_Object = tuple[int, str | None, str | None, str | None]
"""Session, client, bucket and key."""


class CallRow(NamedTuple):
    """A row of `COST_COLUMNS`."""

    id: int
    session: int
    started_at: float
    method: str
    target: bytes
    operation: str | None
    bucket: str | None
    key: str | None
    status: int | None
    failure: str | None
    client: str | None
    attempt: int | None
    upload_id: str | None
    request_size: int
    response_size: int
    client_connection: str | None
    state: str

    @property
    def failed(self) -> bool:
        """Whether it ended without an answer, or with one that says so."""
        return went_wrong(self.status, self.failure)


@dataclass(slots=True)
class ClassCost:
    """One class of transactions: calls that were answered well, calls that failed, and their bytes."""

    calls: int = 0
    failed: int = 0
    sent: int = 0
    received: int = 0
    operations: Counter[str] = field(default_factory=Counter)

    def add(self, row: CallRow) -> None:
        """Count a call."""
        if row.failed:
            self.failed += 1
        else:
            self.calls += 1
            self.operations[row.operation or "(unknown)"] += 1
        self.sent += row.request_size
        self.received += row.response_size


@dataclass(slots=True)
class Waste:
    """Calls that a client could have done without. `letters`: how many of which class; `ids`: the first of them."""

    kind: str
    calls: int = 0
    sent: int = 0
    letters: Counter[str] = field(default_factory=Counter)
    ids: list[int] = field(default_factory=list)

    def add(self, row: CallRow) -> None:
        """Count a call."""
        self.calls += 1
        self.sent += row.request_size
        self.letters[class_of(row.operation) or "-"] += 1
        if len(self.ids) < 5:
            self.ids.append(row.id)


@dataclass(frozen=True, slots=True)
class Costs:
    """What some calls cost: by class (`None`: calls that B2 publishes no class for), and what of them was waste."""

    classes: dict[str | None, ClassCost]
    waste: tuple[Waste, ...]


WASTE = {
    "retry": "sent again after a failure (amz-sdk-request says attempt 2 or later)",
    "phantom-head": "HEAD of the bucket after a refused HEAD of an object: botocore's region redirector, which B2 never"
    " redirects",
    "head-then-get": "HEAD of an object that the same client read in full right after",
    "list-for-one-key": "a list whose prefix is a whole key, which the same client then asked for by name",
    "parts-never-completed": "parts of uploads that were neither completed nor aborted in this recording; they are"
    " stored, and billed, until someone aborts them",
}
"""Kinds of waste, and what each means."""


def class_of(operation: str | None) -> str | None:
    """B2's transaction class of an operation, None where it publishes none."""
    return _CLASS_OF.get(operation or "")


def costs(rows: Iterable[tuple[object, ...]]) -> Costs:
    """The costs of rows of `COST_COLUMNS`, in one pass."""
    classes: dict[str | None, ClassCost] = {}
    watch = _Watch()
    for values in rows:
        row = CallRow._make(values)
        if row.state == "open":
            continue
        classes.setdefault(class_of(row.operation), ClassCost()).add(row)
        watch.see(row)
    return Costs(classes, tuple(watch.end()))


class _Watch:
    """Looks for waste as calls go by."""

    def __init__(self) -> None:
        self._found: dict[str, Waste] = {}
        self._refused_heads: dict[tuple[int, str | None, str | None], float] = {}
        self._heads: dict[_Object, CallRow] = {}
        self._lists: dict[_Object, CallRow] = {}
        self._parts: dict[str, list[CallRow]] = {}

    def _waste(self, kind: str, row: CallRow) -> None:
        self._found.setdefault(kind, Waste(kind)).add(row)

    def see(self, row: CallRow) -> None:
        """The next call."""
        if (row.attempt or 0) > 1:
            self._waste("retry", row)
        look = _LOOKS.get(row.operation or "")
        if look is not None:
            look(self, row)

    def head_object(self, row: CallRow) -> None:
        if row.status == 400:
            self._refused_heads[row.session, row.client, row.bucket] = row.started_at
        elif not row.failed:
            _remember(self._heads, (row.session, row.client, row.bucket, row.key), row)
        self._asked_for(row)

    def head_bucket(self, row: CallRow) -> None:
        refused = self._refused_heads.pop((row.session, row.client, row.bucket), None)
        if refused is not None and row.started_at - refused <= REDIRECT_SECONDS:
            self._waste("phantom-head", row)

    def get_object(self, row: CallRow) -> None:
        head = self._heads.pop((row.session, row.client, row.bucket, row.key), None)
        if head is not None and row.status == 200:
            self._waste("head-then-get", head)
        self._asked_for(row)

    def list_objects(self, row: CallRow) -> None:
        prefix = _prefix(row.target)
        if prefix and not row.failed:
            _remember(self._lists, (row.session, row.client, row.bucket, prefix), row)

    def _asked_for(self, row: CallRow) -> None:
        listed = self._lists.pop((row.session, row.client, row.bucket, row.key), None)
        if listed is not None:
            self._waste("list-for-one-key", listed)

    def part(self, row: CallRow) -> None:
        if row.upload_id and not row.failed:
            self._parts.setdefault(row.upload_id, []).append(row)

    def upload_ended(self, row: CallRow) -> None:
        if row.upload_id and not row.failed:
            self._parts.pop(row.upload_id, None)

    def end(self) -> Iterator[Waste]:
        """What was found, in the order of the table."""
        for part in (part for parts in self._parts.values() for part in parts):
            self._waste("parts-never-completed", part)
        return (self._found[kind] for kind in WASTE if kind in self._found)


_LOOKS: dict[str, Callable[[_Watch, CallRow], None]] = {
    "HeadObject": _Watch.head_object,
    "HeadBucket": _Watch.head_bucket,
    "GetObject": _Watch.get_object,
    "ListObjects": _Watch.list_objects,
    "ListObjectsV2": _Watch.list_objects,
    "UploadPart": _Watch.part,
    "UploadPartCopy": _Watch.part,
    "b2_upload_part": _Watch.part,
    "CompleteMultipartUpload": _Watch.upload_ended,
    "AbortMultipartUpload": _Watch.upload_ended,
    "b2_finish_large_file": _Watch.upload_ended,
    "b2_cancel_large_file": _Watch.upload_ended,
}


def _remember(memory: dict[_Object, CallRow], key: _Object, row: CallRow) -> None:
    """Keep a call until it is used; the oldest go first, so that memory stays bounded."""
    memory[key] = row
    if len(memory) > REMEMBERED:
        del memory[next(iter(memory))]


def _prefix(target: bytes) -> str | None:
    query = target.partition(b"?")[2]
    value = next((pair.value for pair in pairs(query) if pair.name == b"prefix"), None)
    return unquote_to_bytes(value.replace(b"+", b" ")).decode("utf-8", "replace") if value else None
