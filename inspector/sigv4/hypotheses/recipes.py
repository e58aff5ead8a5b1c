"""How home-made signers put their pieces together: canonical request, string to sign and key as values to compare.

Each recipe is the right one by default; whoever names one says what is different. Two recipes with the same fields are
equal, so that the search tries them once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from inspector.sigv4 import steps
from inspector.sigv4.hypotheses.model import Signing

Bytes = Callable[[bytes], bytes]


def as_is(data: bytes) -> bytes:
    """Nothing is done to it."""
    return data


def hexed(data: bytes) -> bytes:
    """Lower-case hex."""
    return data.hex().encode()


def hexed_upper(data: bytes) -> bytes:
    """Upper-case hex."""
    return data.hex().upper().encode()


def as_utf8_text(data: bytes) -> bytes:
    """Binary read as UTF-8 text and written again: what is not UTF-8 becomes U+FFFD."""
    return data.decode("utf-8", "replace").encode()


def as_latin1_text(data: bytes) -> bytes:
    """Binary read as Latin-1 text (a "binary string") and written as UTF-8."""
    return data.decode("latin-1").encode()


def utf16_le(data: bytes) -> bytes:
    """Text in UTF-16, little-endian: `Encoding.Unicode` of .NET, NVARCHAR of T-SQL."""
    return data.decode("utf-8", "replace").encode("utf-16-le")


def utf16_be(data: bytes) -> bytes:
    """Text in UTF-16, big-endian."""
    return data.decode("utf-8", "replace").encode("utf-16-be")


def utf16_le_marked(data: bytes) -> bytes:
    """Text in UTF-16, little-endian, with a byte order mark."""
    return b"\xff\xfe" + utf16_le(data)


def utf16_be_marked(data: bytes) -> bytes:
    """Text in UTF-16, big-endian, with a byte order mark: `getBytes("UTF-16")` of Java."""
    return b"\xfe\xff" + utf16_be(data)


def utf8_marked(data: bytes) -> bytes:
    """Text in UTF-8 with a byte order mark."""
    return b"\xef\xbb\xbf" + data


def sha256_raw(data: bytes) -> bytes:
    """The SHA-256 itself, 32 bytes."""
    return hashlib.sha256(data).digest()


def sha256_base64(data: bytes) -> bytes:
    """The SHA-256 in base64."""
    return base64.b64encode(sha256_raw(data))


def sha256_hex_upper(data: bytes) -> bytes:
    """The SHA-256 in upper-case hex."""
    return steps.sha256_hex(data).upper()


def sha256_of_hex(data: bytes) -> bytes:
    """The SHA-256, in hex, of the hex SHA-256."""
    return steps.sha256_hex(steps.sha256_hex(data))


def sha256_twice(data: bytes) -> bytes:
    """The SHA-256, in hex, of the 32 bytes of the SHA-256."""
    return steps.sha256_hex(sha256_raw(data))


def sha1_hex(data: bytes) -> bytes:
    """The SHA-1 in hex."""
    return hashlib.sha1(data, usedforsecurity=False).hexdigest().encode()


def md5_hex(data: bytes) -> bytes:
    """The MD5 in hex."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest().encode()


def title_case(name: bytes) -> bytes:
    """`X-Amz-Date`, by ASCII alone."""
    return b"-".join(word.capitalize() for word in name.split(b"-"))


def upper_case(name: bytes) -> bytes:
    """`X-AMZ-DATE`."""
    return name.upper()


@dataclass(frozen=True, slots=True)
class Renamed:
    """Names that are written in another case, as pairs of both; all others stay."""

    pairs: tuple[tuple[bytes, bytes], ...]

    def __call__(self, name: bytes) -> bytes:
        return dict(self.pairs).get(name, name)


