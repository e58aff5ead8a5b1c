"""Whatever bytes come: a diagnosis, in bounded time, and no exception."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inspector.diagnose.examine import examine
from inspector.diagnose.register import all_rules
from inspector.sigv4.signed import signed_request
from inspector.wire.exchange import Request
from tests.support.calls import known
from tests.support.diagnosed import Answer, answered, asked, before
from tests.support.signing import KEY, signed_call

HEADER = signed_call(unsigned=((b"x-amz-meta-a", b"1"), (b"amz-sdk-request", b"attempt=2; max=3"))).request
URL = signed_call(presigned=True).request

pieces = st.one_of(
    st.binary(max_size=6),
    st.sampled_from([b"", b"%", b"%25", b"\xff", b"9" * 20, b";", b"/", b"=", b"&amp;", b"\r\n ", b"\0", b"AWS4-"]),
)
answers = st.builds(
    Answer,
    st.sampled_from([None, 200, 400, 401, 403, 500, 999]),
    st.sampled_from([None, "SignatureDoesNotMatch", "RequestTimeTooSkewed", "InvalidArgument"]),
    st.text(max_size=30).map(lambda text: "".join(letter for letter in text if letter.isprintable())),
    st.sampled_from([None, 0.0, 1_773_480_413.0, 250_000_000_000.0]),
    st.lists(st.tuples(st.sampled_from([b"content-length", b"date", b"x-amz-request-id"]), pieces)).map(tuple),
)


@st.composite
def mutated(draw: st.DrawFn) -> Request:
    """A genuine request with something put in the place of something else."""
    request = draw(st.sampled_from([HEADER, URL]))
    headers = list(request.headers)
    target = request.target
    for _ in range(draw(st.integers(1, 4))):
        piece = draw(pieces)
        index = draw(st.integers(0, len(headers)))
        if index == len(headers):
            target = _spliced(draw, target, piece)
        else:
            name, value = headers[index]
            headers[index] = (name, _spliced(draw, value, piece))
    method = draw(st.sampled_from([b"GET", b"HEAD", b"POST", b"PUT"]))
    return Request(method, "https", "s3.us-west-004.backblazeb2.com", 443, target, tuple(headers))


def _spliced(draw: st.DrawFn, text: bytes, piece: bytes) -> bytes:
    start = draw(st.integers(0, len(text)))
    return text[:start] + piece + text[start + draw(st.integers(0, 8)) :]


@given(mutated(), answers, st.binary(max_size=40))
def test_rules_never_raise(request: Request, answer: Answer, body: bytes) -> None:
    """On any request, with any answer."""
    signed = signed_request(request, known(body), body)
    call = answered(signed, answer, body=body)
    call = answered(signed, answer, body=body, earlier=(before(call),))
    for rule in all_rules():
        for seen in rule(call):
            assert seen.cause
            assert seen.certainty


@given(answers)
def test_answers_change_no_verdict(answer: Answer) -> None:
    """What a server says is no evidence against a signature that verifies."""
    found = examine(answered(signed_call(), answer, at=1_773_480_413.0), [KEY])
    assert found.verification.verdict == "verified"
    assert not [one for one in found.findings if one.cause in ("key-wrong-secret", "unexplained")]


def test_a_head_of_nothing() -> None:
    """No header, no path."""
    assert examine(asked("GET  HTTP/1.1\n", Answer(None))).findings == ()
