"""A command line tells which program it starts."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import pytest

from inspector.capture.clients import BY_COMMAND, BY_NAME, PROGRAMS, named
from inspector.capture.detect import detect
from inspector.errors import UsageError

CASES = [
    ("python script.py", "python"),
    ("python3.13 -u script.py", "python"),
    ("/opt/venv/bin/pypy3 script.py", "python"),
    ("pytest tests/", "python"),
    ("python -m pytest", "python"),
    ("python -m awscli s3 ls", "aws"),
    ("python -c 'print(1)' -m", "python"),
    ("python -u -m awscli s3 ls", "aws"),
    ("python upload.py -m node", "python"),
    ("python -m", "python"),
    (r"'C:\Python312\python.exe' script.py", "python"),
    (r"'C:\Program Files\nodejs\npx.cmd' tsx a.ts", "node"),
    ("b2 ls b2://bucket", "python"),
    ("aws s3 ls", "aws"),
    ("s3cmd ls", "s3cmd"),
    ("node22 a.js", "node"),
    ("npm run upload", "node"),
    ("npx tsx a.ts", "node"),
    ("deno run -A a.ts", "deno"),
    ("bun a.ts", "bun"),
    ("java -jar a.jar", "java"),
    ("./gradlew test", "java"),
    ("mvn -q test", "java"),
    ("go run .", "go"),
    ("rclone sync a b", "rclone"),
    ("restic.exe snapshots", "restic"),
    ("tofu init", "terraform"),
    ("curl -I https://example.com", "curl"),
    ("bash -c 'aws s3 ls'", "shell"),
    ("make upload", "shell"),
    ("docker run image", "container"),
    ("./upload.py", "python"),
    ("./upload.mjs", "node"),
    ("./upload.jar", "java"),
    ("no-such-command", "shell"),
    # behind wrappers
    ("env A=1 B=2 python a.py", "python"),
    ("env -i -u HOME A=1 node a.js", "node"),
    ("env -S 'python -u' a.py", "python"),
    ("timeout -k 5 30 rclone ls a:", "rclone"),
    ("nice -n 5 timeout 30 env X=y curl u", "curl"),
    ("time aws s3 ls", "aws"),
    ("sudo -u bob aws s3 ls", "aws"),
    ("uv run a.py", "python"),
    ("uv run --with boto3 --python 3.12 -- python a.py", "python"),
    ("uv run -m pytest", "python"),
    ("uv tool run awscli", "python"),
    ("uvx --from awscli aws s3 ls", "aws"),
    ("uv sync", "python"),
    ("poetry run pytest", "python"),
    ("pipx run s3cmd ls", "s3cmd"),
    ("conda run -n base python a.py", "python"),
    ("aws-vault exec work -- aws s3 ls", "aws"),
    ("bundle exec rake", "ruby"),
    # commands that say nothing
    ("", "shell"),
    ("env", "shell"),
    ("time", "shell"),
    ("uv run mytool", "python"),
    ("env A=1", "shell"),
]


@pytest.mark.parametrize(("command", "program"), CASES)
def test_command_line(command: str, program: str) -> None:
    """By name, by file, behind what wraps it."""
    assert detect(shlex.split(command), which=lambda name: None).name == program


SCRIPTS = [
    (b"#!/usr/bin/env python3\nprint()", "python"),
    (b"#!/usr/bin/env -S uv run --script\nprint()", "python"),
    (b"#!/usr/bin/env -S python3 -u\nprint()", "python"),
    (b"#!/opt/my venv/bin/python\n", "shell"),
    (b"#! /usr/bin/node\n", "node"),
    (b"#!/bin/sh\n'''exec' \"/a very long/bin/python\" \"$0\" \"$@\"\n' '''\nimport re", "python"),
    (b"#!/bin/sh\nexec aws\n", "shell"),
    (b"#!/usr/bin/ruby -w\n", "ruby"),
    (b"#!", "shell"),
    (b"\xff\xfe", "shell"),
    (b"", "shell"),
    (b"\x7fELF" + bytes(60) + b"\xff Go buildinf:" + bytes(50), "go"),
    (b"MZ" + bytes(62) + b"\xff Go buildinf:" + bytes(50), "go"),
    (
        b"\x7fELF" + bytes(61) + b"\xff Go buildinf:" + bytes(50),
        "shell",
    ),  # not at a multiple of 16: a string, not the mark
    (b"\x7fELF" + bytes(100), "shell"),
    (b"text \xff Go buildinf:", "shell"),
]


@pytest.mark.parametrize(("content", "program"), SCRIPTS)
def test_file(content: bytes, program: str, tmp_path: Path) -> None:
    """By shebang, or by the mark that Go leaves in what it builds."""
    path = tmp_path / "tool"
    path.write_bytes(content)
    assert detect(["tool"], which=lambda name: str(path)).name == program


def test_mark_far_inside_a_binary(tmp_path: Path) -> None:
    """The mark is found wherever the linker put it."""
    path = tmp_path / "tool"
    path.write_bytes(b"\x7fELF" + bytes(12 + 16 * 300_000) + b"\xff Go buildinf:" + bytes(18))
    assert detect(["tool"], which=lambda name: str(path)).name == "go"


@pytest.mark.skipif(sys.platform == "win32" or not hasattr(os, "geteuid"), reason="needs permission bits")
def test_what_cannot_be_read_is_unknown(tmp_path: Path) -> None:
    """A directory, or a file one may execute but not read, is no error here."""
    assert detect(["tool"], which=lambda name: str(tmp_path)).name == "shell"


def test_sudo_is_warned_of() -> None:
    """sudo drops the environment: its user is told before the run, not after."""
    assert any("fresh environment" in note for note in detect(["sudo", "aws", "s3", "ls"]).notes)
    assert detect(["aws", "s3", "ls"]).notes == ()


def test_named() -> None:
    """`--as` takes a program's name or one of its commands, in any case."""
    assert named("Java") is named("mvn") is BY_NAME["java"]


@pytest.mark.parametrize(("wrong", "nearest"), [("jav", "java"), ("rclon", "rclone"), ("pyhton", "python")])
def test_unknown_name_names_the_nearest(wrong: str, nearest: str) -> None:
    """An unknown name is an error that names what was meant."""
    with pytest.raises(UsageError, match=f"did you mean {nearest}"):
        named(wrong)


def test_table_has_no_doubles() -> None:
    """Each name, command and suffix belongs to one program."""
    for words in ("commands", "suffixes"):
        everything = [word for program in PROGRAMS for word in getattr(program, words)]
        assert len(everything) == len(set(everything))
    assert len(BY_NAME) == len(PROGRAMS)
    assert all(command == command.lower() for command in BY_COMMAND)
