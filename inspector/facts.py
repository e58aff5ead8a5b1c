"""What an exchange means: operation, bucket, key, error, client. Computed once from the bytes, stored as columns."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from inspector.native.errors import read_error as read_json_error
from inspector.native.operations import NativeCall, read_call
from inspector.s3.addressing import locate
from inspector.s3.clients import client_of
from inspector.s3.errors import ERRORS_UNDER_200, read_error, read_upload_id
from inspector.s3.operations import identify
from inspector.sigv4.authorization import read_authorization
from inspector.wire.exchange import Request, Response
from inspector.wire.form import fields
from inspector.wire.headers import Headers
from inspector.wire.host import host_name
from inspector.wire.query import Pair, pairs

FACTS_VERSION = 1
"""Raised when a fact is computed differently; rows with a lower one are rebuilt."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one exchange; None where the bytes do not say. Vocabularies: those of `ls --json`.

    `key` is the decoded object key as bytes. `auth` and `payload` are the words of `sigv4.authorization`.
    """

    api: str | None = None
    operation: str | None = None
    bucket: str | None = None
    key: bytes | None = None
    client: str | None = None
    auth: str = "none"
    payload: str | None = None
    key_id: str | None = None
    region: str | None = None
    presigned: bool = False
    error_code: str | None = None
    error_message: str | None = None
    attempt: int | None = None
    attempt_max: int | None = None
    invocation_id: str | None = None
    upload_id: str | None = None
    part_number: int | None = None
    version_id: str | None = None
    request_id: str | None = None


PREFIX = 64 * 1024
"""How many bytes of a body `facts_of` reads; a caller need not hand it more."""

_ATTEMPT = re.compile(rb"(?:^|[\s;])attempt=(\d{1,9})(?!\d)")
_ATTEMPT_MAX = re.compile(rb"(?:^|[\s;])max=(\d{1,9})(?!\d)")
_NUMBER = re.compile(rb"(\d{1,9})")
_OTHER_AWS = (".amazonaws.com", ".amazonaws.com.cn")

Lines = Mapping[bytes, bytes]


def facts_of(request: Request, response: Response | None, request_body: bytes, response_body: bytes) -> Facts:
    """The facts of an exchange. Never raises, whatever the bytes.

    The bodies are as sent, after transfer decoding, whole or their first `PREFIX` bytes; `response` is None where none
    came.
    """
    said = _Said(
        request=request,
        response=response,
        sent=_first_lines(request.headers),
        received=_first_lines(response.headers if response else ()),
        body=request_body[:PREFIX],
        answer=response_body[:PREFIX],
    )
    authorization = read_authorization(request, said.body)
    call = read_call(request, response, said.body, said.answer)
    asked = _asked_of_s3(said, authorization.scheme) if call is None else _asked_natively(said, call)
    attempt = said.sent.get(b"amz-sdk-request", b"")
    return Facts(
        api=asked.api,
        operation=asked.operation,
        bucket=asked.bucket,
        key=asked.key,
        client=client_of(said.sent.get(b"user-agent"), said.sent.get(b"x-amz-user-agent")),
        auth=authorization.scheme,
        payload=authorization.payload,
        key_id=authorization.key_id,
        region=authorization.region or asked.region,
        presigned=authorization.presigned,
        error_code=asked.error_code,
        error_message=asked.error_message,
        attempt=_number(_ATTEMPT.search(attempt)),
        attempt_max=_number(_ATTEMPT_MAX.search(attempt)),
        invocation_id=_text(said.sent.get(b"amz-sdk-invocation-id")),
        upload_id=asked.upload_id,
        part_number=asked.part_number,
        version_id=asked.version_id,
        request_id=asked.request_id,
    )


class _Said(NamedTuple):
    """An exchange with its header lines at hand: the first value of each by lower-case name."""

    request: Request
    response: Response | None
    sent: Lines
    received: Lines
    body: bytes
    answer: bytes


class _Asked(NamedTuple):
    """What each API tells in its own way."""

    api: str | None = None
    operation: str | None = None
    bucket: str | None = None
    key: bytes | None = None
    region: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    upload_id: str | None = None
    part_number: int | None = None
    version_id: str | None = None
    request_id: str | None = None


def _first_lines(headers: Headers) -> Lines:
    return {name.lower(): value for name, value in reversed(headers)}


def _asked_natively(said: _Said, call: NativeCall) -> _Asked:
    error = read_json_error(_plain_answer(said)) if _has_error(said, call.operation) else None
    return _Asked(
        api="b2",
        operation=call.operation,
        bucket=call.bucket,
        key=call.key,
        error_code=error.code if error else None,
        error_message=(error.message or None) if error else None,
        upload_id=call.upload_id,
        part_number=_number(_NUMBER.fullmatch(call.part_number or b"")),
        version_id=call.version_id,
    )


def _asked_of_s3(said: _Said, scheme: str) -> _Asked:
    address = locate(said.request)
    if not (address.known_host or _speaks_s3(said, scheme)):
        return _Asked()
    query = pairs(said.request.query)
    method = said.request.method.decode("utf-8", "replace")
    found = identify(method, address.place, query, said.request.headers)
    operation = found.name if found else None
    code, message = _error(said, operation)
    return _Asked(
        api="s3",
        operation=operation,
        bucket=address.bucket,
        key=_form_key(said) if operation == "PostObject" else address.key,
        region=address.region,
        error_code=code,
        error_message=message,
        upload_id=_upload_id(query, operation, said.answer),
        part_number=_number(_NUMBER.fullmatch(_value(query, b"partNumber"))),
        version_id=_text(said.received.get(b"x-amz-version-id") or _value(query, b"versionId")),
        request_id=_text(said.received.get(b"x-amz-request-id")),
    )


def _speaks_s3(said: _Said, scheme: str) -> bool:
    """Whether a call to a host that is not known for S3 is one: it is signed as such, or a header says so."""
    if host_name(said.request).endswith(_OTHER_AWS):
        return False
    return scheme.startswith("sigv") or any(
        name.startswith(b"x-amz-") for lines in (said.sent, said.received) for name in lines
    )


def _error(said: _Said, operation: str | None) -> tuple[str | None, str | None]:
    """Code and message of an S3 call's error. B2 answers some 5xx in JSON (craft-remote-backup#21)."""
    if not _has_error(said, operation):
        return None, None
    body = _plain_answer(said)
    error = read_error(body) or read_json_error(body)
    return (error.code or None, error.message or None) if error else (None, None)


