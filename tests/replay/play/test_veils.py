"""A scrubbed recording is played to the program that was recorded: with its secrets, or with others."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from support.tapes import Tape, ask, body_of, call, etag, get_, put

from inspector.leaks.rewrite import Rewriter
from inspector.replay.match.veiled import agreed
from inspector.replay.play.answer import Answer
from inspector.replay.play.miss import Miss
from inspector.replay.play.player import Player
from inspector.wire.headers import get
from inspector.wire.redaction import Redactor

SECRET = b"K004abcDEF0123456789+/abcDEF012"
OTHER = b"K004zyxDEF9876543210+/zyxDEF987"
VEIL = Redactor(b"a key that nobody has any more").pseudonym
SCRUB = Rewriter(VEIL, [SECRET])

WRAPPINGS: dict[str, Callable[[bytes], bytes]] = {
    "bare": lambda secret: b"key = " + secret + b"\n",
    "JSON, twice": lambda secret: b'{"a":"%b","b":"%b"}' % (secret, secret),
    "JSON with escaped slashes, and bare": lambda s: b'{"k":"%b"} %b' % (s.replace(b"/", b"\\/"), s),
    "a URL": lambda secret: b"https://h/?k=" + quote(secret, safe="").encode() + b"&x=1",
    "a URL in a URL": lambda s: b"https://h/?u=" + quote(quote(s, safe=""), safe="").encode() + b"&x=1",
    "base64": lambda secret: b"<a>" + base64.b64encode(b"user:" + secret) + b"</a>",
    "base64 in base64": lambda s: base64.b64encode(b'{"x":"' + base64.b64encode(b"user:" + s + b" x") + b'"}'),
    "XML": lambda secret: b"<a b='1'>\n<k>%b</k></a>" % secret,
    "gzip of another moment": lambda secret: gzip.compress(b"key: %b\n" % secret * 40, mtime=len(secret)),
    "alone": lambda secret: secret,
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize("secret", [SECRET, OTHER])
def test_a_pseudonym_stands_for_whatever_is_there_now(wrapping: str, secret: bytes) -> None:
    """In any wrapping; what stands round it has to be the same, and in one run it stands for one value."""
    recorded = SCRUB(WRAPPINGS[wrapping](SECRET))
    assert SECRET not in recorded
    now = WRAPPINGS[wrapping](secret)
    assert agreed(recorded, now, {}) == {VEIL(SECRET): secret}
    assert agreed(recorded, now, {VEIL(SECRET): b"something else"}) is None
    assert agreed(recorded, b"x" + now, {}) is None
    assert agreed(recorded, WRAPPINGS[wrapping](b"") + b"x", {}) is None


def test_what_holds_no_pseudonym_is_itself_alone() -> None:
    assert agreed(b"a", b"a", {}) == {}
    assert agreed(b"a", b"b", {}) is None
    two = b"%b and %b" % (VEIL(SECRET), VEIL(SECRET))
    assert agreed(two, b"one and one", {}) == {VEIL(SECRET): b"one"}
    assert agreed(two, b"one and two", {}) is None


def test_bytes_compressed_again_are_the_same() -> None:
    """gzip's head has the moment in it: whoever compresses what he uploads sends other bytes each time."""
    calls = [put("a.gz", gzip.compress(b"text " * 99, mtime=1)), get_("a.gz", gzip.compress(b"text " * 99, mtime=1))]
    played = Player(Tape(calls))
    assert isinstance(ask(played, put("a.gz", gzip.compress(b"text " * 99, mtime=2))), Answer)
    assert isinstance(ask(played, put("a.gz", gzip.compress(b"TEXT " * 99, mtime=2))), Miss)


def test_what_was_uploaded_with_secrets_is_read_with_them() -> None:
    """Its length, tag and checksums are those of what is read; HEAD and a second round with others agree."""
    recorded = SCRUB(json.dumps({"key": SECRET.decode()}).encode())
    head = call("HEAD", "/b/conf", headers=[etag(recorded), (b"Content-Length", b"%d" % len(recorded))])
    played = Player(Tape([put("conf", recorded), get_("conf", recorded), head]))
    for secret in (SECRET, OTHER):
        now = json.dumps({"key": secret.decode()}).encode()
        tag = b'"%b"' % hashlib.md5(now).hexdigest().encode()
        stored = ask(played, put("conf", now))
        assert isinstance(stored, Answer)
        assert stored.response is not None
        assert get(stored.response.headers, b"etag") == tag
        for method, body in (("GET", now), ("HEAD", b"")):
            read = ask(played, call(method, "/b/conf"))
            assert isinstance(read, Answer)
            assert read.response is not None
            assert body_of(read) == body
            assert get(read.response.headers, b"etag") == tag
            assert get(read.response.headers, b"content-length") == b"%d" % len(now)


def test_an_object_that_was_only_uploaded_is_read_with_its_secrets() -> None:
    """The answer is derived from the upload."""
    played = Player(Tape([put("conf", SCRUB(b"key = " + SECRET))]))
    ask(played, put("conf", b"key = " + OTHER))
    assert body_of(ask(played, call("GET", "/b/conf"))) == b"key = " + OTHER


def test_a_secret_in_a_head_is_met_too() -> None:
    """In tags, in a key, in a query."""
    tagged = (b"x-amz-tagging", b"owner=me&password=" + VEIL(SECRET))
    key = "by-" + VEIL(SECRET).decode()
    calls = [put("a", b"1", tagged), put(key, b"2"), call("GET", f"/b?list-type=2&prefix={key}", answer=b"<a/>")]
    played = Player(Tape(calls))
    written = quote(SECRET, safe="")
    asked = [
        put("a", b"1", (b"x-amz-tagging", f"owner=me&password={written}".encode())),
        put(f"by-{written}", b"2"),
        call("GET", f"/b?list-type=2&prefix=by-{written}"),
    ]
    for one in asked:
        assert isinstance(ask(played, one), Answer), one.request
    assert isinstance(ask(played, put("a", b"1", (b"x-amz-tagging", b"owner=you&password=x"))), Miss)


def test_another_text_round_a_secret_is_a_miss() -> None:
    played = Player(Tape([put("conf", SCRUB(b"key = " + SECRET + b"\nregion = a"))]))
    assert isinstance(ask(played, put("conf", b"key = " + SECRET + b"\nregion = b")), Miss)
    assert isinstance(ask(played, put("conf", b"key = " + SECRET + b"\nregion = a")), Answer)


def test_a_secret_in_metadata_comes_back_as_it_was_said() -> None:
    """Metadata is no part of the question: what its pseudonyms stand for is learnt where it is answered."""
    veiled = (b"x-amz-meta-token", b"Bearer " + VEIL(SECRET))
    read = call("GET", "/b/a", answer=b"1", headers=[etag(b"1"), veiled])
    played = Player(Tape([put("a", b"1", veiled), read]))
    said = b"Bearer " + OTHER
    assert isinstance(ask(played, put("a", b"1", (b"x-amz-meta-token", said))), Answer)
    found = ask(played, call("GET", "/b/a"))
    assert isinstance(found, Answer)
    assert found.response is not None
    assert get(found.response.headers, b"x-amz-meta-token") == said


def test_of_a_scrubbed_recording_larger_payloads_are_looked_into() -> None:
    signed = (
        b"Authorization",
        b"AWS4-HMAC-SHA256 Credential=%b/20261122/us-west-004/s3/aws4_request" % VEIL(b"key id"),
    )
    assert Player(Tape([put("a", b"1", signed)])).looked_into > Player(Tape([put("a", b"1")])).looked_into
