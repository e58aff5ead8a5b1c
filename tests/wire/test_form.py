"""The fields of a form upload are read as far as its bytes reach, with their places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.wire.form import Field, boundary, fields

TYPE = b'multipart/form-data; charset=utf-8; boundary="a b"'
BODY = (
    b'preamble\r\n--a b\r\nContent-Disposition: form-data; name="key"\r\n\r\nuploads/x\r\n'
    b"--a b\r\ncontent-type: text/plain\r\ncontent-disposition: form-data; name=Policy\r\n\r\ntwo\r\nlines\r\n"
    b'--a b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nDATA\r\n\r\n\r\n'
    b'--a b--\r\nname="x"\r\n\r\nepilogue'
)


def test_fields() -> None:
    """Files, preamble and epilogue are left out; a value may hold line ends."""
    assert list(fields(TYPE, BODY)) == [
        Field(b"key", b"uploads/x", BODY.index(b"uploads/x")),
        Field(b"Policy", b"two\r\nlines", BODY.index(b"two")),
    ]


@pytest.mark.parametrize("length", range(len(BODY)))
def test_a_body_may_be_cut_anywhere(length: int) -> None:
    """What is there is there; the last value may be cut."""
    found = list(fields(TYPE, BODY[:length]))

    assert [field.name for field in found] == [b"key", b"Policy"][: len(found)]
    assert all(BODY.startswith(field.value, field.start) for field in found)


@pytest.mark.parametrize(
    ("content_type", "mark"),
    [
        (b"multipart/form-data; boundary=x", b"x"),
        (b'Multipart/Form-Data;BOUNDARY="x y"', b"x y"),
        (b"multipart/form-data", None),
        (b"multipart/mixed; boundary=x", None),
        (None, None),
    ],
)
def test_boundary(content_type: bytes | None, mark: bytes | None) -> None:
    """Only forms have fields."""
    assert boundary(content_type) == mark


@given(st.binary(max_size=80))
def test_never_raises(body: bytes) -> None:
    """Whatever the bytes are."""
    list(fields(b"multipart/form-data; boundary=x", b"--x\r\n" + body + b"--x"))
