"""What a server hands out in an answer and wants to see again: upload ids, versions, ETags, dates, tokens.

A recorded session names those that were handed out then. Each answer is laid beside the recorded one, and what stands
in the same place is what the later requests have to name instead. What is handed out for one object counts for that
object first: two uploads of the same bytes may have the same ETag, and need not a second time.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import unquote_to_bytes

from inspector.facts import Facts
from inspector.s3.xml import Tree, tree
from inspector.sigv4.canonical import encode
from inspector.wire.exchange import Request, Response
from inspector.wire.headers import get
from inspector.wire.query import pairs

ETAG, VERSION, UPLOAD, TOKEN, DATE = "etag", "version", "upload", "token", "date"

_ANSWER_HEADERS = ((b"etag", ETAG), (b"x-amz-version-id", VERSION), (b"last-modified", DATE))
_ANSWER_ELEMENTS = {
    "ETag": ETAG,
    "VersionId": VERSION,
    "DeleteMarkerVersionId": VERSION,
    "NextVersionIdMarker": VERSION,
    "UploadId": UPLOAD,
    "NextUploadIdMarker": UPLOAD,
    "NextContinuationToken": TOKEN,
}
_QUERY = {
    b"versionId": VERSION,
    b"version-id-marker": VERSION,
    b"uploadId": UPLOAD,
    b"upload-id-marker": UPLOAD,
    b"continuation-token": TOKEN,
}
_CONDITIONS = {
    b"if-match": ETAG,
    b"if-none-match": ETAG,
    b"if-modified-since": DATE,
    b"if-unmodified-since": DATE,
}

HANDS_OUT = frozenset(
    {
        "CompleteMultipartUpload",
        "CopyObject",
        "CreateMultipartUpload",
        "DeleteObjects",
        "ListMultipartUploads",
        "ListObjectVersions",
        "ListObjects",
        "ListObjectsV2",
        "ListParts",
        "UploadPartCopy",
    }
)
"""Operations whose answer holds in its XML what later requests name."""

NAMES_IN_BODY = frozenset({"CompleteMultipartUpload", "DeleteObjects"})
"""Operations whose request names in its XML what earlier answers handed out."""

LONGEST = 8 * 1024 * 1024
"""Bytes of an answer's XML that are laid beside the recorded one; a page of 1,000 keys takes some 300 kB."""

_QUOTED = re.compile(rb'(W/)?"([^"]*)"|([^",\s][^",]*)')
_ENTRY = re.compile(rb"<(Part|Object)\b[^>]*>.*?</\1>", re.DOTALL)
_FIELD = re.compile(rb"(<(ETag|VersionId)\b[^>]*>)([^<]*)(</)")
_LISTED = re.compile(rb"<(Version|DeleteMarker|Upload|Deleted)\b[^>]*>.*?</\1>", re.DOTALL)
_IDS = b"|".join(name.encode() for name, kind in _ANSWER_ELEMENTS.items() if kind in (VERSION, UPLOAD))
_HANDED_OUT = re.compile(rb"(<(%b)>)([^<]*)(</)" % _IDS)
_NUMBER = re.compile(rb"<PartNumber>\s*(\d{1,9})\s*</")
_KEY = re.compile(rb"<Key>([^<]*)</")

Place = tuple[str | None, bytes | None]
"""Bucket and key."""

