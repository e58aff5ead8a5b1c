"""Debug logs: what real clients printed, whatever became of the file since.

The files of `debuglogs/` were printed by the programs they are named after (AWS CLI 1.46, s3cmd 2.4, SDK for Java 2.30,
for Go 2 1.41, aws-crt, Node 20 below the SDK for JavaScript 3.1168), with an invented key, against a server that
refuses everything; lines around what matters were cut. Version 1 of the SDK for Java is written after its source.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.formats.debuglog.index import index
from inspector.formats.debuglog.reader import read
from inspector.sigv4 import steps
from inspector.sigv4.authorization import Authorization
from inspector.sigv4.hypotheses.model import METHOD, PATH, PAYLOAD, header
from inspector.sigv4.logged import Logged

LOGS = Path(__file__).parent / "debuglogs"
SECRET = b"K004q8Hx2mN5vR7tY1wZ3bD6fG9jL0p"
SCOPE = (b"20261122", b"us-west-004", b"s3", b"aws4_request")
KEY = b"/photos/a%20b%2Bc.txt"
EMPTY = hashlib.sha256(b"").hexdigest().encode()


def log(name: str) -> bytes:
    return (LOGS / f"{name}.log").read_bytes().replace(b"\r\n", b"\n")


def entries(data: bytes) -> list[Logged]:
    return list(read(io.BytesIO(data)))


def summary(found: list[Logged]) -> list[tuple[object, ...]]:
    return [(one.source, one.parts, one.canonical_request, one.string_to_sign, one.signature) for one in found]


SHOWN = [
    # file, source, (line, method, path, whether a signature is shown)
    ("aws-cli", "botocore", [(3, b"GET", KEY, True)]),
    ("aws-cli-token", "botocore", [(3, b"PUT", b"/photos/hi.txt", True)]),
    ("s3cmd", "s3cmd", [(9, b"HEAD", KEY, True)]),
    ("java2", "aws-sdk-java", [(4, b"GET", KEY, False)]),
    ("go2", "aws-sdk-go", [(2, b"GET", KEY, False), (24, b"PUT", b"/photos/hi.txt", False), (48, b"GET", KEY, True)]),
    ("crt", "aws-crt", [(2, b"GET", KEY, True)]),
]


@pytest.mark.parametrize(("name", "source", "shown"), SHOWN, ids=[row[0] for row in SHOWN])
def test_what_clients_print_is_read(name: str, source: str, shown: list[tuple[int, bytes, bytes, bool]]) -> None:
    """Each signing, where it stands in the file."""
    found = entries(log(name))

    assert {one.source for one in found} == {source}
    assert [(one.line, one.parts[METHOD], one.parts[PATH], one.signature is not None) for one in found] == shown


@pytest.mark.parametrize("name", [row[0] for row in SHOWN])
def test_what_is_read_gives_the_signature_that_was_printed(name: str) -> None:
    """Not a byte is lost: the canonical request hashes into the string to sign, and the secret signs that."""
    for one in entries(log(name)):
        assert one.canonical_request is not None
        digest = steps.sha256_hex(one.canonical_request)
        to_sign = steps.string_to_sign(digest, one.timestamp, steps.scope(*SCOPE))
        assert one.string_to_sign in (None, to_sign)
        assert one.coherent in (None, True)
        signature = steps.signature(steps.signing_key(SECRET, *SCOPE), to_sign).decode()
        assert one.signature in (None, signature)


def test_node_shows_headers_only() -> None:
    """The SDK for JavaScript v3 prints nothing of what it signs; Node shows what it was handed."""
    (found,) = entries(log("node"))

    assert (found.source, found.line, found.canonical_request, found.coherent) == ("node", 5, None, None)
    assert found.parts[header("host")] == b"host:127.0.0.1:39871"
    assert (found.parts[METHOD], found.parts[PAYLOAD]) == (b"GET", EMPTY)
    assert PATH not in found.parts
    assert found.signature == "017b1e957b45f0d486afbf3c1a87de185f2585a971694ba9902e2b4094cc9526"
    assert found.timestamp == b"20261122T163618Z"


def test_the_older_sdk_for_java() -> None:
    """It sets both texts between quotation marks."""
    canonical = b"GET\n/photos/a.jpg\n\nhost:h\nx-amz-date:20261122T163611Z\n\nhost;x-amz-date\n" + EMPTY
    string = steps.string_to_sign(steps.sha256_hex(canonical), b"20261122T163611Z", steps.scope(*SCOPE))
    mark = b"DEBUG com.amazonaws.auth.AWS4Signer - AWS4"
    data = b'%b Canonical Request: \'"%b"\n%b String to Sign: \'"%b"\n' % (mark, canonical, mark, string)
    (found,) = entries(data)

    assert (found.canonical_request, found.string_to_sign) == (canonical, string)


# What becomes of logs

LINES = Callable[[bytes], bytes]


def every_line(change: Callable[[int, bytes], bytes], joint: bytes = b"\n") -> LINES:
    return lambda data: joint.join(change(number, line) for number, line in enumerate(data.split(b"\n")))


def docker(number: int, line: bytes) -> bytes:
    record = {"log": line.decode() + "\n", "stream": "stderr", "time": "2026-11-22T16:35:13.1Z"}
    return json.dumps(record, separators=(",", ":")).encode()


WRAPPED = {
    "crlf": every_line(lambda _, line: line, b"\r\n"),
    "compose": every_line(lambda _, line: b"web-1  | " + line),
    "compose, trailing spaces lost": every_line(lambda _, line: (b"web-1  | " + line).rstrip()),
    "journal": every_line(lambda number, line: b"Nov 22 16:35:%02d host app[12]: %b" % (number % 60, line)),
    "kubernetes": every_line(lambda n, line: b"[pod/a/b] 2026-11-22T16:35:13.%09dZ %b" % (n, line)),
    "colours": every_line(lambda _, line: b"\x1b[1;33m" + line + b"\x1b[0m"),
    "progress": every_line(lambda _, line: line and b"Completed 1 of 3\r" + line),
    "docker": every_line(docker),
    "utf-16": lambda data: data.decode().encode("utf-16"),
    "utf-8 with mark": lambda data: b"\xef\xbb\xbf" + data,
    "no end": lambda data: data.rstrip(b"\n"),
}


PREFIXED = ("compose", "compose, trailing spaces lost", "journal", "kubernetes")
"""An indented dump, as Node's, is not read behind prefixes."""
CASES = [(how, name) for how in WRAPPED for name in [*(row[0] for row in SHOWN), "node"]]


