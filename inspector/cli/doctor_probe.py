"""`doctor --probe BUCKET`: ask a live service what no public trace settles."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from inspector import __version__
from inspector.cli.common import say
from inspector.cli.output import emit, json_line
from inspector.errors import CaptureError, ExitCode, UsageError
from inspector.paths import data_dir, probed_file
from inspector.view.render import safe, safe_bytes

if TYPE_CHECKING:
    from inspector.doctor.probe.ask import Ask, Bench
    from inspector.doctor.probe.model import Probe, Seen, Variant
    from inspector.doctor.probe.run import Cleaned, Probing
    from inspector.sending.address import Address

F = TypeVar("F", bound=Callable[..., Any])

PREFIX = "b2-inspector-probe"
PAUSE = 0.05
"""Seconds between two requests: well below any rate limit, and soon over."""
INTERRUPTED = 130

_OPTIONS = (
    click.option("--probe", "bucket", metavar="BUCKET", help="Ask the service what is not known of it."),
    click.option("--dry-run", is_flag=True, help="With --probe: show the requests, send none."),
    click.option("--yes", is_flag=True, help="With --probe: send them without asking."),
    click.option("--endpoint-url", metavar="URL", help="With --probe: the endpoint, if not that of the environment."),
    click.option(
        "--connect-to",
        multiple=True,
        metavar="HOST:PORT:ADDR:PORT",
        help="With --probe: send what is meant for HOST:PORT to ADDR:PORT. Repeatable.",
    ),
    click.option(
        "--upstream-ca",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="With --probe: a CA (PEM) to trust.",
    ),
    click.option(
        "--output", type=click.Path(path_type=Path, dir_okay=False), help="With --probe: where the answers go."
    ),
)


def probe_options(function: F) -> F:
    """Add `--probe` and what goes with it."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def probe_wanted(given: dict[str, Any]) -> bool:
    """Whether a service is to be probed.

    Raises:
        UsageError: something that goes with `--probe` was given without it.
    """
    if given["bucket"] is None and any(value for name, value in given.items() if name != "bucket"):
        name = next(name for name, value in given.items() if value)
        raise UsageError(f"--{name.replace('_', '-')} belongs to --probe", "add --probe BUCKET")
    return given["bucket"] is not None


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where to ask, what with, and where the answers go. `of_b2`: it is B2 itself that is asked."""

    bench: Bench
    address: Callable[[], Address]
    of_b2: bool
    output: Path


def probed(profiles: tuple[str, ...], recording: Path, as_json: bool, *, dry_run: bool, yes: bool, **given: Any) -> int:
    """Show the requests, ask, send, clean up, write the answers. Gives the exit code."""
    plan = _plan(profiles, recording, dry_run=dry_run, **given)
    if dry_run or not yes:
        _show(plan.bench, as_json and dry_run, err=not dry_run)
    if dry_run:
        return ExitCode.OK
    _demand_consent(plan.bench, yes)
    began = time.time()
    run = _Run(plan)
    if run.to_the_end():
        say("interrupted: no answers are written")
        _say_what_is_left(plan, run.cleaned)
        return INTERRUPTED
    document = _document(plan, run, began)
    _write(plan.output, document)
    _report(document, as_json)
    say(f"the answers are in {plan.output}; the file holds no secret, key id or bucket name")
    if not plan.of_b2:
        say("it was not B2 itself, asked without a detour: nothing of this is taken for B2's")
    return ExitCode.OK if _say_what_is_left(plan, run.cleaned) else ExitCode.FAILED


# What is to be done


def _plan(
    profiles: tuple[str, ...],
    recording: Path,
    *,
    dry_run: bool,
    bucket: str,
    endpoint_url: str | None,
    connect_to: tuple[str, ...],
    upstream_ca: Path | None,
    output: Path | None,
) -> _Plan:
    from inspector.cli.doctor_look import endpoint_address, look
    from inspector.cli.doctor_network import address_of
    from inspector.doctor.probe.ask import Bench
    from inspector.native.ids import region_of_host

    setup = look(os.environ, recording, profiles)
    url = (endpoint_url or (setup.endpoint.value if setup.endpoint else "")).strip()
    parts = endpoint_address(url)
    if parts is None:
        raise UsageError(
            f"{url!r} is no URL of an endpoint" if url else "no endpoint is set",
            "add --endpoint-url https://s3.us-west-004.backblazeb2.com (the region of the bucket)",
        )
    scheme, host, port = parts
    region = region_of_host(host)
    regions = [setting.value for setting in setup.regions]
    usual = 80 if scheme == "http" else 443
    bench = Bench(
        host if port == usual else f"{host}:{port}",
        scheme,
        port,
        _bucket_name(bucket),
        f"{PREFIX}/{secrets.token_hex(8)}/",
        region or (regions[0] if regions else "us-east-1"),
        _key(profiles, dry_run),
    )
    # A recorder on the way trims and re-frames: what is answered then is not all B2's.
    of_b2 = region is not None and not connect_to and not setup.under_recorder
    if of_b2 and output is None:
        data_dir(os.environ)  # before anything is sent: the answers need a place
    target = output or (probed_file(os.environ) if of_b2 else Path("probed-other.json"))
    return _Plan(bench, lambda: address_of(url, os.environ, connect_to, upstream_ca), of_b2, target)


def _bucket_name(bucket: str) -> str:
    if not bucket or not all(char.isascii() and (char.isalnum() or char in ".-_") for char in bucket):
        raise UsageError(f"{bucket!r} is no name of a bucket", "write --probe BUCKET, without a path")
    return bucket


def _key(profiles: tuple[str, ...], dry_run: bool) -> Any:
    from inspector.cli.keys import keys_at_hand
    from inspector.sigv4.key import Key

    if dry_run:
        return Key("0" * 25, b"")
    keys = keys_at_hand(profiles, False).keys
    if not keys:
        raise UsageError("there is no key to sign with", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    return keys[0]


def _show(bench: Bench, as_json: bool, *, err: bool) -> None:
    """Every request, before any is sent; those in parentheses only where the ones before are refused."""
    from inspector.doctor.probe.model import Kind
    from inspector.doctor.probe.table import PROBES

    for probe in PROBES:
        if not as_json:
            click.echo(f"{probe.name}: {safe(probe.question)}", err=err)
        for number, variant in enumerate(probe.variants):
            if as_json:
                fields = {"probe": probe.name, "question": probe.question, "variant": variant.label}
                emit([json_line(fields | {"request": _line(variant.ask, bench), "means": variant.words})])
            else:
                line = f"{_line(variant.ask, bench)}  [{variant.label}]"
                click.echo(f"    ({line})" if probe.kind is Kind.EITHER and number else f"    {line}", err=err)


def _line(ask: Ask, bench: Bench) -> str:
    from inspector.doctor.probe.ask import built

    ready = built(ask, bench, 0.0)
    request = ready.request
    said = [f"{safe(name.decode())}: {safe_bytes(value)[:60]}" for name, value in request.headers if _telling(name)]
    body = f" + {len(ready.body)} bytes" if ready.body else ""
    target = safe_bytes(request.target).partition("&X-Amz-")[0].partition("?X-Amz-")[0]
    return f"{request.method.decode()} {target}{body}" + "".join(f"  {line}" for line in said)


def _telling(name: bytes) -> bool:
    plain = (b"host", b"user-agent", b"authorization", b"x-amz-date", b"x-amz-content-sha256", b"content-type")
    return name.lower() not in (*plain, b"content-length")


def _demand_consent(bench: Bench, yes: bool) -> None:
    from inspector.doctor.probe.table import sent_at_least, sent_at_most

    say(
        f"{sent_at_least()} to {sent_at_most()} requests to {bench.host}, bucket {bench.bucket}, below {bench.prefix}"
        " (some are refused on purpose; a few small uploads, removed afterwards; billed as transactions)"
    )
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("nothing is sent without consent", "add --yes; --dry-run shows what would be sent")
    if not click.confirm("Send them?", err=True):
        raise click.Abort


# Doing it


class _Run:
    """A probing that cleans up, whatever ends it."""

    def __init__(self, plan: _Plan) -> None:
        from inspector.doctor.probe.run import Probing

        self._plan = plan
        self.probing: Probing = Probing(plan.bench, plan.address(), PAUSE)
        self.cleaned: Cleaned | None = None
        self.protocol: str | None = None

    def to_the_end(self) -> bool:
        """Whether it was interrupted. A second interruption ends the cleaning up, too."""
        with _terminated_as_interrupted():
            try:
                asyncio.run(self._probe())
            except KeyboardInterrupt:
                return True
        return False

    async def _probe(self) -> None:
        from inspector.doctor.probe.table import PROBES

        await self._demand_access()
        try:
            await self.probing.run(PROBES, _progress)
            self.protocol = await self._protocol()
        finally:
            say("cleaning up")
            self.cleaned = await self.probing.clean()

    async def _demand_access(self) -> None:
        """One right request first: where that fails, no other answer would mean anything."""
        from inspector.doctor.probe.model import Variant
        from inspector.doctor.probe.table.query import LIST

        seen = await self.probing.ask(Variant("control", "", LIST))
        if seen.status != 200:
            raise CaptureError(
                f"a plain listing of the bucket fails: {seen.status or ''} {seen.code} {seen.message}".strip(),
                "Set that right first (b2-inspector doctor). The key may list, read, write and delete files?",
            )

    async def _protocol(self) -> str | None:
        from inspector.sending.address import SendError
        from inspector.sending.once import offered_protocol

        address = self._plan.address()
        with suppress(SendError):
            return await offered_protocol(address, ("h2", "http/1.1")) if address.tls else None
        return None


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """SIGTERM cleans up as Ctrl-C does. And where the shell had Ctrl-C ignored (a background job), it is heard."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda number, frame: signal.raise_signal(signal.SIGINT))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _progress(probe: Probe, variant: Variant, seen: Seen) -> None:
    said = seen.message if seen.status is None else " ".join(filter(None, (str(seen.status), seen.code)))
    click.echo(f"  {probe.name} [{variant.label}] {safe(said)}", err=True)


