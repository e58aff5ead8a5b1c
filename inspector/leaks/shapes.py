"""What a credential looks like: the one table that exports, `scan` and `scrub` read.

A row's group `value` is what must go; everything round it only says that it is one. Values that stand for a secret
(pseudonyms, removed signatures, `$VARIABLES`, `<placeholders>`, AWS's documented EXAMPLE keys) are no finds.

Sources
-------
B2's application keys and key ids: public threads (Backblaze/B2_Command_Line_Tool#535). AWS's key ids:
docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html; a secret of AWS's is 40 characters that nothing
but the id beside it tells from a hash. Session tokens begin with the base64 of a fixed head (`origin_ec`).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple

from inspector.wire.credentials import HEADERS, is_secret_field
from inspector.wire.redaction import PSEUDONYM, is_removed_signature


class Level(str, Enum):
    """What a find is worth: `secret` opens something by itself, `signature` proves a secret or names who has it."""

    SECRET = "secret"
    SIGNATURE = "signature"


class Shape(NamedTuple):
    """A row: what it is called, what it is worth, and how it looks.

    `hints`: lower-case bytes one of which is there. `leads`: it begins with one of them, and is looked for nowhere
    else: bytes are found many times faster than patterns, above all those that heed no case.
    """

    what: str
    level: Level
    pattern: re.Pattern[bytes]
    hints: tuple[bytes, ...]
    leads: bool = True


class Match(NamedTuple):
    """Something that looks like a credential: `value` stands at `start` in the bytes that were searched."""

    what: str
    level: Level
    start: int
    value: bytes


_BETWEEN = rb"(?:\\?[\"'])?\s{0,24}(?:[:=,>]|%3[dD]|\r?\n\r?\n)\s{0,24}"
"""From a name to its value: in a header, a URL, JSON, YAML, XML, a form; beside it in a list or in an object of its
own, as HAR and WireMock write them."""
_OPENED = rb"(?:[\[({-]\s{0,24})?(?:\\?[\"'](?:value|equalTo)\\?[\"']\s{0,4}:\s{0,4})?(?:\\?[\"'])?"
_HEX64 = rb"[0-9a-fA-F]{64}(?![0-9a-fA-F])"
_SLASH = rb"(?:/|%2[fF])"

SHAPES = (
    Shape(
        "application key",
        Level.SECRET,
        re.compile(rb"(?<![0-9A-Za-z+])(?P<value>K\d{3}[0-9A-Za-z+/]{27})(?![0-9A-Za-z+/=])"),
        (b"k0",),
        leads=False,
    ),
    Shape(
        "AWS secret key",
        Level.SECRET,
        re.compile(rb"(?:AKIA|ASIA)[A-Z0-9]{16}[^A-Za-z0-9+/]{1,16}(?P<value>[A-Za-z0-9+/]{40})(?![A-Za-z0-9+/=])"),
        (b"akia", b"asia"),
    ),
    Shape(
        "session token",
        Level.SECRET,
        re.compile(rb"(?<![0-9A-Za-z+/])(?P<value>(?:IQoJb3JpZ2lu|FwoGZXIvYXdz|AgoJb3JpZ2lu)[0-9A-Za-z+/=_-]{40,})"),
        (b"iqojb3jpz2lu", b"fwogzxivyxdz", b"agojb3jpz2lu"),
    ),
    Shape(
        "native token",
        Level.SECRET,
        re.compile(rb"\b(?P<value>4_\d{3}[0-9a-f]{22}_[0-9a-f]{8}_[0-9a-f]{6}_(?:acct|upld|dnld)_[\w=-]+)"),
        (b"_acct_", b"_upld_", b"_dnld_"),
        leads=False,
    ),
    Shape(
        "private key",
        Level.SECRET,
        re.compile(rb"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?P<value>[^-]{16,})"),
        (b"private key-----",),
        leads=False,
    ),
    Shape(
        "bearer token",
        Level.SECRET,
        re.compile(
            rb"(?i)authorization" + _BETWEEN + _OPENED + rb"(?:bearer|basic|token|digest|negotiate|apikey)[ \t]+"
            rb"(?P<value>[\w.+/=~-]{8,})"
        ),
        (b"authorization",),
    ),
    Shape(
        "JSON web token",
        Level.SECRET,
        re.compile(rb"\b(?P<value>eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,})"),
        (b"eyj",),
    ),
    Shape(
        "GitHub token",
        Level.SECRET,
        re.compile(rb"\b(?P<value>(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{60,}))"),
        (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_"),
    ),
    Shape(
        "signature",
        Level.SIGNATURE,
        re.compile(rb"(?i)signature(?:provided)?" + _BETWEEN + _OPENED + rb"(?P<value>" + _HEX64 + rb")"),
        (b"signature",),
    ),
    Shape(
        "SigV2 signature",
        Level.SIGNATURE,
        re.compile(rb"[?&;]Signature=(?P<value>(?:[A-Za-z0-9+/]|%2[BbFf]){27}(?:=|%3[dD]))"),
        (b"signature=",),
        leads=False,
    ),
    Shape(
        "SigV2 signature",
        Level.SIGNATURE,
        re.compile(rb"\bAWS [A-Za-z0-9-]{8,}:(?P<value>[A-Za-z0-9+/]{27}=)"),
        (b"aws ",),
    ),
    Shape(
        "SigV4A signature",
        Level.SIGNATURE,
        re.compile(rb"(?i)signature(?:=|%3d)(?P<value>30[0-9a-f]{130,142})(?![0-9a-f])"),
        (b"signature",),
    ),
    Shape(
        "credential scope",
        Level.SIGNATURE,
        re.compile(
            rb"(?i)credential" + _BETWEEN + _OPENED + rb"(?P<value>[\w+.=@-]{3,128})" + _SLASH + rb"\d{8}" + _SLASH
        ),
        (b"credential",),
    ),
    Shape(
        "key id",
        Level.SIGNATURE,
        re.compile(rb"(?i)AWSAccessKeyId" + _BETWEEN + _OPENED + rb"(?P<value>[\w+.=@-]{3,128})"),
        (b"awsaccesskeyid",),
    ),
    Shape(
        "key id",
        Level.SIGNATURE,
        re.compile(rb"\bAWS (?P<value>[A-Za-z0-9-]{8,}):[A-Za-z0-9+/]{27}="),
        (b"aws ",),
    ),
)
"""What a credential looks like, and what it is called."""

_EXACT = frozenset(("application key", "AWS secret key", "session token", "native token", "GitHub token"))

# Names end so (`wire.credentials`); what stands before is read backwards from there.
_NAMED = re.compile(
    rb"(?i)(?P<word>token|secret|password|key|authorization|cookie)"
    + _BETWEEN
    + _OPENED
    + rb"(?P<value>[^\s\"'\\,;&<>\[\](){}]{8,8192})"
)
_NAMED_LEADS = (b"token", b"secret", b"password", b"key", b"authorization", b"cookie")
_NAME = re.compile(rb"[\w.-]{0,80}\Z")
_NAME_SIZE = 120
_IN_A_PAIR = re.compile(rb"(?:\[|\"name\\?\"\s{0,4}:)\s{0,24}\\?[\"']\Z")
"""Before a name whose value follows behind a comma: a list of two, or an object that has them apart (HAR)."""

_ALWAYS = HEADERS | {b"cookie", b"set-cookie"}
_OPAQUE = (b"authorization", b"proxy-authorization")
_SCHEME = re.compile(rb"(?i)(?:AWS4-|AWS$|bearer|basic|digest|token|negotiate|apikey|ntlm|oauth)")
_PLACEHOLDER = re.compile(rb"(?i)[*x.\-_]+|[<$%{\[].*|.*redacted.*|.*EXAMPLE(?:KEY)?=*|null|none|true|false|undefined")
_IDENTIFIER = re.compile(rb"[A-Za-z_][A-Za-z_.]*\d{0,2}[(.]?|[a-z]+(?:[-_][a-z]+)+\d{0,3}")
_RANDOM = re.compile(rb"(?=.*\d)(?=.*[A-Za-z])[\w+/=.~%!@#^*-]+")
_SIMPLEST = 12


def stands_for_a_secret(value: bytes) -> bool:
    """Whether a value is one that was put in a secret's place, by this project or by a person."""
    return any(PSEUDONYM.search(form) for form in (value, _unbasic(value))) or (
        is_removed_signature(value) or _PLACEHOLDER.fullmatch(value) is not None
    )


