"""Lists written as a client wants them, or taken out of wider ones."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.tapes import Call, Tape, ask, body_of, call, put

from inspector.replay.play.answer import Answer
from inspector.replay.play.miss import Miss
from inspector.replay.play.player import Player
from inspector.s3.xml import Tree, tree

KEYS = ["a/1.txt", "a/2 é&<.txt", "a/b/3+4.txt", "c%20d", "z"]


def escaped(name: str) -> str:
    return name.replace("&", "&amp;").replace("<", "&lt;")


def quoted(name: str) -> str:
    from urllib.parse import quote

    return quote(name, safe="/")


def listing(keys: list[str], query: str = "list-type=2", *, url: bool = False, more: bool = False) -> Call:
    write = quoted if url else escaped
    entries = "".join(f"<Contents><Key>{write(key)}</Key><Size>1</Size></Contents>" for key in keys)
    head = f"<Name>b</Name><Prefix></Prefix><KeyCount>{len(keys)}</KeyCount><MaxKeys>1000</MaxKeys>"
    head += f"<IsTruncated>{'true' if more else 'false'}</IsTruncated>" + ("<EncodingType>url</EncodingType>" * url)
    xml = f'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{head}{entries}</ListBucketResult>'
    return call("GET", f"/b?{query}", answer=xml.encode(), headers=[(b"Content-Type", b"application/xml")])


def shown(root: Tree | None) -> tuple[list[str], list[str], dict[str, str]]:
    assert root is not None
    keys = [child.children[0].text for child in root.children if child.name == "Contents"]
    folders = [child.children[0].text for child in root.children if child.name == "CommonPrefixes"]
    rest = {child.name: child.text for child in root.children if not child.children}
    return keys, folders, rest


def asked(player: Player, query: str) -> tuple[list[str], list[str], dict[str, str]]:
    return shown(tree(body_of(ask(player, call("GET", f"/b?{query}")))))


URL = "list-type=2&encoding-type=url"


def test_names_are_encoded_for_whom_asks_so_and_only_for_them() -> None:
    """boto3 asks for it and decodes; JS v3 does neither."""
    encoded, plain = [quoted(key) for key in KEYS], KEYS
    for tape in ([listing(KEYS)], [listing(KEYS, URL, url=True)]):
        player = Player(Tape(tape))
        keys, _, rest = asked(player, URL)
        assert (keys, rest["EncodingType"]) == (encoded, "url")
        keys, _, rest = asked(player, "list-type=2")
        assert (keys, "EncodingType" in rest) == (plain, False)


def test_owners_and_pages_that_say_nothing_do_not_matter() -> None:
    """The list is the same."""
    assert asked(Player(Tape([listing(KEYS)])), "list-type=2&fetch-owner=true&max-keys=500")[0] == KEYS


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
@pytest.mark.parametrize("version", ["list-type=2", ""])
def test_a_whole_list_is_given_in_pages(size: int, version: str) -> None:
    """Of any size, in both versions of the call; the token or marker of one page begins the next."""
    player = Player(Tape([listing(KEYS, URL, url=True)]))
    found: list[str] = []
    beginning = ""
    for _ in range(10):
        keys, _, rest = asked(player, f"{version}&max-keys={size}{beginning}")
        assert len(keys) <= size
        found += keys
        if rest["IsTruncated"] == "false":
            break
        token = rest.get("NextContinuationToken")
        beginning = f"&continuation-token={token}" if token else f"&marker={quoted(rest['NextMarker'])}"
    assert found == sorted(KEYS)
    assert asked(player, f"list-type=2&start-after={quoted(KEYS[1])}")[0] == KEYS[2:]


def test_a_page_of_a_longer_list_is_only_that_page() -> None:
    """What was cut off is not known."""
    player = Player(Tape([listing(KEYS, "list-type=2&max-keys=5", more=True)]))
    assert isinstance(ask(player, call("GET", "/b?list-type=2")), Miss)
    assert asked(player, "list-type=2&max-keys=5&encoding-type=url")[0] == [quoted(key) for key in KEYS]


def test_the_first_version_of_the_call_asks_for_the_same_list() -> None:
    """And the second for what was recorded by the first."""
    keys, _, rest = asked(Player(Tape([listing(KEYS)])), "prefix=")
    assert (keys, rest["Marker"], "KeyCount" in rest) == (KEYS, "", False)
    first = listing(KEYS, "delimiter=")
    first.answer = re.sub(b"<KeyCount>.*?</KeyCount>", b"<Marker></Marker>", first.answer)
    keys, _, rest = asked(Player(Tape([first])), "list-type=2")
    assert (keys, rest["KeyCount"], "Marker" in rest) == (KEYS, "5", False)


def test_a_folder_is_taken_out_of_the_whole() -> None:
    """Keys below the prefix, folders put together."""
    for recorded in (listing(KEYS), listing(KEYS, URL, url=True)):
        player = Player(Tape([recorded]))
        assert asked(player, "list-type=2&prefix=a%2F")[0] == KEYS[:3]
        keys, folders, rest = asked(player, "list-type=2&prefix=a%2F&delimiter=%2F")
        assert (keys, folders) == (KEYS[:2], ["a/b/"])
        assert (rest["Prefix"], rest["Delimiter"], rest["KeyCount"]) == ("a/", "/", "3")
        assert asked(player, "list-type=2&delimiter=%2F")[:2] == (KEYS[3:], ["a/"])
        assert asked(player, "list-type=2&prefix=nothing")[:2] == ([], [])


def test_a_folder_is_no_whole() -> None:
    """What lies in other folders, or below the ones put together, is not known."""
    player = Player(Tape([listing(KEYS[:3], "list-type=2&prefix=a%2F"), listing(KEYS, "list-type=2&delimiter=%2F")]))
    for query in ("list-type=2", "list-type=2&prefix=z"):
        assert isinstance(ask(player, call("GET", f"/b?{query}")), Miss), query
    assert asked(player, "list-type=2&prefix=a%2F1")[0] == ["a/1.txt"]


@pytest.mark.parametrize("delimiter", ["/", "", "1"])
@given(st.lists(st.text("ab1/é ", min_size=1, max_size=8), max_size=12, unique=True), st.text("ab/", max_size=3))
def test_a_taken_out_list_is_what_a_server_gives(delimiter: str, keys: list[str], prefix: str) -> None:
    """By AWS's definition of prefix and delimiter, whatever the keys."""
    below = sorted(key for key in keys if key.startswith(prefix))
    cut = {key: key.find(delimiter, len(prefix)) if delimiter else -1 for key in below}
    folders = sorted({key[: at + len(delimiter)] for key, at in cut.items() if at >= 0})
    player = Player(Tape([listing(sorted(keys), URL, url=True)]))
    query = f"{URL}&prefix={quoted(prefix)}&delimiter={quoted(delimiter)}"
    found = asked(player, query)
    if not prefix and not delimiter:
        assert found[0] == [quoted(key) for key in below]
    else:
        assert found[:2] == ([quoted(key) for key in below if cut[key] < 0], [quoted(one) for one in folders])


