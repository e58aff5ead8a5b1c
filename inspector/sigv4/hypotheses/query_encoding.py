"""The query was ordered or encoded otherwise than by the rule.

The rule: decode each name and value once, encode every byte once in upper case but for letters, digits and `-._~`,
sort by encoded name and then by value, and write `=` even where no value is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import unquote_to_bytes

from inspector.sigv4.canonical import encode, header_value
from inspector.sigv4.hypotheses.line import Rendered
from inspector.sigv4.hypotheses.model import HEADER_LIST, Problem, Value, header
from inspector.sigv4.hypotheses.percent import (
    ENCODE_URI,
    ENCODE_URI_COMPONENT,
    around_escapes,
    bare_sets,
    encoded,
    listed,
    lower_hex,
)
from inspector.sigv4.hypotheses.query_line import QUERY_LINE, Params, by_rule, joined, param, params_of, written


def _bare(params: Params, bare: bytes) -> bytes:
    """By the rule, but for some characters that stay as they are."""
    return written(sorted((encoded(name, bare), encoded(value, bare)) for name, value in _decoded(params)))


def _decoded(params: Params) -> list[tuple[bytes, bytes]]:
    return [one.decoded for one in params]


def _encoded(params: Params) -> list[tuple[bytes, bytes]]:
    return [one.encoded for one in params]


@QUERY_LINE.rendering("query-unsorted")
def unsorted(problem: Problem, params: Params) -> Iterator[Rendered]:
    """The parameters were signed in the order in which they are sent."""
    # deno_aws_sign_v4#7, aws-request-signer#9, elastic4s#1326
    pairs = _encoded(params)
    yield Rendered(written(pairs), "in the order of the request")
    by_name = sorted(pairs, key=lambda pair: pair[0])
    yield Rendered(written(by_name), "with the values of one name in the order of the request")


@QUERY_LINE.rendering("query-sorted-as-strings")
def sorted_as_strings(problem: Problem, params: Params) -> Iterator[Rendered]:
    """The parameters were sorted as whole strings, or before they were encoded, not by name and then by value."""
    # mhart/aws4#103, amplify-js#3582: '=' comes after '-' and digits, so 'a-b=1' goes before 'a=1'
    pairs = _encoded(params)
    yield Rendered(b"&".join(sorted(b"%b=%b" % pair for pair in pairs)), "sorted as strings 'name=value'")
    unencoded = sorted(params, key=lambda one: one.decoded)
    yield Rendered(written(one.encoded for one in unencoded), "sorted before it was encoded")


@QUERY_LINE.rendering("query-sort-case")
def sort_case(problem: Problem, params: Params) -> Iterator[Rendered]:
    """The parameters were sorted without regard to case."""
    pairs = sorted(_encoded(params))  # amazon-sp-api#151, Arsenal#188
    yield Rendered(written(sorted(pairs, key=lambda pair: pair[0].lower())), "sorted without regard to case")


@QUERY_LINE.rendering("query-valueless")
def valueless(problem: Problem, params: Params) -> Iterator[Rendered]:
    """A parameter without a value was signed without `=`, or not at all."""
    # curl#8107, libvmod-awsrest#24
    without = frozenset(one.encoded[0] for one in params if one.value is None)
    empty = without | {one.encoded[0] for one in params if not one.value}
    pairs = sorted(_encoded(params))
    for names in dict.fromkeys((without, empty)):
        if names:
            bare = (name if name in names and not value else b"%b=%b" % (name, value) for name, value in pairs)
            yield Rendered(b"&".join(bare), "without '=' after names that have no value")
            kept = [(name, value) for name, value in pairs if value or name not in names]
            yield Rendered(written(kept), "without the names that have no value")


@QUERY_LINE.rendering("query-semicolon")
def semicolon(problem: Problem, params: Params) -> Iterator[Rendered]:
    """A bare semicolon was taken for a separator of parameters, or signed as it is."""
    # seaweedfs#10305, minio#19887: Go and Python once split at ';', and now drop or keep what holds one
    kept = tuple(one for one in params if b";" not in one.name and b";" not in (one.value or b""))
    if kept == params:
        return
    yield Rendered(_bare(params, b";"), "with ';' left bare")
    yield Rendered(by_rule(params_of(joined(params).replace(b";", b"&"))), "with ';' as the end of a parameter")
    yield Rendered(by_rule(kept), "without the parameters that hold a bare ';'")


@QUERY_LINE.rendering("query-double-encoded")
def double_encoded(problem: Problem, params: Params) -> Iterator[Rendered]:
    """The query was percent-encoded twice on one side."""
    # localstack#10844, jumpstarter#662 (yarl encodes again what is encoded)
    pairs = _encoded(params)
    twice = sorted((encode(name), encode(value)) for name, value in pairs)
    yield Rendered(written(twice), "percent-encoded twice")
    yield Rendered(written(sorted((name, encode(value)) for name, value in pairs)), "with values percent-encoded twice")
    yield Rendered(_credential_twice(pairs), "with 'X-Amz-Credential' percent-encoded twice")
    if b"%25" in joined(params):
        once = by_rule(tuple(param(*one.decoded) for one in params))
        yield Rendered(once, "percent-encoded once, where the request has it twice", _headers_apart(problem))


def _credential_twice(pairs: Sequence[tuple[bytes, bytes]]) -> bytes:
    return written(
        sorted((name, encode(value) if name.lower() == b"x-amz-credential" else value) for name, value in pairs)
    )


def _headers_apart(problem: Problem) -> dict[str, Value]:
    """Encoded twice, the list of signed headers reads as one name: the lines that it stood for, and the list."""
    values: dict[str, Value] = {}
    for name in problem.names:
        names = unquote_to_bytes(name).split(b";")
        if len(names) > 1:
            lines = (b"%b:%b" % (one, header_value(problem.signed.request, one)) for one in names)
            values[header(name)] = b"\n".join(lines)
            values[HEADER_LIST] = b";".join(names)
    return values


@QUERY_LINE.rendering("query-encoding")
def encoding(problem: Problem, params: Params) -> Iterator[Rendered]:
    """Characters in the query were encoded by another rule, or not at all."""
    # ozone#3726, aws-sdk-rust#330, curl#11794, curl#13058, aws-sign-web#16
    raw = joined(params)
    yield Rendered(raw, "just as it stands in the request")
    yield Rendered(b"&".join(sorted(raw.split(b"&"))), "sorted, and else as it stands in the request")
    rule = by_rule(params)
    yield from _spaces(params, rule)
    yield Rendered(lower_hex(rule), "with lower-case hex digits")
    yield Rendered(rule.replace(b"~", b"%7E"), "with '~' as '%7E'")
    yield Rendered(_kept(params), "with every escape kept that was sent")
    yield from _bare_signs(params)
    if not unquote_to_bytes(raw).isascii():
        yield Rendered(_latin1(params), "with letters beyond ASCII in Latin-1")


def _spaces(params: Params, rule: bytes) -> Iterator[Rendered]:
    """HTML's form encoding writes a space as a plus; the rule knows no such thing."""
    if b"%20" in rule:
        yield Rendered(rule.replace(b"%20", b"+"), "with spaces as '+'")
        yield Rendered(rule.replace(b"%20", b" "), "with spaces left bare")
        yield Rendered(rule.replace(b"%20", b"%2B"), "with spaces as '%2B'")
    if b"%2B" in rule:
        raw = joined(params).replace(b"+", b"%20")
        yield Rendered(by_rule(params_of(raw)), "with the '+' of the request as a space")
        yield Rendered(rule.replace(b"%2B", b"%20"), "with '+' as a space")


