"""What stands in a secret's place where nothing filled it in, and what is copied along with one.

Rare beside what files and shells do to a secret (`secrets`), so it is tried alone, not together with everything else.
"""

from __future__ import annotations

from collections.abc import Iterator

from inspector.sigv4.key import Key
from inspector.sigv4.secrets import BASE64, ESCAPED, SecretVariant

UNSET = "key-secret-unset"

# What languages make of a value that is not there: Python's str(os.environ.get(...)), JavaScript's template strings,
# jq -r, Java and Terraform, Go's %v and %s.
_NO_VALUES = (b"None", b"undefined", b"null", b"nil", b"<nil>", b"%!s(<nil>)", b"NULL", b"false", b'""', b"''")
# What is left where nothing expanded a reference, and what CI services and documents print for a secret.
_NAMES = (b"AWS_SECRET_ACCESS_KEY", b"B2_APPLICATION_KEY", b"SECRET_ACCESS_KEY", b"SECRET_KEY")
_REFERENCES = (b"%b", b"$%b", b"${%b}", b"%%%b%%", b"${{ secrets.%b }}", b"$env:%b", b"{{ %b }}", b"<%b>")
_MASKS = (b"***", b"****", b"[MASKED]", b"[REDACTED]", b"<secret>", b"changeme")

_ASSIGNED = (b"AWS_SECRET_ACCESS_KEY", b"aws_secret_access_key", b"B2_APPLICATION_KEY", b"secret_access_key")


def placeholders() -> Iterator[SecretVariant]:
    """What is there instead of a secret; none of them is one, so the words show them."""
    for text in (*_NO_VALUES, *(form % name for name in _NAMES for form in _REFERENCES), *_MASKS):
        yield SecretVariant(UNSET, f"the text {text.decode()!r} in the place of the secret", text)


def wrapped(key: Key) -> Iterator[SecretVariant]:
    """The secret with what stood round it in a line or a text, in words that never show it."""
    yield _along("with backticks round it", b"`%b`" % key.secret)
    yield _along("with angle brackets round it", b"<%b>" % key.secret)
    yield SecretVariant(BASE64, "the secret in hex", key.secret.hex().encode())
    for name in _ASSIGNED:
        for sign in (b"=", b" = "):
            yield _along(f"with {(name + sign).decode()!r} before it", name + sign + key.secret)
    for sign in (b":", b" "):
        text = key.key_id.encode("utf-8", "replace") + sign + key.secret
        yield _along(f"with the key id and {sign.decode()!r} before it", text)


def _along(words: str, secret: bytes) -> SecretVariant:
    return SecretVariant(ESCAPED, f"the secret {words}", secret)
