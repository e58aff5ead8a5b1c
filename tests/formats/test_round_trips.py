"""What is written in a format reads back to the same call, but for what the format cannot hold, which is a table."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from inspector.facts import facts_of
from inspector.formats import har, mitm, vcr, wiremock
from inspector.formats.captured import Captured, Reader, pieces
from inspector.formats.out.har import har_pieces
from inspector.formats.out.mitm import flow_file
from inspector.formats.out.shown import Shown, shown
from inspector.formats.out.vcr import cassette
from inspector.formats.out.wiremock import mappings
from inspector.wire.exchange import Exchange, Request, Response, Timing
from inspector.wire.headers import Headers

LETTERS = "abcdefghijklmnopqrstuvwxyzXYZ0123456789-_"
NAME = st.text(LETTERS, min_size=1, max_size=12).map(lambda name: f"X-{name}".encode())
TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20).map(str.encode)
VALUE = st.one_of(TEXT, st.text(st.characters(min_codepoint=0xA1, max_codepoint=0x2FFF), max_size=8).map(str.encode))
HEADERS = st.lists(st.tuples(NAME, VALUE), max_size=5).map(tuple)
SEGMENT = st.text("abcXYZ019-._~!$'()*+,;=:@/%", max_size=20)
TARGET = st.tuples(SEGMENT, st.one_of(st.none(), SEGMENT)).map(
    lambda parts: f"/b{parts[0]}{'' if parts[1] is None else f'?q={parts[1]}'}".replace("%", "%25").encode()
)
BODY = st.one_of(st.binary(max_size=60), st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")))
UID = "01930000-0000-7000-8000-000000000001"


@st.composite
def calls(draw: st.DrawFn) -> Shown:
    """A call as it is shown to others."""
    headers: Headers = ((b"Host", b"s3.us-west-004.backblazeb2.com"), *draw(HEADERS))
    method = draw(st.sampled_from((b"GET", b"PUT", b"POST", b"DELETE")))
    request = Request(method, "https", "s3.us-west-004.backblazeb2.com", 443, draw(TARGET), headers)
    status = draw(st.integers(200, 599).filter(lambda status: status not in (204, 304)))
    response = Response(status, draw(HEADERS), b"Reason")
    start = float(draw(st.integers(1_700_000_000, 1_800_000_000)))
    exchange = Exchange(UID, request, Timing(start, start + 0.25, start + 0.5, start + 0.75), response)
    body, answer = draw(BODY), draw(BODY)
    return shown(exchange, facts_of(request, response, body, answer), body, answer)


@dataclass(frozen=True)
class Format:
    """A format: how it is written and read, and what a call becomes by way of it."""

    write: Callable[[Shown], bytes]
    read: Reader
    holds: Callable[[Captured], Captured]


def text(parts: Iterator[str]) -> bytes:
    return "".join(parts).encode("utf-8", "surrogateescape")


def by_name(headers: Headers, first: bool) -> Headers:
    """Header lines as a mapping keeps them: together under the first spelling of their name, sorted by it."""
    spelt: dict[bytes, bytes] = {}
    values: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        kept = values.setdefault(spelt.setdefault(name.lower(), name), [])
        if not (first and kept):
            kept.append(value)
    return tuple((name, value) for name in sorted(values) for value in values[name])


def cassette_holds(call: Captured) -> Captured:
    """Neither order nor repeats of a request's lines, no moments, no uid."""
    exchange = call.exchange
    assert exchange.response is not None
    request = replace(exchange.request, headers=by_name(exchange.request.headers, True))
    response = replace(exchange.response, headers=by_name(exchange.response.headers, False))
    return replace(call, exchange=replace(exchange, request=request, response=response, timing=Timing(0.0), uid=""))


def wiremock_holds(call: Captured) -> Captured:
    """The beginning and the end, not what lies between."""
    timing = Timing(call.exchange.timing.request_start, response_end=call.exchange.timing.response_end)
    return replace(call, exchange=replace(call.exchange, timing=timing))


def no_uid(call: Captured) -> Captured:
    """A HAR has no place for it."""
    return replace(call, exchange=replace(call.exchange, uid=""))


FORMATS = {
    "mitm": Format(lambda call: b"".join(flow_file([call])), mitm.read, lambda call: call),
    "har": Format(lambda call: text(har_pieces([call], "1")), har.read, no_uid),
    "vcr": Format(lambda call: text(cassette([call])), vcr.read, cassette_holds),
    "wiremock": Format(lambda call: text(mappings(lambda: [call])), wiremock.read, wiremock_holds),
}


def essence(call: Captured) -> dict[str, object]:
    """What has to be equal."""
    request, response, timing = call.exchange.request, call.exchange.response, call.exchange.timing
    assert response is not None
    return {
        "uid": call.exchange.uid,
        "request": (request.method, request.scheme, request.host, request.port, request.target, request.headers),
        "response": (response.status, response.reason, response.headers),
        "bodies": tuple(b"".join(pieces(body)) for body in (call.request_body, call.response_body)),
        "timing": tuple(
            None if moment is None else round(moment, 3)
            for moment in (timing.request_start, timing.request_end, timing.response_start, timing.response_end)
        ),
        "alterations": call.exchange.alterations,
    }


@pytest.mark.parametrize("name", FORMATS)
@given(call=calls())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_call_comes_back(name: str, call: Shown) -> None:
    """As far as the format holds it; a lone U+FFFD in a text is called lossy, for it mostly is."""
    for part in (call.request_body, call.response_body):
        assume("\ufffd" not in (part or b"").decode("utf-8", "replace"))
    kind = FORMATS[name]
    (back,) = kind.read(io.BytesIO(kind.write(call)), 0.0)
    assert isinstance(back, Captured)
    assert call.request_body is not None
    assert call.response_body is not None
    sent = Captured(call.exchange, call.request_body, call.response_body)
    if name in ("har", "vcr"):
        back = no_uid(back)
    assert essence(back) == essence(kind.holds(sent))


@pytest.mark.parametrize("name", ["mitm", "wiremock"])
def test_a_call_without_an_answer_comes_back_without_one(name: str) -> None:
    """With a reason."""
    request = Request(b"GET", "https", "h", 443, b"/a", ((b"Host", b"h"),))
    call = shown(Exchange(UID, request, Timing(1.7e9)), facts_of(request, None, b"", b""), b"", None)
    kind = FORMATS[name]
    (back,) = kind.read(io.BytesIO(kind.write(call)), 0.0)
    assert isinstance(back, Captured)
    assert back.exchange.response is None
    assert back.exchange.failure is not None


def test_a_cassette_of_nothing_is_one() -> None:
    """For vcrpy too."""
    assert list(vcr.read(io.BytesIO(text(cassette([]))), 0.0)) == []


def test_repeated_requests_become_a_scenario() -> None:
    """One after the other; the last one stays."""
    request = Request(b"GET", "https", "h", 443, b"/a", ((b"Host", b"h"),))
    exchange = Exchange(UID, request, Timing(1.7e9), Response(200, ()))
    call = shown(exchange, facts_of(request, None, b"", b""), b"", b"x")
    stubs = json.loads(text(mappings(lambda: [call, call, call])))["mappings"]
    states = [(stub["requiredScenarioState"], stub.get("newScenarioState")) for stub in stubs]
    assert states == [("Started", "answered 1"), ("answered 1", "answered 2"), ("answered 2", None)]
    assert "scenarioName" not in json.loads(text(mappings(lambda: [call])))["mappings"][0]