def _unbasic(value: bytes) -> bytes:
    """What base64 holds: that of a user name with a pseudonym for its password is no secret."""
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        return b""


def matches(data: bytes, exact: bool = False) -> Iterator[Match]:
    """What in these bytes looks like a credential, as they are: nothing is decoded.

    `exact`: only what is a secret by its own shape, whatever stands round it.
    """
    low = data.lower()
    for shape in SHAPES:
        if exact and shape.what not in _EXACT:
            continue
        for match in _led(shape.pattern, data, low, shape.hints) if shape.leads else _hinted(shape, data, low):
            if not stands_for_a_secret(match["value"]):
                yield Match(shape.what, shape.level, match.start("value"), match["value"])
    if not exact:
        yield from _named(data, low)


def _hinted(shape: Shape, data: bytes, low: bytes) -> Iterable[re.Match[bytes]]:
    return shape.pattern.finditer(data) if any(hint in low for hint in shape.hints) else ()


def _led(pattern: re.Pattern[bytes], data: bytes, low: bytes, leads: tuple[bytes, ...]) -> Iterator[re.Match[bytes]]:
    """What `finditer` would find, of a pattern that begins with one of these. `low`: the data in lower case."""
    end = 0
    for start in sorted(start for lead in leads for start in _places(low, lead)):
        if start >= end and (match := pattern.match(data, start)):
            end = match.end()
            yield match


