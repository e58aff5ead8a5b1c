"""Trouble on demand, by rule, over recorded answers: the language of `--local --fault`, and what needs an answer.

op:UploadPart part:3 reset             the connection breaks instead of an answer
op:GetObject truncate:1024 times:1     the first download breaks off after 1,024 bytes
op:CompleteMultipartUpload error-in-200  the error comes under a 200, as S3 may
op:GetObject wrong-checksum every:2    every second download has a bit turned; uploads get another ETag
expired-token                          as if the session's or the account's token were over
op:ListObjectsV2 latency:2s            two seconds late
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace

from inspector.dialect.faults import Fault as Rule
from inspector.dialect.faults import read_fault as read_rule
from inspector.dialect.refusal import Refusal
from inspector.errors import UsageError
from inspector.facts import Facts
from inspector.replay.match.question import Question
from inspector.replay.play.answer import Answer, Source
from inspector.replay.play.heads import date_line
from inspector.s3.sentences import error_body
from inspector.wire.exchange import Request, Response
from inspector.wire.headers import Header, get

_HINT = (
    "write matches and what happens, as in 'op:UploadPart part:3 reset'; matches: op bucket key part; what happens:"
    " status:N, code:NAME, message:TEXT, cap:transactions|download|storage, not-entitled, no-tomes, incident, reset,"
    " truncate:BYTES, error-in-200, wrong-checksum, expired-token, latency:2s; how often: every:N times:N after:N"
)
UPLOADS = frozenset(("PutObject", "UploadPart", "CopyObject", "CompleteMultipartUpload"))
"""Operations that store bytes anew."""

_NUMBERS = frozenset(("part", "truncate"))
_FLAGS = frozenset(("error-in-200", "wrong-checksum", "expired-token"))
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s)?")
_TAG = re.compile(rb"<ETag>(?:\"|&quot;|&#34;)?([^<&\"]+)")
_LONGEST_TELLING = 64 * 1024
"""Bytes of an answer that tells a tag in its XML, as those to the end of an upload in parts and to a copy do."""

_HEX = re.compile(rb"[0-9a-f](?=[^0-9a-f]*\Z)")


@dataclass(slots=True)
class Fault:
    """A fault, with its count of the calls that it has met (in `rule`). Not to be used by two threads at a time.

    `instead`: the call is answered by it and nothing else; otherwise the recorded answer is spoiled.
    """

    spec: str
    rule: Rule
    instead: bool
    part: int | None = None
    truncate: int | None = None
    delay: float = 0.0
    flag: str = ""

    def strikes(self, question: Question) -> bool:
        """Whether this call meets it; counts it."""
        if self.part is not None and dict(question.query).get(b"partNumber") != b"%d" % self.part:
            return False
        return self.rule.strikes(Facts(operation=question.operation, bucket=question.bucket, key=question.key))


def read_fault(spec: str) -> Fault:
    """Read one `--fault`.

    Raises:
        UsageError: a term that is not known, a number that is none, or nothing that happens.
    """
    own: dict[str, str] = {}
    rest: list[str] = []
    try:
        for word in shlex.split(spec):
            name, _, value = word.partition(":")
            if name in _NUMBERS or name in _FLAGS or name == "latency":
                own[name] = value
            else:
                rest.append(word)
        effects = own.keys() - {"part"}
        told = any(word.partition(":")[0] in ("status", "cap") or ":" not in word for word in rest)
        codes = [word for word in rest if word.partition(":")[0] in ("code", "message")] if effects else []
        rule = read_rule(shlex.join([*rest, "reset"] if effects and not told else rest))
        if codes and not told:
            rule.refusal = _words(codes)
    except (UsageError, ValueError) as error:
        message = error.message if isinstance(error, UsageError) else f"cannot read --fault {spec!r}: {error}"
        raise UsageError(message, _HINT) from None
    flag = next((name for name in own if name in _FLAGS), "")
    instead = told or flag in ("error-in-200", "expired-token")
    numbers = {name: _number(spec, own[name]) for name in _NUMBERS if name in own}
    delay = _seconds(spec, own["latency"]) if "latency" in own else 0.0
    return Fault(spec, rule, instead, numbers.get("part"), numbers.get("truncate"), delay, flag)


def _words(terms: list[str]) -> Refusal:
    given = dict(term.split(":", 1) for term in terms)
    message = given.get("message", "asked for by --fault (b2-inspector)")
    return Refusal(500, given.get("code", "InternalError"), message, "asked-fault", "asked")


def _number(spec: str, text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise UsageError(f"{text!r} in --fault {spec!r} is no number", _HINT)
    return int(text)


def _seconds(spec: str, text: str) -> float:
    match = _DURATION.fullmatch(text)
    if match is None:
        raise UsageError(f"{text!r} in --fault {spec!r} is no time", "write latency:250ms or latency:2s")
    return float(match[1]) / (1000 if match[2] == "ms" else 1)


# What happens


def in_place(fault: Fault, question: Question, request: Request, now: float) -> Answer:
    """The answer of a fault that takes the place of the recorded one."""
    if fault.flag == "expired-token":
        answer = _expired(question, request, now)
    elif fault.flag == "error-in-200":
        words = fault.rule.refusal
        code, message = (words.code, words.message) if words else ("InternalError", "asked for by --fault")
        answer = _error(200, code, message, request, now)
    elif fault.rule.refusal is None:
        answer = Answer(None, source=Source.FAULT)
    else:
        refusal = fault.rule.refusal
        body = refusal.body(request.method)
        lines = refusal.headers("f" * 16, "b2-inspector", now)
        lines = tuple(line for line in lines if line[0] != b"Connection")
        answer = Answer(Response(refusal.status, lines), lambda: iter((body,) if body else ()), len(body), Source.FAULT)
    return replace(answer, notes=(f"--fault {fault.spec}",), delay=fault.delay)


def _expired(question: Question, request: Request, now: float) -> Answer:
    """The native API's code is documented (b2_authorize_account); S3's is AWS's, as B2 has no session tokens."""
    if question.api != "b2":
        return _error(400, "ExpiredToken", "The token has expired (asked for by --fault)", request, now)
    body = b'{"code":"expired_auth_token","message":"Authorization token has expired","status":401}'
    lines = (date_line(int(now)), (b"Content-Type", b"application/json"), (b"Content-Length", b"%d" % len(body)))
    return Answer(Response(401, lines), lambda: iter((body,)), len(body), Source.FAULT)


