"""A request out of what people paste: a URL, or a curl command line. Nothing of it is decoded or put in order.

Facts
-----
curl's options and which of them take a value are those of its manual (curl.se/docs/manpage.html, 8.x); short ones may
stand together (`-sSLX PUT`), with the value behind the last. Browsers copy requests with `--data-raw`, `$'…'` quoting
and `--compressed` ("Copy as cURL"). A header without a value (`-H 'Accept:'`) takes one of curl's own away; one that
ends with a semicolon (`-H 'X-Empty;'`) is sent empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from inspector.errors import UsageError
from inspector.formats.shell import words as shell_words
from inspector.wire.exchange import Request
from inspector.wire.headers import Header, get

_VALUED_SHORT = frozenset("AbcCdDeEFhHKmoPQrtTuUwxXyYz")
_PLAIN_LONG = frozenset(
    """
    anyauth append basic compressed create-dirs digest disable fail fail-early fail-with-body form-escape get globoff
    head http0.9 http1.0 http1.1 http2 http2-prior-knowledge http3 http3-only include insecure ipv4 ipv6
    junk-session-cookies location location-trusted negotiate next ntlm parallel path-as-is post301 post302 post303
    progress-bar raw remote-header-name remote-name remote-name-all remote-time show-error silent ssl ssl-reqd
    styled-output suppress-connect-headers tcp-fastopen tcp-nodelay tlsv1 tlsv1.0 tlsv1.1 tlsv1.2 tlsv1.3 tr-encoding
    verbose xattr
    """.split()  # noqa: SIM905
)
"""Long options without a value; every other takes one."""

_LONG = {
    "X": "request",
    "H": "header",
    "d": "data",
    "A": "user-agent",
    "b": "cookie",
    "e": "referer",
    "T": "upload-file",
}
_DATA = ("data", "data-raw", "data-binary", "data-ascii", "json")
_SAFE_METHOD = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


@dataclass(slots=True)
class _Options:
    url: str = ""
    method: str = ""
    headers: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    json: bool = False
    file: str = ""
    flags: set[str] = field(default_factory=set)
    named: dict[str, str] = field(default_factory=dict)


def looks_like_address(text: str) -> bool:
    """Whether a word of the command line is a URL or a curl command line."""
    return "://" in text or text.startswith("curl ")


def read_address(text: str) -> tuple[Request, bytes]:
    """The request that a URL or a curl command line makes, and its body.

    Raises:
        UsageError: it cannot be read.
    """
    return _of_curl(text) if text.startswith("curl ") else (request_of_url(text.strip()), b"")


def read_curl(text: str) -> tuple[Request, bytes | None]:
    """The request of a curl command line, and its body; None where that stands in a file, which is not read.

    Raises:
        UsageError: it cannot be read.
    """
    options = _read_options(text)
    request, body = _made(options)
    return request, None if options.file or "upload-file" in options.named else body


def request_of_url(url: str, method: bytes = b"GET", headers: tuple[Header, ...] = ()) -> Request:
    """The request for a URL, its target as it is written.

    Raises:
        UsageError: it has no host, or a scheme that is not HTTP's.
    """
    scheme, mark, rest = url.partition("://")
    authority, target = _cut(rest)
    host, port = _place(authority)
    if not mark or scheme.lower() not in ("http", "https") or not host:
        raise UsageError(f"{url[:200]!r} is no URL of a request", "as in: https://HOST/BUCKET/KEY?X-Amz-Algorithm=…")
    usual = 443 if scheme.lower() == "https" else 80
    named = authority.rpartition("@")[2].removesuffix(f":{usual}").encode("utf-8", "replace")
    if get(headers, b"host") is None:
        headers = ((b"Host", named), *headers)
    return Request(method, scheme.lower(), host, port or usual, target.encode("utf-8", "surrogateescape"), headers)


def _cut(rest: str) -> tuple[str, str]:
    """Authority and target, the fragment left out."""
    end = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
    target = rest[end:].partition("#")[0]
    return rest[:end], target if target.startswith("/") else f"/{target}"


def _place(authority: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(f"//{authority}")
        return (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise UsageError(f"{authority[:200]!r} is no host with a port", "as in: https://HOST:PORT/BUCKET/KEY") from None


# curl


def _of_curl(text: str) -> tuple[Request, bytes]:
    options = _read_options(text)
    if options.file:
        raise UsageError(
            f"the body of this curl command stands in a file ({options.file})",
            "Leave it away, or record the call: b2-inspector run -- curl …",
        )
    return _made(options)


def _read_options(text: str) -> _Options:
    options = _Options()
    try:
        words = shell_words(text.replace("\\\r\n", " ").replace("\\\n", " "))[1:]
    except ValueError as error:
        raise UsageError(f"the curl command line cannot be read: {error}", "Quote it as one word.") from None
    for name, value in _pairs(words):
        _take(options, name, value)
    if not options.url:
        raise UsageError("the curl command line names no URL", "as in: b2-inspector explain \"curl 'https://…'\"")
    if "://" not in options.url:
        options.url = f"http://{options.url}"  # as curl does
    return options


def _made(options: _Options) -> tuple[Request, bytes]:
    body = "&".join(options.data)
    if options.flags & {"get", "G"} and body:
        options.url += f"{'&' if '?' in options.url else '?'}{body}"
        body = ""
    request = request_of_url(options.url, _method(options), tuple(_headers(options)))
    return request, body.encode("utf-8", "surrogateescape")


def _pairs(words: list[str]) -> Iterator[tuple[str, str]]:
    """Options with their values, and URLs under the name `url`."""
    rest = iter(words)
    for word in rest:
        if word.startswith("--"):
            name, _, _ = word[2:].partition("=")
            plain = name in _PLAIN_LONG or name.startswith("no-")
            yield name, "" if plain else next(rest, "")
        elif word.startswith("-") and len(word) > 1:
            yield from _short(word[1:], rest)
        else:
            yield "url", word


def _short(letters: str, rest: Iterator[str]) -> Iterator[tuple[str, str]]:
    for place, letter in enumerate(letters):
        if letter in _VALUED_SHORT:
            yield _LONG.get(letter, letter), letters[place + 1 :] or next(rest, "")
            return
        yield letter, ""


def _take(options: _Options, name: str, value: str) -> None:
    if name == "url":
        options.url = options.url or value
    elif name == "request":
        options.method = value
    elif name == "header":
        options.headers.append(value)
    elif name in _DATA:
        if value.startswith("@") and name != "data-raw":
            options.file = value[1:]
            value = ""
        options.data.append(value)
        options.json = options.json or name == "json"
    elif value:
        options.named[name] = value
    else:
        options.flags.add(name)


def _method(options: _Options) -> bytes:
    """What `-X` says, else what the other options imply."""
    implied = "GET"
    if options.flags & {"head", "I"}:
        implied = "HEAD"
    elif "upload-file" in options.named:
        implied = "PUT"
    elif options.data and not options.flags & {"get", "G"}:
        implied = "POST"
    method = options.method or implied
    if not _SAFE_METHOD.fullmatch(method):
        raise UsageError(f"-X {method[:40]!r} is no method", "as in: -X PUT")
    return method.encode()


def _headers(options: _Options) -> Iterator[Header]:
    """The header lines that are written there, and those that curl adds for options which are written there."""
    given = [_header(line) for line in options.headers]
    named = {name.lower() for name, _ in given}
    yield from (header for header in given if header[1] is not None)  # type: ignore[misc]
    for option, name in (("user-agent", b"User-Agent"), ("cookie", b"Cookie"), ("referer", b"Referer")):
        if option in options.named and name.lower() not in named:
            yield name, options.named[option].encode("utf-8", "surrogateescape")
    if options.data and not options.flags & {"get", "G"} and b"content-type" not in named:
        yield b"Content-Type", b"application/json" if options.json else b"application/x-www-form-urlencoded"


def _header(line: str) -> tuple[bytes, bytes | None]:
    """Name and value; None for one that takes away what curl would send."""
    raw = line.encode("utf-8", "surrogateescape")
    name, colon, value = raw.partition(b":")
    if not colon and raw.endswith(b";"):
        return raw[:-1], b""
    return name, value.strip() or None