@pytest.mark.parametrize(("how", "name"), [case for case in CASES if case[1] != "node" or case[0] not in PREFIXED])
def test_what_was_done_to_the_lines_does_not_matter(how: str, name: str) -> None:
    """The same signings are read."""
    assert summary(entries(WRAPPED[how](log(name)))) == summary(entries(log(name)))


def test_a_message_on_one_line() -> None:
    """As JSON loggers and Go's logfmt write it, line feeds escaped."""
    messages = log("go2").split(b"SDK ")
    data = b"\n".join(b"time=x level=debug msg=" + json.dumps(one.decode()).encode() for one in messages)

    assert summary(entries(data)) == summary(entries(log("go2")))


def test_two_containers_line_by_line() -> None:
    """Each line belongs to the text whose prefix it has."""
    one, other = log("aws-cli").split(b"\n"), log("aws-cli-token").split(b"\n")
    pairs = itertools.zip_longest(
        (b"web-1  | " + line for line in one), (b"web-2  | " + line for line in other), fillvalue=b""
    )
    found = entries(b"\n".join(itertools.chain.from_iterable(pairs)))

    assert sorted(map(str, summary(found))) == sorted(
        map(str, summary([*entries(log("aws-cli")), *entries(log("aws-cli-token"))]))
    )


def records(name: str, thread: bytes) -> list[bytes]:
    """The three records of a signing, as another thread would have written them."""
    text = log(name)
    marks = [text.rfind(b"\n", 0, text.find(word)) + 1 for word in (b"CanonicalRequest:", b"StringToSign:")]
    marks.append(text.rfind(b"\n", 0, text.find(b" Signature:\n")) + 1)
    end = text.find(b"\n", text.find(b" Signature:\n") + 12) + 1
    cuts = [text[start:stop] for start, stop in itertools.pairwise([*marks, end])]
    return [cut.replace(b"MainThread", thread).replace(b"ThreadPoolExecutor-0_0", thread) for cut in cuts]