def test_what_is_in_no_list_was_not_there() -> None:
    """Where a whole list would have it, and nothing was ever done to it; a folder or a page tells nothing."""
    asked_for = [call("GET", "/b/nope"), call("HEAD", "/b/a/nope"), call("GET", "/b/nope", (b"Range", b"bytes=0-1"))]
    for recorded in (listing(KEYS), listing(KEYS, URL, url=True)):
        player = Player(Tape([recorded]))
        for one in asked_for:
            answer = ask(player, one)
            assert isinstance(answer, Answer)
            assert answer.response is not None
            assert answer.response.status == 404
            assert answer.notes == ("NoSuchKey: it is not in the list of call 1",)
        assert isinstance(ask(player, call("GET", "/b/" + quoted(KEYS[1]))), Miss)
    below = Player(Tape([listing(KEYS[:3], "list-type=2&prefix=a%2F")]))
    assert isinstance(ask(below, asked_for[1]), Answer)
    assert isinstance(ask(below, asked_for[0]), Miss)
    for some in (listing(KEYS, "list-type=2&delimiter=%2F"), listing(KEYS, "list-type=2&max-keys=5", more=True)):
        assert isinstance(ask(Player(Tape([some])), asked_for[0]), Miss)


def paged(keys: list[str], size: int, query: str, version: int = 2) -> list[Call]:
    """The pages of a list, as they were read one after the other."""
    pages = [keys[at : at + size] for at in range(0, len(keys), size)]
    calls = []
    for number, page in enumerate(pages):
        after = f"token/{number}=" if version == 2 else pages[number - 1][-1]
        begun = "" if not number else f"&continuation-token={after}" if version == 2 else f"&marker={after}"
        one = listing(page, f"{query}&max-keys={size}{begun}", more=number + 1 < len(pages))
        if number + 1 < len(pages) and version == 2:
            token = f"<NextContinuationToken>token/{number + 1}=</NextContinuationToken></ListBucketResult>"
            one.answer = one.answer.replace(b"</ListBucketResult>", token.encode())
        calls.append(one)
    return calls


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(("then", "now"), [(2, 1000), (2, 3), (3, 2), (5, 5), (5, 1)])
def test_pages_of_another_size_are_cut_out_of_those_that_were_read(version: int, then: int, now: int) -> None:
    """boto3 reads pages of a thousand, a test of five, s3fs as it likes: one list, whoever read it."""
    keys = [f"k{number:02}" for number in range(9)]
    player = Player(Tape(paged(keys, then, "list-type=2" if version == 2 else "prefix=", version)))
    got: list[str] = []
    token = ""
    while token is not None:
        page, _, rest = asked(player, f"list-type=2&max-keys={now}{token}")
        assert len(page) <= now
        got += page
        following = rest.get("NextContinuationToken")
        token = f"&continuation-token={following}" if rest["IsTruncated"] == "true" else None  # type: ignore[assignment]
    assert got == keys


