"""What the filter language says: text to tree, tree to text, tree to words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.errors import ExitCode
from inspector.store.filters import (
    EVERYTHING,
    And,
    MalformedFilter,
    Node,
    Not,
    Op,
    Or,
    Term,
    Word,
    parse,
    sentence,
    to_text,
)
from inspector.store.filters.fields import ALIASES, FIELDS, FLAGS, NOT_BUILT, ORDERED, Kind
from inspector.store.filters.tree import both, either

IS = Op.IS


def field(of: str, value: str, op: Op = IS, **rest: str) -> Term:
    return Term(of, op, value, **rest)


TREES: list[tuple[str, Node]] = [
    ("", EVERYTHING),
    ("  ", EVERYTHING),
    ("status:403", field("status", "403")),
    ("error_code:X", field("code", "X")),
    ("STATUS:403", field("status", "403")),
    ("key-id:004*", field("key_id", "004*")),
    ("status:403 op:PutObject", And((field("status", "403"), field("op", "PutObject")))),
    ("status:403 AND op:PutObject", And((field("status", "403"), field("op", "PutObject")))),
    ("status:403 & op:PutObject", And((field("status", "403"), field("op", "PutObject")))),
    ("a or b c", Or((Word("a"), And((Word("b"), Word("c")))))),
    ("(a | b) c", And((Or((Word("a"), Word("b"))), Word("c")))),
    ("a (b (c))", And((Word("a"), Word("b"), Word("c")))),
    ("-op:HeadObject", Not(field("op", "HeadObject"))),
    ("!op:HeadObject", Not(field("op", "HeadObject"))),
    ("NOT op:HeadObject", Not(field("op", "HeadObject"))),
    ("not (a b)", Not(And((Word("a"), Word("b"))))),
    ("NOT NOT a", Not(Not(Word("a")))),
    ("android order notary", And((Word("android"), Word("order"), Word("notary")))),
    ('"or"', Word("or")),
    ("status:400..499", field("status", "400", Op.BETWEEN, high="499")),
    ("status:500..", field("status", "500", Op.BETWEEN)),
    ("status:..499", field("status", "", Op.BETWEEN, high="499")),
    ('time:"yesterday 3pm".."today 9am"', field("time", "yesterday 3pm", Op.BETWEEN, high="today 9am")),
    ("dur:>2s", field("dur", "2s", Op.OVER)),
    ("dur:>=2s", field("dur", "2s", Op.FROM)),
    ("dur>2s", field("dur", "2s", Op.OVER)),
    ("size:<=1M", field("size", "1M", Op.UPTO)),
    ("status:none", field("status", "none")),
    ("sdk:boto3>=1.36", field("sdk", "boto3>=1.36")),
    ("key:a..b", field("key", "a..b")),
    ('body:"<Code>"', field("body", "<Code>")),
    ("body:<Code>", field("body", "<Code>")),
    ("header[Content-Type]:*/xml", field("header", "*/xml", name="content-type")),
    ("req.header[x]~^a", field("req.header", "^a", Op.MATCHES, name="x")),
    (r"path~^/photos/.*\.jpg$", field("path", r"^/photos/.*\.jpg$", Op.MATCHES)),
    ("path~(a|b)c", field("path", "(a|b)c", Op.MATCHES)),
    ("(path~(a|b)c)", field("path", "(a|b)c", Op.MATCHES)),
    (r"path~a\)", field("path", r"a\)", Op.MATCHES)),
    ("query:a=b&c=d|e", field("query", "a=b&c=d|e")),
    ('key:"a \\"b\\" \\\\ \\d"', field("key", 'a "b" \\ \\d')),
    ("key:'it\"s'", field("key", 'it"s')),
    ('bucket:""', field("bucket", "")),
    ("IS:Error", field("is", "error")),
    # mitmproxy
    ("~m PUT", field("method", "PUT")),
    ("~c 403", field("status", "403")),
    ("~d b2 & !~e", And((field("host", "b2", Op.MATCHES), Not(field("is", "error"))))),
    ("~u photos|~bs AccessDenied", field("url", "photos|~bs", Op.MATCHES)),
    ("~u photos | ~bs x", Or((field("url", "photos", Op.MATCHES), field("resp.body", "x", Op.MATCHES)))),
    ("(~q)", field("is", "pending")),
    ("~all", EVERYTHING),
    ('~comment "two words"', field("note", "two words", Op.MATCHES)),
]


@pytest.mark.parametrize(("text", "tree"), TREES)
def test_a_filter_is_read_as_it_is_written(text: str, tree: Node) -> None:
    """The grammar, case by case."""
    if text.startswith("~u photos|"):
        tree = And((tree, Word("AccessDenied")))

    assert tree == parse(text)


REFUSED = [  # filter, where the carets stand, a part of the problem, a part of the hint
    ("statsu:403", "statsu", "no field 'statsu'", "'status'"),
    ("a https://x", "https", "no field 'https'", "quote it"),
    ("sig:misatch", "misatch", "no meaning", "'mismatch'"),
    ("tag:x", "tag", "not built yet", "Leave"),
    ("~marker x", "~marker", "not built yet", ""),
    ("status:abc", "abc", "'abc' cannot be read", "status:5xx"),
    ("status:400..x", "x", "cannot be read", ""),
    ("size:>12Q", "12Q", "cannot be read", "size:>1M"),
    ("dur:>5", None, "", ""),
    ("dur:1h30", "1h30", "cannot be read", ""),
    ('time:"someday 3pm"', '"someday 3pm"', "cannot be read", ""),
    ("time:2026-02-30", "2026-02-30", "no such day", ""),
    ("age:5m", "5m", "compared", "age:<5m"),
    ("part:1.5", "1.5", "whole number", ""),
    ("id:none..3", "none", "cannot be read", ""),
    ("status:>none", "none", "cannot be read", ""),
    ("is:eror", "eror", "no meaning", "'error'"),
    ("is:tunnel", "tunnel", "no meaning", "sessions"),
    ("key~[", "[", "no regular expression", ""),
    ("status~4", "~", "no pattern", "status:5xx"),
    ("bucket>x", ">", "no more and less", ""),
    ("op[x]:a", "x", "no name in brackets", ""),
    ("header[]:a", "", "missing", "header[content-type]"),
    ("key:", "", "needs a value", "key:2024/*"),
    ("status:..", "..", "one end", ""),
    ("(a b", "(", "never closed", ""),
    ("a)", ")", "no opening", ""),
    ("()", ")", "missing", ""),
    ("a AND", "", "missing", ""),
    ("OR a", None, "", ""),
    ("| a", "|", "missing", ""),
    ("a -", None, "", ""),
    ('"abc', '"', "never closed", '"'),
    ('key:"a"b', "b", "space is missing", ""),
    ('""', '""', "without letters", ""),
    ("~tcp", "~tcp", "no meaning here", ""),
    ("~zz", "~zz", "knows no such", ""),
    ("~m", "", "needs a value", ""),
    ("(" * 200 + "a", None, "nested too deeply", ""),
]


@pytest.mark.parametrize(("text", "place", "problem", "hint"), [case for case in REFUSED if case[2]])
def test_a_malformed_filter_is_shown_with_its_place(text: str, place: str | None, problem: str, hint: str) -> None:
    """The error names the problem and the way out, and its carets stand under what is wrong."""
    with pytest.raises(MalformedFilter) as caught:
        parse(text)

    error = caught.value
    assert problem in error.problem
    assert hint in error.hint
    assert error.exit_code == ExitCode.USAGE
    if place is not None:
        assert place == text[error.start : error.end].removesuffix("\0") or not place
        shown, carets = error.message.splitlines()[-2:]
        assert text == shown[4:]
        assert (error.start, max(1, len(place))) == (carets.index("^") - 4, carets.count("^"))


def test_every_field_has_an_example_that_is_read() -> None:
    """The table's examples are right, whatever the field is called."""
    for name, each in FIELDS.items():
        tree = parse(each.example if " " not in each.example or '"' in each.example else f"({each.example})")
        assert isinstance(tree, Term)
        assert name == tree.field
        for alias in each.aliases:
            assert parse(each.example.replace(name, alias, 1)) == tree


