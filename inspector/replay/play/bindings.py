"""What stands for what: names and ids of now, and those that were recorded, in both directions.

In a replay most ids need none: the client is handed the recorded ones, and names them again. Bound are names that a
program draws anew (token by token, as they appear), upload ids that two threads got in another order, buckets that the
user says are called otherwise, and whatever a half-live run is told by a live server (`bind`).
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Container, Iterable, Mapping
from urllib.parse import quote_from_bytes

from inspector.replay.match.native import NAMES as NATIVE_NAMES
from inspector.replay.match.payload import Payload, payload_of
from inspector.replay.match.question import Lines, Question
from inspector.s3.drawn import Drawn, drawn
from inspector.s3.list_order import in_order

_NAMES = (
    b"Key|Prefix|Bucket|BucketName|Name|Location|Marker|NextMarker|StartAfter|KeyMarker|NextKeyMarker|Resource|Message"
)
_NAMING = re.compile(rb"(<(%b)(?: [^<>]*)?>)([^<]*)(</\2>)" % _NAMES)
_NAMING_JSON = re.compile(
    rb'("(?:fileName|bucketName|prefix|namePrefix|fileNamePrefix|nextFileName|startFileName|keyName|name|message)"'
    rb'\s*:\s*")((?:[^"\\]|\\.)*)'
)
_IDS = re.compile(
    rb"(<(UploadId|VersionId|ETag|NextContinuationToken|ContinuationToken|NextVersionIdMarker|VersionIdMarker"
    rb"|NextUploadIdMarker|UploadIdMarker)(?: [^<>]*)?>)([^<]*)(</\2>)"
)
_BUCKETS = frozenset((b"Bucket", b"BucketName", b"Name"))
_ID_HEADERS = frozenset((b"x-amz-version-id", b"etag", b"x-amz-copy-source-version-id"))
_NAME_HEADERS = frozenset((b"location", b"x-bz-file-name"))
_ID_QUERY = frozenset((b"versionId", b"version-id-marker", b"continuation-token"))
_NAME_QUERY = frozenset(
    (b"prefix", b"marker", b"start-after", b"key-marker", *(name.encode() for name in NATIVE_NAMES))
)


class Bindings:
    """Not to be used by two threads at a time, but for `is_empty`."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._given = dict(names)
        self._buckets = dict(names)
        self._buckets_back = {then.encode(): now.encode() for now, then in names.items()}
        self._tokens: dict[bytes, bytes] = {}
        self._tokens_back: dict[bytes, bytes] = {}
        self._ids: dict[bytes, bytes] = {}
        self._ids_back: dict[bytes, bytes] = {}
        self._spoken: dict[bytes, bytes] = {}
        self._read: dict[Question, Question] = {}
        self._now = 0.0

    @property
    def is_empty(self) -> bool:
        """Whether nothing is bound."""
        return not (self._tokens or self._ids or self._buckets)

    @property
    def has_ids(self) -> bool:
        """Whether ids are bound, which may stand in any answer."""
        return bool(self._ids)

    def clear(self) -> None:
        """Forget what appeared; names that were given stay."""
        for one in (self._tokens, self._tokens_back, self._ids, self._ids_back, self._read, self._spoken):
            one.clear()
        self._buckets = dict(self._given)
        self._buckets_back = {then.encode(): now.encode() for now, then in self._given.items()}

    # What is bound

    def bind(self, then: bytes, now: bytes) -> None:
        """An id (upload, version, token, ETag without quotes) that a live server gave in place of the recorded one."""
        if then != now:
            self._ids[now] = then
            self._ids_back[then] = now
            self._read.clear()

    def unbind(self, then: bytes) -> None:
        """A recorded id stands for itself again."""
        self._ids.pop(self._ids_back.pop(then, b""), None)
        self._read.clear()

    def fits(
        self, then: Iterable[Drawn], now: Iterable[Drawn], *, again: bool = False, weak: Container[bytes] = ()
    ) -> list[tuple[bytes, bytes]] | None:
        """The tokens (recorded, of now) to be bound so that names stand for each other; None where they cannot.

        `again`: recorded tokens may stand for others already, of a run before this one. `weak` are tokens of now that
        may turn out to stand for others than they do.
        """
        wanted: dict[bytes, bytes] = {}
        for old, new in zip(then, now, strict=True):
            if old.skeleton != new.skeleton:
                return None
            for before, after in zip(old.tokens, new.tokens, strict=True):
                if self._tokens.get(after, before) != before and after not in weak:
                    return None
                if not again and self._tokens_back.get(before, after) != after:
                    return None
                if wanted.setdefault(before, after) != after:
                    return None
        if len(set(wanted.values())) != len(wanted):
            return None
        return list(wanted.items())

    def bind_names(self, tokens: Iterable[tuple[bytes, bytes]]) -> None:
        """Tokens (recorded, of now) that stand for each other from here on."""
        for then, now in tokens:
            self._tokens[now] = then
            self._tokens_back[then] = now
        self._read.clear()

    def has_bucket(self, then: str) -> bool:
        """Whether a recorded bucket is called otherwise now."""
        return then.encode() in self._buckets_back

    def bind_bucket(self, then: str, now: str) -> None:
        """A bucket that is called otherwise from here on."""
        self._buckets[now] = then
        self._buckets_back[then.encode()] = now.encode()
        self._read.clear()

    def speaks(self, question: Question) -> None:
        """Who asks this question is to be answered in its own names, whatever another run calls the same."""
        self._spoken = {}
        for name in taken_apart(question, self._now, loose=True) if self._tokens else ():
            self._spoken.update((self._tokens[token], token) for token in name.tokens if token in self._tokens)

    def has_token(self, now: bytes) -> bool:
        """Whether a token of now stands for a recorded one."""
        return now in self._tokens

    def is_bound(self, then: bytes) -> bool:
        """Whether a recorded token stands for one of now already."""
        return then in self._tokens_back

    # From now to then

    def recorded(self, question: Question, now: float) -> Question:
        """The question with recorded names and ids in the place of those of now."""
        if self.is_empty:
            return question
        found = self._read.get(question)
        if found is None:
            self._now = now
            found = self._recorded(question)
            if len(self._read) > 50_000:
                self._read.clear()
            self._read[question] = found
        return found

    def _recorded(self, q: Question) -> Question:
        bucket = self._buckets.get(q.bucket, q.bucket)
        return q._replace(
            bucket=self.name(bucket.encode()).decode("utf-8", "replace"),
            key=self.name(q.key),
            query=tuple((name, self._value(name, value)) for name, value in q.query),
            source=tuple((name, self._source(name, value)) for name, value in q.source),
            conditions=tuple((name, self._tags(value)) for name, value in q.conditions),
            handed=tuple((name, self._ids.get(value, value)) for name, value in q.handed),
        )

    def document(self, payload: Payload) -> Payload:
        """A document with recorded names and ids in it; the payload itself where it has none of now."""
        data = None if self.is_empty else payload.document()
        if not data or data.lstrip()[:1] not in (b"<", b"{"):
            return payload
        changed = _NAMING.sub(lambda match: match[1] + self._name_in_xml(match[2], match[3]) + match[4], data)
        changed = _NAMING_JSON.sub(lambda match: match[1] + self.name(match[2]), changed)
        if self._ids:
            changed = _IDS.sub(self._id_of(self._ids), changed)
        return payload if changed == data else payload_of(changed)

    def _name_in_xml(self, element: bytes, text: bytes) -> bytes:
        if element in _BUCKETS:
            text = self._buckets.get(text.decode("utf-8", "replace"), "").encode() or text
        return self.name(text)

    def name(self, now: bytes) -> bytes:
        """The recorded name that a name of now stands for."""
        if not self._tokens or not now:
            return now
        for token in drawn(now, self._now, loose=True).tokens:
            then = self._tokens.get(token)
            if then is not None:
                now = now.replace(token, then)
        return now

    def then(self, text: bytes, more: Iterable[tuple[bytes, bytes]] = ()) -> bytes:
        """A text with recorded names in the place of those of now; `more` (recorded, of now) are not bound yet."""
        pairs = {**self._tokens, **{now: then for then, now in more}}
        found = [now for now in pairs if now in text]
        if not found:
            return text
        pattern = re.compile(b"|".join(map(re.escape, sorted(found, key=len, reverse=True))))
        return pattern.sub(lambda match: pairs[match[0]], text)

    def _value(self, name: bytes, value: bytes) -> bytes:
        if name in _ID_QUERY:
            return self._ids.get(value, value)
        return self.name(value) if name in _NAME_QUERY else value

    def _source(self, name: bytes, value: bytes) -> bytes:
        if not name.endswith(b"source"):
            return self._tags(value)
        path, mark, version = value.partition(b"?versionId=")
        bucket, slash, key = path.partition(b"/")
        known = self._buckets.get(bucket.decode("utf-8", "replace"))
        bucket = bucket if known is None else known.encode()
        return self.name(bucket) + slash + self.name(key) + mark + self._ids.get(version, version)

    def _tags(self, value: bytes) -> bytes:
        return b",".join(self._ids.get(one, one) for one in value.split(b",")) if self._ids else value

    # From then to now

    def line(self, name: bytes, value: bytes) -> bytes:
        """A header's value with the names and ids of now."""
        lower = name.lower()
        if lower in _ID_HEADERS:
            bare = value.strip(b'"')
            return value.replace(bare, self._ids_back.get(bare, bare)) if bare else value
        return self._back(value) if lower in _NAME_HEADERS or lower.startswith(b"x-amz-meta-") else value

    def answer(self, body: bytes) -> bytes:
        """An answer's XML or JSON with the names and ids of now."""
        if self._tokens_back or self._buckets_back:
            named = _NAMING.sub(lambda match: match[1] + self._back_in_xml(match[2], match[3]) + match[4], body)
            named = _NAMING_JSON.sub(lambda match: match[1] + self._back(match[2]), named)
            body = body if named == body else in_order(named)
        if self._ids_back:
            body = _IDS.sub(self._id_of(self._ids_back), body)
        return body

    def now(self, text: bytes) -> bytes:
        """A text with names of now in the place of recorded ones."""
        return self._back(text)

    def _back_in_xml(self, element: bytes, text: bytes) -> bytes:
        if element in _BUCKETS and text in self._buckets_back:
            return self._buckets_back[text]
        return self._back(text)

    def _back(self, text: bytes) -> bytes:
        for then in self._within(text):
            now = self._spoken.get(then) or self._tokens_back[then]
            text = text.replace(then, now).replace(_quoted(then), _quoted(now))
        return text

    def _within(self, text: bytes) -> list[bytes]:
        """The recorded tokens that stand in a text: found by their shape where there are many."""
        if len(self._tokens_back) < 32:
            return [then for then in self._tokens_back if then in text or _quoted(then) in text]
        return [token for token in drawn(text, self._now, loose=True).tokens if token in self._tokens_back]

    @staticmethod
    def _id_of(ids: Mapping[bytes, bytes]) -> Callable[[re.Match[bytes]], bytes]:
        """An element with the other id in place of its own."""

        def other(match: re.Match[bytes]) -> bytes:
            text = html.unescape(match[3].decode("utf-8", "replace")).encode()
            bare = text.strip(b'"')
            found = ids.get(bare)
            if found is None:
                return match[0]
            written = html.escape(text.replace(bare, found).decode("utf-8", "replace"), quote=False)
            return match[1] + written.encode() + match[4]

        return other


def _quoted(token: bytes) -> bytes:
    return quote_from_bytes(token, safe="").encode()


def taken_apart(question: Question, now: float, *, loose: bool = False) -> tuple[Drawn, ...]:
    """The names of a question, taken apart: bucket, key, and those in query and copy source."""
    named: list[bytes] = [question.bucket.encode(), question.key]
    named += (value for name, value in question.query if name in _NAME_QUERY)
    named += (value for name, value in question.source if name.endswith(b"source"))
    return tuple(drawn(one, now, loose=loose) for one in named)


def skeleton(question: Question, names: tuple[Drawn, ...]) -> tuple[object, ...]:
    """A question without what is drawn in its names: what two runs have in common."""
    rest: Callable[[Lines], Lines] = lambda lines: tuple(  # noqa: E731
        (name, b"" if name in _NAME_QUERY or name.endswith(b"source") else value) for name, value in lines
    )
    marks = tuple(one.skeleton for one in names)
    fixed = (question.api, question.operation, question.range, question.conditions, question.encryption)
    return (*fixed, question.settings, rest(question.query), rest(question.source), marks)
