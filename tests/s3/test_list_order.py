"""A list whose keys were written anew is in the order of its keys."""

from __future__ import annotations

from inspector.s3.list_order import in_order


def entry(key: str, version: str = "") -> str:
    return f"\n  <Version><Key>{key}</Key>{version}</Version>"


def test_entries_stand_in_the_order_of_their_keys() -> None:
    """Versions of one key as they stood; folders behind keys; what stands round them stays."""
    written = f"<L><Name>b</Name>{entry('b', '2')}{entry('b', '1')}{entry('a&amp;b')}{entry('a')}<Z/></L>"
    assert in_order(written.encode()).decode() == (
        f"<L><Name>b</Name>{entry('a')}{entry('a&amp;b')}{entry('b', '2')}{entry('b', '1')}<Z/></L>"
    )
    folders = b"<L><Contents><Key>z</Key></Contents><CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes></L>"
    assert in_order(folders) == folders


def test_keys_that_are_percent_encoded_are_ordered_as_they_are() -> None:
    """`%C3%A9` comes after `z`."""
    low, high = entry("z"), entry("%C3%A9")
    assert in_order(f"<L><EncodingType>url</EncodingType>{high}{low}</L>".encode()).endswith(
        f"{low}{high}</L>".encode()
    )


def test_other_documents_stay() -> None:
    for body in (b"", b"{}", b"<Error><Key>b</Key></Error>", b"<Contents><Key>b"):
        assert in_order(body) == body
