"""`lint`: what of this traffic B2 does not support, or does otherwise."""

from __future__ import annotations

from pathlib import Path

import click

from inspector.cli.common import json_option, recording_option, say
from inspector.cli.filter_argument import FILTER_HELP, FilterCommand, filter_argument, nothing_matched, read_filter
from inspector.cli.judged import judged_recording
from inspector.cli.output import emit, json_line, terminal_width
from inspector.cli.terminal import paint
from inspector.errors import ExitCode

LEVELS = ("error", "warning", "note")
WIDTH = 120


@click.command("lint", cls=FilterCommand, epilog=FILTER_HELP)
@filter_argument
@recording_option
@json_option
@click.option(
    "--level",
    type=click.Choice(LEVELS),
    default="warning",
    show_default=True,
    help="Exit with 4 when something of this level, or a graver one, was found.",
)
def command(words: tuple[str, ...], session: str | None, recording: Path, as_json: bool, level: str) -> int:
    """What of these calls B2 does not support, or does otherwise: traffic with any S3 service, recorded or imported.

    \b
    b2-inspector lint --session last
    b2-inspector import aws.har && b2-inspector lint --session last     before moving from AWS
    b2-inspector run --fail-on lint -- pytest tests/                    for CI

    An error is what B2 refuses, a warning what it may refuse or answer otherwise than it looks, a note what it does in
    its own way or used to refuse; each with the time it is known for and the fix. Calls that B2 itself is seen to have
    taken are no case of what it refuses. Exits with 4 from --level on, else with 0; with 3 where no S3 call matched.
    """
    from inspector.diagnose.lint.model import Level
    from inspector.view.lint import lint_fields, lint_lines, lint_recording, tally

    where = read_filter(words, session)
    with judged_recording(recording) as opened:
        report = lint_recording(opened, where)
    if not report.calls:
        return nothing_matched("S3 call")
    if as_json:
        emit(json_line(lint_fields(found)) for found in report)
        say(tally(report))
    else:
        emit(lint_lines(report, paint(), min(terminal_width() or WIDTH, WIDTH)))
    return ExitCode.DIFFERS if report.reaches(Level[level.upper()]) else ExitCode.OK