def _has_error(said: _Said, operation: str | None) -> bool:
    if said.response is None or said.request.method == b"HEAD":
        return False
    return said.response.status >= 300 or (said.response.status == 200 and operation in ERRORS_UNDER_200)


def _plain_answer(said: _Said) -> bytes:
    """The body of an answer, unzipped where something between (a CDN) zipped it; at most `PREFIX` bytes."""
    if said.received.get(b"content-encoding", b"").strip().lower() != b"gzip":
        return said.answer
    try:
        return zlib.decompressobj(wbits=31).decompress(said.answer, PREFIX)
    except zlib.error:
        return said.answer


def _upload_id(query: list[Pair], operation: str | None, answer: bytes) -> str | None:
    if operation == "CreateMultipartUpload":
        return read_upload_id(answer)
    return _text(_value(query, b"uploadId"))


def _form_key(said: _Said) -> bytes | None:
    """The key that a browser's form upload names."""
    form = fields(said.sent.get(b"content-type"), said.body)
    return next((field.value for field in form if field.name == b"key"), None)


def _value(query: list[Pair], name: bytes) -> bytes:
    """The decoded value of the first pair of that name; empty where there is none."""
    return next((unquote_to_bytes(pair.value) for pair in query if pair.name == name and pair.value), b"")


def _number(match: re.Match[bytes] | None) -> int | None:
    return int(match[1]) if match else None


def _text(value: bytes | None) -> str | None:
    return value.decode("utf-8", "replace") if value else None
