"""`explain`: what is wrong with a call, how sure that is, whose fault it is, and the fix."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from inspector.cli.common import json_option, recording_option, say
from inspector.cli.debug_log import address_calls, debug_log_option, log_of, recorded_calls
from inspector.cli.filter_argument import FILTER_HELP, FilterCommand, read_filter
from inspector.cli.keys import key_options, keys_at_hand
from inspector.cli.loose import read_signed
from inspector.cli.output import emit, json_line, terminal_width
from inspector.cli.probed import probed_at_hand, probed_option
from inspector.cli.terminal import ProgressLine, paint
from inspector.diagnose.examine import DEPTH, Diagnosis
from inspector.diagnose.secrecy import without_secrets
from inspector.errors import ExitCode, NothingMatched, UsageError
from inspector.formats.address import looks_like_address, read_address
from inspector.store.reader import Recording
from inspector.view.cause import Page, known_causes, page_fields, page_lines, page_of
from inspector.view.diagnosis import Style, diagnosis_lines, how_to_verify
from inspector.view.diagnosis_json import diagnosis_fields
from inspector.view.examination import Examiner
from inspector.view.groups import Groups, same_lines

if TYPE_CHECKING:
    from inspector.store.judge import Judge

DEEP = 3
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
INTERRUPTED = 130

_PLACES = """
\b
ID        a call of the recording: b2-inspector ls lists them
FILTER    calls of the recording, as in the other verbs; see below
URL       a presigned URL, or a curl command line as one word
CAUSE     the page of a cause: its slug, as findings name it
none      the calls of the last session that failed
"""


def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The slugs of causes that begin so."""
    return [CompletionItem(slug) for slug in known_causes() if slug.startswith(incomplete)]


@click.command("explain", cls=FilterCommand, epilog=_PLACES + FILTER_HELP)
@click.argument("words", nargs=-1, metavar="[ID|FILTER|URL|CAUSE]...", shell_complete=complete)
@click.option("--session", metavar="N|NAME|last", help="Only this session's calls.")
@recording_option
@json_option
@key_options
@debug_log_option
@probed_option
@click.option("--deep", is_flag=True, help="Search three deviations at once; some seconds a call.")
@click.option("--full", is_flag=True, help="Canonical requests whole, of signatures that verify too.")
@click.option("--steps", is_flag=True, help="Every value between the request and its signature.")
@click.option("--show-keys", is_flag=True, help="With --steps: kDate to kSigning too. They can sign for that day.")
def command(
    words: tuple[str, ...],
    session: str | None,
    recording: Path,
    as_json: bool,
    profiles: tuple[str, ...],
    secret_stdin: bool,
    debug_log: Path | None,
    probed: Path | None,
    deep: bool,
    full: bool,
    steps: bool,
    show_keys: bool,
) -> int:
    """Why a call failed: the findings, how sure each is, whose fault it is, and the fix.

    \b
    b2-inspector explain 12
    b2-inspector explain                              what failed in the last session
    b2-inspector explain code:SignatureDoesNotMatch --profile b2
    b2-inspector explain 'https://s3.us-west-004.backblazeb2.com/photos/a.jpg?X-Amz-Algorithm=...'
    b2-inspector explain key-secret-whitespace

    With the secret of the call's key id, a signature is verified and, where it does not match, searched until the
    client's own signature is reproduced: that is a proof. Secrets are taken from AWS_ACCESS_KEY_ID and
    AWS_SECRET_ACCESS_KEY, B2_APPLICATION_KEY_ID and B2_APPLICATION_KEY, a profile, or standard input; none is shown.
    The client's own debug log (--debug-log) tells without a secret what was changed after it was signed.
    """
    style = Style(paint(), terminal_width(), full, steps or show_keys, show_keys)
    pages = [page for page in map(page_of, filter(_SLUG.fullmatch, words)) if page is not None]
    if words and len(pages) == len(words):
        return _show_pages(pages, style, as_json)
    ring = keys_at_hand(profiles, secret_stdin)
    answers = probed_at_hand(os.environ, probed)

    def judge() -> Judge:
        from inspector.view.judge import RecordedJudge  # for a filter that is about findings

        return RecordedJudge(recording, ring.for_call, answers)

    with ProgressLine() as progress, _opened(recording, words, judge) as opened:
        texts = _addresses(words)
        ids = _wanted(opened, words, session) if opened is not None and not texts else ()
        log = log_of(debug_log, address_calls(texts) if texts else recorded_calls(opened, ids))
        examiner = Examiner(
            opened,
            ring.for_call,
            depth=DEEP if deep else DEPTH,
            watch=progress.search,
            log=log,
            probed=answers,
        )
        diagnoses = _of_addresses(examiner, texts) if texts else _of_calls(examiner, ids, progress)
        hide = partial(without_secrets, keys=ring.every)
        return _json(diagnoses, hide, progress) if as_json else _people(diagnoses, hide, style, progress)


