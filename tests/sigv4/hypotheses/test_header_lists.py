"""A list of signed headers that is not that of what was signed is found: lines, names and their order."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from inspector.sigv4.signed import SignedRequest
from tests.support.signing import causes, explanations, resent, signed_call, without

LIST = b"host;x-amz-content-sha256;x-amz-date"
META = b"x-amz-meta-a"


@pytest.mark.parametrize(
    ("call", "cause"),
    [
        # Added after signing, and listed.
        (
            signed_call(
                headers={b"Cache-Control": b"no-cache"}, lines={b"cache-control": None}, signed={"names": LIST}
            ),
            "hdr-added",
        ),
        (
            signed_call(
                headers={b"amz-sdk-request": b"attempt=1", b"amz-sdk-invocation-id": b"7"},
                lines={b"amz-sdk-request": None, b"amz-sdk-invocation-id": None},
                signed={"names": LIST},
            ),
            "hdr-added",
        ),
        # A body, with its two headers, added after signing.
        (
            signed_call(
                headers={b"Content-Type": b"a/b", b"Content-Length": b"5"},
                lines={b"content-type": b"", b"content-length": b"0"},
            ),
            "hdr-content-type",
        ),
        (
            signed_call(
                headers={b"Content-Type": b"a/b", b"Content-Length": b"5"},
                lines={b"content-type": None, b"content-length": b"0"},
                signed={"names": b"content-length;" + LIST},
            ),
            "hdr-content-type",
        ),
        # Chunks that became a length on the way.
        (
            without(
                signed_call(
                    headers={b"Content-Length": b"5", b"Transfer-Encoding": b"chunked"}, lines={b"content-length": b""}
                ),
                b"Transfer-Encoding",
            ),
            "hdr-hop-by-hop",
        ),
        # Signed, and not listed.
        (
            signed_call(unsigned=((b"X-Amz-Acl", b"private"),), lines={b"x-amz-acl": b"private"}),
            "hdr-unsigned-amz",
        ),
        (
            signed_call(
                unsigned=((b"X-Amz-Acl", b"private"),),
                lines={b"x-amz-acl": b"private"},
                signed={"names": b"host;x-amz-acl;x-amz-content-sha256;x-amz-date"},
            ),
            "hdr-unsigned-amz",
        ),
        (
            signed_call(
                unsigned=((b"X-Amz-Acl", b"private"), (b"x-amz-meta-b", b"1")),
                lines={b"x-amz-acl": b"private", b"x-amz-meta-b": b"1"},
            ),
            "hdr-unsigned-amz",
        ),
        (
            signed_call(unsigned=((b"Content-Type", b"a/b"),), lines={b"content-type": b"a/b"}),
            "hdr-list-differs",
        ),
        (
            signed_call(
                unsigned=((b"Content-Type", b"a/b"),),
                lines={b"content-type": b"a/b"},
                signed={"names": b"content-type;" + LIST},
            ),
            "hdr-list-differs",
        ),
        # A list, or lines, that stand in the signer's code.
        (signed_call(headers={b"A": b"1", b"B": b"2"}, signed={"names": b"host;x-amz-date"}), "hdr-list-differs"),
        (
            signed_call(headers={b"A": b"1", b"B": b"2"}, lines={b"a": None, b"b": None}, signed={"names": LIST}),
            "hdr-added",
        ),
        (signed_call(headers={b"A": b"1", b"B": b"2"}, lines={b"a": None, b"b": None}), "hdr-list-differs"),
        (signed_call(headers={b"A": b"1"}, signed={"names": LIST}), "hdr-list-differs"),
        # Without a value.
        (signed_call(headers={b"X-Amz-Meta-A": b""}, lines={META: None}), "hdr-empty-dropped"),
        (
            signed_call(
                headers={b"X-Amz-Meta-A": b"", b"X-Amz-Meta-B": b""}, lines={META: None, b"x-amz-meta-b": None}
            ),
            "hdr-empty-dropped",
        ),
    ],
)
def test_lines_and_names_that_do_not_agree(call: SignedRequest, cause: str) -> None:
    """A header was signed and not listed, or listed and not signed: in one deviation."""
    assert causes(call) == [(cause,)]


def listing(call: SignedRequest, names: bytes) -> SignedRequest:
    """The call with another list of signed headers written into its Authorization."""
    written = tuple(
        (name, value.replace(LIST, names) if name == b"Authorization" else value)
        for name, value in call.request.headers
    )
    return resent(call, headers=written)


def in_order(*names: bytes) -> Callable[[bytes], bytes]:
    """Puts the header lines of a canonical request in an order."""

    def reordered(canonical: bytes) -> bytes:
        method, path, query, *lines, blank, listed, payload = canonical.split(b"\n")
        ordered = sorted(lines, key=lambda line: names.index(line.partition(b":")[0]))
        return b"\n".join((method, path, query, *ordered, blank, listed, payload))

    return reordered


UNSORTED = b"x-amz-date;host;x-amz-content-sha256"
CAPITALS = b"Host;X-Amz-Content-Sha256;X-Amz-Date"
HASH = b"x-amz-content-sha256"


@pytest.mark.parametrize(
    "call",
    [
        listing(signed_call(signed={"names": UNSORTED}), UNSORTED),
        listing(signed_call(signed={"names": UNSORTED}, transform=in_order(b"x-amz-date", b"host", HASH)), UNSORTED),
        listing(signed_call(transform=in_order(b"x-amz-date", b"host", HASH)), UNSORTED),
        listing(signed_call(signed={"names": CAPITALS}), CAPITALS),
        signed_call(transform=in_order(b"host", b"x-amz-date", HASH)),
        listing(signed_call(), HASH + b";x-amz-date"),
        listing(signed_call(signed={"names": HASH + b";x-amz-date"}, lines={}), HASH + b";x-amz-date"),
        listing(signed_call(signed={"names": LIST + b";host"}), LIST + b";host"),
        listing(signed_call(), LIST.replace(b";", b"; ")),
    ],
)
def test_a_list_out_of_order(call: SignedRequest) -> None:
    """Unsorted, in capitals, without the host, with a name twice or with blanks in it."""
    assert causes(call) == [("hdr-list-order",)]


def test_names_in_capitals_in_lines_and_list() -> None:
    """As home-made signers do; both families say so."""

    def capitals(canonical: bytes) -> bytes:
        return (
            canonical.replace(b"host:", b"Host:")
            .replace(b"x-amz-", b"X-Amz-")
            .replace(b"-sha", b"-Sha")
            .replace(b"content-Sha256", b"Content-Sha256")
            .replace(b"-date:", b"-Date:")
        )

    call = listing(signed_call(signed={"names": CAPITALS}, transform=capitals), CAPITALS)
    found = {change.cause for one in explanations(call) for each in one.deviations for change in each.changes}
    assert "hdr-list-order" in found
