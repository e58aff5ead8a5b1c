"""Signers that somebody wrote himself: one step of the recipe is not as it should be.

A large share of what people ask about. Most of it is seen in single threads: a T-SQL signer with CHAR(13) between the
lines and the host in the URI line (Stack Overflow), minio#14592, the IAM guide's "Key signing errors".
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping

from inspector.sigv4 import steps
from inspector.sigv4.hypotheses.model import (
    ALGORITHM,
    ASSEMBLY,
    HEADER_LIST,
    METHOD,
    PATH,
    PAYLOAD,
    QUERY,
    RECIPE,
    STRING,
    Change,
    Problem,
    Value,
    header,
)
from inspector.sigv4.hypotheses.query_line import may_be_secret
from inspector.sigv4.hypotheses.recipes import (
    Assembly,
    Bytes,
    KeyChain,
    Renamed,
    StringToSign,
    as_latin1_text,
    as_utf8_text,
    hexed,
    hexed_upper,
    md5_hex,
    sha1_hex,
    sha256_base64,
    sha256_hex_upper,
    sha256_of_hex,
    sha256_raw,
    sha256_twice,
    title_case,
    upper_case,
    utf8_marked,
    utf16_be,
    utf16_be_marked,
    utf16_le,
    utf16_le_marked,
)
from inspector.sigv4.hypotheses.register import hypothesis

Row = tuple[str, Mapping[str, Value]]
"""What was done, in words, and the axes that it sets."""

_CANONICAL = "the canonical request"
_STRING = "the string to sign"


def _changes(rows: tuple[Row, ...]) -> Iterator[Change]:
    return (Change(values, words) for words, values in rows)


BLANK_LINES: tuple[Row, ...] = (
    (f"{_CANONICAL} without the empty line after the headers was signed", {ASSEMBLY: Assembly(blank=())}),
    (f"{_CANONICAL} with two empty lines after the headers was signed", {ASSEMBLY: Assembly(blank=(b"", b""))}),
)

_USUAL = ("date", "region", "service", "terminator")

MISSING: tuple[Row, ...] = (
    (f"{_CANONICAL} without the line of the query was signed", {ASSEMBLY: Assembly(without=frozenset({"query"}))}),
    (f"{_CANONICAL} without the list of headers was signed", {ASSEMBLY: Assembly(without=frozenset({"names"}))}),
    (f"{_CANONICAL} without the payload's line was signed", {ASSEMBLY: Assembly(without=frozenset({"payload"}))}),
    (f"{_STRING} without the algorithm was signed", {STRING: StringToSign(lines=("timestamp", "scope", "hash"))}),
    (f"{_STRING} without the time was signed", {STRING: StringToSign(lines=("algorithm", "scope", "hash"))}),
    (f"{_STRING} without the scope was signed", {STRING: StringToSign(lines=("algorithm", "timestamp", "hash"))}),
    (f"{_STRING} without the hash was signed", {STRING: StringToSign(lines=("algorithm", "timestamp", "scope"))}),
    (
        f"{_STRING} with scope and time in each other's place was signed",
        {STRING: StringToSign(lines=("algorithm", "scope", "timestamp", "hash"))},
    ),
    (
        f"{_STRING} with a scope without its end was signed",
        {STRING: StringToSign(scope=("date", "region", "service"))},
    ),
    (
        f"{_STRING} with region and service of the scope in each other's place was signed",
        {STRING: StringToSign(scope=("date", "service", "region", "terminator"))},
    ),
    *(
        (
            f"{_STRING} with a scope without the {left_out} was signed",
            {STRING: StringToSign(scope=tuple(word for word in _USUAL if word != left_out))},
        )
        for left_out in _USUAL[:3]
    ),
    (f"{_STRING} with a slash behind the scope was signed", {STRING: StringToSign(after_scope=b"/")}),
    (f"{_STRING} with a slash before the scope was signed", {STRING: StringToSign(before_scope=b"/")}),
)

HASHES: tuple[Row, ...] = (
    *(
        (f"{_STRING} with {words} was signed", {STRING: StringToSign(digest=digest)})
        for words, digest in (
            (f"{_CANONICAL} itself, not its hash,", bytes),
            (f"the hash of {_CANONICAL} as raw bytes", sha256_raw),
            (f"the hash of {_CANONICAL} in base64", sha256_base64),
            (f"the hash of the hex hash of {_CANONICAL}", sha256_of_hex),
            (f"the hash of the raw hash of {_CANONICAL}", sha256_twice),
            (f"the SHA-1 of {_CANONICAL}", sha1_hex),
            (f"the MD5 of {_CANONICAL}", md5_hex),
        )
    ),
    (f"the hash of {_STRING} was signed", {STRING: StringToSign(text=sha256_raw)}),
    (f"the hex hash of {_STRING} was signed", {STRING: StringToSign(text=steps.sha256_hex)}),
    (f"{_CANONICAL} itself, without {_STRING}, was signed", {STRING: StringToSign(lines=("hash",), digest=bytes)}),
)

CHAINS: tuple[Row, ...] = tuple(
    (f"a key was used that was made with {words}", {RECIPE: chain})
    for words, chain in (
        ("the hex of each HMAC as the next key", KeyChain(between=hexed, last=hexed)),
        ("the hex of each HMAC but the last as the next key", KeyChain(between=hexed)),
        ("the hex of the last HMAC", KeyChain(last=hexed)),
        ("the base64 of each HMAC as the next key", KeyChain(between=base64.b64encode, last=base64.b64encode)),
        ("the base64 of the last HMAC", KeyChain(last=base64.b64encode)),
        ("the upper-case hex of each HMAC as the next key", KeyChain(between=hexed_upper, last=hexed_upper)),
        ("each HMAC read as UTF-8 text", KeyChain(between=as_utf8_text, last=as_utf8_text)),
        ("the last HMAC read as UTF-8 text", KeyChain(last=as_utf8_text)),
        ("each HMAC read as Latin-1 text", KeyChain(between=as_latin1_text, last=as_latin1_text)),
        ("the last HMAC read as Latin-1 text", KeyChain(last=as_latin1_text)),
    )
)

PREFIXES: tuple[Row, ...] = tuple(
    (f"a key was used that was made with {words} before the secret", {RECIPE: KeyChain(prefix)})
    for words, prefix in (
        ("no AWS4", b""),
        ("aws4, in lower case,", b"aws4"),
        ("'AWS4 ', with a space,", b"AWS4 "),
        ("'AWS4-HMAC-SHA256'", steps.ALGORITHM),
        ("AWS4 twice", b"AWS4AWS4"),
        ("'AWS'", b"AWS"),
    )
)

ORDERS: tuple[Row, ...] = (
    *(
        (f"a key was used that was made of {', '.join(order)}, in this order", {RECIPE: KeyChain(order=order)})
        for order in (
            ("date", "service", "region", "terminator"),
            ("region", "date", "service", "terminator"),
            ("region", "service", "date", "terminator"),
            ("service", "region", "date", "terminator"),
            ("service", "date", "region", "terminator"),
            ("terminator", "service", "region", "date"),
        )
    ),
    *(
        (
            f"a key was used that was made without the {left_out}",
            {RECIPE: KeyChain(order=tuple(word for word in _USUAL if word != left_out))},
        )
        for left_out in _USUAL
    ),
    *(
        (
            f"a key was used that was made with {ending.decode()!r} as the last word",
            {RECIPE: KeyChain(terminator=ending)},
        )
        for ending in (b"aws4-request", b"AWS4_REQUEST", b"aws4request", b"aws_request", b"request")
    ),
    ("the date's key, not bound to region and service, was used", {RECIPE: KeyChain(order=("date",))}),
    ("the secret with AWS4 before it, not a key made of it, was used", {RECIPE: KeyChain(order=())}),
    ("the secret itself, not a key made of it, was used", {RECIPE: KeyChain(b"", ())}),
    ("a key was used with key and message of each HMAC in each other's place", {RECIPE: KeyChain(crossed=True)}),
)

HEADER_CASES: tuple[Row, ...] = (
    ("header names with capitals were signed", {ASSEMBLY: Assembly(name=title_case)}),
    ("header names in upper case were signed", {ASSEMBLY: Assembly(name=upper_case)}),
)

HEADER_FORMS: tuple[Row, ...] = (
    ("header lines with a space after the colon were signed", {ASSEMBLY: Assembly(after=b": ")}),
    ("header lines with '=' for the colon were signed", {ASSEMBLY: Assembly(after=b"=")}),
    (
        "header names with capitals, and a space after the colon, were signed",
        {ASSEMBLY: Assembly(after=b": ", name=title_case)},
    ),
)

_LIST_SEPARATORS = (("commas", b","), ("', '", b", "), ("'; '", b"; "), ("spaces", b" "))


def _encoded(words: str, text: Bytes) -> Iterator[Row]:
    assembly, string, chain = Assembly(text=text), StringToSign(text=text), KeyChain(text=text)
    yield f"everything in {words} was signed", {ASSEMBLY: assembly, STRING: string, RECIPE: chain}
    yield f"{_CANONICAL} in {words} was signed", {ASSEMBLY: assembly}
    yield f"{_STRING} in {words} was signed", {STRING: string}
    yield f"{_CANONICAL} and {_STRING} in {words} were signed", {ASSEMBLY: assembly, STRING: string}


def _encoded_keys(words: str, text: Bytes) -> Iterator[Row]:
    string, chain = StringToSign(text=text), KeyChain(text=text)
    yield f"a key made of secret and scope in {words} was used", {RECIPE: chain}
    yield (
        f"{_STRING} in {words} was signed, and a key made of secret and scope likewise",
        {STRING: string, RECIPE: chain},
    )


UTF16: tuple[Row, ...] = (
    *_encoded("UTF-16", utf16_le),
    *_encoded_keys("UTF-16", utf16_le),
    *_encoded("UTF-16 with a byte order mark", utf16_le_marked),
    *_encoded("big-endian UTF-16", utf16_be),
    *_encoded("big-endian UTF-16 with a byte order mark", utf16_be_marked),
    *_encoded("UTF-8 with a byte order mark", utf8_marked),
)

ALGORITHMS = (b"AWS4-HMAC-SHA256", b"aws4-hmac-sha256", b"HMAC-SHA256", b"AWS4-HMAC-SHA1", b"AWS4", b"AWS-HMAC-SHA256")


@hypothesis("impl-no-blank-line")
def blank_lines(problem: Problem) -> Iterator[Change]:
    """The canonical request does not have exactly one empty line between its headers and their list."""
    return _changes(BLANK_LINES)


@hypothesis("impl-part-missing")
def parts(problem: Problem) -> Iterator[Change]:
    """A line, or a word of the scope, is missing from what was signed, or stands at the wrong place."""
    yield from _changes(MISSING)
    key_id = (problem.signed.authorization.key_id or "").encode()
    credential = StringToSign(before_scope=key_id + b"/")
    yield Change({STRING: credential}, f"{_STRING} with the key id before the scope was signed")


@hypothesis("impl-creq-not-hashed")
def hashes(problem: Problem) -> Iterator[Change]:
    """What stands in the string to sign is not the hex SHA-256 of the canonical request."""
    return _changes(HASHES)


@hypothesis("impl-hash-uppercase")
def upper_case_hashes(problem: Problem) -> Iterator[Change]:
    """A hash was signed in upper-case hex."""
    string = StringToSign(digest=sha256_hex_upper)
    payload = problem.parts[PAYLOAD]
    yield Change({STRING: string}, f"the hash of {_CANONICAL} in upper case was signed")
    if len(payload) == 64:
        for written in (payload.upper(), payload.lower()):
            words = f"the payload's hash in {'upper' if written.isupper() else 'lower'} case"
            yield Change({PAYLOAD: written}, f"{words} was signed")
            yield Change({PAYLOAD: written, STRING: string}, f"both hashes were signed, {words}")


@hypothesis("impl-hex-chain")
def chains(problem: Problem) -> Iterator[Change]:
    """The digests of the key's derivation were turned into text before they became keys."""
    return _changes(CHAINS)