@dataclass(frozen=True, slots=True)
class Assembly:
    """From the parts to the canonical request.

    `separator` stands between lines, `after` a header's name; `name` and `value` are done to both in the header
    lines, `names` to the whole list of names; `blank` are the lines between both; `without` are the lines left out, by
    name (`query`, `names`, `payload`); `text` is done to the whole, at last.
    """

    separator: bytes = b"\n"
    start: bytes = b""
    end: bytes = b""
    after: bytes = b":"
    name: Bytes = as_is
    value: Bytes = as_is
    names: Bytes = as_is
    blank: tuple[bytes, ...] = (b"",)
    without: frozenset[str] = frozenset()
    text: Bytes = as_is

    def __call__(self, parts: Sequence[bytes]) -> bytes:
        method, path, query, *headers, names, payload = parts
        lines = [method, path, *self._kept("query", query), *map(self._header, filter(None, headers)), *self.blank]
        lines += [*self._kept("names", self.names(names)), *self._kept("payload", payload)]
        return self.text(self.start + self.separator.join(lines) + self.end)

    def _kept(self, line: str, value: bytes) -> list[bytes]:
        return [] if line in self.without else [value]

    def _header(self, line: bytes) -> bytes:
        name, _, value = line.partition(b":")
        return self.name(name) + self.after + self.value(value)


@dataclass(frozen=True, slots=True)
class LineEnds:
    """The canonical request with another end behind some of its lines, and a line feed behind the others.

    `places` are `method`, `path`, `query`, `headers` (each header line but the last), `last header`, `blank` and
    `names`.
    """

    end: bytes
    places: frozenset[str]

    def __call__(self, parts: Sequence[bytes]) -> bytes:
        method, path, query, *headers, names, payload = parts
        lines = [("method", method), ("path", path), ("query", query)]
        lines += [("headers", line) for line in filter(None, headers)]
        lines[3:] = [*lines[3:-1], *(("last header", line) for _, line in lines[3:][-1:])]
        lines += [("blank", b""), ("names", names)]
        return b"".join(line + (self.end if place in self.places else b"\n") for place, line in lines) + payload


@dataclass(frozen=True, slots=True)
class StringToSign:
    """From the signing inputs and the canonical request to the string to sign.

    `lines` are its lines in order (`algorithm`, `timestamp`, `scope`, `hash`); `scope` those of the scope's words that
    stand in it (fields of `Signing`); `before_scope` and `after_scope` stand round them; `digest` makes the last line.
    """

    separator: bytes = b"\n"
    start: bytes = b""
    end: bytes = b""
    lines: tuple[str, ...] = ("algorithm", "timestamp", "scope", "hash")
    scope: tuple[str, ...] = ("date", "region", "service", "terminator")
    before_scope: bytes = b""
    after_scope: bytes = b""
    digest: Bytes = steps.sha256_hex
    text: Bytes = as_is

    def __call__(self, signing: Signing, canonical: bytes) -> bytes:
        words = b"/".join(_word(signing, name) for name in self.scope)
        values = {
            "algorithm": signing.algorithm,
            "timestamp": signing.timestamp,
            "scope": self.before_scope + words + self.after_scope,
            "hash": self.digest(canonical),
        }
        whole = self.separator.join(values[line] for line in self.lines)
        return self.text(self.start + whole + self.end)


@dataclass(frozen=True, slots=True)
class KeyChain:
    """From the signing inputs to the signing key.

    `prefix` stands before the secret; `order` are the words that the secret is bound to, in turn (fields of
    `Signing`); `between` is done to each digest that becomes the next key, `last` to the last one; `text` to secret
    and words; `crossed`: key and message of each HMAC have changed places. `terminator`: another
    last word than the scope has.
    """

    prefix: bytes = b"AWS4"
    order: tuple[str, ...] = ("date", "region", "service", "terminator")
    between: Bytes = as_is
    last: Bytes = as_is
    text: Bytes = as_is
    crossed: bool = False
    terminator: bytes | None = None

    def __call__(self, signing: Signing) -> bytes:
        key = self.text(self.prefix + signing.secret)
        for number, name in enumerate(self.order, start=1):
            other = self.terminator if name == "terminator" else None
            word = self.text(_word(signing, name) if other is None else other)
            digest = hmac.digest(word, key, "sha256") if self.crossed else hmac.digest(key, word, "sha256")
            key = (self.last if number == len(self.order) else self.between)(digest)
        return key


def _word(signing: Signing, name: str) -> bytes:
    word: bytes = getattr(signing, name)
    return word
