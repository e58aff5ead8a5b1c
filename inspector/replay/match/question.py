"""What a request asks: operation, bucket, key, and all that changes the answer; not who asks it, when, or how written.

Left out are signatures and presign fields, dates, invocation ids, user agents, `x-id`, checksums and their algorithms,
path or virtual-host style, host, port, scheme, region, HTTP version, the encoding of the path and the order of lines.
A question of S3 or B2 is so the same from each SDK, with any credentials, at any time, over http or https, to the real
host or to a server on this machine.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from inspector.native.operations import UPLOADS, read_call
from inspector.replay.match.document import PARTS, canonical_payload, is_document, part_tags
from inspector.replay.match.headers import Role, Roles
from inspector.replay.match.native import AUTHORIZE, Arguments, credentials_of, has_arguments
from inspector.replay.match.payload import NOTHING, Payload
from inspector.replay.match.query import Queried, read_query
from inspector.s3.addressing import Address, locate
from inspector.s3.operations import BY_NAME, OPERATIONS, Place, identify
from inspector.wire.exchange import Request
from inspector.wire.headers import Header, get
from inspector.wire.host import host_name, is_near
from inspector.wire.query import pairs

Lines = tuple[Header, ...]


class Question(NamedTuple):
    """What a request asks, each field a dimension of its own (see `dimensions`).

    `api`: `s3`, `b2` (the native API) or `other`, where `bucket` is the host and `key` the path. `operation` is S3's or
    B2's own name; the method where there is none. `bucket` and `key` are empty where none is named. `payload` is empty
    for none, else a hash (hex). `metadata` and `handed` (upload ids, ETags of parts) choose between recorded calls that
    are the same in all else; `payload` comes before them, so that the rest can be kept apart from it.
    """

    api: str
    operation: str
    bucket: str
    key: bytes
    query: Lines
    range: bytes
    conditions: Lines
    source: Lines
    encryption: Lines
    settings: Lines
    payload: str = ""
    metadata: Lines = ()
    handed: Lines = ()


STORING = frozenset(
    ("PutObject", "CopyObject", "CreateMultipartUpload", "PostObject", "b2_upload_file", "b2_start_large_file")
)
"""Calls that store what their header lines say."""

_PLAIN = {(one.method.encode(), one.place): one.name for one in OPERATIONS if not one.markers}
"""Operations that need no marker, by what every request shows."""

_MARKERS = {one.name: frozenset(marker.encode() for marker in one.markers) for one in OPERATIONS}
_NO_LINES: tuple[Header, ...] = ()


class Remembered:
    """A head that was read.

    The rest belongs to who answers it: `steady` is the answer whatever comes between, `times` how often it was given.
    """

    __slots__ = ("question", "steady", "times")

    def __init__(self, question: Question) -> None:
        self.question = question
        self.steady: Any = None
        self.times = 0


HEAD: Header = (b"method", b"HEAD")
"""The setting of a download of the native API by which only its head is asked for: it has the name of the download."""


class Reading:
    """Reads requests, and remembers what it has read: a client that asks the same again is known at a glance.

    Not to be used by two threads at a time; `read` alone may be.
    """

    MOST = 50_000
    """Heads that are remembered."""

    def __init__(self) -> None:
        self._roles = Roles()
        self._read: dict[object, Remembered] = {}

    def read(self, request: Request, payload: Payload = NOTHING) -> Question:
        """The question of a request, its payload included."""
        head = self.head(request)
        if speaks_json(head):
            return with_arguments(head, request, payload.document() or b"")
        return with_payload(head, request, payload)

    def head(self, request: Request) -> Question:
        """The question of a head, without its payload."""
        return self.remembered(request).question

    def forget(self) -> None:
        """Read every head anew."""
        self._read.clear()

    def remembered(self, request: Request) -> Remembered:
        """The same, and what was noted of it."""
        lines: list[tuple[Role, bytes, bytes]] = []
        signed, named = False, b""
        roles, host = self._roles, b""
        for name, value in request.headers:
            known = roles[name]
            if known is None:
                if not host and len(name) == 4 and name.lower() == b"host":
                    host = value
            elif known.role is Role.SIGNED:
                signed = True
            elif known.role is Role.NAME:
                named = value
            else:
                lines.append((known.role, known.name, value))
        at = (request.method, request.target, host or request.authority, signed, named, tuple(lines))
        found = self._read.get(at)
        if found is None:
            found = Remembered(_read(request, signed, lines, roles))
            if len(self._read) >= self.MOST:
                self._read.clear()
            self._read[at] = found
        return found


def question_of(request: Request, payload: Payload = NOTHING) -> Question:
    """The question of one request. Never raises."""
    return Reading().read(request, payload)


def speaks_json(head: Question) -> bool:
    """Whether a head says little: a call of the native API, whose arguments are its body."""
    return head.api == "b2" and has_arguments(head.operation)


def with_arguments(head: Question, request: Request, document: bytes) -> Question:
    """The question of a call of the native API with the arguments in its body, under the names that stand there."""
    said = Arguments(document, read_query(request.query).pairs)
    who = credentials_of(get(request.headers, b"authorization") or b"") if head.operation == AUTHORIZE else ()
    return head._replace(
        bucket=said.bucket,
        key=said.key,
        query=said.named,
        payload=said.rest,
        settings=who or head.settings,
        metadata=said.stored,
    )


def with_payload(head: Question, request: Request, payload: Payload) -> Question:
    """The question of a head with its payload. One that has its arguments is complete."""
    if not payload.size or speaks_json(head):
        return head
    content_type = b""
    if head.operation == "PostObject":
        content_type = get(request.headers, b"content-type") or b""
    said = canonical_payload(head.operation, payload, content_type)
    handed = head.handed
    if head.operation == PARTS and is_document(head.operation):
        handed = (*handed, *part_tags(payload.document() or b""))
    return head._replace(payload=said, handed=handed)


def _read(request: Request, signed: bool, lines: list[tuple[Role, bytes, bytes]], roles: Roles) -> Question:
    asked = read_query(request.query)
    for name, value in asked.lines:
        known = roles[name]
        if known is not None and known.role is not Role.SIGNED:
            lines.append((known.role, known.name, value))
    call = read_call(request) if _may_be_native(request) else None
    if call is not None and call.operation is not None:
        bucket = call.bucket or (_segment(request, call.operation) if call.operation in UPLOADS else "")
        asked = asked._replace(pairs=tuple(pair for pair in asked.pairs if pair[0].lower() != b"authorization"))
        question = _question("b2", call.operation, bucket, call.key or b"", asked, lines, roles)
        return question._replace(settings=(*question.settings, HEAD)) if request.method == b"HEAD" else question
    address = locate(request)
    if call is None and (address.known_host or signed or asked.signed or is_near(host_name(request))):
        copies = any(name == b"x-amz-copy-source" for _, name, _ in lines)
        operation = _operation(request, address, asked, copies)
        return _question("s3", operation, address.bucket or "", address.key or b"", asked, lines, roles)
    method = request.method.decode("latin-1")
    return _question("other", method, host_name(request), request.path, asked, lines, roles)


def _operation(request: Request, address: Address, asked: Queried, copies: bool) -> str:
    plain = _PLAIN.get((request.method, address.place))
    if plain is not None and not asked.pairs and not asked.handed and not copies:
        return plain
    method = request.method.decode("latin-1")
    found = identify(method, address.place, pairs(request.query), request.headers)
    return found.name if found is not None else method


def _may_be_native(request: Request) -> bool:
    return b"/b2api/" in request.target or request.target[:6] == b"/file/" or _is_native(request.signed_host)


@lru_cache(maxsize=256)
def _is_native(host: bytes) -> bool:
    """Whether a host is one of the native API's, whatever is asked of it."""
    return read_call(Request(b"GET", "https", "", 443, b"/", ((b"Host", host),))) is not None


