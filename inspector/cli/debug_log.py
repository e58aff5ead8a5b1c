"""`--debug-log FILE`: the client's own log, beside the recording."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from inspector.cli.common import say
from inspector.cli.loose import read_signed
from inspector.errors import UsageError
from inspector.formats.address import read_address
from inspector.formats.debuglog.index import DebugLog, index
from inspector.sigv4.authorization import Authorization, read_authorization
from inspector.store.reader import Recording
from inspector.view.examination import Log

F = TypeVar("F", bound=Callable[..., Any])

_WHO = (
    "They are printed by aws --debug, boto3.set_stream_logger('botocore'), s3cmd --debug, aws-crt, the AWS SDK for Java"
    " at DEBUG of software.amazon.awssdk, and the AWS SDK for Go with aws.LogSigning. The AWS SDK for JavaScript v3 has"
    " no log of what it signs; NODE_DEBUG=http shows its headers."
)


def debug_log_option(function: F) -> F:
    """Add `--debug-log FILE`; the function gets `debug_log`."""
    return click.option(
        "--debug-log",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        help="The client's own debug log, as a second witness: aws --debug, s3cmd --debug, boto3, Java, Go.",
    )(function)


def log_of(path: Path | None, calls: Iterable[Authorization]) -> Log | None:
    """What a log says of these calls; None without a log.

    Raises:
        UsageError: it cannot be read.
    """
    if path is None:
        return None
    try:
        with path.open("rb") as stream:
            log = index(stream, calls)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", "Name a file that is a log.") from None
    say(_told(path, log))
    return log.of


def _told(path: Path, log: DebugLog) -> str:
    if not log.sources:
        return f"no signed request was found in {path}. {_WHO}"
    found = ", ".join(f"{count} of {source}" for source, count in sorted(log.sources.items()))
    return f"signed requests in {path}: {found}"


def recorded_calls(recording: Recording | None, ids: Sequence[int]) -> Iterable[Authorization]:
    """What the calls of a recording say of their signers."""
    for number in ids:
        stored = recording.exchange(number) if recording else None
        if stored is not None:
            yield read_authorization(stored.exchange.request)


def address_calls(texts: Sequence[str]) -> Iterable[Authorization]:
    """What URLs and curl command lines say of their signers."""
    for text in texts:
        request, body = read_address(text)
        yield read_signed(request, [body])[0].authorization