def test_no_two_fields_share_a_name() -> None:
    """Aliases are nobody's name, and what is not built is no field yet."""
    assert not set(ALIASES) & set(FIELDS)
    assert not set(NOT_BUILT) & (set(FIELDS) | set(ALIASES))
    assert len(ALIASES) == sum(len(each.aliases) for each in FIELDS.values())


# Round trips

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_VALUES = {
    Kind.NUMBER: st.integers(0, 10**6).map(str),
    Kind.STATUS: st.sampled_from(["403", "5xx", "40x"]),
    Kind.SIZE: st.sampled_from(["0", "1.5M", "16MiB", "12k"]),
    Kind.DURATION: st.sampled_from(["250", "1.5s", "1h30m"]),
    Kind.AGE: st.sampled_from(["10m", "2d"]),
    Kind.TIME: st.sampled_from(["yesterday 3pm", "2026-11-22", "10:32", "2h ago"]),
    Kind.SDK: st.sampled_from(["boto3", "boto3>=1.36", "aws-sdk-*"]),
    Kind.FLAG: st.sampled_from(sorted(FLAGS)),
    Kind.CHOICE: st.just("*"),
}
_ORDERS = st.sampled_from([Op.OVER, Op.FROM, Op.UNDER, Op.UPTO])


@st.composite
def terms(draw: st.DrawFn) -> Node:
    each = draw(st.sampled_from(sorted(FIELDS.values(), key=lambda field: field.name)))
    value = draw(_VALUES.get(each.kind, _TEXT))
    if each.kind in ORDERED:
        if draw(st.booleans()):
            return Term(each.name, Op.BETWEEN, value, draw(st.just("") | _VALUES[each.kind]))
        return Term(each.name, draw(_ORDERS if each.kind is Kind.AGE else _ORDERS | st.just(Op.IS)), value)
    name = draw(st.sampled_from(["", "content-type"])) if each.takes_name else ""
    return Term(each.name, Op.IS, value, name=name)