def _segment(request: Request, operation: str) -> str:
    """What follows the name of an upload: the bucket's or the large file's id."""
    tail = request.path.partition(operation.encode() + b"/")[2]
    return tail.partition(b"/")[0].decode("utf-8", "replace")


def _question(
    api: str,
    operation: str,
    bucket: str,
    key: bytes,
    asked: Queried,
    lines: list[tuple[Role, bytes, bytes]],
    roles: Roles,
) -> Question:
    parts = _by_role(lines, roles) if lines else _NO_PARTS
    return Question(
        api,
        operation,
        bucket,
        key,
        _without_markers(asked.pairs, operation) if asked.pairs else (),
        parts[Role.RANGE][0][1] if parts[Role.RANGE] else b"",
        parts[Role.CONDITION],
        parts[Role.SOURCE],
        parts[Role.ENCRYPTION],
        parts[Role.SETTING],
        "",
        parts[Role.METADATA] if operation in STORING else (),
        asked.handed,
    )


_NO_PARTS: tuple[Lines, ...] = ((),) * 6


def _by_role(lines: list[tuple[Role, bytes, bytes]], roles: Roles) -> tuple[Lines, ...]:
    """The lines of each part of the question as they are read; a repeated one has its values joined, as HTTP has it."""
    found: list[dict[bytes, bytes]] = [{} for _ in _NO_PARTS]
    for role, name, value in lines:
        part = found[role]
        part[name] = part[name] + b"," + value if name in part else value
    return tuple(_meant(part, roles) if part else () for part in found)


def _meant(part: dict[bytes, bytes], roles: Roles) -> Lines:
    read = ((name, known.read(value)) for name, value in part.items() if (known := roles[name]) is not None)
    return tuple(sorted((name, value) for name, value in read if value))


def _without_markers(asked: Lines, operation: str) -> Lines:
    """The query without what names the operation."""
    markers = _MARKERS.get(operation)
    if not markers:
        return asked
    return tuple(
        (name, value)
        for name, value in asked
        if not ((name in markers and not value) or name + b"=" + value in markers)
    )


def place_of(question: Question) -> Place:
    """What a question of S3 is about."""
    row = BY_NAME.get(question.operation)
    if row is not None:
        return row.place
    return Place.OBJECT if question.key else Place.BUCKET if question.bucket else Place.SERVICE