@hypothesis("impl-no-AWS4-prefix")
def prefixes(problem: Problem) -> Iterator[Change]:
    """The secret was not prefixed with AWS4 when the key was made."""
    return _changes(PREFIXES)


@hypothesis("impl-scope-order")
def orders(problem: Problem) -> Iterator[Change]:
    """The key was made of the right words in the wrong order, or without one of them."""
    return _changes(ORDERS)


@hypothesis("impl-header-case")
def header_cases(problem: Problem) -> Iterator[Change]:
    """Header names were signed in capitals."""
    yield from _changes(HEADER_CASES)
    for words, values in HEADER_CASES:
        assembly = values[ASSEMBLY]
        if isinstance(assembly, Assembly):
            names = b";".join(map(assembly.name, problem.names))
            yield Change({ASSEMBLY: assembly, HEADER_LIST: names}, f"{words}, in their list as well")
    yield from _as_sent(problem)


def _as_sent(problem: Problem) -> Iterator[Change]:
    """Names as they were sent, where that is no case of its own."""
    sent = {name.lower(): name for name, _ in problem.signed.request.headers}
    renaming = tuple((name, sent[name]) for name in problem.names if sent.get(name, name) != name)
    if renaming:
        yield Change({ASSEMBLY: Assembly(name=Renamed(renaming))}, "header names as they were sent were signed")