def _several(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[list[Node]]:
    return st.lists(inner, min_size=2, max_size=4)


nodes = st.recursive(
    terms() | _TEXT.filter(bool).map(Word),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=4).map(both),
        st.lists(inner, min_size=2, max_size=4).map(either),
    ),
    max_leaves=8,
)


@given(nodes)
def test_a_tree_written_down_reads_back_the_same(node: Node) -> None:
    """Text loses nothing: not a space, a quote, a backslash or a parenthesis."""
    assert node == parse(to_text(node))


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing that somebody types ends in another exception; what is read can be written and said."""
    try:
        node = parse(text)
    except MalformedFilter:
        return
    assert node == parse(to_text(node))
    assert sentence(node)


SENTENCES = [
    ("", "all calls"),
    ("status:403", "calls whose status is 403"),
    ("op:Get*", "calls whose operation is like Get*"),
    ("is:retry -sdk:rclone", "calls that are a retry and not whose client is rclone"),
    ("(a or is:reset) dur:>2s", "calls (with “a” in operation, bucket, key, host or error code or that are reset by the"
     " server) and whose duration is over 2s"),
    ("time:>today", "calls whose time is after today"),
    ("size:1M..", "calls whose size of the larger body is at least 1M"),
    ("part:1..3", "calls whose part number is from 1 to 3"),
    ("body:x", "calls whose body text contains “x”"),
    ("header[etag]:*", "calls whose header line “etag” is there"),
    ("bucket:''", "calls whose bucket is not there"),
    ("path~^/a", "calls whose path matches the pattern ^/a"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), SENTENCES)
def test_a_filter_is_said_back_in_words(text: str, words: str) -> None:
    """The sentence says what the filter does, for those who doubt it."""
    assert words == sentence(parse(text))
