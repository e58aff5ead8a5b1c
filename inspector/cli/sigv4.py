"""`sigv4`: a raw request, every step from its canonical request to its signature."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import click

from inspector.cli.common import json_option, say
from inspector.cli.keys import Keyring, key_options, keys_at_hand
from inspector.cli.loose import read_signed
from inspector.cli.output import emit, json_line, terminal_width
from inspector.cli.terminal import ProgressLine, paint
from inspector.diagnose.call import Call
from inspector.diagnose.examine import Diagnosis
from inspector.diagnose.judged import own_key
from inspector.diagnose.secrecy import without_secrets
from inspector.errors import ExitCode, FormatError, UsageError
from inspector.formats.captured import Captured, pieces
from inspector.formats.rawhttp import read
from inspector.s3.addressing import locate
from inspector.sigv4.canonical import Dialect
from inspector.sigv4.signed import SignedRequest
from inspector.sigv4.verify import verify
from inspector.view.diagnosis import Style, diagnosis_lines, how_to_verify
from inspector.view.diagnosis_json import finding_fields, text
from inspector.view.examination import Examiner, loose_call
from inspector.view.propose import Proposal, propose
from inspector.view.step_lines import derived


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says of the signature; None where that is for the request to say."""

    service: str | None
    region: str | None
    date: str | None
    normalize_path: bool | None
    double_encode: bool | None
    session_token_unsigned: bool


@click.command("sigv4")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True))
@json_option
@key_options
@click.option("--service", help="The service of the scope; else the request's own, else s3 for hosts of S3.")
@click.option("--region", help="The region of the scope; else the request's own, else the host's.")
@click.option("--date", metavar="YYYYMMDDTHHMMSSZ", help="When an unsigned request is signed; else its X-Amz-Date.")
@click.option("--normalize-path/--keep-path", default=None, help="Resolve dot segments, merge slashes; S3 does not.")
@click.option("--double-encode/--encode-once", default=None, help="Encode the path as sent once more; S3 does not.")
@click.option("--session-token-unsigned", is_flag=True, help="The token was added to the URL after signing.")
@click.option("--show-keys", is_flag=True, help="kDate to kSigning too. They can sign for that day.")
def command(
    file: Path, as_json: bool, profiles: tuple[str, ...], secret_stdin: bool, show_keys: bool, **given: Any
) -> int:
    """A raw HTTP request in FILE (`-`: standard input), and every step from it to its signature.

    \b
    b2-inspector sigv4 request.http
    b2-inspector show 12 --part request-raw | b2-inspector sigv4 - --profile b2
    b2-inspector sigv4 --double-encode --normalize-path dynamodb.http

    S3's rule holds where the scope says s3. For another service it is the general one: dot segments resolved, the
    path encoded twice; where one of the two is named, only what is named. A request that is not signed yet is shown
    as it would be, with a key at hand. Line ends may be LF or CRLF.
    """
    if str(file) == "-" and secret_stdin:
        raise UsageError("the request and the secret cannot both come from standard input", "Put one into a file.")
    options = Options(**given)
    ring = keys_at_hand(profiles, secret_stdin)
    with _file(file) as stream:
        found = _first_request(stream)
        signed, body, proposed = _signed(found, options, ring)
    when = found.exchange.timing.request_start  # the moment that the request itself names: it may be years old
    dialect = dialect_of(signed, options)
    if proposed is None:
        with ProgressLine() as progress:
            examiner = Examiner(None, ring.for_call, watch=progress.search)
            diagnosis = examiner.request(signed, body, when, dialect)
    else:
        diagnosis = _as_proposed(loose_call(signed, body, when), ring, dialect)
        missing = [*proposed.missing, *(() if ring.keys else ("no key is at hand",))]
        say(f"the request is not signed{'' if not missing else '; ' + '; '.join(missing)}")
    fields = _fields(diagnosis, dialect, show_keys) if as_json else {}
    lines = [json_line(fields)] if as_json else _lines(diagnosis, dialect, show_keys)
    emit(without_secrets(line, ring.every) for line in lines)
    return ExitCode.OK


# Reading


@contextmanager
def _file(path: Path) -> Iterator[BinaryIO]:
    if str(path) == "-":
        yield BytesIO(sys.stdin.buffer.read())
    else:
        with path.open("rb") as stream:
            yield stream


