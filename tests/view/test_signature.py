"""A signature part by part."""

from __future__ import annotations

from typing import Any

import pytest
from support.diagnosed import Answer, answered
from support.signing import HOST, KEY, signed_call

from inspector.diagnose.examine import Diagnosis, examine
from inspector.sigv4.key import Key
from inspector.view.signature import SignatureTable, canonical_pieces, signature_table

REFUSED = Answer(403, "SignatureDoesNotMatch", "Signature validation failed")


def diagnosed(keys: tuple[Key, ...] = (KEY,), **how: Any) -> Diagnosis:
    return examine(answered(signed_call(**how), REFUSED), keys)


def differing(table: SignatureTable) -> dict[str, tuple[bytes | None, bytes | None]]:
    """What the client signed and what is expected, of the parts that differ."""
    return {part.name: (part.signed, part.expected) for part in table.parts if table.differs(part)}


CASES: list[tuple[str, dict[str, Any], dict[str, tuple[bytes | None, bytes | None]]]] = [
    (
        "a header's value",
        {"lines": {b"host": HOST + b":443"}},
        {"header host": (b"host:" + HOST + b":443", b"host:" + HOST)},
    ),
    (
        "the path",
        {"target": b"/photos/a%2Fb.jpg", "signed": {"path": b"/photos/a%2Fb.jpg"}},
        {"path": (b"/photos/a%2Fb.jpg", b"/photos/a/b.jpg")},
    ),
    (
        "a parameter that was added later",
        {"target": b"/photos?list-type=2&prefix=x", "signed": {"query": b"list-type=2"}},
        {"query prefix": (None, b"prefix=x")},
    ),
]


@pytest.mark.parametrize(("how", "differs"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_differs_stands_in_its_part(how: dict[str, Any], differs: dict[str, Any]) -> None:
    """And besides it only what follows from it: the hash of the whole, and the signature."""
    table = signature_table(diagnosed(**how))
    assert table.known
    found = differing(table)
    assert found.pop("hash of the above")
    assert found.pop("signature")
    assert found == differs


def test_without_the_secret_nothing_is_said_of_what_was_signed() -> None:
    """What the server computes is known all the same."""
    table = signature_table(diagnosed((), lines={b"host": b"elsewhere"}))
    assert not table.known
    assert differing(table) == {}
    assert {part.expected for part in table.parts if part.name == "header host"} == {b"host:" + HOST}


def test_a_key_that_differs_shows_in_the_key_alone() -> None:
    """No line of what was signed does; and no secret is in it."""
    table = signature_table(diagnosed(secret=KEY.secret[:-1]))
    found = differing(table)
    assert set(found) == {"key", "signature"}
    assert KEY.secret[:-1] not in b"".join(part.signed or b"" for part in table.parts)


def test_the_wire_is_as_it_was_sent() -> None:
    """Case, repeats and escapes."""
    table = signature_table(
        diagnosed(
            target=b"/photos/%61.jpg?b=%7e&a", headers={b"X-Amz-Meta-A": b"1"}, unsigned=((b"x-amz-meta-a", b"2"),)
        )
    )
    wire = {part.name: part.wire for part in table.parts}
    assert wire["path"] == b"/photos/%61.jpg"
    assert wire["query b"] == b"b=%7e"
    assert wire["query a"] == b"a"
    assert wire["header x-amz-meta-a"] == b"X-Amz-Meta-A: 1\nx-amz-meta-a: 2"


def test_notes_say_what_else_is_known() -> None:
    """The region of the host; the hash of the body that came."""
    table = signature_table(diagnosed(region=b"us-east-1", payload=b"0" * 64))
    notes = {part.name: part.note for part in table.parts if part.note}
    assert notes["scope"] == "the host's name says us-west-004"
    assert notes["payload"].startswith("the body that came has the SHA-256 e3b0c442")


def test_an_unsigned_request_has_no_table() -> None:
    """There is nothing to compare."""
    signed = signed_call()
    bare = [header for header in signed.request.headers if header[0] != b"Authorization"]
    from dataclasses import replace

    from inspector.sigv4.signed import signed_request

    call = answered(signed_request(replace(signed.request, headers=tuple(bare))), REFUSED)
    assert signature_table(examine(call, (KEY,))).parts == ()


ODD = [b"", b"GET", b"GET\n/\n\nhost:a\nhost\nx", b"GET\r\n/\r\n\r\nhost:a\r\n\r\nhost\r\nx"]


@pytest.mark.parametrize("text", ODD)
def test_a_canonical_request_of_another_form_is_taken_line_by_line(text: bytes) -> None:
    """Home-made signers write any."""
    assert b"\n".join(value for _, value in canonical_pieces(text)) == text
