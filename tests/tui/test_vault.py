"""Secrets at hand."""

from __future__ import annotations

from inspector.sigv4.key import Key
from inspector.tui.vault import Vault


def test_what_is_typed_stands_first_and_replaces_what_was_typed() -> None:
    """Keys from elsewhere stay: the call may have been signed with them."""
    vault = Vault((Key("id", b"environment"),))
    before = vault.version
    vault.add("id", b"mistyped")
    vault.add("id", b"right")
    assert [key.secret for key in vault.for_call("id")] == [b"right", b"environment"]
    assert vault.version > before


def test_forgetting_drops_all() -> None:
    """Then it may be asked for again."""
    vault = Vault((Key("id", b"secret-of-id"),))
    vault.asked("id")
    assert not vault.may_ask("id")
    assert vault.forget() == 1
    assert vault.keys == ()
    assert vault.may_ask("id")


def test_no_secret_shows() -> None:
    """In a text about it."""
    vault = Vault((Key("id", b"secret-of-id"),))
    assert "secret-of-id" not in repr(vault.keys)
