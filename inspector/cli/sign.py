"""`sign`: a presigned URL, from a recorded call or a URL. Asks nobody."""

from __future__ import annotations

import os
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import click

from inspector.cli.common import json_option, recording_option, say
from inspector.cli.credentials import picker
from inspector.cli.keys import key_options, keys_at_hand
from inspector.cli.output import emit, json_line
from inspector.errors import NothingMatched, UsageError
from inspector.formats.address import looks_like_address, read_address
from inspector.replay.changes import Changes, changed
from inspector.replay.place import over_http1, read_endpoint
from inspector.replay.prepare import sent_on
from inspector.s3.addressing import locate
from inspector.sigv4.authorization import read_authorization
from inspector.sigv4.sign import LONGEST_EXPIRY, Stamp, amz_date, presign
from inspector.store.reader import Recording
from inspector.store.rows import rfc3339
from inspector.wire.exchange import Request
from inspector.wire.headers import get

_SPAN = re.compile(r"(\d{1,7})\s*(s|m|min|h|d|)", re.IGNORECASE)
_SECONDS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
_UNSAFE = re.compile(rb"[^!-~]")


def read_span(text: str) -> int:
    """`3600`, `15m`, `12h`, `7d` in seconds.

    Raises:
        UsageError: it is none, or not within what S3 takes: a second to seven days.
    """
    match = _SPAN.fullmatch(text.strip())
    seconds = int(match[1]) * _SECONDS[match[2].lower()] if match else 0
    if not 1 <= seconds <= LONGEST_EXPIRY:
        raise UsageError(f"--expires {text!r} is not between a second and seven days", "write 900, 15m, 12h or 7d")
    return seconds


class _Wish(NamedTuple):
    """What is to be signed: the request, and the key id and region that its old signature named."""

    request: Request
    key_id: str | None = None
    region: str | None = None


@click.command("sign")
@click.argument("what", metavar="URL|ID", nargs=-1, required=True)
@click.option("--expires", metavar="SPAN", default="1h", show_default=True, help="900, 15m, 12h; at most 7d.")
@click.option("--method", metavar="NAME", help="GET, PUT…; else the call's own, and GET for a URL.")
@click.option("--endpoint-url", metavar="URL", help="For this endpoint.")
@click.option("--bucket", metavar="NAME", help="For this bucket.")
@click.option("--region", metavar="NAME", help="Sign for this region; else as the host says, or the call was signed.")
@recording_option
@json_option
@key_options
def command(
    what: tuple[str, ...],
    expires: str,
    method: str | None,
    endpoint_url: str | None,
    bucket: str | None,
    region: str | None,
    recording: Path,
    as_json: bool,
    profiles: tuple[str, ...],
    secret_stdin: bool,
) -> int:
    """A presigned URL, made on this machine: no server is asked.

    \b
    b2-inspector sign https://s3.us-west-004.backblazeb2.com/photos/a.jpg --expires 15m
    b2-inspector sign 12 --method PUT

    The host alone is signed beside the URL itself: whoever uses it sends what further headers they like.
    """
    span = read_span(expires)
    wish = _wish(" ".join(what), recording, method)
    changes = Changes(read_endpoint(endpoint_url) if endpoint_url else None, bucket)
    request = changed(wish.request, changes)
    zone = region or locate(request).region or wish.region or os.environ.get("AWS_DEFAULT_REGION")
    if not zone:
        raise UsageError("neither the host nor the call names a region", "name it: --region us-west-004")
    ring = keys_at_hand(profiles, secret_stdin)
    picked = picker(ring, bool(profiles or secret_stdin))(wish.key_id)
    if picked is None:
        raise UsageError(
            "there is no key to sign with", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or --profile NAME"
        )
    now = time.time()
    signed = presign(request, picked.key, Stamp(amz_date(now), zone.encode()), span, token=picked.token)
    _show(signed, picked.key.key_id, now + span, as_json)
    return 0


def _wish(what: str, recording: Path, method: str | None) -> _Wish:
    """The bare request behind a URL, a curl command or a call.

    Raises:
        UsageError: it is none of them, or the method is none.
        NothingMatched: there is no such call.
    """
    if method is not None and not method.isalpha():
        raise UsageError(f"--method {method[:40]!r} is no method", "as in: --method PUT")
    verb = method.upper().encode() if method else None
    if looks_like_address(what):
        request, _ = read_address(what)
        target = _UNSAFE.sub(lambda byte: b"%%%02X" % byte[0][0], request.target)
        return _Wish(_bare(replace(request, method=verb or request.method, target=target)))
    if not what.isascii() or not what.isdigit():
        raise UsageError(f"{what[:80]!r} is neither a URL nor a call", "sign https://HOST/BUCKET/KEY, or sign 12")
    with Recording(recording) as opened:
        stored = opened.exchange(int(what)) if opened.find(int(what)) else None
        if stored is None:
            raise NothingMatched(f"there is no call {what}", "`b2-inspector ls` shows the numbers")
        request = over_http1(sent_on(opened, stored))
    before = read_authorization(request)
    return _Wish(_bare(replace(request, method=verb or request.method)), before.key_id, before.region)


def _bare(request: Request) -> Request:
    """The request with its host alone: no other header is promised by whoever uses the URL."""
    host = get(request.headers, b"host")
    return replace(request, headers=((b"Host", host),) if host is not None else ())


def _show(request: Request, key_id: str, until: float, as_json: bool) -> None:
    host = (get(request.headers, b"host") or request.host.encode()).decode("latin-1")
    url = f"{request.scheme}://{host}{request.target.decode('latin-1')}"
    method = request.method.decode("latin-1")
    if as_json:
        emit([json_line({"url": url, "method": method, "key_id": key_id, "expires_at": rfc3339(until)})])
        return
    emit([url])
    say(f"for {method}, until {rfc3339(until)[:19]}Z, signed with key id {key_id}")