def test_two_threads_record_by_record() -> None:
    """A string to sign names its canonical request; a signature belongs to the thread that wrote both."""
    mixed = itertools.chain.from_iterable(
        zip(records("aws-cli", b"T-1"), records("aws-cli-token", b"T-2"), strict=True)
    )
    found = entries(b"".join(mixed))

    assert summary(found) == summary([*entries(log("aws-cli")), *entries(log("aws-cli-token"))])


def test_a_signature_that_may_be_anybodys_is_nobodys() -> None:
    """Without the names of threads nobody can tell; a wrong signature would be worse than none."""
    mixed = itertools.chain.from_iterable(zip(records("aws-cli", b"T"), records("aws-cli-token", b"T"), strict=True))
    found = entries(b"".join(mixed))

    assert [(one.coherent, one.signature) for one in found] == [(True, None), (True, None)]


def test_an_edited_log_is_not_coherent() -> None:
    """Whoever blotted the token out has changed the canonical request."""
    (found,) = entries(log("aws-cli-token").replace(b"INVENTED-TOKEN", b"***"))

    assert found.coherent is False


def test_a_stranger_in_between_is_passed_over() -> None:
    """Another process wrote into the middle of a canonical request."""
    lines = log("aws-cli").split(b"\n")
    for place in range(4, 15):
        mixed = [*lines[:place], b"2026-11-22 16:35:13,139 - Thread-9 - app - INFO - GET /x", *lines[place:]]
        (found,) = entries(b"\n".join(mixed))
        assert found.coherent, place


# Text from elsewhere


@pytest.mark.parametrize("name", [*(row[0] for row in SHOWN), "node"])
def test_a_log_may_end_anywhere(name: str) -> None:
    """What is whole before the cut is read, and nothing is made up."""
    whole = log(name)
    known = {one.canonical_request for one in entries(whole)}
    for end in range(0, len(whole), 7):
        assert {one.canonical_request for one in entries(whole[:end])} <= known


PIECES = st.sampled_from(
    [line for name in ("aws-cli", "s3cmd", "java2", "go2", "crt", "node") for line in log(name).split(b"\n")]
)
JUNK = st.one_of(PIECES, st.binary(max_size=40), st.sampled_from([b"", b"\\n", b"\x1b[", b'{"log":"', b"GET", b"/"]))


@given(st.lists(JUNK, max_size=60), st.sampled_from([b"\n", b"\r\n", b""]))
def test_any_text_is_read_without_an_exception(pieces: list[bytes], joint: bytes) -> None:
    """Whatever is not understood is passed over."""
    for one in entries(joint.join(pieces)):
        assert one.coherent in (None, True, False)
        assert isinstance(one.timestamp, bytes)


class Endless(io.RawIOBase):
    """A log made of pieces, so many bytes long, that is nowhere held whole."""

    def __init__(self, piece: bytes, size: int) -> None:
        self._pieces: Iterator[bytes] = itertools.repeat(piece * (65536 // len(piece) + 1))
        self._left = size

    def read(self, size: int = -1) -> bytes:
        taken = next(self._pieces)[: max(0, self._left)]
        self._left -= len(taken)
        return taken


@pytest.mark.slow
@pytest.mark.parametrize("piece", [b"x", log("aws-cli"), b"2026-11-22 - app - DEBUG - nothing of interest\n"])
def test_a_large_log_takes_constant_memory(piece: bytes) -> None:
    """One endless line, a signing every few lines, or none at all."""
    stream: BinaryIO = Endless(piece, 6 << 20)  # type: ignore[assignment]
    tracemalloc.start()
    try:
        count = sum(1 for _ in read(stream))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert (count > 1000) == (b"CanonicalRequest" in piece)
    assert peak < 8 << 20


# The index


def test_the_index_keeps_what_may_be_asked_for() -> None:
    """The entry of the signature, and those of the same second; the rest is counted."""
    (wanted,) = entries(log("aws-cli"))
    data = log("aws-cli") + log("aws-cli-token") + log("go2")
    call = Authorization("sigv4-header", signature=wanted.signature, timestamp="20261122T163513Z")
    other = Authorization("sigv4-header", signature="0" * 64, timestamp="20261122T164114Z")
    found = index(io.BytesIO(data), [call])

    assert dict(found.sources) == {"botocore": 2, "aws-sdk-go": 3}
    assert [one.signature == wanted.signature for one in found.of(call)] == [True, False]
    assert found.of(other) == ()
    assert found.of(Authorization()) == ()