def _error(status: int, code: str, message: str, request: Request, now: float) -> Answer:
    # JS v3 takes a 200 for an error where its very end is </Error>, as at AWS (middleware-sdk-s3, throw200Exceptions).
    body = error_body(code, message).rstrip() if status == 200 else error_body(code, message)
    told = b"" if request.method == b"HEAD" else body
    lines = (date_line(int(now)), (b"Content-Type", b"application/xml"), (b"Content-Length", b"%d" % len(body)))
    return Answer(Response(status, lines), lambda: iter((told,) if told else ()), len(told), Source.FAULT)


def spoiled(fault: Fault, answer: Answer) -> Answer:
    """A recorded answer with what the fault makes of it."""
    notes = (*answer.notes, f"--fault {fault.spec}")
    answer = replace(answer, notes=notes, delay=answer.delay + fault.delay)
    if fault.truncate is not None and fault.truncate < answer.size:
        answer = replace(answer, break_after=fault.truncate, source=Source.FAULT)
    if fault.flag == "wrong-checksum":
        answer = _corrupted(answer)
    return answer


def _corrupted(answer: Answer) -> Answer:
    """One bit of the body turned; of an answer without a body, another ETag."""
    if answer.response is None:
        return answer
    read = answer.windows
    if answer.size and get(answer.response.headers, b"etag") is not None:
        return replace(answer, windows=lambda: _turned(read()), source=Source.FAULT)
    told = _TAG.search(b"".join(read())) if 0 < answer.size <= _LONGEST_TELLING else None
    if told is not None:
        body = told.string[: told.start(1)] + _HEX.sub(_other_digit, told[1]) + told.string[told.end(1) :]
        return replace(answer, windows=lambda: iter((body,)), source=Source.FAULT)
    lines: tuple[Header, ...] = tuple(
        (name, _HEX.sub(_other_digit, value)) if name.lower() == b"etag" else (name, value)
        for name, value in answer.response.headers
    )
    return replace(answer, response=replace(answer.response, headers=lines), source=Source.FAULT)


def tag_of(answer: Answer) -> bytes | None:
    """The tag that an answer tells, without quotes; None for one that tells none."""
    tag = get(answer.response.headers, b"etag") if answer.response is not None else None
    if tag is None and 0 < answer.size <= _LONGEST_TELLING:
        told = _TAG.search(b"".join(answer.windows()))
        tag = told[1] if told else None
    return tag.strip(b'"') if tag else None


def _turned(windows: Iterator[bytes]) -> Iterator[bytes]:
    first = next(windows, b"")
    if first:
        yield bytes((first[0] ^ 1,)) + first[1:]
    yield from windows


def _other_digit(match: re.Match[bytes]) -> bytes:
    return b"1" if match[0] == b"0" else b"0"