def _bare_signs(params: Params) -> Iterator[Rendered]:
    data = b"".join(name + value for name, value in _decoded(params))
    for bare in bare_sets(data):
        yield Rendered(_bare(params, bare), f"with {listed(bare)} left bare")
    if any(sign in data for sign in ENCODE_URI_COMPONENT):
        yield Rendered(_bare(params, ENCODE_URI_COMPONENT), "encoded by the rule of encodeURIComponent")
    yield Rendered(_bare(params, ENCODE_URI + b"/"), "encoded by the rule of encodeURI")
    yield Rendered(written(sorted(_decoded(params))), "not percent-encoded")


@QUERY_LINE.rendering("query-joined")
def otherwise_joined(problem: Problem, params: Params) -> Iterator[Rendered]:
    """Something else than an ampersand stands between the parameters that were signed, or one at either end."""
    pairs = [b"%b=%b" % pair for pair in sorted(_encoded(params))]
    if len(pairs) > 1:
        for between, words in _JOINTS:
            yield Rendered(between.join(pairs), f"with {words} between its parameters")
    if pairs:
        yield Rendered(b"&".join((*pairs, b"")), "with an ampersand at its end")
        yield Rendered(b"&".join((b"", *pairs)), "with an ampersand before it")


# W3C once had ';' beside '&' (HTML 4.01, B.2.2); `&amp;` is what HTML and XML writers make of it.
_JOINTS = ((b";", "';'"), (b"&amp;", "'&amp;'"), (b",", "a comma"), (b"\n", "a line feed"), (b"", "nothing"))


@QUERY_LINE.rendering("query-case")
def case(problem: Problem, params: Params) -> Iterator[Rendered]:
    """The parameters were signed in small letters."""
    names = sorted((name.lower(), value) for name, value in _encoded(params))
    yield Rendered(written(names), "with its names in small letters")
    lowered = sorted((encode(name.lower()), encode(value.lower())) for name, value in _decoded(params))
    yield Rendered(written(lowered), "in small letters")
    yield Rendered(by_rule(params).lower(), "in small letters, escapes as well")


def _kept(params: Params) -> bytes:
    return written(sorted((around_escapes(one.name), around_escapes(one.value or b"")) for one in params))


def _latin1(params: Params) -> bytes:
    respelt = ((_in_latin1(name), _in_latin1(value)) for name, value in _decoded(params))
    return written(sorted((encode(name), encode(value)) for name, value in respelt))


def _in_latin1(data: bytes) -> bytes:
    try:
        return data.decode().encode("latin-1", "replace")
    except UnicodeDecodeError:
        return data.decode("latin-1").encode()
