"""The secrets that a client may have used instead of the one that is known: how secrets get spoilt on their way.

They pass through files, shells, URLs, forms and copy buffers, and each of those has its own way to change one. Every
way is a row of a table with words that say it without showing the secret. Both directions are tried: the client may
hold the spoilt copy, and so may whoever gave the secret to this side.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from urllib.parse import quote, quote_plus, unquote_to_bytes

from inspector.sigv4.key import Key

WHITESPACE = "key-secret-whitespace"
URL_ENCODED = "key-secret-url-encoded"
PLUS_AS_SPACE = "key-secret-plus-as-space"
ESCAPED = "key-secret-escaped"
TRUNCATED = "key-secret-truncated"
BASE64 = "key-secret-base64"
MISTYPED = "key-secret-mistyped"
SWAPPED = "key-swapped"
OTHER_PROFILE = "key-other-profile"

Spoil = Callable[[bytes], bytes | None]
"""From the secret to what may have become of it; None where that cannot happen to this one."""


@dataclass(frozen=True, slots=True)
class SecretVariant:
    """A secret that may have been used. `words` complete "signed with ..." and never show it; nor does `repr`."""

    cause: str
    words: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mutation:
    """One way to spoil a secret."""

    cause: str
    words: str
    spoil: Spoil


def secret_variants(key: Key, others: Sequence[Key] = ()) -> Iterator[SecretVariant]:
    """What may have been used instead of `key.secret`, cause by cause, each secret once a cause.

    `others` are further keys that the user gave. A secret of theirs counts as one deviation, unspoilt.
    """
    for cause in (SWAPPED, OTHER_PROFILE, *MUTATIONS):
        yield from variants_of(cause, key, others)


def variants_of(cause: str, key: Key, others: Sequence[Key] = ()) -> Iterator[SecretVariant]:
    """The same for one cause."""
    seen = {key.secret}
    for variant in _all_of(cause, key, others):
        if variant.secret not in seen:
            seen.add(variant.secret)
            yield variant


def spoilt_twice(cause: str, key: Key, others: Sequence[Key] = ()) -> Iterator[SecretVariant]:
    """Secrets that are two deviations away, `cause` the first: another key's, spoilt; or spoilt, with an odd ending.

    The variants' own `cause` names both, joined by `+`.
    """
    mutations = chain(*MUTATIONS.values()) if cause == OTHER_PROFILE else USUAL_ENDINGS
    second = tuple(mutations) if cause in _SPOILT_FURTHER else ()
    for first in variants_of(cause, key, others):
        for mutation in second:
            secret = mutation.spoil(first.secret)
            if secret is not None and secret not in (first.secret, key.secret):
                words = f"{first.words}, then {mutation.words.removeprefix('the secret ')}"
                yield SecretVariant(f"{cause}+{mutation.cause}", words, secret)


def _all_of(cause: str, key: Key, others: Sequence[Key]) -> Iterator[SecretVariant]:
    if cause == SWAPPED:  # hubrick/vertx-s3-client#13, pairhost#5
        yield SecretVariant(SWAPPED, "the key id in the place of the secret", key.key_id.encode("utf-8", "replace"))
    elif cause == OTHER_PROFILE:  # aws-cli#602: a stale cache, a second profile
        for other in others:
            yield SecretVariant(OTHER_PROFILE, f"the secret of another key ({other.name})", other.secret)
    for mutation in MUTATIONS.get(cause, ()):
        spoilt = mutation.spoil(key.secret)
        if spoilt is not None:
            yield SecretVariant(cause, mutation.words, spoilt)


def _around(cause: str, words: str, before: bytes, after: bytes) -> Mutation:
    return Mutation(cause, f"the secret {words}", lambda secret: before + secret + after)


def _replaced(cause: str, words: str, old: bytes, new: bytes) -> Mutation:
    return Mutation(cause, f"the secret with {words}", lambda secret: secret.replace(old, new))


def _cut(at: bytes) -> tuple[Mutation, Mutation]:
    shown = at.decode()
    return (
        Mutation(TRUNCATED, f"the secret cut off before its first {shown!r}", lambda secret: secret.partition(at)[0]),
        Mutation(TRUNCATED, f"the secret from behind its last {shown!r}", lambda secret: secret.rpartition(at)[2]),
    )


def _cut_short(number: int) -> Mutation:
    """A selection by mouse, or a column of a table, that ended too early."""
    return Mutation(TRUNCATED, f"the secret without its last {number} characters", lambda secret: secret[:-number])


def _unquoted(secret: bytes) -> bytes | None:
    inside = len(secret) > 1 and secret[:1] == secret[-1:] and secret[:1] in (b'"', b"'", b"`")
    return secret[1:-1] if inside else None


def _percent_encoded(secret: bytes) -> bytes:
    return quote(secret, safe="").encode()


def _percent_encoded_lower(secret: bytes) -> bytes:
    return re.sub(rb"%[0-9A-F]{2}", lambda escape: escape[0].lower(), _percent_encoded(secret))


def _url_safe(secret: bytes) -> bytes:
    return secret.replace(b"+", b"-").replace(b"/", b"_")


def _halved(secret: bytes) -> bytes | None:
    half = len(secret) // 2
    return secret[:half] if half and secret == secret[:half] * 2 else None


def _decoded_base64(secret: bytes) -> bytes | None:
    try:
        return base64.b64decode(secret + b"=" * (-len(secret) % 4), validate=True)
    except binascii.Error:
        return None


def _decoded_hex(secret: bytes) -> bytes | None:
    try:
        return binascii.unhexlify(secret)
    except binascii.Error:
        return None


def _variables_eaten(secret: bytes) -> bytes:
    """What a shell makes of it between double quotes, where no such variable is set."""
    return re.sub(rb"\$(?:\w+|\{\w*\})", b"", secret)


# aws-sdk-js#86, pacu#137, benrady/learnjs#14. The `%` is how zsh marks a line without an end; text copied off a
# terminal brings it along. A NUL at the end is no fault: HMAC fills its key up with zeros (RFC 2104).
_ENDINGS = (
    _around(WHITESPACE, "with a line feed at its end", b"", b"\n"),
    _around(WHITESPACE, "with a carriage return and line feed at its end", b"", b"\r\n"),
    _around(WHITESPACE, "with a carriage return at its end", b"", b"\r"),
    _around(WHITESPACE, "with a space at its end", b"", b" "),
    _around(WHITESPACE, "with a tab at its end", b"", b"\t"),
    _around(WHITESPACE, "with a no-break space at its end", b"", b"\xc2\xa0"),
    _around(WHITESPACE, "with a no-break space (Latin-1) at its end", b"", b"\xa0"),
    _around(WHITESPACE, "with a zero-width space at its end", b"", b"\xe2\x80\x8b"),
    _around(WHITESPACE, "with two line feeds at its end", b"", b"\n\n"),
    _around(WHITESPACE, "with a '%' at its end, the mark of zsh for a line without an end", b"", b"%"),
)

_WHITESPACE = (
    *_ENDINGS,
    _around(WHITESPACE, "with a space before it", b" ", b""),
    _around(WHITESPACE, "with a tab before it", b"\t", b""),
    _around(WHITESPACE, "with a line feed before it", b"\n", b""),
    _around(WHITESPACE, "with a no-break space before it", b"\xc2\xa0", b""),
    _around(WHITESPACE, "with a byte order mark before it", b"\xef\xbb\xbf", b""),
    _around(WHITESPACE, "with a space before it and one at its end", b" ", b" "),
    Mutation(WHITESPACE, "the secret without the white space round it", bytes.strip),
    Mutation(WHITESPACE, "the secret without any white space", lambda secret: b"".join(secret.split())),
)

# magJ/iam-jdbc-driver#1, aws-sdk-js-v3#3629, Backblaze/B2_Command_Line_Tool#793
_URL_ENCODED = (
    Mutation(URL_ENCODED, "the secret percent-encoded", _percent_encoded),
    Mutation(URL_ENCODED, "the secret percent-encoded in lower-case hex", _percent_encoded_lower),
    Mutation(URL_ENCODED, "the secret percent-encoded, but for '/'", lambda secret: quote(secret).encode()),
    _replaced(URL_ENCODED, "'%2F' for each '/'", b"/", b"%2F"),
    Mutation(URL_ENCODED, "the secret encoded as a form field", lambda secret: quote_plus(secret).encode()),
    Mutation(URL_ENCODED, "the secret percent-encoded twice", lambda s: _percent_encoded(_percent_encoded(s))),
    Mutation(URL_ENCODED, "the secret percent-decoded", unquote_to_bytes),
    Mutation(URL_ENCODED, "the secret with '-' for '+' and '_' for '/', as base64 in URLs", _url_safe),
    _around(URL_ENCODED, "with a percent-encoded line feed ('%0A') at its end", b"", b"%0A"),
    _around(URL_ENCODED, "with a percent-encoded line feed ('%0a') at its end", b"", b"%0a"),
    _around(URL_ENCODED, "with a percent-encoded space ('%20') at its end", b"", b"%20"),
)

# aws-cli#602, #6751, aloneguid/storage#153
_PLUS_AS_SPACE = (
    _replaced(PLUS_AS_SPACE, "a space for each '+'", b"+", b" "),
    _replaced(PLUS_AS_SPACE, "a '+' for each space", b" ", b"+"),
    _replaced(PLUS_AS_SPACE, "its '+' lost", b"+", b""),
    _replaced(PLUS_AS_SPACE, "'%20' for each '+'", b"+", b"%20"),
)

# `\/`: nginx-aws-auth-module#12 (PHP's json_encode); the shell: cloudyr/aws.s3#423. System.Text.Json writes `+` as
# \u002B, HTML encoders as &#x2B; or &#43;. An echo that knows no -n (sh of macOS) prints it.
_ESCAPED = (
    _around(ESCAPED, "with double quotes round it", b'"', b'"'),
    _around(ESCAPED, "with single quotes round it", b"'", b"'"),
    _around(ESCAPED, "with a double quote at its end", b"", b'"'),
    _around(ESCAPED, "with a double quote before it", b'"', b""),
    _around(ESCAPED, "with a single quote at its end", b"", b"'"),
    _around(ESCAPED, "with a single quote before it", b"'", b""),
    _around(ESCAPED, "with a comma at its end", b"", b","),
    _around(ESCAPED, "with a semicolon at its end", b"", b";"),
    _around(ESCAPED, "with an escaped line feed (a backslash and an n) at its end", b"", b"\\n"),
    _around(ESCAPED, "with an equals sign before it", b"=", b""),
    _around(ESCAPED, "behind '-n ' and with a line feed at its end, from an echo that knows no -n", b"-n ", b"\n"),
    Mutation(ESCAPED, "the secret without the quotes round it", _unquoted),
    _replaced(ESCAPED, "a backslash before each '/'", b"/", b"\\/"),
    _replaced(ESCAPED, "a backslash before each '+'", b"+", b"\\+"),
    _replaced(ESCAPED, "each backslash doubled", b"\\", b"\\\\"),
    _replaced(ESCAPED, "each doubled backslash halved", b"\\\\", b"\\"),
    _replaced(ESCAPED, "its backslashes lost", b"\\", b""),
    _replaced(ESCAPED, "each '+' written \\u002B, as in JSON", b"+", b"\\u002B"),
    _replaced(ESCAPED, "each '+' written \\u002b, as in JSON", b"+", b"\\u002b"),
    _replaced(ESCAPED, "each '+' written &#43;, as in HTML", b"+", b"&#43;"),
    _replaced(ESCAPED, "each '+' written &#x2B;, as in HTML", b"+", b"&#x2B;"),
    _replaced(ESCAPED, "each '/' written &#x2F;, as in HTML", b"/", b"&#x2F;"),
    _replaced(ESCAPED, "each '&' written &amp;, as in HTML", b"&", b"&amp;"),
    _replaced(ESCAPED, "each '$$' halved", b"$$", b"$"),
    _replaced(ESCAPED, "each '%' doubled", b"%", b"%%"),
    _replaced(ESCAPED, "each '%%' halved", b"%%", b"%"),
    Mutation(ESCAPED, "the secret with what the shell took for variables eaten ($...)", _variables_eaten),
)

# mhart/aws4#22; `#` begins a comment in many files, `=` ends a name, `/` a URL's user part
_TRUNCATED = (
    Mutation(TRUNCATED, "the secret without its first character", lambda secret: secret[1:]),
    Mutation(TRUNCATED, "the secret without its last character", lambda secret: secret[:-1]),
    Mutation(TRUNCATED, "the secret without its first two characters", lambda secret: secret[2:]),
    Mutation(TRUNCATED, "the secret without its last two characters", lambda secret: secret[:-2]),
    Mutation(TRUNCATED, "the secret without the '=' at its end", lambda secret: secret.rstrip(b"=")),
    *(mutation for at in (b"/", b"+", b"=", b"#", b"$", b":", b"@", b" ") for mutation in _cut(at)),
    Mutation(TRUNCATED, "an empty secret", lambda secret: b""),
    *(_cut_short(number) for number in range(3, 9)),
)

# A Kubernetes secret that was encoded once too often, or with the line feed of echo; home-made signers that decode it
_BASE64 = (
    Mutation(BASE64, "the secret in base64", base64.b64encode),
    Mutation(BASE64, "the secret and a line feed, in base64", lambda secret: base64.b64encode(secret + b"\n")),
    Mutation(BASE64, "the secret decoded from base64", _decoded_base64),
    Mutation(BASE64, "the secret decoded from hex", _decoded_hex),
)

# As a whole; what befalls single characters is in `slips`.
_MISTYPED = (
    Mutation(MISTYPED, "the secret twice, one right behind the other", lambda secret: secret * 2),
    Mutation(MISTYPED, "the secret once, where the one at hand has it twice", _halved),
    Mutation(MISTYPED, "the secret in small letters", bytes.lower),
    Mutation(MISTYPED, "the secret in capitals", bytes.upper),
)

USUAL_ENDINGS = _ENDINGS[:4]
"""Those that come on top of another fault: the line was read whole, quotes and all."""

_SPOILT_FURTHER = frozenset((OTHER_PROFILE, URL_ENCODED, PLUS_AS_SPACE, ESCAPED, BASE64))

MUTATIONS: dict[str, tuple[Mutation, ...]] = {
    WHITESPACE: _WHITESPACE,
    URL_ENCODED: _URL_ENCODED,
    PLUS_AS_SPACE: _PLUS_AS_SPACE,
    ESCAPED: _ESCAPED,
    TRUNCATED: _TRUNCATED,
    BASE64: _BASE64,
    MISTYPED: _MISTYPED,
}
"""Every known way to spoil a secret, by its cause, the likeliest first."""
