"""The short way and the long way agree, whatever the request."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from inspector.endpoint import quick
from inspector.endpoint.gate import LARGEST_SKEW
from inspector.sigv4.key import Key
from inspector.sigv4.sign import Stamp, amz_date, sign_header
from inspector.sigv4.signed import signed_request
from inspector.sigv4.verify import verify
from inspector.wire.exchange import Request

NOW = 1_795_363_200.0
KEY = Key("test", b"dummy")
KEYS = {KEY.key_id: KEY}
STAMP = Stamp(amz_date(NOW), b"us-west-004")

names = st.sampled_from([b"X-Amz-Meta-A", b"x-amz-meta-b", b"Content-Type", b"Range", b"Content-MD5", b"X-Other"])
values = st.binary(max_size=12).map(lambda raw: raw.replace(b"\r", b" ").replace(b"\n", b"\t"))
targets = st.lists(st.sampled_from([b"/", b"a", b"%2f", b"%7E", b"..", b"?", b"&", b"=", b"+", b"x", b"%C3%A9", b"~"]))
requests = st.builds(
    lambda method, target, lines: Request(
        method, "http", "127.0.0.1", 8900, b"/" + b"".join(target), ((b"Host", b"127.0.0.1:8900"), *lines)
    ),
    st.sampled_from([b"GET", b"PUT"]),
    targets,
    st.lists(st.tuples(names, values), max_size=4).map(tuple),
)


def quickly(request: Request, now: float = NOW) -> bool:
    return quick.verified(request, KEYS, now, LARGEST_SKEW) is not None


@given(requests)
def test_what_is_signed_here_verifies_there(bare: Request) -> None:
    """Repeats, white space, odd targets: by the rule that `verify` keeps."""
    headers = quick.signed(bare, KEY, STAMP.timestamp, STAMP.region, b"UNSIGNED-PAYLOAD")
    assert verify(signed_request(replace(bare, headers=headers)), KEY).verdict == "verified"


@given(requests)
def test_what_passes_here_verifies_there(bare: Request) -> None:
    """And a usual request passes; one whose lines repeat is left to the long way."""
    signed = sign_header(bare, KEY, STAMP, b"UNSIGNED-PAYLOAD")
    assert verify(signed_request(signed), KEY).verdict == "verified"
    repeats = len({name.lower() for name, _ in signed.headers}) < len(signed.headers)
    assert quickly(signed) or repeats


@given(requests, st.integers(0, 400), st.integers(1, 255))
def test_no_flipped_byte_passes(bare: Request, place: int, flip: int) -> None:
    """Of what is signed, in a header or the target: it passes only where it verifies."""
    signed = sign_header(bare, KEY, STAMP, b"UNSIGNED-PAYLOAD")
    at = place % len(signed.target)
    target = signed.target[:at] + bytes([signed.target[at] ^ flip]) + signed.target[at + 1 :]
    line = place % len(signed.headers)
    name, value = signed.headers[line]
    other = value[:-1] + bytes([value[-1] ^ flip]) if value else b"x"
    headers = (*signed.headers[:line], (name, other), *signed.headers[line + 1 :])
    for spoilt in (replace(signed, target=target), replace(signed, headers=headers)):
        if quickly(spoilt):
            assert verify(signed_request(spoilt), KEY).verdict == "verified"


def test_old_and_foreign_ones_are_looked_at_closer() -> None:
    """Nothing is refused here."""
    bare = Request(b"GET", "http", "127.0.0.1", 8900, b"/a", ((b"Host", b"x"),))
    signed = sign_header(bare, KEY, STAMP, b"UNSIGNED-PAYLOAD")
    assert quickly(signed)
    assert not quickly(signed, NOW + LARGEST_SKEW + 1)
    assert not quickly(sign_header(bare, Key("test", b"other"), STAMP, b"UNSIGNED-PAYLOAD"))
    assert not quickly(sign_header(bare, Key("other", b"dummy"), STAMP, b"UNSIGNED-PAYLOAD"))
    assert not quickly(sign_header(bare, KEY, Stamp(STAMP.timestamp, b"eu", b"ec2"), b"UNSIGNED-PAYLOAD"))
    assert not quickly(sign_header(bare, KEY, STAMP, b"0" * 64, declare_payload=False))
    assert not quickly(replace(signed, target=b"/a?X-Amz-Signature=1"))
