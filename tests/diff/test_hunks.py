"""What differs is told by what it means; what always differs is told quietly; nothing else is told."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.diff.bodies import BodySide, body_hunks, first_difference
from inspector.diff.documents import document_hunks, table_hunks
from inspector.diff.exchanges import canonical_hunks
from inspector.diff.heads import header_hunks, query_hunks
from inspector.diff.hunk import Hunk, Kind, Section
from inspector.diff.listings import shortened
from inspector.diff.tables import tables_of
from inspector.diff.trees import tree_hunks
from inspector.s3.xml import tree

H = Section.REQUEST_HEADER
B = Section.RESPONSE_BODY


def body(data: bytes) -> BodySide:
    """A body that is at hand whole."""
    return BodySide(data, len(data), hashlib.sha256(data).hexdigest())


def told(hunks: object) -> list[tuple[Kind, str, bool]]:
    """Kind, place and quietness."""
    return [(hunk.kind, hunk.where, hunk.quiet) for hunk in hunks]  # type: ignore[attr-defined]


HEADERS: list[tuple[str, list[tuple[bytes, bytes]], list[tuple[bytes, bytes]], list[tuple[Kind, str, bool]]]] = [
    ("same", [(b"A", b"1")], [(b"A", b"1")], []),
    ("value", [(b"A", b"1")], [(b"A", b"2")], [(Kind.CHANGED, "a", False)]),
    ("missing", [(b"A", b"1")], [], [(Kind.MISSING, "a", False)]),
    ("added", [], [(b"A", b"1")], [(Kind.ADDED, "a", False)]),
    ("case", [(b"Host", b"h")], [(b"host", b"h")], [(Kind.CASE, "host", True)]),
    ("order", [(b"A", b"1"), (b"B", b"2")], [(b"B", b"2"), (b"A", b"1")], [(Kind.ORDER, "", True)]),
    ("repeats", [(b"A", b"1")], [(b"A", b"1"), (b"A", b"2")], [(Kind.REPEATS, "a", False)]),
    ("repeats in order", [(b"A", b"1"), (b"A", b"2")], [(b"A", b"2"), (b"A", b"1")], [(Kind.ORDER, "a", False)]),
    ("white space", [(b"A", b"1")], [(b"A", b" 1 ")], [(Kind.ENCODING, "a", False)]),
    ("a date", [(b"Date", b"now")], [(b"date", b"then")], [(Kind.CHANGED, "date", True)]),
    ("a signature", [(b"Authorization", b"x")], [(b"Authorization", b"y")], [(Kind.CHANGED, "authorization", True)]),
]


@pytest.mark.parametrize(("name", "a", "b", "expected"), HEADERS, ids=[row[0] for row in HEADERS])
def test_headers_are_aligned_by_name(
    name: str,
    a: list[tuple[bytes, bytes]],
    b: list[tuple[bytes, bytes]],
    expected: list[tuple[Kind, str, bool]],
) -> None:
    """Values, repeats, order, case: each by its own name."""
    assert told(header_hunks(H, tuple(a), tuple(b))) == expected


QUERIES = [
    (b"a=1&b=2", b"a=1&b=2", []),
    (b"a=1", b"a=2", [(Kind.CHANGED, "a", False)]),
    (b"a=%7E", b"a=~", [(Kind.ENCODING, "a", False)]),
    (b"acl", b"acl=", [(Kind.ENCODING, "acl", False)]),
    (b"a=1&b=2", b"b=2&a=1", [(Kind.ORDER, "", True)]),
    (b"X-Amz-Signature=1", b"X-Amz-Signature=2", [(Kind.CHANGED, "x-amz-signature", True)]),
]


@pytest.mark.parametrize(("a", "b", "expected"), QUERIES)
def test_queries_differ_in_meaning_or_in_writing(a: bytes, b: bytes, expected: list[tuple[Kind, str, bool]]) -> None:
    """`%7E` and `~` mean the same, and a signer may disagree."""
    assert told(query_hunks(a, b)) == expected


def listing(*entries: tuple[str, int]) -> bytes:
    """An answer to ListObjects."""
    inner = "".join(
        f"<Contents><Key>{key}</Key><LastModified>{key}{size}</LastModified><Size>{size}</Size></Contents>"
        for key, size in entries
    )
    return f'<?xml version="1.0"?><ListBucketResult xmlns="urn:x"><Name>b</Name>{inner}</ListBucketResult>'.encode()


def test_entries_of_a_list_are_found_again_by_their_key() -> None:
    """One new at the front, one changed, one gone: three differences, however the rest has moved."""
    found = list(
        body_hunks(B, body(listing(("b", 1), ("c", 2), ("d", 3))), body(listing(("a", 9), ("b", 1), ("c", 7))))
    )
    loud = [(hunk.kind, hunk.where, hunk.a, hunk.b) for hunk in found if not hunk.quiet]
    assert loud == [
        (Kind.CHANGED, "/ListBucketResult/Contents[Key=c]/Size", "2", "7"),
        (Kind.MISSING, "/ListBucketResult/Contents[Key=d]", "Key=d LastModified=d3 Size=3", None),
        (Kind.ADDED, "/ListBucketResult/Contents[Key=a]", None, "Key=a LastModified=a9 Size=9"),
    ]
    assert [hunk.where for hunk in found if hunk.quiet] == ["/ListBucketResult/Contents[Key=c]/LastModified"]


@given(st.data())
def test_listings_are_told_as_if_read_whole(data: st.DataObject) -> None:
    """What both list alike is left out of the comparison, and nothing that is told changes: places, order, repeats."""
    left = [(f"k{entry:02}", 0) for entry in range(50)]
    right = list(left)
    for number in range(data.draw(st.integers(0, 4))):
        place, what = (
            data.draw(st.integers(0, len(right) - 1)),
            data.draw(st.sampled_from(["insert", "drop", "change", "move"])),
        )
        if what == "insert":
            right.insert(place, (f"n{number}", 0))
        elif what == "move":
            right.insert(data.draw(st.integers(0, len(right) - 1)), right.pop(place))
        elif what == "change":
            right[place] = (right[place][0], 1)
        else:
            del right[place]
    a, b = listing(*left), listing(*right).replace(b"<Name>b<", data.draw(st.sampled_from((b"<Name>b<", b"<Name>c<"))))
    whole = [tree(one) for one in (a, b)]
    assert whole[0] is not None
    assert whole[1] is not None
    expected = list(tree_hunks(B, whole[0], whole[1]))
    assert list(body_hunks(B, body(a), body(b))) == expected


CELLS = st.sampled_from(("1", " 1 ", "2", "a&amp;b", "", "<Deep>1</Deep>", "1<!-- c -->2", "<![CDATA[<]]>"))
AROUND = st.lists(
    st.sampled_from(
        ("<Name>b</Name>", "<Name>c</Name>", "<Prefix/>", "<More>1</More>", "<C>1</C>", "text", "<Key>z</Key>")
    ),
    max_size=3,
)


def table_like(data: st.DataObject) -> str:
    """A listing of 40 entries, of which a few are made otherwise than the rest."""
    entries = [f"<C><Key>k{n:02}</Key><Size>{n}</Size><LastModified>%s</LastModified></C>" for n in range(40)]
    date = data.draw(st.sampled_from(("1", "2", "3")))
    for place in data.draw(st.lists(st.integers(0, 39), max_size=2)):
        cells = [
            f"<{name}>{data.draw(CELLS)}</{name}>"
            for name in data.draw(st.permutations(("Key", "Size", "LastModified")))
        ]
        entries[place] = f"<C>{''.join(cells[: data.draw(st.integers(2, 3))])}</C>"
    inner = "".join(entry.replace("%s", date) for entry in entries)
    before, after = "".join(data.draw(AROUND)), "".join(data.draw(AROUND))
    space = data.draw(st.sampled_from(("", ' xmlns="urn:x"')))
    return f"<L{space}>{before}{inner}{after}</L>"


@given(st.data())
def test_columns_tell_what_trees_tell(data: st.DataObject) -> None:
    """Whatever stands in and round the entries: each difference, in its order, none more."""
    a, b = table_like(data).encode(), table_like(data).encode()
    whole = tree(a), tree(b)
    assert whole[0] is not None
    assert whole[1] is not None
    expected = list(tree_hunks(B, whole[0], whole[1]))
    assert document_hunks(B, a, b) == expected
    tables = tables_of(a, b)
    assert tables is None or table_hunks(B, *tables) == expected


def test_a_prefix_that_nothing_declares_stops_nothing() -> None:
    """Parsers let it pass as part of the name."""
    a, b = ("<L>" + "".join(f"<C><x:Key>{n}</x:Key><D>{day}</D></C>" for n in range(40)) + "</L>" for day in (1, 2))
    assert list(body_hunks(B, body(a.encode()), body(b.encode())))


def test_where_every_date_differs_columns_are_compared() -> None:
    """Not trees of all entries: the usual listing of another day."""
    then, now = (listing(*((f"k{number:03}", size) for number in range(100))) for size in (1, 2))
    assert tables_of(then, now) is not None
    assert len(document_hunks(B, then, now) or []) == 200


def test_a_listing_of_a_hundred_pages_takes_little_more_than_reading_it() -> None:
    """Of 40,000 entries that are alike no tree is made."""
    many = [(f"k{number:06}", 1) for number in range(40_000)]
    a, b = listing(*many), listing(*many[:100], ("new", 1), *many[100:])
    assert shortened(a, b) is not None
    assert [hunk.where for hunk in body_hunks(B, body(a), body(b))] == ["/ListBucketResult/Contents[Key=new]"]


def test_documents_with_entities_are_read_as_far_as_they_go() -> None:
    """None is expanded, and what stands round one is compared."""
    document = b'<!DOCTYPE a [<!ENTITY e "x">]><a><b>1&e;</b><c>%b</c></a>'
    assert [hunk.where for hunk in body_hunks(B, body(document % b"2"), body(document % b"3"))] == ["/a/c"]


def test_versions_of_one_key_are_told_apart() -> None:
    """An entry is named by all that names it."""
    version = "<Version><Key>k</Key><VersionId>{}</VersionId><Size>{}</Size></Version>"
    a = "<L>" + version.format(1, 5) + version.format(2, 6) + "</L>"
    b = "<L>" + version.format(2, 6) + version.format(1, 8) + "</L>"
    loud = [hunk.where for hunk in body_hunks(B, body(a.encode()), body(b.encode())) if not hunk.quiet]
    assert loud == ["/L/Version[Key=k,VersionId=1]/Size"]


def test_json_is_compared_as_what_it_means() -> None:
    """Members in another order are the same object; entries are named by their file."""
    a = {"files": [{"fileName": "x", "size": 1}, {"fileName": "y", "size": 2}], "nextFileName": None}
    b = {"nextFileName": None, "files": [{"fileName": "y", "size": 3}, {"size": 1, "fileName": "x"}]}
    found = list(body_hunks(B, body(json.dumps(a).encode()), body(json.dumps(b, indent=2).encode())))
    assert [(hunk.where, hunk.a, hunk.b) for hunk in found if not hunk.quiet] == [
        ("//files/item[fileName=y]/size", "2", "3")
    ]


def test_documents_that_mean_the_same_are_told_quietly() -> None:
    """White space alone."""
    found = list(body_hunks(B, body(b"<a><b>1</b></a>"), body(b"<a>\n  <b>1</b>\n</a>")))
    assert told(found) == [(Kind.ENCODING, "", True)]


def test_text_is_compared_by_lines() -> None:
    """Only the lines that differ."""
    found = list(body_hunks(B, body(b"one\ntwo\nthree\n"), body(b"one\n2\nthree\nfour\n")))
    assert [(hunk.where, hunk.a, hunk.b) for hunk in found] == [("line 2", "two", "2"), ("line 4", None, "four")]


def test_bytes_are_told_by_where_they_part() -> None:
    """The offset, and a few bytes around it."""
    a, b = bytes(range(256)) * 4, bytearray(bytes(range(256)) * 4)
    b[700] ^= 0xFF
    found = list(body_hunks(B, body(a), body(bytes(b))))
    assert [hunk.where for hunk in found] == ["size and hash", "byte 700"]


def test_a_body_that_is_not_at_hand_is_compared_by_its_hash() -> None:
    """Same hash, same body; another hash, another body."""
    digest = hashlib.sha256(b"big").hexdigest()
    cut = BodySide(b"b", 3, digest)
    assert list(body_hunks(B, cut, BodySide(b"", 3, digest))) == []
    assert [hunk.where for hunk in body_hunks(B, cut, body(b"bag"))] == ["size and hash"]


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_the_first_difference_is_the_first(a: bytes, b: bytes) -> None:
    """As a loop would find it."""
    expected = next((number for number, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    assert first_difference(a, b) == expected


@given(st.binary(max_size=300))
def test_a_body_does_not_differ_from_itself(data: bytes) -> None:
    """Whatever it is."""
    assert list(body_hunks(B, body(data), body(data))) == []


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_two_bodies_that_differ_are_told_to(a: bytes, b: bytes) -> None:
    """Nothing makes the comparison fail, and no difference passes in silence."""
    assert (a == b) == (list(body_hunks(B, body(a), body(b))) == [])


def test_canonical_requests_are_compared_by_lines() -> None:
    """The date is quiet, the host is not."""
    a = b"GET\n/\n\nhost:a\nx-amz-date:1\n\nhost;x-amz-date\nUNSIGNED"
    b = b"GET\n/\n\nhost:b\nx-amz-date:1\n\nhost;x-amz-date\nUNSIGNED"
    c = a.replace(b"date:1", b"date:2")
    (loud,) = canonical_hunks(a, b)
    (quiet,) = canonical_hunks(a, c)
    assert (loud.a, loud.b, loud.quiet) == ("host:a", "host:b", False)
    assert quiet == Hunk(Section.CANONICAL_REQUEST, Kind.CHANGED, "line 5", "x-amz-date:1", "x-amz-date:2", quiet=True)
