"""The uid of an exchange: a UUID of version 7, made from a moment and bits that somebody else provides.

Facts
-----
RFC 9562 §5.7: 48 bits of Unix milliseconds, the version (7), 12 bits, the variant (binary 10), 62 bits. The 74 bits
between may be random or carry anything unique. A live recorder gives random bits; an import gives a hash of what it
reads, so that the same call has the same uid however often its file is read.
"""

from __future__ import annotations

ENTROPY_BYTES = 10
"""How many bytes `uuid7` needs; six bits of the last ones give way to the version's and the variant's."""

_FREE_BITS = (1 << 76) - 1 - (0b11 << 62)
_VERSION_AND_VARIANT = (7 << 76) | (0b10 << 62)
_LAST_MILLISECOND = (1 << 48) - 1


def uuid7(time: float, entropy: bytes) -> str:
    """The UUIDv7 of a moment (Unix seconds; one before 1970 counts as 1970) and at least ten bytes of entropy.

    The same arguments give the same text. Text order is the order of the moments, to the millisecond.
    """
    if len(entropy) < ENTROPY_BYTES:
        raise ValueError(f"a UUIDv7 needs {ENTROPY_BYTES} bytes of entropy, not {len(entropy)}")
    milliseconds = min(max(int(time * 1000), 0), _LAST_MILLISECOND)
    free = int.from_bytes(entropy[:ENTROPY_BYTES], "big") & _FREE_BITS
    text = f"{milliseconds << 80 | _VERSION_AND_VARIANT | free:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
