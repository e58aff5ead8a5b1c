"""Lists of a bucket, written as the client that asks wants them: keys percent-encoded or not, in one page or more.

boto3 asks for `encoding-type=url` and decodes, JS v3 does neither; minio-go asks for owners. The list is the same.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from urllib.parse import quote_from_bytes, unquote_to_bytes

from inspector.replay.match.question import Lines, Question

LISTS = frozenset(("ListObjects", "ListObjectsV2", "ListObjectVersions"))

LONGEST = 8 * 1024 * 1024
"""Bytes of a list that is written anew."""

_WRITING = frozenset((b"encoding-type", b"fetch-owner", b"max-keys"))
_ELEMENTS = rb"Key|Prefix|Delimiter|StartAfter|Marker|NextMarker|KeyMarker|NextKeyMarker"
_NAMED = re.compile(rb"(<(?:%b)(?: [^<>]*)?>)([^<]*)(</)" % _ELEMENTS)
_TYPE = re.compile(rb"\s*<EncodingType>[^<]*</EncodingType>")
_ENTRY = re.compile(rb"<(?:Contents|CommonPrefixes|Version|DeleteMarker)\b[^>]*>")
_TRUNCATED = re.compile(rb"<IsTruncated>\s*true\s*</IsTruncated>")
_ROOT_END = re.compile(rb"</\w+>\s*\Z")


def listed(question: Question) -> Question:
    """The question of a list, without how it is to be written."""
    query = tuple(pair for pair in question.query if pair[0] not in _WRITING)
    return question._replace(query=query, payload="", metadata=(), handed=())


def rewritten(body: bytes, recorded: Lines, asked: Lines) -> bytes | None:
    """A recorded list as it is asked for now; None where it holds more or less than that. Queries as in questions."""
    then, now = dict(recorded), dict(asked)
    if then.get(b"max-keys") != now.get(b"max-keys") and not _fits(body, now.get(b"max-keys", b"1000")):
        return None
    was, wanted = then.get(b"encoding-type") == b"url", now.get(b"encoding-type") == b"url"
    if was == wanted:
        return body
    return _encoded(body) if wanted else _plain(body)


def _fits(body: bytes, most: bytes) -> bool:
    """Whether it is a whole list of at most so many entries."""
    return most.isdigit() and not _TRUNCATED.search(body) and len(_ENTRY.findall(body)) <= int(most)


def _encoded(body: bytes) -> bytes:
    """Names percent-encoded, slashes as they are, as S3 does."""
    written = _NAMED.sub(_each(lambda name: quote_from_bytes(name, safe="/").encode()), body)
    return _ROOT_END.sub(lambda match: b"<EncodingType>url</EncodingType>" + match[0], written)


def _plain(body: bytes) -> bytes:
    return _NAMED.sub(_each(lambda name: unquote_to_bytes(name.replace(b"+", b" "))), _TYPE.sub(b"", body))


def _each(change: Callable[[bytes], bytes]) -> Callable[[re.Match[bytes]], bytes]:
    def changed(match: re.Match[bytes]) -> bytes:
        name = html.unescape(match[2].decode("utf-8", "replace")).encode()
        text = html.escape(change(name).decode("utf-8", "replace"), quote=False).encode()
        return match[1] + text + match[3]

    return changed