NOWHERE: Place = (None, None)


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer with the beginning of its body (at most `LONGEST` bytes)."""

    response: Response
    body: bytes


def names_what_is_handed_out(request: Request, operation: str | None) -> bool:
    """Whether a request has a place where something stands that a server handed out."""
    headers = {name.lower() for name, _ in request.headers}
    return (
        operation in NAMES_IN_BODY
        or not headers.isdisjoint((*_CONDITIONS, b"x-amz-copy-source"))
        or any(unquote_to_bytes(pair.name) in _QUERY for pair in pairs(request.query))
    )


class Carrier:
    """What was handed out then, and what in its place now."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, Place, bytes], bytes] = {}
        self._parts: dict[tuple[str, int], bytes] = {}

    # From answers

    def learn(self, facts: Facts, then: Answered, now: Answered) -> None:
        """Lay an answer beside the recorded one; `facts` are the recorded call's."""
        place: Place = (facts.bucket, facts.key)
        for name, kind in _ANSWER_HEADERS:
            self._note(kind, place, get(then.response.headers, name), get(now.response.headers, name))
        if facts.upload_id and facts.part_number is not None:
            self._learn_part(facts.upload_id, facts.part_number, now)
        if facts.operation in HANDS_OUT:
            one, other = tree(then.body), tree(now.body)
            if one is not None and other is not None:
                self._learn_elements(place, one, other)

    def _learn_part(self, upload: str, number: int, now: Answered) -> None:
        written = get(now.response.headers, b"etag")
        if written is None:
            root = tree(now.body)
            copied = next((child.text for child in root.children if child.name == "ETag"), None) if root else None
            written = copied.encode() if copied else None
        if written:
            self._parts[upload, number] = _bare(written)

    def _learn_elements(self, place: Place, then: Tree, now: Tree) -> None:
        """Elements of the same name in the same place; entries of lists by their key, and by their order within it."""
        found = dict(_places(now, place))
        for where, value in _places(then, place):
            other = found.get(where)
            if other is not None:
                self._note(_ANSWER_ELEMENTS[where[1]], where[0], value.encode(), other.encode())

    def _note(self, kind: str, place: Place, then: bytes | None, now: bytes | None) -> None:
        if then and now:
            old, new = _bare(then), _bare(now)
            self._values[kind, place, old] = new
            self._values[kind, NOWHERE, old] = new

    # Into requests

    def value(self, kind: str, place: Place, then: bytes) -> bytes:
        """What stands for `then` now; itself where nothing else is known."""
        return self._values.get((kind, place, then)) or self._values.get((kind, NOWHERE, then), then)

    def carried(self, request: Request, facts: Facts) -> Request:
        """The request with what was handed out now in the place of what was handed out then."""
        if not self._values:
            return request
        place: Place = (facts.bucket, facts.key)
        return self._with_headers(self._with_query(request, place), place)

    def _with_query(self, request: Request, place: Place) -> Request:
        pieces: list[bytes] = []
        query, at = request.query, 0
        for pair in pairs(query):
            kind = _QUERY.get(unquote_to_bytes(pair.name))
            if kind is None or not pair.value:
                continue
            then = unquote_to_bytes(pair.value)
            now = self.value(kind, place, then)
            if now != then:
                pieces += (query[at : pair.value_start], encode(now))
                at = pair.value_start + len(pair.value)
        return replace(request, target=request.path + b"?" + b"".join((*pieces, query[at:]))) if pieces else request

    def _with_headers(self, request: Request, place: Place) -> Request:
        source = _source(get(request.headers, b"x-amz-copy-source"))
        lines = []
        for name, value in request.headers:
            lower = name.lower()
            if lower == b"x-amz-copy-source":
                value = self._with_version(value, source)
            elif lower.startswith(b"x-amz-copy-source-"):
                value = self._condition(lower.removeprefix(b"x-amz-copy-source-"), source, value)
            else:
                value = self._condition(lower, place, value)
            lines.append((name, value))
        headers = tuple(lines)
        return request if headers == request.headers else replace(request, headers=headers)

    def _condition(self, name: bytes, place: Place, value: bytes) -> bytes:
        kind = _CONDITIONS.get(name)
        if kind == DATE:
            return self.value(DATE, place, value)
        return _QUOTED.sub(self._tag(place), value) if kind == ETAG else value

    def _tag(self, place: Place) -> Callable[[re.Match[bytes]], bytes]:
        def other(match: re.Match[bytes]) -> bytes:
            then = match[2] if match[2] is not None else match[3]
            now = self.value(ETAG, place, then)
            return match[0].replace(then, now) if then else match[0]

        return other

    def _with_version(self, value: bytes, source: Place) -> bytes:
        path, mark, version = value.partition(b"?versionId=")
        return path + mark + self.value(VERSION, source, version) if mark else value

    def body(self, facts: Facts, body: bytes) -> bytes:
        """The XML of a request that names parts or versions, its other bytes untouched."""

        def entry(match: re.Match[bytes]) -> bytes:
            number, key = _NUMBER.search(match[0]), _KEY.search(match[0])
            named = html.unescape(key[1].decode("utf-8", "replace")).encode() if key else facts.key
            part = self._parts.get((facts.upload_id or "", int(number[1]))) if number else None
            return _FIELD.sub(lambda field: self._field(field, part, (facts.bucket, named)), match[0])

        return _ENTRY.sub(entry, body)

    def answer(self, facts: Facts, body: bytes) -> bytes:
        """A recorded answer's XML with the versions and upload ids that stand for its own now, to be compared."""
        if facts.operation not in HANDS_OUT or not self._values:
            return body

        def within(place: Place) -> Callable[[re.Match[bytes]], bytes]:
            return lambda match: match[1] + self._handed_out(match[2].decode(), place, match[3]) + match[4]

        def entry(match: re.Match[bytes]) -> bytes:
            key = _KEY.search(match[0])
            named = html.unescape(key[1].decode("utf-8", "replace")).encode() if key else facts.key
            return _HANDED_OUT.sub(within((facts.bucket, named)), match[0])

        return _HANDED_OUT.sub(within((facts.bucket, facts.key)), _LISTED.sub(entry, body))

    def _handed_out(self, name: str, place: Place, written: bytes) -> bytes:
        then = html.unescape(written.decode("utf-8", "replace")).encode()
        now = self.value(_ANSWER_ELEMENTS[name], place, then)
        return written if now == then else html.escape(now.decode("utf-8", "replace"), quote=False).encode()

    def _field(self, match: re.Match[bytes], part: bytes | None, place: Place) -> bytes:
        written = match[3]
        then = _bare(html.unescape(written.decode("utf-8", "replace")).encode())
        kind = ETAG if match[2] == b"ETag" else VERSION
        now = (part if kind == ETAG else None) or self.value(kind, place, then)
        return match[0] if now == then or then not in written else match[1] + written.replace(then, now) + match[4]


