"""Lists of a bucket, written as the client that asks wants them, or taken out of a wider list.

boto3 asks for `encoding-type=url` and decodes, JS v3 does neither; minio-go asks for owners; rclone asks in the first
version of the call where others ask in the second, and folder by folder where others ask for all. The list is the same.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
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
_ASKED = re.compile(_ELEMENT % b"Prefix|Delimiter|KeyCount|MaxKeys")


def listed(question: Question) -> Question:
    """The question of a list, without how it is to be written and how much of it is wanted."""
    query = tuple(pair for pair in question.query if pair[0] not in _WRITING and pair[0] not in _NARROWING)
    operation = "ListObjectsV2" if question.operation == "ListObjects" else question.operation
    return question._replace(operation=operation, query=query, payload="", metadata=(), handed=())


def contains(recorded: Question, asked: Question) -> bool:
    """Whether a recorded list has in it what is asked for: the same folder, or all keys below a shorter prefix."""
    then, now = dict(recorded.query), dict(asked.query)
    wide, narrow = then.get(b"prefix", b""), now.get(b"prefix", b"")
    if wide == narrow and then.get(b"delimiter") == now.get(b"delimiter"):
        return True
    if recorded.operation == "ListObjectVersions" or then.keys() & {b"delimiter"}:
        return False
    return narrow.startswith(wide)


def rewritten(body: bytes, recorded: Question, asked: Question) -> bytes | None:
    """A recorded list as it is asked for now; None where it holds more or less than that."""
    then, now = dict(recorded.query), dict(asked.query)
    other = recorded.operation != asked.operation
    narrower = any(then.get(name) != now.get(name) for name in _NARROWING)
    if other or narrower or then.get(b"max-keys") != now.get(b"max-keys"):
        if _TRUNCATED.search(body):
            return None
        if not narrower and not _fits(body, now):
            return None
    was, wanted = then.get(b"encoding-type") == b"url", now.get(b"encoding-type") == b"url"
    if was and (narrower or not wanted):
        body, was = _plain(body), False
    if narrower:
        body = _narrowed(body, now.get(b"prefix", b""), now.get(b"delimiter", b""))
        if not _fits(body, now):
            return None
    if other:
        body = _in_first_version(body) if asked.operation == "ListObjects" else _in_second_version(body)
    return _encoded(body) if wanted and not was else body


def _fits(body: bytes, asked: dict[bytes, bytes]) -> bool:
    """Whether all its entries may stand in one answer."""
    most = asked.get(b"max-keys", b"1000")
    return most.isdigit() and sum(1 for _ in _ENTRY.finditer(body)) <= int(most)


def _before_end(body: bytes, *elements: bytes) -> bytes:
    """The document with more elements at its end."""
    return _ROOT_END.sub(lambda match: b"".join(elements) + match[0], body)


def _in_first_version(body: bytes) -> bytes:
    """ListObjects has a marker where ListObjectsV2 has tokens and a count (AWS documentation)."""
    return _before_end(_OF_VERSION_TWO.sub(b"", body), b"<Marker></Marker>")


def _in_second_version(body: bytes) -> bytes:
    count = sum(1 for _ in _ENTRY.finditer(body))
    return _before_end(_MARKERS.sub(b"", body), b"<KeyCount>%d</KeyCount>" % count)


def _narrowed(body: bytes, prefix: bytes, delimiter: bytes) -> bytes:
    """Of a list of keys those below a prefix, those beyond a delimiter put together (AWS documentation)."""
    entries, folders = [], dict[bytes, None]()
    for entry, key in _keys(body):
        if not key.startswith(prefix):
            continue
        name, mark, _ = key[len(prefix) :].partition(delimiter) if delimiter else (key, b"", b"")
        if mark:
            folders[prefix + name + mark] = None
        else:
            entries.append(entry)
    written = [b"<CommonPrefixes><Prefix>%b</Prefix></CommonPrefixes>" % _escaped(one) for one in folders]
    rest = _ASKED.sub(b"", _ENTRY.sub(b"", body))
    told = [b"<Prefix>%b</Prefix>" % _escaped(prefix)]
    if delimiter:
        told.append(b"<Delimiter>%b</Delimiter>" % _escaped(delimiter))
    if b"<KeyCount>" in body:
        told.append(b"<KeyCount>%d</KeyCount>" % (len(entries) + len(written)))
    return _before_end(rest, *told, *entries, *written)


def _keys(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The entries of a list, each with its key."""
    for match in _ENTRY.finditer(body):
        key = _KEY.search(match[0])
        if key is not None:
            yield match[0], html.unescape(key[1].decode("utf-8", "replace")).encode()


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
        name = html.unescape(match[2].decode("utf-8", "replace")).encode()
        return match[1] + _escaped(change(name)) + match[3]

    return changed