def _first_request(stream: BinaryIO) -> Captured:
    """The first request of the file.

    Raises:
        FormatError: there is none.
    """
    requests = [item for item in read(stream, time.time()) if isinstance(item, Captured)]
    if not requests:
        raise FormatError("the file holds no request", "It begins with a line such as: GET /bucket/key HTTP/1.1")
    if len(requests) > 1:
        say(f"the first of {len(requests)} requests is read")
    return requests[0]


def _signed(found: Captured, options: Options, ring: Keyring) -> tuple[SignedRequest, bytes, Proposal | None]:
    """The request with its authorization, as the options change it; one without any gets one that is proposed."""
    request, proposed = found.exchange.request, None
    signed, body = read_signed(request, pieces(found.request_body), missing=bool(found.request_gap))
    if signed.authorization.scheme == "none":
        address = locate(request)
        service = options.service or ("s3" if address.known_host else None)
        key_id = ring.keys[0].key_id if ring.keys else None
        proposed = propose(request, key_id, options.date, options.region or address.region, service)
        authorization = read_signed(proposed.request, ())[0].authorization
        return replace(signed, request=proposed.request, authorization=authorization), body, proposed
    said = {name: value for name in ("service", "region") if (value := getattr(options, name)) is not None}
    return replace(signed, authorization=replace(signed.authorization, **said)), body, None


def dialect_of(signed: SignedRequest, options: Options) -> Dialect:
    """The rule by which the request is signed: S3's for S3, else the general one as far as no option names another."""
    s3 = signed.authorization.service == "s3" or (
        signed.authorization.service is None and locate(signed.request).known_host
    )
    named = options.normalize_path is not None or options.double_encode is not None
    usual = not s3 and not named
    return Dialect(
        normalize_path=usual if options.normalize_path is None else options.normalize_path,
        double_encode=usual if options.double_encode is None else options.double_encode,
        session_token_signed=not options.session_token_unsigned,
        query_leaves_payload_unsigned=s3,
    )


def _as_proposed(call: Call, ring: Keyring, dialect: Dialect) -> Diagnosis:
    """What a request that is not signed would be signed with: nothing of it can be right or wrong yet."""
    computed = verify(call.signed, own_key(call, ring.for_call(call.authorization.key_id)), dialect)
    return Diagnosis(call, replace(computed, verdict="none", body="unknown"), None, ())


# Showing


def _fields(diagnosis: Diagnosis, dialect: Dialect, show_keys: bool) -> dict[str, Any]:
    verification, authorization = diagnosis.verification, diagnosis.call.authorization
    fields = {
        **text("canonical_request", verification.canonical_request),
        **text("string_to_sign", verification.string_to_sign),
        "signature": verification.signature,
        "verdict": verification.verdict,
        "scheme": verification.scheme,
        "given": None if verification.verdict == "none" else authorization.signature,
        "key_id": authorization.key_id,
        "date": authorization.timestamp,
        "region": authorization.region,
        "service": authorization.service,
        "body": verification.body,
        "normalize_path": dialect.normalize_path,
        "double_encode": dialect.double_encode,
        "session_token_signed": dialect.session_token_signed,
        "findings": [finding_fields(finding) for finding in diagnosis.findings],
    }
    return fields | ({"keys": derived(diagnosis.call.signed, verification)} if show_keys else {})


def _lines(diagnosis: Diagnosis, dialect: Dialect, show_keys: bool) -> Iterator[str]:
    style = Style(paint(), terminal_width(), full=True, steps=True, keys=show_keys)
    yield from diagnosis_lines(diagnosis, style)
    yield ""
    yield f"  rule: {_rule(dialect)}"
    verification = diagnosis.verification
    if verification.verdict == "unverified" and not verification.note and diagnosis.call.facts.key_id:
        yield ""
        yield from how_to_verify(diagnosis.call.facts.key_id, style.text_columns)


def _rule(dialect: Dialect) -> str:
    """The rule in words."""
    if not (dialect.normalize_path or dialect.double_encode):
        return "S3's: the path is decoded once and encoded once, `//` and `..` stay"
    path = "dot segments resolved and slashes merged" if dialect.normalize_path else "the path as it is"
    return f"{path}, {'encoded as sent' if dialect.double_encode else 'decoded once and encoded once'}"