def _places(data: bytes, word: bytes) -> Iterator[int]:
    place = data.find(word)
    while place >= 0:
        yield place
        place = data.find(word, place + 1)


def _named(data: bytes, low: bytes) -> Iterator[Match]:
    """The values that stand behind the name of a secret."""
    for match in _led(_NAMED, data, low, _NAMED_LEADS):
        value = match["value"]
        between = data[match.end("word") : match.start("value")]
        before = data[max(0, match.start() - _NAME_SIZE) : match.end("word")]
        found = _NAME.search(before)
        assert found is not None
        name = found[0].lower()
        if b"," in between and not _IN_A_PAIR.search(before[: found.start()]):
            continue  # a list of names, of which this is one
        if _is_secret(name, value) and not stands_for_a_secret(value):
            yield Match(_called(name), Level.SECRET, match.start("value"), value)


def _is_secret(name: bytes, value: bytes) -> bool:
    if name in _ALWAYS or name.strip(b"_-.") in _ALWAYS:
        return True
    if name in _OPAQUE:
        return not _SCHEME.match(value) and _looks_random(value)
    plain = name.rpartition(b".")[2].replace(b"_", b"").decode("latin-1")
    return is_secret_field(plain) and _looks_random(value)


def _looks_random(value: bytes) -> bool:
    """In any text, what stands behind `token:` is mostly code or prose."""
    return len(value) >= _SIMPLEST and _RANDOM.fullmatch(value) is not None and not _IDENTIFIER.fullmatch(value)


def _called(name: bytes) -> str:
    """The name itself, where it is an ordinary one: a hostile name may be the secret."""
    return f"value of {name.decode()}" if re.fullmatch(rb"[a-z_.-]{3,60}", name) else "value of a secret's name"