# What came of it


def _document(plan: _Plan, run: _Run, began: float) -> dict[str, Any]:
    from inspector.doctor.probe.facts import facts_document
    from inspector.doctor.probe.run import Cleaned

    return facts_document(
        run.probing,
        run.cleaned or Cleaned(),
        of_b2=plan.of_b2,
        began=began,
        protocol=run.protocol,
        tool=f"b2-inspector {__version__}",
    )


def _write(path: Path, document: dict[str, Any]) -> None:
    from inspector.capture.files import write_whole

    write_whole(path, json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n")


def _report(document: dict[str, Any], as_json: bool) -> None:
    answers = document["answers"]
    emit([json_line(one) for one in answers] if as_json else [_answer(one) for one in answers])


def _answer(one: dict[str, Any]) -> str:
    answer, words = str(one["answer"]), str(one["words"])
    return f"{one['name']:<28} {safe(answer)}" + (f": {safe(words)}" if words != answer else "")


def _say_what_is_left(plan: _Plan, cleaned: Cleaned | None) -> bool:
    """Whether all was removed."""
    place = f"below {plan.bench.prefix} in {plan.bench.bucket}"
    if cleaned is None:
        say(f"not cleaned up: there may be objects {place}; remove every version of them")
        return False
    if cleaned.left or cleaned.problem:
        say(f"not all could be removed {place}: {cleaned.problem or ', '.join(cleaned.left)}")
        return False
    say(f"cleaned up: {cleaned.removed} removed, nothing left {place}")
    return True
