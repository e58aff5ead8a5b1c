"""The terms of the search: what a signer put together, step by step, and how it may have differed from the wire.

A canonical request has parts, a signature has inputs; each is an *axis* with a base value, which the wire gives by the
rule. A *hypothesis* is one thing that clients and paths are known to do differently; it yields *changes*, each of which
sets one axis, or several at once where they hang together (a macro: bucket from host to path). The solver multiplies
changes on different axes; a hypothesis whose change needs two deviations says so in `weight`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from inspector.sigv4 import steps
from inspector.sigv4.canonical import (
    S3,
    Dialect,
    canonical_query,
    canonical_uri,
    header_value,
    left_out,
    payload_line,
    signed_headers,
    signed_names,
)
from inspector.sigv4.key import Key
from inspector.sigv4.signed import SignedRequest
from inspector.sigv4.verify import scope_of, timestamps_of

# Axes of the canonical request, in its order; between `query` and `header-list` stands `header:NAME` for each name of
# the list. A change may name a header that is not listed: its line then stands where the name sorts.
METHOD = "method"
PATH = "path"
QUERY = "query"
HEADER_LIST = "header-list"
PAYLOAD = "payload"

# Axes of the signature.
SECRET = "secret"
ALGORITHM = "algorithm"
TIMESTAMP = "timestamp"
DATE = "date"
REGION = "region"
SERVICE = "service"
TERMINATOR = "terminator"
KEY_DATE = "key-date"
KEY_REGION = "key-region"
KEY_SERVICE = "key-service"

# Axes whose values are functions: how the pieces are put together. Home-made signers differ here.
ASSEMBLY = "assembly"
STRING = "string"
RECIPE = "recipe"

Value = bytes | Callable[..., bytes]
Assembly = Callable[[Sequence[bytes]], bytes]
"""From the parts, in the order of `Problem.parts`, to the canonical request; else `assembled`."""
StringRecipe = Callable[["Signing", bytes], bytes]
"""From the signing inputs and the canonical request to the string to sign; else `steps.string_to_sign`."""
KeyRecipe = Callable[["Signing"], bytes]
"""From the signing inputs to the signing key; else `steps.signing_key`."""


def header(name: str | bytes) -> str:
    """The axis of one header: its whole line `name:value`, without the line's end; empty where it was not there."""
    return f"header:{name.decode('latin-1') if isinstance(name, bytes) else name}"


@dataclass(frozen=True, slots=True)
class Signing:
    """The inputs of the signature besides the canonical request."""

    secret: bytes = field(repr=False)
    timestamp: bytes
    date: bytes
    region: bytes
    service: bytes
    terminator: bytes
    algorithm: bytes = steps.ALGORITHM

    @property
    def scope(self) -> bytes:
        """The credential scope."""
        return steps.scope(self.date, self.region, self.service, self.terminator)


@dataclass(frozen=True, slots=True)
class Change:
    """One way in which what was signed may differ from what the wire gives.

    `values`: axis to value. `words` say in plain words what was signed, for a reader who sees only this line; never a
    secret. `weight`: how many deviations it is. `cause` is filled in from the hypothesis; two causes are joined by "+".
    """

    values: Mapping[str, Value] = field(repr=False)
    words: str
    weight: int = 1
    cause: str = ""

    @property
    def causes(self) -> tuple[str, ...]:
        """The slug, or both."""
        return tuple(self.cause.split("+"))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the recording knows besides the call itself; alternatives are drawn from it. All of it may be empty.

    `hosts`: authorities (`host` or `host:port`) seen in the session: Host lines, CONNECT targets, endpoints.
    `header_values`: lower-case header name to the values it had in other calls. `query_names`: names of parameters
    seen in other calls; `paths`: theirs, as sent, the nearest first; `query_values`: by name, the values, as sent, that
    other calls have for the call's own. `regions`: seen in scopes and endpoints. `invocations`: header heads of earlier
    attempts of the same call. `keys`: every secret the user gave. `proved`: key ids that another call verified with, so
    that the secret is beyond suspicion. `date_header`: the answer's Date, else None.
    """

    hosts: tuple[bytes, ...] = ()
    header_values: Mapping[bytes, tuple[bytes, ...]] = field(default_factory=dict)
    query_names: tuple[bytes, ...] = ()
    query_values: Mapping[bytes, tuple[bytes, ...]] = field(default_factory=dict)
    paths: tuple[bytes, ...] = ()
    regions: tuple[str, ...] = ()
    keys: tuple[Key, ...] = ()
    proved: frozenset[str] = frozenset()
    date_header: str | None = None


NOTHING_AROUND = Surroundings()


@dataclass(frozen=True, slots=True)
class Problem:
    """A request whose signature does not match, ready to be searched.

    `names` are the signed header names by the rule; `parts` the base values of the canonical axes, by axis, in order;
    `signing` the inputs of the signature.
    """

    signed: SignedRequest
    key: Key
    dialect: Dialect
    around: Surroundings
    names: tuple[bytes, ...]
    parts: Mapping[str, bytes]
    signing: Signing

    @property
    def key_proved(self) -> bool:
        """Whether another call proves the secret of this key id."""
        return self.key.key_id in self.around.proved


def problem(signed: SignedRequest, key: Key, dialect: Dialect = S3, around: Surroundings = NOTHING_AROUND) -> Problem:
    """Lay a request out on its axes, by the rule of `dialect`."""
    request, authorization = signed.request, signed.authorization
    names = signed_names(authorization.signed_headers)
    parts = {
        METHOD: request.method,
        PATH: canonical_uri(request.path, dialect),
        QUERY: canonical_query(request.query, left_out(authorization, dialect), dialect.forms),
        **{header(name): b"%b:%b" % (name, header_value(request, name, dialect.forms)) for name in names},
        HEADER_LIST: signed_headers(names),
        PAYLOAD: payload_line(authorization, dialect, signed.body.sent.sha256.encode()),
    }
    date, region, service, terminator = scope_of(signed)
    signing = Signing(key.secret, timestamps_of(signed)[0], date, region, service, terminator)
    return Problem(signed, key, dialect, around, names, parts, signing)


def laid_out(parts: Mapping[str, bytes], axes: Iterable[str]) -> dict[str, bytes]:
    """`parts` with the headers among `axes` that are no part yet: each an empty line, where its name sorts."""
    prefix = header("")
    headers = {axis for axis in (*parts, *axes) if axis.startswith(prefix)}
    order = (METHOD, PATH, QUERY, *sorted(headers), HEADER_LIST, PAYLOAD)
    return {axis: parts.get(axis, b"") for axis in order}


def assembled(parts: Sequence[bytes]) -> bytes:
    """The canonical request of the values of `Problem.parts`: an empty header line is left out, as never signed."""
    *head, names, payload = parts
    lines = [*head[:3], *filter(None, head[3:]), b"", names, payload]
    return b"\n".join(lines)


Hypothesis = Callable[[Problem], Iterator[Change]]
