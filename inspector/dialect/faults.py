"""`--fault`: server trouble on demand, in a line: which calls, what they are answered, and how often.

op:PutObject status:503 every:3        every third upload is answered SlowDown
bucket:photos key:2024/* cap:download  as if the day's download cap were reached
op:GetObject reset times:2             the first two connections break
status:429 retry-after:5               with a Retry-After of five seconds
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from fnmatch import fnmatchcase

from inspector.dialect.refusal import Refusal, said
from inspector.errors import UsageError
from inspector.facts import Facts

_HINT = (
    "write matches and an answer, as in 'op:PutObject status:503 every:3'; matches: op bucket key; answers: status:N,"
    " code:NAME, message:TEXT, cap:transactions|download|storage, not-entitled, no-tomes, incident, reset; how often:"
    " every:N times:N after:N"
)

_NAMED = {
    "cap:transactions": ("cap-transactions", "cap-transactions"),
    "cap:download": ("cap-download", "cap-download"),
    "cap:storage": ("cap-storage", "cap-storage"),
    "not-entitled": ("not-entitled", "not-entitled"),
    "no-tomes": ("no-tomes", "no-tomes"),
    "incident": ("internal-error", "internal-error-xml"),
}
"""Answers by name: a sentence, and the cause it stands for."""

_BY_STATUS = {
    500: ("InternalError", "internal-error", "internal-error-xml"),
    503: ("SlowDown", None, "slowdown"),
    429: ("TooManyRequests", None, "rate-limit-429"),
}
"""Status to the code it usually has, the sentence where one was seen, and the cause."""

_CODES = {
    400: "InvalidRequest",
    401: "Unauthorized",
    403: "AccessDenied",
    404: "NoSuchKey",
    405: "MethodNotAllowed",
    408: "RequestTimeout",
    409: "OperationAborted",
    411: "MissingContentLength",
    412: "PreconditionFailed",
    416: "InvalidRange",
    501: "NotImplemented",
}
"""The codes that S3 has under other statuses, of which SDKs make exceptions (AWS documentation, Error responses)."""

_TERM = re.compile(r"(?P<name>[a-z-]+)(?::(?P<value>.*))?", re.DOTALL)
_NUMBERS = ("every", "times", "after", "status", "retry-after")


@dataclass(slots=True)
class Fault:
    """A fault with its count of the calls it has met. `refusal` None: the connection is broken instead."""

    spec: str
    matches: dict[str, str]
    refusal: Refusal | None
    every: int = 1
    times: int | None = None
    after: int = 0
    met: int = 0
    done: int = 0

    def strikes(self, facts: Facts) -> bool:
        """Whether this call is answered with the fault; counts it."""
        if not self._takes(facts):
            return False
        self.met += 1
        due = self.met > self.after and (self.met - self.after) % self.every == 0
        if not due or (self.times is not None and self.done >= self.times):
            return False
        self.done += 1
        return True

    def _takes(self, facts: Facts) -> bool:
        values = {
            "op": facts.operation or "",
            "bucket": facts.bucket or "",
            "key": (facts.key or b"").decode("utf-8", "replace"),
        }
        return all(fnmatchcase(values[name], pattern) for name, pattern in self.matches.items())


def read_fault(spec: str) -> Fault:
    """Read one `--fault`.

    Raises:
        UsageError: a term that is not known, a number that is none, or no answer at all.
    """
    try:
        words = shlex.split(spec)
    except ValueError as error:
        raise UsageError(f"cannot read --fault {spec!r}: {error}", _HINT) from None
    terms: dict[str, str] = {}
    named = ""
    for word in words:
        match = _TERM.fullmatch(word)
        if word in _NAMED or word == "reset":
            named = word
        elif match and match["value"] and match["name"] in (*_NUMBERS, "op", "bucket", "key", "code", "message"):
            terms[match["name"]] = match["value"]
        else:
            raise UsageError(f"cannot read {word!r} in --fault {spec!r}", _HINT)
    numbers = {name: _number(spec, terms[name]) for name in _NUMBERS if name in terms}
    if not named and "status" not in numbers:
        raise UsageError(f"--fault {spec!r} does not say what happens", _HINT)
    return Fault(
        spec=spec,
        matches={name: terms[name] for name in ("op", "bucket", "key") if name in terms},
        refusal=None if named == "reset" else _refusal(named, terms, numbers),
        every=max(1, numbers.get("every", 1)),
        times=numbers.get("times"),
        after=numbers.get("after", 0),
    )


def _refusal(named: str, terms: dict[str, str], numbers: dict[str, int]) -> Refusal:
    if named:
        return said(*_NAMED[named])
    status = numbers["status"]
    code, sentence, cause = _BY_STATUS.get(status, (_CODES.get(status, "InternalError"), None, "asked-fault"))
    if sentence is not None and not terms.keys() & {"code", "message"}:
        return said(sentence, cause)
    message = terms.get("message", "asked for by --fault (b2-inspector)")
    return Refusal(status, terms.get("code", code), message, cause, "asked", numbers.get("retry-after"))


def _number(spec: str, text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise UsageError(f"{text!r} in --fault {spec!r} is no number", _HINT)
    return int(text)