# What is asked about


def _are_addresses(words: tuple[str, ...]) -> bool:
    """Whether the words are URLs, or one curl command line.

    Raises:
        UsageError: some are, and some are not.
    """
    if (words and words[0] == "curl") or (looks_like_address(" ".join(words)) and len(words) == 1):
        return True
    urls = [looks_like_address(word) for word in words]
    if any(urls) and not all(urls):
        raise UsageError("a URL and a filter cannot be asked about at once", "Give the URL alone, between quotes.")
    return bool(urls) and all(urls)


@contextmanager
def _opened(path: Path, words: tuple[str, ...], judge: Callable[[], Judge]) -> Iterator[Recording | None]:
    """The recording; None where there is none and an address does not need it."""
    if _are_addresses(words) and not path.exists():
        yield None
        return
    with Recording(path, judge=judge) as opened:
        yield opened


def _wanted(opened: Recording, words: tuple[str, ...], session: str | None) -> Sequence[int]:
    """The ids of the calls that are asked about.

    Raises:
        NothingMatched: there are none.
    """
    if words:
        ids = opened.ids(read_filter(words, session))
        if not ids:
            raise NothingMatched("no call matched", "list them: b2-inspector ls")
        return ids
    name = session or "last"
    ids = opened.ids(read_filter(("is:error",), name))
    if not ids:
        raise NothingMatched(f"no call of the session {name!r} failed", "others: b2-inspector explain is:error")
    say(f"the calls of the session {name!r} that failed: {len(ids)}")
    return ids


def _addresses(words: tuple[str, ...]) -> tuple[str, ...]:
    """The URLs and curl command lines that are asked about; none where calls of the recording are."""
    if not _are_addresses(words):
        return ()
    return (" ".join(words),) if words[0] == "curl" else words


def _of_addresses(examiner: Examiner, texts: Sequence[str]) -> Iterator[Diagnosis]:
    for text in texts:
        request, body = read_address(text)
        signed, first = read_signed(request, [body])
        yield examiner.request(signed, first, time.time())


def _of_calls(examiner: Examiner, ids: Sequence[int], progress: ProgressLine) -> Iterator[Diagnosis]:
    for place, number in enumerate(ids, 1):
        progress.call(place, len(ids))
        diagnosis = examiner.recorded(number)
        if diagnosis is not None:
            yield diagnosis


# What is said


def _show_pages(pages: Sequence[Page], style: Style, as_json: bool) -> int:
    if as_json:
        emit(json_line(page_fields(page)) for page in pages)
    else:
        emit(line for page in pages for line in page_lines(page, style.paint, style.text_columns))
    return ExitCode.OK


def _json(diagnoses: Iterator[Diagnosis], hide: Callable[[str], str], progress: ProgressLine) -> int:
    try:
        for diagnosis in diagnoses:
            progress.clear()
            emit([hide(json_line(diagnosis_fields(diagnosis)))])
    except KeyboardInterrupt:
        return INTERRUPTED
    return ExitCode.OK


def _people(diagnoses: Iterator[Diagnosis], hide: Callable[[str], str], style: Style, progress: ProgressLine) -> int:
    """Calls that are wrong in the same way are told once. What was found until Ctrl-C is told."""
    groups, code = Groups(), int(ExitCode.OK)
    try:
        for diagnosis in diagnoses:
            groups.add(diagnosis)
    except KeyboardInterrupt:
        code = INTERRUPTED
    progress.clear()
    emit(map(hide, _lines(groups, style)))
    if code == INTERRUPTED:
        say(f"stopped after {groups.count} calls")
    return code


def _lines(groups: Groups, style: Style) -> Iterator[str]:
    for number, group in enumerate(groups):
        if number:
            yield ""
        yield from diagnosis_lines(group.first, style)
        if group.more:
            yield ""
            yield from same_lines(group, style.text_columns)
    for key_id in groups.unverified:
        yield ""
        yield from how_to_verify(key_id, style.text_columns)
