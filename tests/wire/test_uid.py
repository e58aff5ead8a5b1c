"""Uids: UUIDs of version 7 that sort by time and repeat for the same arguments."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.wire.uid import uuid7

MOMENTS = st.floats(min_value=0, max_value=200_000_000_000, allow_nan=False)
ENTROPY = st.binary(min_size=10, max_size=32)


@given(MOMENTS, ENTROPY)
def test_every_uid_is_a_uuid_of_version_7(time: float, entropy: bytes) -> None:
    """The version, the variant and the moment stand where RFC 9562 puts them."""
    uid = uuid.UUID(uuid7(time, entropy))

    assert (uid.version, uid.variant) == (7, uuid.RFC_4122)
    assert int(time * 1000) == uid.int >> 80


@given(MOMENTS, ENTROPY)
def test_the_text_is_the_canonical_one(time: float, entropy: bytes) -> None:
    """Lower case with dashes, as `uuid.UUID` writes it."""
    assert str(uuid.UUID(uuid7(time, entropy))) == uuid7(time, entropy)


@given(MOMENTS, st.binary(min_size=10, max_size=10), st.integers(0, 79))
def test_each_of_the_74_bits_makes_a_difference(time: float, entropy: bytes, bit: int) -> None:
    """Only the six bits that version and variant need are lost."""
    other = (int.from_bytes(entropy, "big") ^ (1 << bit)).to_bytes(10, "big")
    lost = bit in (62, 63, 76, 77, 78, 79)

    assert lost == (uuid7(time, entropy) == uuid7(time, other))


def test_the_example_of_the_standard() -> None:
    """RFC 9562, appendix A.6."""
    entropy = bytes.fromhex("7cc398c4dc0c0c07398f")

    assert uuid7(1645557742.0, entropy) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


def test_text_order_is_time_order() -> None:
    """A later moment sorts after an earlier one whatever the entropy."""
    assert uuid7(1_700_000_000.001, b"\xff" * 10) < uuid7(1_700_000_000.002, b"\x00" * 10)


def test_a_moment_before_1970_counts_as_1970() -> None:
    """Foreign files hold any number; a uid is made of each."""
    assert uuid7(0, b"x" * 10) == uuid7(-5, b"x" * 10)


def test_too_little_entropy_is_refused() -> None:
    """Nine bytes would make two calls look like one."""
    with pytest.raises(ValueError, match="10 bytes"):
        uuid7(0, b"123456789")
