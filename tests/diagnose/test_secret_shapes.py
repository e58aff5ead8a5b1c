"""A secret that is not what it should be is known by its shape, where client and this side read it from one place."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from inspector.diagnose.examine import examine
from inspector.diagnose.finding import Certainty
from inspector.diagnose.secret_shapes import spoilt
from inspector.sigv4.key import Key
from tests.diagnose.test_signatures import NOT_ENTITLED, TAKEN, of
from tests.support.diagnosed import Answer
from tests.support.signing import KEY, SECRET, signed_call

PLAIN = SECRET.decode()

SHAPES = [
    ("key-secret-whitespace", PLAIN + "\n", "ends with a line feed"),
    ("key-secret-whitespace", PLAIN + "\r\n", "ends with a line feed"),
    ("key-secret-whitespace", PLAIN + "\r", "ends with a carriage return"),
    ("key-secret-whitespace", PLAIN + "  ", "ends with a space"),
    ("key-secret-whitespace", f" {PLAIN}\n", "has white space round it"),
    ("key-secret-whitespace", f"\ufeff{PLAIN}", "invisible characters"),
    ("key-secret-whitespace", PLAIN[:9] + "\n" + PLAIN[9:], "has white space in it"),
    ("key-secret-escaped", f'"{PLAIN}"', "stands in quotes"),
    ("key-secret-escaped", f"'{PLAIN}'\n", "stands in quotes"),
    ("key-secret-escaped", f"\u201c{PLAIN}\u201d", "stands in quotes"),
    ("key-secret-escaped", f'"{PLAIN}",', "comma or semicolon"),
    ("key-secret-escaped", f"{PLAIN} # of production", "has a comment"),
    ("key-secret-escaped", f'"{PLAIN}"   # rotate in May', "has a comment"),
    ("key-secret-escaped", f"{PLAIN}#x", "has a comment"),
    ("key-secret-escaped", f"{PLAIN}\t; note", "has a comment"),
    ("key-secret-escaped", f"export AWS_SECRET_ACCESS_KEY={PLAIN}", "its variable's name"),
    ("key-secret-escaped", f"aws_secret_access_key = {PLAIN}", "its variable's name"),
    ("key-secret-url-encoded", PLAIN.replace("q", "%71"), "percent-encoded"),
    ("key-secret-mistyped", PLAIN * 2, "twice"),
    ("key-secret-base64", base64.b64encode(SECRET + b"\n").decode(), "base64"),
    ("key-secret-truncated", PLAIN[:-2], "29 characters"),
    ("key-swapped", KEY.key_id, "the shape of a key id"),
    ("key-secret-unset", "undefined", "a placeholder"),
    ("key-secret-unset", "${SECRET_OF_MINE}", "a placeholder"),
    ("key-secret-unset", "", "empty"),
]


@pytest.mark.parametrize(("cause", "secret", "words"), SHAPES)
def test_what_befell_a_secret_is_told_by_its_shape(cause: str, secret: str, words: str) -> None:
    found = spoilt(secret.encode())
    assert found is not None
    assert found.cause == cause
    assert words in found.words
    assert found.clean in (None, SECRET)


@pytest.mark.parametrize("secret", [SECRET, b"minioadmin", b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"])
def test_a_secret_of_another_kind_is_not_blamed(secret: bytes) -> None:
    """Whoever asks something else than B2 has secrets of another shape."""
    assert spoilt(secret) is None


@pytest.mark.parametrize(("cause", "secret", "words"), SHAPES)
def test_client_and_this_side_have_the_same_spoilt_secret(cause: str, secret: str, words: str) -> None:
    """The commonest case: `explain` reads the environment that the program read."""
    key = replace(KEY, secret=secret.encode())
    found = examine(of(signed_call(secret=key.secret)), [key]).findings
    assert (found[0].cause, found[0].certainty) == (cause, Certainty.LIKELY)
    assert words in found[0].summary
    assert PLAIN not in str(found)


@pytest.mark.parametrize(("answer", "expected"), [(TAKEN, []), (NOT_ENTITLED, [])])
def test_a_secret_that_the_server_took_is_not_blamed(answer: Answer, expected: list[str]) -> None:
    key = replace(KEY, secret=SECRET + b"\n")
    found = examine(of(signed_call(secret=key.secret), answer), [key]).findings
    assert [one.cause for one in found if one.cause.startswith("key-secret")] == expected


@pytest.mark.parametrize("given", [PLAIN + "\n", f'"{PLAIN}"', f"{PLAIN} # mine", f"export KEY={PLAIN}"])
@pytest.mark.parametrize("answer", [TAKEN, NOT_ENTITLED])
def test_who_gives_a_spoilt_secret_here_does_not_accuse_the_client(given: str, answer: Answer) -> None:
    """The call was signed with the right one, and is verified with it."""
    diagnosis = examine(of(signed_call(), answer), [replace(KEY, secret=given.encode())])
    assert diagnosis.verification.verdict == "verified"
    assert all(one.certainty is Certainty.HINT for one in diagnosis.findings if one.cause.startswith("key-secret"))
    assert PLAIN not in str(diagnosis.findings)


NEARLY = [f"{KEY.key_id}%0A", f'"{KEY.key_id}"', KEY.key_id[:-1], KEY.key_id.replace("5", "S"), KEY.key_id.upper()]


@pytest.mark.parametrize("written", NEARLY)
def test_a_key_id_that_is_nearly_right_is_no_other_one(written: str) -> None:
    found = examine(of(signed_call(key_id=written)), [KEY]).findings
    assert (found[0].cause, found[0].certainty) == ("key-id-malformed", Certainty.PROVED)


def test_the_key_id_of_another_key_of_the_same_account_is_another_one() -> None:
    """They differ in their last digit, as slips do."""
    other = Key(KEY.key_id[:-1] + "8", b"K004" + b"z" * 27)
    found = examine(of(signed_call(key_id=other.key_id)), [KEY]).findings
    assert found[0].cause == "key-other-profile"
