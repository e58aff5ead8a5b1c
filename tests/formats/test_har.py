"""HAR: what each program's variant says, and what it leaves out. Truths stand beside the files in har/."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest

from inspector.errors import FormatError
from inspector.formats.captured import Captured, Item, Passed, pieces
from inspector.formats.har import read
from inspector.wire.exchange import Fidelity
from inspector.wire.problem import Problem

DATA = Path(__file__).parent / "har"
WHEN = 99.0


def har_items(*entries: object) -> list[Item]:
    """What is read from a HAR with these entries."""
    text = json.dumps({"log": {"entries": entries}})
    return list(read(io.BytesIO(text.encode()), WHEN))


def har_entry(**request: Any) -> dict[str, Any]:
    """A plain entry; `response` apart, keywords go into its request."""
    response = {"status": 200, "headers": [], **request.pop("response", {})}
    request = {"method": "GET", "url": "https://h/p", "headers": [], **request}
    return {"startedDateTime": "2026-03-01T10:00:00Z", "time": 1, "request": request, "response": response}


def only_call(*entries: object) -> Captured:
    """The only exchange of a HAR with these entries."""
    (item,) = har_items(*entries)
    assert isinstance(item, Captured)
    return item


def har_facts(item: Item) -> dict[str, Any]:
    """An item as the truth files spell it."""
    if isinstance(item, Passed):
        return {"passed": item.what}
    if isinstance(item, Problem):
        return {"problem": item.kind, "host": item.host, "text": item.text}
    exchange, timing = item.exchange, item.exchange.timing
    request, response = exchange.request, exchange.response
    sent, got = b"".join(pieces(item.request_body)), b"".join(pieces(item.response_body))
    return {
        "method": request.method.decode(),
        "scheme": request.scheme,
        "host": request.host,
        "port": request.port,
        "target": request.target.decode(),
        "authority": request.authority.decode(),
        "http_version": request.http_version,
        "request_headers": [[name.decode(), value.decode()] for name, value in request.headers],
        "request_body": sent.decode(errors="replace"),
        "request_body_base64": base64.b64encode(sent).decode(),
        "request_gap": item.request_gap,
        "status": response.status if response else None,
        "reason": response.reason.decode() if response else None,
        "response_headers": [[n.decode(), v.decode()] for n, v in response.headers] if response else None,
        "response_body": got.decode(errors="replace"),
        "response_body_base64": base64.b64encode(got).decode(),
        "response_gap": item.response_gap,
        "alterations": list(exchange.alterations),
        "failure": [exchange.failure.kind, exchange.failure.text] if exchange.failure else None,
        "server_address": exchange.server_address,
        "timing": [
            None if moment is None else round(moment, 6)
            for moment in (
                timing.request_start,
                timing.request_end,
                timing.response_start,
                timing.response_end,
                timing.tcp_ms,
                timing.tls_ms,
            )
        ],
    }


@pytest.mark.parametrize("name", sorted(path.stem for path in DATA.glob("*.har")))
def test_each_program_is_read_as_it_means(name: str) -> None:
    """Everything that the truth beside the file names is read so, item by item."""
    truths = json.loads((DATA / f"{name}.json").read_bytes())
    items = list(read(io.BytesIO((DATA / f"{name}.har").read_bytes()), WHEN))

    assert len(items) == len(truths)
    for item, truth in zip(items, truths, strict=True):
        facts = har_facts(item)
        assert {field: facts[field] for field in truth} == truth


@pytest.mark.parametrize("name", sorted(path.stem for path in DATA.glob("*.har")))
def test_nothing_from_a_har_claims_to_be_the_wire(name: str) -> None:
    """Names, values and bodies went through text: the fidelity is `rebuilt`."""
    items = read(io.BytesIO((DATA / f"{name}.har").read_bytes()), WHEN)

    assert {item.exchange.fidelity for item in items if isinstance(item, Captured)} == {Fidelity.REBUILT}


@pytest.mark.parametrize(
    ("text", "size", "mime", "expected"),
    [
        ("plain", 5, "text/plain", b"plain"),
        ("\u00ff\u00fe", 2, "", b"\xff\xfe"),
        ("\u00ff\u00fe", 4, "", b"\xc3\xbf\xc3\xbe"),
        ("\u00ff\u00fe", -1, "", b"\xc3\xbf\xc3\xbe"),
        ("\udcff\udc80a", 3, "application/json", b"\xff\x80a"),
        ("\u20ac", 1, "text/plain; charset=windows-1252", b"\x80"),
        ("\u20ac", 3, "text/plain; charset=latin-1", b"\xe2\x82\xac"),
        ("x", 1, "text/plain; charset=no-such", b"x"),
    ],
)
def test_text_becomes_the_bytes_whose_number_the_file_states(text: str, size: int, mime: str, expected: bytes) -> None:
    """Latin-1 and lone surrogates are how mitmproxy writes bytes; `bodySize` tells which it was."""
    call = only_call(har_entry(method="PUT", bodySize=size, postData={"mimeType": mime, "text": text}))

    assert b"".join(pieces(call.request_body)) == expected


def test_text_that_lost_bytes_is_marked() -> None:
    """U+FFFD stands where the writing program could not decode a byte."""
    call = only_call(har_entry(method="PUT", bodySize=2, postData={"text": "\ufffd\ufffd"}))

    assert call.exchange.alterations == ("request-body-lossy",)


@pytest.mark.parametrize("text", ["AAE", "A AE=\n", "AAE="])
def test_base64_may_be_folded_or_lack_its_padding(text: str) -> None:
    """Programs differ; the bytes are the same."""
    call = only_call(har_entry(response={"content": {"text": text, "encoding": "base64"}}))

    assert b"".join(pieces(call.response_body)) == b"\x00\x01"


def test_what_calls_itself_base64_and_is_not_is_kept_as_text() -> None:
    """Nothing is thrown away, and the exchange says so."""
    call = only_call(har_entry(response={"content": {"text": "n*t", "encoding": "base64"}}))

    assert (b"".join(pieces(call.response_body)), call.exchange.alterations) == (b"n*t", ("response-body-lossy",))


def test_a_large_base64_body_comes_in_pieces() -> None:
    """No piece is larger than a mebibyte, and together they are the body."""
    data = bytes(range(256)) * 20_000
    entry = har_entry(response={"content": {"text": base64.b64encode(data).decode(), "encoding": "base64"}})
    parts = list(pieces(only_call(entry).response_body))

    assert b"".join(parts) == data
    assert max(map(len, parts)) <= 1024 * 1024


def test_the_same_file_gives_the_same_uids() -> None:
    """So an import can see that a call is there already."""
    text = (DATA / "chrome.har").read_bytes()
    first, second = (
        [item.exchange.uid for item in read(io.BytesIO(text), when) if isinstance(item, Captured)]
        for when in (1.0, 2.0)
    )

    assert first == second
    assert len(set(first)) == len(first)


def test_equal_entries_are_different_calls() -> None:
    """Two calls in the same millisecond that say the same are still two."""
    first, second = har_items(har_entry(), har_entry())

    assert isinstance(first, Captured)
    assert isinstance(second, Captured)
    assert first.exchange.uid != second.exchange.uid


def test_credentials_in_a_url_are_not_part_of_the_host() -> None:
    """`user:password@` is no address, and a secret."""
    request = only_call(har_entry(url="https://user:pw@[::1]:9000?x#y")).exchange.request

    assert (request.host, request.port, request.target) == ("::1", 9000, b"/?x")


def test_an_entry_that_is_broken_does_not_hide_the_others() -> None:
    """It is passed over by name."""
    passed, call = har_items({"request": {"url": 1}}, har_entry())

    assert isinstance(passed, Passed)
    assert passed.detail == "entry 1 has no method and URL"
    assert isinstance(call, Captured)


@pytest.mark.parametrize("junk", [1, "x", [], None, {"headers": {}}, {"headers": [1, {}, ["a"]], "status": "200"}])
def test_values_of_the_wrong_kind_count_as_absent(junk: object) -> None:
    """A HAR comes from anywhere; one odd value does not stop an import."""
    entry = har_entry()
    (item,) = har_items({**entry, "response": junk, "timings": junk, "serverIPAddress": junk, "time": junk})

    assert isinstance(item, Captured)
    assert item.exchange.response is None


def test_what_is_no_har_is_said() -> None:
    """The error names the shape that was looked for."""
    with pytest.raises(FormatError, match=r"without `log\.entries`"):
        list(read(io.BytesIO(b'{"entries": []}'), WHEN))
