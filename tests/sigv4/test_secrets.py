"""Every way a secret gets spoilt is known, said in words, and never shown."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.sigv4.key import Key
from inspector.sigv4.secrets import SecretVariant, secret_variants, spoilt_twice

KEY_ID = "004a1b2c3d4e5f60000000007"
PLAIN = b"K004/x2+mN5vR7tY1wZ3bD6fG9jL0p="


@dataclass(frozen=True)
class Case:
    """What became of a secret, and the cause and words that say so."""

    cause: str
    spoilt: bytes
    words: str
    secret: bytes = PLAIN


CASES = [
    # white space, visible or not
    Case("key-secret-whitespace", PLAIN + b"\n", "a line feed at its end"),
    Case("key-secret-whitespace", PLAIN + b"\r\n", "a carriage return and line feed at its end"),
    Case("key-secret-whitespace", PLAIN + b"\r", "a carriage return at its end"),
    Case("key-secret-whitespace", PLAIN + b" ", "a space at its end"),
    Case("key-secret-whitespace", b" " + PLAIN, "a space before it"),
    Case("key-secret-whitespace", PLAIN + b"\t", "a tab at its end"),
    Case("key-secret-whitespace", b"\xef\xbb\xbf" + PLAIN, "a byte order mark"),
    Case("key-secret-whitespace", PLAIN + "\u00a0".encode(), "a no-break space at its end"),
    Case("key-secret-whitespace", PLAIN + b"%", "zsh"),
    Case("key-secret-whitespace", PLAIN, "without the white space round it", PLAIN + b"\n"),
    # URLs and forms
    Case("key-secret-url-encoded", quote(PLAIN, safe="").encode(), "percent-encoded"),
    Case("key-secret-url-encoded", quote_plus("a b/c").encode(), "form field", b"a b/c"),
    Case("key-secret-url-encoded", PLAIN, "percent-decoded", quote(PLAIN, safe="").encode()),
    Case("key-secret-url-encoded", b"K004_x-y", "as base64 in URLs", b"K004/x+y"),
    Case("key-secret-plus-as-space", PLAIN.replace(b"+", b" "), "a space for each '+'"),
    Case("key-secret-plus-as-space", b"a+b", "a '+' for each space", b"a b"),
    # shells and files
    Case("key-secret-escaped", b'"' + PLAIN + b'"', "double quotes round it"),
    Case("key-secret-escaped", b"'" + PLAIN + b"'", "single quotes round it"),
    Case("key-secret-escaped", PLAIN, "without the quotes", b'"' + PLAIN + b'"'),
    Case("key-secret-escaped", PLAIN.replace(b"/", b"\\/"), "a backslash before each '/'"),
    Case("key-secret-escaped", b"a\\\\b", "each backslash doubled", b"a\\b"),
    Case("key-secret-escaped", b"ab", "backslashes lost", b"a\\b"),
    Case("key-secret-escaped", b"pa-rd", "eaten", b"pa$sswo-rd"),
    Case("key-secret-escaped", b"pa-rd", "eaten", b"pa${ssw}-rd"),
    Case("key-secret-escaped", b"-n " + PLAIN + b"\n", "echo"),
    Case("key-secret-escaped", PLAIN.replace(b"+", b"\\u002B"), "JSON"),
    # losses
    Case("key-secret-truncated", PLAIN[1:], "without its first character"),
    Case("key-secret-truncated", PLAIN[:-2], "without its last two characters"),
    Case("key-secret-truncated", PLAIN[:-1], "without its last character"),
    Case("key-secret-truncated", b"K004", "before its first '/'"),
    Case("key-secret-truncated", b"K004/x2", "before its first '+'"),
    Case("key-secret-truncated", b"pass", "before its first '='", b"pass=word"),
    Case("key-secret-truncated", b"pass", "before its first '#'", b"pass#word"),
    Case("key-secret-truncated", b"", "an empty secret", b"password"),
    Case("key-secret-truncated", b"K004abcdef", "without its last 5 characters", b"K004abcdefghijk"),
    Case("key-secret-url-encoded", b"K004%2Fx+y", "'%2F' for each '/'", b"K004/x+y"),
    # others
    Case("key-secret-mistyped", PLAIN + PLAIN, "twice"),
    Case("key-secret-mistyped", b"password", "once, where", b"passwordpassword"),
    Case("key-secret-mistyped", PLAIN.lower(), "in small letters"),
    Case("key-secret-base64", base64.b64encode(PLAIN + b"\n"), "and a line feed, in base64"),
    Case("key-secret-base64", b"pass", "decoded from base64", base64.b64encode(b"pass").rstrip(b"=")),
    Case("key-swapped", KEY_ID.encode(), "the key id"),
    Case("key-other-profile", b"other", "profile backup"),
]

OTHERS = (Key("0050000000000000000000001", b"other", "profile backup"),)


def variants_giving(secret: bytes, spoilt: bytes) -> list[SecretVariant]:
    return [one for one in secret_variants(Key(KEY_ID, secret), OTHERS) if one.secret == spoilt]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.words)
def test_a_spoilt_secret_is_known_by_its_cause_and_in_words(case: Case) -> None:
    found = [(one.cause, one.words) for one in variants_giving(case.secret, case.spoilt)]

    assert any(cause == case.cause and case.words in words for cause, words in found), found


@pytest.mark.parametrize(
    ("cause", "spoilt"),
    [
        ("key-secret-escaped+key-secret-whitespace", b'"' + PLAIN + b'"\r'),
        ("key-secret-url-encoded+key-secret-whitespace", quote(PLAIN, safe="").encode() + b"\n"),
        ("key-other-profile+key-secret-whitespace", b"other\n"),
        ("key-other-profile+key-secret-truncated", b"othe"),
    ],
)
def test_a_secret_that_was_spoilt_twice_is_known_by_both_causes(cause: str, spoilt: bytes) -> None:
    first = cause.partition("+")[0]

    found = [one.cause for one in spoilt_twice(first, Key(KEY_ID, PLAIN), OTHERS) if one.secret == spoilt]

    assert found == [cause]


def test_a_plain_secret_has_no_more_variants_than_can_be_tried_at_once() -> None:
    """Each costs a key derivation: what does not change the secret is not tried."""
    assert len(list(secret_variants(Key(KEY_ID, b"K004q8Hx2mN5vR7tY1wZ3bD6fG9jL0p")))) <= 48


@given(secret=st.binary(max_size=60), others=st.lists(st.binary(max_size=8), max_size=3))
def test_no_variant_is_the_secret_itself_and_none_comes_twice_for_a_cause(secret: bytes, others: list[bytes]) -> None:
    keys = [Key(f"other{number}", other) for number, other in enumerate(others)]

    found = [(one.cause, one.secret) for one in secret_variants(Key(KEY_ID, secret), keys)]

    assert len(set(found)) == len(found)
    assert all(spoilt != secret for _, spoilt in found)


@given(
    secret=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=", min_size=8, max_size=40), ending=st.sampled_from("\n %")
)
def test_neither_words_nor_repr_show_a_secret(secret: str, ending: str) -> None:
    key, other = Key("004", f"{secret}{ending}".encode()), Key("005", f"x{secret}".encode(), "profile backup")

    for variant in (*secret_variants(key, [other]), *spoilt_twice("key-other-profile", key, [other])):
        assert secret not in variant.words
        assert secret not in repr(variant)