def test_pages_of_which_the_last_was_not_read_are_no_whole_list() -> None:
    keys = [f"k{number:02}" for number in range(9)]
    player = Player(Tape(paged(keys, 2, "list-type=2")[:-1]))
    assert isinstance(ask(player, call("GET", "/b?list-type=2")), Miss)
    assert asked(player, "list-type=2&max-keys=2")[0] == keys[:2]


def test_a_bucket_that_was_made_here_holds_what_was_written() -> None:
    """Nobody listed it; each write and deletion changes what it holds, as far as they have come."""
    made = [call("PUT", "/b"), put("f/a", b"one"), put("z & y", b"22"), put("f/a", b"three")]
    player = Player(Tape([*made, call("DELETE", "/b/z%20%26%20y", status=204)]))
    assert isinstance(ask(player, call("GET", "/b?list-type=2")), Miss)
    assert isinstance(ask(player, made[0]), Answer)
    assert asked(player, "list-type=2")[0] == []
    assert isinstance(ask(player, made[1]), Answer)
    assert isinstance(ask(player, put("z%20%26%20y", b"22")), Answer)
    assert asked(player, "list-type=2")[0] == ["f/a", "z & y"]
    assert isinstance(ask(player, call("DELETE", "/b/z%20%26%20y")), Answer)
    assert asked(player, "list-type=2&prefix=f/")[0] == ["f/a"]
    assert asked(player, "list-type=2")[0] == ["f/a"]
    assert asked(player, "list-type=2&delimiter=/")[1] == ["f/"]
    assert asked(player, "delimiter=/")[1] == ["f/"]
    assert "<Size>3</Size>" in body_of(ask(player, call("GET", "/b?list-type=2"))).decode()
    assert isinstance(ask(player, made[3]), Answer)
    assert "<Size>5</Size>" in body_of(ask(player, call("GET", "/b?list-type=2"))).decode()


def test_a_bucket_that_was_there_before_may_hold_anything() -> None:
    """One that nobody made here, and one that was made, and shows a key that nobody wrote."""
    for tape in ([put("a", b"1")], [call("PUT", "/b"), put("a", b"1"), listing(["a", "older"], "list-type=2&prefix=")]):
        player = Player(Tape([*tape, put("b", b"2")]))
        for one in (*tape[:2], put("b", b"2")):
            ask(player, one)
        found = ask(player, call("GET", "/b?list-type=2&delimiter=/"))
        assert isinstance(found, Miss) or b"<Key>b</Key>" not in body_of(found)
