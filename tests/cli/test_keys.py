"""Secrets come from where SDKs look for them, byte for byte, and are never said."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from inspector.cli.keys import Keyring, keys_at_hand
from inspector.errors import UsageError
from inspector.sigv4.key import Key

SECRET = "K004abc/def+ghi%JKLmnoPQRstuVWXyz"
AWS = {"AWS_ACCESS_KEY_ID": "004a", "AWS_SECRET_ACCESS_KEY": SECRET}
B2 = {"B2_APPLICATION_KEY_ID": "004b", "B2_APPLICATION_KEY": "K004b"}
CREDENTIALS = f"""\ufeff
[default]
aws_access_key_id = 004default
aws_secret_access_key = {SECRET}
[b2]
aws_access_key_id=004b2
aws_secret_access_key=K004=b2#x
[half]
aws_access_key_id = 004half
"""
CONFIG = """
[profile "b2"]
aws_access_key_id = 004shadowed
aws_secret_access_key = shadowed
s3 =
    addressing_style = path
[profile  in-config]
aws_access_key_id = 004config
aws_secret_access_key = K004config
"""

Files = Callable[[str, str], dict[str, str]]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """The variables that name an AWS credentials file and a config file with these texts."""

    def write(credentials: str = CREDENTIALS, config: str = CONFIG) -> dict[str, str]:
        names = {"AWS_SHARED_CREDENTIALS_FILE": tmp_path / "credentials", "AWS_CONFIG_FILE": tmp_path / "config"}
        for path, text in zip(names.values(), (credentials, config), strict=True):
            path.write_text(text, encoding="utf-8")
        return {name: str(path) for name, path in names.items()}

    return write


def found(ring: Keyring) -> list[tuple[str, str, bytes]]:
    return [(key.name, key.key_id, key.secret) for key in ring.keys]


def give(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """Standard input, as a pipe gives it."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_the_environment_comes_before_the_usual_profile(files: Files) -> None:
    """With AWS_ variables set, an SDK does not look at profiles; B2's own variables do not keep it from that."""
    names = files(CREDENTIALS, CONFIG)

    assert found(keys_at_hand((), False, AWS | B2 | names)) == [
        ("AWS_SECRET_ACCESS_KEY", "004a", SECRET.encode()),
        ("B2_APPLICATION_KEY", "004b", b"K004b"),
    ]
    assert found(keys_at_hand((), False, names)) == [("profile default", "004default", SECRET.encode())]
    assert [name for name, _, _ in found(keys_at_hand((), False, B2 | names))] == [
        "B2_APPLICATION_KEY",
        "profile default",
    ]


def test_a_named_profile_is_asked_first(files: Files) -> None:
    """The credentials file wins over the config file; `$AWS_PROFILE` replaces the default one."""
    names = files(CREDENTIALS, CONFIG)

    assert found(keys_at_hand(("in-config", "b2"), False, AWS | names)) == [
        ("profile in-config", "004config", b"K004config"),
        ("profile b2", "004b2", b"K004=b2#x"),
        ("AWS_SECRET_ACCESS_KEY", "004a", SECRET.encode()),
    ]
    assert found(keys_at_hand((), False, names | {"AWS_PROFILE": "b2"}))[0][1] == "004b2"


def test_a_profile_without_a_secret_is_a_mistake_only_if_it_was_named(files: Files) -> None:
    """The message lists the profiles that there are."""
    names = files(CREDENTIALS, CONFIG)

    with pytest.raises(UsageError, match="profiles there: default, b2, half, in-config"):
        keys_at_hand(("half",), False, names)
    with pytest.raises(UsageError, match="'nobody'"):
        keys_at_hand(("nobody",), False, names)
    assert found(keys_at_hand((), False, names | {"AWS_PROFILE": "half"})) == []


@pytest.mark.parametrize("broken", [f"{SECRET}\n[a]\n", f"[default]\n{SECRET} oops oops\n [ \n", "[default\nx"])
def test_a_broken_file_is_named_without_its_text(broken: str, files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    """The line that cannot be read may be the secret. A file that nobody asked for stops nothing."""
    names = files(broken, "")

    with pytest.raises(UsageError) as refused:
        keys_at_hand(("a",), False, names)
    assert SECRET not in str(refused.value)
    assert keys_at_hand((), False, names).keys == ()
    assert SECRET not in capsys.readouterr().err


@pytest.mark.parametrize("spoilt", [f"{SECRET}\n", f" {SECRET}", f'"{SECRET}"', f"{SECRET}\r"])
def test_a_secret_is_kept_as_it_is(spoilt: str) -> None:
    """It is what an SDK would sign with, and may be the very cause that is looked for."""
    ring = keys_at_hand((), False, AWS | {"AWS_SECRET_ACCESS_KEY": spoilt})

    assert ring.keys[0].secret == os.fsencode(spoilt)


@pytest.mark.parametrize(
    ("data", "key_id", "secret"),
    [
        (b"K004secret\n", "004call", b"K004secret"),
        (b"K004secret", "004call", b"K004secret"),
        (b"K004secret \r\n", "004call", b"K004secret "),
        (b"004x:K004secret\n", "004x", b"K004secret"),
        (b"004x\nK004:secret\n", "004x", b"K004:secret"),
        (b"004x\r\nK004secret\r\n", "004x", b"K004secret"),
    ],
)
def test_a_secret_from_standard_input(data: bytes, key_id: str, secret: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret alone is for the key id of the call; only the line's end is not part of it."""
    give(monkeypatch, data)
    ring = keys_at_hand((), True, AWS)

    first = ring.for_call("004call")[0]
    assert (first.key_id, first.secret, first.name) == (key_id, secret, "standard input")
    assert ring.for_call(None)[-1].key_id == "004a"


@pytest.mark.parametrize("data", [b"", b"\n", b"004x:", b"a\nb\nc\n", b"004x\n\n"])
def test_standard_input_without_a_secret_is_refused(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was there is not repeated."""
    give(monkeypatch, data)

    with pytest.raises(UsageError, match="does not hold one secret"):
        keys_at_hand((), True, {})


def test_no_secret_is_said(files: Files, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """On stderr stands which are used, by name and key id; neither that nor any repr holds one."""
    give(monkeypatch, SECRET.encode())
    ring = keys_at_hand(("b2",), True, AWS | B2 | files(CREDENTIALS, CONFIG))
    said = capsys.readouterr()

    assert "standard input, profile b2 (key id 004b2), AWS_SECRET_ACCESS_KEY (key id 004a)" in said.err
    for text in (said.err, said.out, repr(ring), repr(ring.for_call("004z")), str(Key("a", b"K004b2"))):
        assert not any(secret in text for secret in (SECRET, "K004=b2", "K004b'", "K004b2"))


def test_half_a_pair_is_not_used_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    """A secret without its key id signs nothing."""
    ring = keys_at_hand((), False, {"B2_APPLICATION_KEY": SECRET, "AWS_CONFIG_FILE": os.devnull} | NOWHERE)

    assert ring.keys == ()
    assert capsys.readouterr().err == "b2-inspector: B2_APPLICATION_KEY is not used: B2_APPLICATION_KEY_ID is not set\n"


NOWHERE = {"AWS_SHARED_CREDENTIALS_FILE": os.devnull}
