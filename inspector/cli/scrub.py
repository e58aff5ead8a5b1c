"""`scrub`: a copy without credentials."""

from __future__ import annotations

import os
import time
from pathlib import Path

import click

from inspector.clean.files import is_recording
from inspector.clean.scrub import Scrubbed, Wishes, scrub
from inspector.clean.text import scrub_file
from inspector.cli.common import recording_option, say
from inspector.cli.keys import key_options
from inspector.cli.scan import known_secrets
from inspector.cli.terminal import ProgressLine
from inspector.errors import ExitCode, RecordingError, UsageError
from inspector.paths import data_dir
from inspector.recorder.keys import pseudonym_key

SHORTEST_KEY = 16


@click.command("scrub")
@click.argument("files", metavar="[FILE]...", nargs=-1, type=click.Path(path_type=Path, dir_okay=False))
@recording_option
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="The copy; it must not be there.")
@click.option("--in-place", is_flag=True, help="Replace each FILE by its copy; exit 4 where that changed one.")
@click.option("--keep-signatures", is_flag=True, help="Signatures and key ids stay, for somebody who is to check them.")
@click.option("--account-ids", is_flag=True, help="B2's account ids go too.")
@click.option("--bucket-names", is_flag=True, help="Buckets get other names.")
@click.option(
    "--key-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file with the key that pseudonyms are made with: whoever has it gets the same ones. Else this user's own.",
)
@key_options
def command(
    files: tuple[Path, ...],
    recording: Path,
    output: Path | None,
    in_place: bool,
    keep_signatures: bool,
    account_ids: bool,
    bucket_names: bool,
    key_file: Path | None,
    profiles: tuple[str, ...],
    secret_stdin: bool,
) -> int:
    """A copy of a recording, or of another file, without credentials.

    \b
    b2-inspector scrub calls.db -o for-others.db
    b2-inspector scrub -r calls.db --bucket-names --account-ids -o for-the-world.db
    b2-inspector scrub --in-place cassettes/*.yaml     as the pre-commit hook does

    Each secret has one pseudonym wherever it stands: in URLs, headers, XML, JSON, inside base64 and compressed bodies,
    in what was asked and in what was answered, so that the copy can be replayed. Signatures are taken out, and such
    a call says that there is nothing left to verify; key ids become pseudonyms. Lengths, digests and checksums follow.
    The copy is scanned before it is handed out. The original stays as it is.
    """
    paths = files or (recording,)
    _demand_way(paths, output, in_place)
    key = _key(key_file)
    known = known_secrets(profiles, secret_stdin)
    wishes = Wishes(keep_signatures, account_ids, bucket_names)
    changed = 0
    for path in paths:
        changed += _one(path, path if in_place else output or path, key, known, wishes)
    return ExitCode.DIFFERS if in_place and changed else ExitCode.OK


def _demand_way(paths: tuple[Path, ...], output: Path | None, in_place: bool) -> None:
    """One file and where its copy goes, or any number that are to be replaced."""
    if in_place == (output is not None):
        raise UsageError("say where the copy goes", "-o FILE for one file, or --in-place for any number")
    if output is not None and len(paths) > 1:
        raise UsageError("-o takes the copy of one file", "call it for each, or use --in-place")
    if output is not None and output.exists():
        raise UsageError(f"{output} is there already", "name another file, or remove it first")
    for path in paths:
        if not path.is_file():
            raise RecordingError(f"There is no recording at {path}.", "Name one: b2-inspector scrub FILE -o COPY")


def _key(key_file: Path | None) -> bytes:
    if key_file is None:
        return pseudonym_key(data_dir(os.environ))
    try:
        key = key_file.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {key_file}: {error.strerror}", "Make one: openssl rand -out FILE 32") from None
    if len(key) < SHORTEST_KEY:
        raise UsageError(f"{key_file} holds fewer than {SHORTEST_KEY} bytes", "Make one: openssl rand -out FILE 32")
    return key


def _one(path: Path, output: Path, key: bytes, known: tuple[bytes, ...], wishes: Wishes) -> bool:
    """Write one copy; whether it differs."""
    if not is_recording(path):
        changed = scrub_file(path, output, key, known, signatures=not wishes.keep_signatures)
        say(f"{output}: {'credentials were replaced' if changed else 'there was nothing to replace'}")
        return changed
    with ProgressLine() as line:
        done = scrub(path, output, key, known, wishes, line.of, time.time())
    say(f"{output}: {_words(done)}")
    return done.changed > 0


def _words(done: Scrubbed) -> str:
    secrets = f"{done.secrets} secret{'' if done.secrets == 1 else 's'} besides signatures"
    return f"{done.changed} of {done.calls} calls changed, {secrets}"