@hypothesis("impl-header-format")
def header_forms(problem: Problem) -> Iterator[Change]:
    """The header lines, or the list of their names, were written otherwise."""
    yield from _changes(HEADER_FORMS)
    lines = [text for axis, text in problem.parts.items() if axis.startswith(header(""))]
    if any(text != text.lower() for text in lines):
        lowered = Assembly(value=bytes.lower)
        yield Change({ASSEMBLY: lowered}, "header lines in lower case, their values as well, were signed")
    for words, separator in _LIST_SEPARATORS:
        names = separator.join(problem.names)
        yield Change({HEADER_LIST: names}, f"the list of headers with {words} between the names was signed")
    yield Change({HEADER_LIST: b""}, "an empty line in the place of the list of headers was signed")
    names = problem.parts[HEADER_LIST] + b";"
    yield Change({HEADER_LIST: names}, "the list of headers with a semicolon at its end was signed")


@hypothesis("impl-method-lower")
def methods(problem: Problem) -> Iterator[Change]:
    """The method was signed in lower case."""
    method = problem.parts[METHOD]
    for written in (method.lower(), method.upper(), method.capitalize()):
        yield Change({METHOD: written}, f"the method {written.decode('utf-8', 'replace')!r} was signed")


@hypothesis("impl-host-as-uri")
def uris(problem: Problem) -> Iterator[Change]:
    """The host, or the whole URL, was signed in the line of the path."""
    request = problem.signed.request
    host, path = request.signed_host, problem.parts[PATH]
    query = b"?" + problem.parts[QUERY] if problem.parts[QUERY] else b""
    url = b"%b://%b" % (request.scheme.encode(), host)
    for line in dict.fromkeys((url + path, host + path, b"//" + host + path, b"/" + host + path, host, url)):
        yield _path(line, {})
    sent = b"?" + request.query  # in the order and the spelling of the request, as PHP's REQUEST_URI and the like
    targets = [path + query, host + path + query, url + path + query, *(p + sent for p in (path, request.path))]
    for line in dict.fromkeys(targets) if query else ():
        yield _path(line, {})
        yield _path(line, {QUERY: b""})
    if query:
        yield Change({QUERY: query}, "the query with its question mark was signed")


def _path(line: bytes, values: Mapping[str, Value]) -> Change:
    words = ", and an empty line for the query" if values else ""
    shown = line.partition(b"?")[0] + b"?..." if may_be_secret(line) else line
    return Change({PATH: line, **values}, f"{shown.decode('utf-8', 'replace')!r} was signed as the path{words}")


@hypothesis("impl-utf16")
def encodings(problem: Problem) -> Iterator[Change]:
    """Text was turned into UTF-16, or given a byte order mark, before it was hashed or signed."""
    return _changes(UTF16)


@hypothesis("impl-algorithm")
def algorithms(problem: Problem) -> Iterator[Change]:
    """Another name of the algorithm stands in the string to sign."""
    declared = (problem.signed.authorization.algorithm or "").encode()
    for name in dict.fromkeys((declared, *ALGORITHMS)):
        yield Change({ALGORITHM: name}, f"the algorithm {name.decode('utf-8', 'replace')!r} was signed")