def _bare(value: bytes) -> bytes:
    """A value without the quotes of an entity tag."""
    return value.strip().removeprefix(b"W/").strip(b'"')


def _source(value: bytes | None) -> Place:
    if value is None:
        return NOWHERE
    bucket, _, key = value.removeprefix(b"/").partition(b"?")[0].partition(b"/")
    return unquote_to_bytes(bucket).decode("utf-8", "replace"), unquote_to_bytes(key)


Where = tuple[Place, str, int]
"""The object that an element speaks of, its name, and how many of that name came before it."""


def _places(root: Tree, place: Place) -> Iterator[tuple[Where, str]]:
    """The values that an answer hands out, each with where it stands."""
    count: dict[tuple[Place, str], int] = {}
    bucket = place[0]
    for node, key in _nodes(root, None):
        if node.name in _ANSWER_ELEMENTS and node.text:
            here: Place = place if key is None else (bucket, key)
            number = count[here, node.name] = count.get((here, node.name), 0) + 1
            yield (here, node.name, number), node.text


def _nodes(node: Tree, key: bytes | None) -> Iterator[tuple[Tree, bytes | None]]:
    """Every element below, with the key of the entry that it stands in."""
    named = next((child.text for child in node.children if child.name == "Key"), None)
    key = key if named is None else named.encode()
    for child in node.children:
        yield child, key
        yield from _nodes(child, key)
