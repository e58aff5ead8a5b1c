"""Lists of a bucket, written as the client that asks wants them, or taken out of a wider list.

boto3 asks for `encoding-type=url` and decodes, JS v3 does neither; minio-go asks for owners; rclone asks in the first
version of the call where others ask in the second, and folder by folder where others ask for all; s3fs asks for one key
to learn whether there is any. The list is the same.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import quote_from_bytes, unquote_to_bytes

from inspector.replay.match.question import Question

LISTS = frozenset(("ListObjects", "ListObjectsV2", "ListObjectVersions"))

LONGEST = 8 * 1024 * 1024
"""Bytes of a list that is written anew."""

_WRITING = frozenset((b"encoding-type", b"fetch-owner", b"max-keys"))
_NARROWING = frozenset((b"prefix", b"delimiter"))
_ELEMENTS = rb"Key|Prefix|Delimiter|StartAfter|Marker|NextMarker|KeyMarker|NextKeyMarker"
_NAMED = re.compile(rb"(<(?:%b)(?: [^<>]*)?>)([^<]*)(</)" % _ELEMENTS)
_TYPE = re.compile(rb"\s*<EncodingType>[^<]*</EncodingType>")
_ENTRY = re.compile(rb"<(Contents|CommonPrefixes|Version|DeleteMarker)\b[^>]*>.*?</\1>", re.DOTALL)
_KEY = re.compile(rb"<Key>([^<]*)</Key>")
_TRUNCATED = re.compile(rb"<IsTruncated>\s*true\s*</IsTruncated>")
_ROOT_END = re.compile(rb"</\w+>\s*\Z")
_ELEMENT = rb"\s*<(%b)(?: [^<>]*)?(?:/>|>[^<]*</\1>)"
_OF_VERSION_TWO = re.compile(_ELEMENT % b"KeyCount|StartAfter|ContinuationToken")
_MARKERS = re.compile(_ELEMENT % b"Marker|NextMarker")
_COUNT = re.compile(_ELEMENT % b"KeyCount")
_ASKED = re.compile(_ELEMENT % b"Prefix|Delimiter|KeyCount|MaxKeys|IsTruncated|Marker|StartAfter")
_NEXT_TOKEN = re.compile(rb"<NextContinuationToken>([^<]*)</NextContinuationToken>")

_NEXT_MARKER = re.compile(rb"<NextMarker>([^<]*)</NextMarker>")

_TOKEN = b"b2-inspector-"
"""What a continuation token of a page that this side cut begins with; the last name of the page follows, in hex."""

_BEGINNING = frozenset((b"start-after", b"marker"))


def listed(question: Question) -> Question:
    """The question of a list, without how it is to be written and how much of it is wanted."""
    query = tuple(
        (name, value)
        for name, value in question.query
        if name not in _WRITING and name not in _NARROWING and name not in _BEGINNING and not value.startswith(_TOKEN)
    )
    operation = "ListObjectsV2" if question.operation == "ListObjects" else question.operation
    return question._replace(operation=operation, query=query, payload="", metadata=(), handed=())


def contains(recorded: Question, asked: Question) -> bool:
    """Whether a recorded list has in it what is asked for: the same folder, or all keys below a shorter prefix."""
    then, now = dict(recorded.query), dict(asked.query)
    wide, narrow = then.get(b"prefix", b""), now.get(b"prefix", b"")
    if wide == narrow and all(then.get(name) == now.get(name) for name in (b"delimiter", *_BEGINNING)):
        return True
    if recorded.operation == "ListObjectVersions" or then.keys() & {b"delimiter", *_BEGINNING}:
        return False
    return narrow.startswith(wide)


def rewritten(body: bytes, recorded: Question, asked: Question) -> bytes | None:
    """A recorded list as it is asked for now; None where that does not follow from it."""
    then, now = dict(recorded.query), dict(asked.query)
    other = recorded.operation != asked.operation
    part = any(then.get(name) != now.get(name) for name in (*_NARROWING, *_BEGINNING, b"continuation-token"))
    if other or part or then.get(b"max-keys") != now.get(b"max-keys"):
        if _TRUNCATED.search(body) or recorded.operation == "ListObjectVersions":
            return None
        part = part or not _fits(body, now)
    was, wanted = then.get(b"encoding-type") == b"url", now.get(b"encoding-type") == b"url"
    if was and (part or not wanted):
        body, was = _plain(body), False
    if part:
        body = _part(body, now)
    if other:
        body = _in_first_version(body) if asked.operation == "ListObjects" else _in_second_version(body)
    return _encoded(body) if wanted and not was else body


def next_page(body: bytes, recorded: Question) -> Question | None:
    """The question of the page that follows this one; None for the last."""
    if not _TRUNCATED.search(body) or recorded.operation == "ListObjectVersions":
        return None
    if recorded.operation == "ListObjectsV2":
        token = _NEXT_TOKEN.search(body)
        added = (b"continuation-token", _unescaped(token[1])) if token else None
    else:
        marker, keys = _NEXT_MARKER.search(body), [key for _, key in _keys(body)]
        last = _unescaped(marker[1]) if marker else keys[-1] if keys else b""
        is_coded = dict(recorded.query).get(b"encoding-type") == b"url"
        added = (b"marker", unquote_to_bytes(last) if is_coded else last) if last else None
    if added is None:
        return None
    kept = (pair for pair in recorded.query if pair[0] not in (added[0], b"marker", b"start-after"))
    return recorded._replace(query=tuple(sorted((*kept, added))))


def one_page(pages: Sequence[bytes], first: Question) -> tuple[bytes, Question]:
    """Pages that follow each other as one list, and the question that it would have answered."""
    entries = [match[0] for page in pages for match in _ENTRY.finditer(page)]
    rest = _NEXT_MARKER.sub(b"", _NEXT_TOKEN.sub(b"", _ENTRY.sub(b"", pages[0])))
    rest = _TRUNCATED.sub(b"<IsTruncated>false</IsTruncated>", rest)
    rest = _COUNT.sub(b"<KeyCount>%d</KeyCount>" % len(entries), rest)
    query = (*(pair for pair in first.query if pair[0] != b"max-keys"), (b"max-keys", b"%d" % max(1001, len(entries))))
    return _before_end(rest, *entries), first._replace(query=tuple(sorted(query)))


def _unescaped(text: bytes) -> bytes:
    return html.unescape(text.decode("utf-8", "replace")).encode()


def _after(asked: dict[bytes, bytes]) -> bytes:
    """The name behind which a page begins; empty for the first."""
    token = asked.get(b"continuation-token", b"")
    if token.startswith(_TOKEN):
        try:
            return bytes.fromhex(token.removeprefix(_TOKEN).decode("ascii"))
        except ValueError:
            return b""
    return asked.get(b"start-after") or asked.get(b"marker") or b""


def keys_of(body: bytes, recorded: Question) -> frozenset[bytes] | None:
    """All keys below the prefix of a recorded list; None where it is cut, of folders, or begins behind a key."""
    asked = dict(recorded.query)
    if asked.keys() & {b"delimiter", b"continuation-token", *_BEGINNING} or _TRUNCATED.search(body):
        return None
    if recorded.operation == "ListObjectVersions":
        return None
    plain = _plain(body) if asked.get(b"encoding-type") == b"url" else body
    return frozenset(key for _, key in _keys(plain))


def _fits(body: bytes, asked: dict[bytes, bytes]) -> bool:
    """Whether all its entries may stand in one answer."""
    most = asked.get(b"max-keys", b"1000")
    return most.isdigit() and sum(1 for _ in _ENTRY.finditer(body)) <= int(most)


def _before_end(body: bytes, *elements: bytes) -> bytes:
    """The document with more elements at its end."""
    return _ROOT_END.sub(lambda match: b"".join(elements) + match[0], body)


def _in_first_version(body: bytes) -> bytes:
    """ListObjects has markers where ListObjectsV2 has tokens and a count (AWS documentation)."""
    token = _NEXT_TOKEN.search(body)
    body = _NEXT_TOKEN.sub(b"", _OF_VERSION_TWO.sub(b"", body))
    last = _escaped(_after({b"continuation-token": token[1]})) if token else b""
    following = b"<NextMarker>%b</NextMarker>" % last if last else b""
    return _before_end(body, b"<Marker></Marker>", following)


def _in_second_version(body: bytes) -> bytes:
    count = sum(1 for _ in _ENTRY.finditer(body))
    return _before_end(_COUNT.sub(b"", _MARKERS.sub(b"", body)), b"<KeyCount>%d</KeyCount>" % count)


class _Page(NamedTuple):
    """Entries and folders in the order of their names, and the last name where more would follow."""

    written: list[bytes]
    last: bytes | None


def _part(body: bytes, asked: dict[bytes, bytes]) -> bytes:
    """Of a list of keys those below a prefix, behind a name, beyond a delimiter put together, a page of them."""
    prefix, delimiter = asked.get(b"prefix", b""), asked.get(b"delimiter", b"")
    page = _page(body, prefix, delimiter, _after(asked), asked.get(b"max-keys", b"1000"))
    rest = _ASKED.sub(b"", _ENTRY.sub(b"", body))
    told = [b"<Prefix>%b</Prefix>" % _escaped(prefix)]
    if delimiter:
        told.append(b"<Delimiter>%b</Delimiter>" % _escaped(delimiter))
    told.append(b"<IsTruncated>%b</IsTruncated>" % (b"false" if page.last is None else b"true"))
    told.append(b"<KeyCount>%d</KeyCount>" % len(page.written))
    if page.last is not None:
        token = _TOKEN + page.last.hex().encode()
        told.append(b"<NextContinuationToken>%b</NextContinuationToken>" % token)
    return _before_end(rest, *told, *page.written)


def _page(body: bytes, prefix: bytes, delimiter: bytes, after: bytes, most: bytes) -> _Page:
    named: dict[bytes, bytes] = {}
    for entry, key in _keys(body):
        if not key.startswith(prefix) or key <= after:
            continue
        name, mark, _ = key[len(prefix) :].partition(delimiter) if delimiter else (b"", b"", b"")
        folder = prefix + name + mark
        if not mark:
            named[key] = entry
        elif not after.startswith(folder):
            named[folder] = b"<CommonPrefixes><Prefix>%b</Prefix></CommonPrefixes>" % _escaped(folder)
    names = sorted(named)
    limit = int(most) if most.isdigit() else 1000
    kept = names[:limit]
    more = len(names) > limit and bool(kept)
    # S3 lists keys before folders within a page (AWS documentation, ListObjectsV2: Contents, then CommonPrefixes).
    written = sorted((named[name] for name in kept), key=lambda entry: entry.startswith(b"<CommonPrefixes>"))
    return _Page(written, kept[-1] if more else None)


def _keys(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The entries of a list, each with its key."""
    for match in _ENTRY.finditer(body):
        key = _KEY.search(match[0])
        if key is not None:
            yield match[0], _unescaped(key[1])


def _escaped(name: bytes) -> bytes:
    return html.escape(name.decode("utf-8", "replace"), quote=False).encode()


def _encoded(body: bytes) -> bytes:
    """Names percent-encoded, slashes as they are, as S3 does."""
    written = _NAMED.sub(_each(lambda name: quote_from_bytes(name, safe="/").encode()), body)
    return _before_end(written, b"<EncodingType>url</EncodingType>")


def _plain(body: bytes) -> bytes:
    return _NAMED.sub(_each(lambda name: unquote_to_bytes(name.replace(b"+", b" "))), _TYPE.sub(b"", body))


def _each(change: Callable[[bytes], bytes]) -> Callable[[re.Match[bytes]], bytes]:
    def changed(match: re.Match[bytes]) -> bytes:
        name = _unescaped(match[2])
        return match[1] + _escaped(change(name)) + match[3]

    return changed
