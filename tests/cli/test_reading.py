"""The verbs that read: what they print, where, and how they end."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.calls import HOST, NOON, Call, call, damaged_further_in, known, record

from inspector.cli.main import main
from inspector.store.writer import Entry, Writer
from inspector.wire.exchange import Exchange, Failure, SignedChunk, Timing
from inspector.wire.problem import Problem

XML = ((b"Content-Type", b"application/xml"),)
ERROR = b"<Error><Code>SignatureDoesNotMatch</Code><Message>Signature validation failed</Message></Error>"
BINARY = bytes(range(256)) * 40
CHUNKED = b"5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n"


def some_calls() -> list[Call]:
    denied = {
        "error_code": "SignatureDoesNotMatch",
        "error_message": "Signature validation failed",
        "client": "boto3 1.36",
    }
    streaming = ((b"x-amz-content-sha256", b"STREAMING-UNSIGNED-PAYLOAD-TRAILER"),)
    strange = {"key": b"\xff\x1b[31m\nred"}
    reset = Failure("upstream-reset", "connection reset")
    return [
        call(b"/photos/a.jpg?x-id=PutObject", request_body=b"jpg", facts={"attempt": 1, "attempt_max": 3}),
        call(status=403, answer=XML, response_body=ERROR, facts=denied | {"client": "boto3 1.36"}, took=2.5),
        call(b"/photos/\xff%1b", request_body=BINARY, facts=strange, headers=((b"x", b"\x1b[2J"),)),
        call(request_body=CHUNKED, headers=streaming, chunks=(SignedChunk(5, "a", None), SignedChunk(6, "b", None))),
        call(
            status=None,
            state="failed",
            failure=reset,
            facts={"operation": None},
        ),
        call(status=None, state="open", facts={"operation": "GetObject"}, method=b"GET"),
    ]


@dataclass
class Ran:
    """What a verb did."""

    code: int
    out: bytes
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.decode().splitlines()

    @property
    def json(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]


Run = Callable[..., Ran]


def environ(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONIOENCODING": "ascii", "TZ": "UTC", **more}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    problem = Problem(NOON, "tls-refused-by-client", HOST, "unknown \x1b[31mca")
    return record(tmp_path_factory.mktemp("cli") / "r.db", some_calls(), [], problems=[problem])


@pytest.fixture
def run(path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Run a verb on the recording, its output a file."""
    monkeypatch.setenv("TZ", "UTC")
    if hasattr(time, "tzset"):
        time.tzset()

    def run(*words: str, recording: Path = path) -> Ran:
        monkeypatch.setenv("B2_INSPECTOR_RECORDING", str(recording))
        monkeypatch.setattr(sys, "argv", ["b2-inspector", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfdbinary.readouterr()
        assert isinstance(ended.value.code, int)
        return Ran(ended.value.code, out, err.decode())

    return run


# ls


def test_ls_lists_a_call_a_line(run: Run) -> None:
    """Operation, status, sizes, times, bucket and key, and the error behind it."""
    ran = run("ls")

    assert ran.code == 0
    assert ran.lines[0].split() == "id time op st req resp ttfb dur try fl bucket/key".split()  # noqa: SIM905
    assert ran.lines[1].split() == "1 11-22 12:00:00 PutObject 200 3 0 19ms 50ms 1/3 photos/a.jpg".split()  # noqa: SIM905
    assert ran.lines[2].split()[4:] == ["403", "0", "95", "19ms", "2.50s", "photos/a.jpg", "SignatureDoesNotMatch"]
    assert ran.lines[3].endswith("photos/\ufffd\\x1b[31m\\x0ared")
    assert "(PUT)" in ran.lines[5]
    assert "---" in ran.lines[5]
    assert ran.lines[5].endswith("upstream-reset")
    assert " ... " in ran.lines[6]


LIST_FIELDS = (
    *("id", "uid", "session", "started_at", "method", "scheme", "host", "path", "http_version", "status"),
    *("operation", "bucket", "key", "client", "auth", "payload", "key_id", "region", "error_code"),
    *("error_message", "request_size", "response_size", "ttfb_ms", "duration_ms", "attempt", "truncated"),
    *("alterations", "fidelity", "replay_of"),
)
"""What scripts rely on: fields may be added, none renamed."""


@pytest.mark.parametrize("words", [("ls",), ("tail",), ("export", "--as", "jsonl")], ids=" ".join)
def test_lists_as_json_have_the_fields_that_scripts_rely_on(run: Run, words: tuple[str, ...]) -> None:
    """Every call has every one, whatever came of it; times are RFC 3339 in UTC."""
    calls = run(*words, *(() if "export" in words else ("--json",))).json

    assert calls
    for each in calls:
        assert set(LIST_FIELDS) <= set(each)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", each["started_at"])


def test_ls_json_has_an_object_a_line(path: Path) -> None:
    """In UTF-8, whatever the locale says; exact bytes beside what is not text."""
    done = subprocess.run(
        [sys.executable, "-m", "inspector", "ls", "--json", "-r", str(path)], capture_output=True, env=environ()
    )
    calls = Ran(done.returncode, done.stdout, "").json

    assert [each["id"] for each in calls] == [1, 2, 3, 4, 5, 6]
    assert calls[2]["key"] == "\ufffd\x1b[31m\nred"
    assert (calls[2]["path_b64"], calls[2]["key_b64"]) == ("L3Bob3Rvcy//JTFi", "/xtbMzFtCnJlZA==")
    assert (calls[4]["status"], calls[4]["failure"], calls[5]["state"]) == (None, "upstream-reset", "open")


SELECTIONS = [
    (("status:403",), [2]),
    (("is:error", "-op:PutObject"), [5]),
    (("-op:PutObject",), [5, 6]),
    (("-key~jpg", "-is:failed"), [3]),
    (("-region:us", "-note:x", "-n1"), [6]),
    (("--", "-op:PutObject"), [5, 6]),
    (("is:error", "OR", "is:pending"), [2, 5, 6]),
    (("3",), [3]),
    (("2", "4"), [2, 4]),
    (("-n", "2"), [5, 6]),
    (("-n", "2", "--reverse"), [6, 5]),
    (("--reverse",), [6, 5, 4, 3, 2, 1]),
    (("--sort", "dur", "-n", "1"), [2]),
    (("--sort", "req.size", "--reverse", "-n", "2"), [3, 4]),
    (("--session", "1", "-n", "1"), [6]),
    (("--session", "run 1", "status:200", "-n1"), [4]),
]


@pytest.mark.parametrize(("words", "ids"), SELECTIONS)
def test_ls_selects_and_orders(run: Run, words: tuple[str, ...], ids: list[int]) -> None:
    """By filter, id, session, count and field; a term that begins with a minus is no option."""
    assert [each["id"] for each in run("ls", "--json", *words).json] == ids


FAILURES = [
    (("ls", "key:nowhere"), 3, "no call matched"),
    (("ls", "--session", "last"), 3, "no call matched"),
    (("stats", "status:418"), 3, "no call matched"),
    (("tail", "status:418"), 3, "no call matched"),
    (("problems", "--session", "nine"), 3, "no session nine"),
    (("show", "99"), 3, "no call 99"),
    (("ls", "statsu:403"), 2, "statsu:403\n    ^^^^^^\n  The nearest is 'status'"),
    (("stats", "(a"), 2, "never closed"),
    (("tail", "tag:x"), 2, "not built yet"),
    (("ls", "--columns", "id,nonsense"), 2, "no column 'nonsense'"),
    (("ls", "--sort", "nonsense"), 2, "nonsense"),
    (("show", "1", "--limit", "much"), 2, "--limit 1M"),
    (("prune", "--keep", "long"), 2, "--keep 48h"),
    (("prune", "--max-size", "big"), 2, "--max-size 2G"),
    (("prune", "--session", "1", "--keep", "1h"), 2, "--session removes"),
]


@pytest.mark.parametrize(("words", "code", "message"), FAILURES)
def test_what_goes_wrong_has_its_code_and_its_word(run: Run, words: tuple[str, ...], code: int, message: str) -> None:
    """Nothing on stdout; the next step on stderr."""
    ran = run(*words)

    assert (ran.code, ran.out) == (code, b"")
    assert message in ran.err
    assert "Traceback" not in ran.err


def test_an_older_recording_is_brought_up_to_date_as_its_error_says(run: Run, tmp_path: Path) -> None:
    """`prune --keep all` writes the newest schema and removes nothing."""
    old = record(tmp_path / "old.db", [call()])
    with closing(sqlite3.connect(old)) as conn:
        conn.execute("PRAGMA user_version = 0")

    assert "prune --keep all" in run("ls", recording=old).err
    assert run("prune", "--keep", "all", recording=old).code == 0
    assert len(run("ls", "--json", recording=old).json) == 1


@pytest.mark.parametrize(
    "words", [("ls",), ("show", "1"), ("stats",), ("tail",), ("sessions",), ("info",), ("prune",)], ids=" ".join
)
def test_a_recording_that_is_damaged_further_in_is_said(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    """It can be opened, and then its pages are no pages: no traceback, and how to save the rest."""
    ran = run(*words, recording=damaged_further_in(record(tmp_path / "bad.db", some_calls())))

    assert ran.code == 1
    assert "malformed" in ran.err
    assert ".recover" in ran.err


@pytest.mark.parametrize("verb", ["ls", "stats", "tail", "sessions", "problems", "prune"])
def test_a_recording_that_is_not_there_is_said(run: Run, tmp_path: Path, verb: str) -> None:
    """With the command that makes one; and none is made."""
    ran = run(verb, recording=tmp_path / "none.db")

    assert ran.code == 1
    assert "b2-inspector run -- COMMAND" in ran.err
    assert not (tmp_path / "none.db").exists()


def test_columns_are_of_ones_choice(run: Run) -> None:
    """In that order."""
    ran = run("ls", "--columns", "method,id,code", "status:403")

    assert [line.split() for line in ran.lines] == [["method", "id", "code"], ["PUT", "2", "SignatureDoesNotMatch"]]


def test_the_filter_is_said_back_on_stderr(run: Run) -> None:
    """Data stays data."""
    ran = run("ls", "--json", "--explain-filter", "status:403")

    assert ran.err == "calls whose status is 403\n"
    assert len(ran.json) == 1


def test_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    """Whoever reads has seen enough: that is no failure."""
    many = record(tmp_path / "many.db", [call() for _ in range(3000)])
    for words in (["ls"], ["ls", "--json"], ["tail", "-n", "3000"]):
        process = subprocess.Popen(
            [sys.executable, "-m", "inspector", *words, "-r", str(many)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environ(),
        )
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert (process.wait(30), process.stderr.read()) == (0, b"")
        process.stderr.close()


HEAVY = {"mitmproxy", "textual", "sqlite_utils", "lxml", "cryptography", "zstandard", "msgpack"}
READERS = """
import sys
from inspector.cli.main import cli
try:
    cli.main({words!r}, standalone_mode=False)
finally:
    print(sorted({heavy!r} & set(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "words", [["ls"], ["ls", "is:error", "--json"], ["stats"], ["tail"], ["sessions"], ["problems"]]
)
def test_lists_load_nothing_heavy(path: Path, words: list[str]) -> None:
    """A list is there before one notices."""
    program = READERS.format(words=[*words, "-r", str(path)], heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environ())

    assert done.stderr.strip() == "[]"


# show


def test_show_says_what_it_meant_and_what_was_said(run: Run) -> None:
    """A summary, both heads as they stood, the body for reading."""
    ran = run("show", "2")
    text = "\n".join(ran.lines)

    assert ran.code == 0
    assert ran.lines[0] == "#2  PutObject  403 SignatureDoesNotMatch  photos/a.jpg"
    assert "  message   Signature validation failed" in ran.lines
    assert "  client    boto3 1.36" in ran.lines
    assert f"PUT /photos/a.jpg HTTP/1.1\nHost: {HOST}\n" in text
    assert "HTTP/1.1 403\nContent-Type: application/xml\n\n<Error>\n  <Code>SignatureDoesNotMatch</Code>\n" in text


def test_show_lets_nothing_through_that_moves_a_cursor(run: Run) -> None:
    """Neither a key nor a header nor a body."""
    for words in (["show", "3"], ["ls"], ["tail"], ["tail", "-v"], ["problems"], ["show", "3", "--part", "request"]):
        assert b"\x1b" not in run(*words).out, words


def test_show_takes_a_uid_and_the_last(run: Run) -> None:
    """And a number."""
    assert run("show", "01930000-0000-7000-8000-000000000002", "--json").json[0]["id"] == 2
    assert run("show", "last", "--json").json[0]["id"] == 6


def test_show_announces_what_it_leaves_out(run: Run) -> None:
    """Binary is dumped in hex; the rest is where it says."""
    ran = run("show", "3", "--limit", "32")

    assert "00000000  00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f  ................" in ran.lines
    assert "00000010  10 11" in "\n".join(ran.lines)
    assert "00000020" not in "\n".join(ran.lines)
    assert f"32 of the request's {len(BINARY)} stored bytes are shown" in ran.err
    assert "b2-inspector show 3 --part request-body > FILE" in ran.err


def test_show_opens_aws_chunked(run: Run) -> None:
    """Its chunks and trailers are named, its payload shown."""
    lines = run("show", "4").lines

    assert any(line.startswith("[aws-chunked: ") and "5 6" in line for line in lines)
    assert "hello world" in lines


PARTS = [
    ("1", "request-head", b"PUT /photos/a.jpg?x-id=PutObject HTTP/1.1\r\nHost: " + HOST.encode() + b"\r\n\r\n"),
    ("1", "request-body", b"jpg"),
    ("3", "request-body", BINARY),
    ("3", "request-head", b"PUT /photos/\xff%1b HTTP/1.1\r\nHost: " + HOST.encode() + b"\r\nx: \x1b[2J\r\n\r\n"),
    ("2", "response-raw", b"HTTP/1.1 403\r\nContent-Type: application/xml\r\n\r\n" + ERROR),
    ("4", "request-body", CHUNKED),
    ("4", "request-payload", b"hello world"),
    ("5", "response-raw", b""),
]


@pytest.mark.parametrize(("call_id", "part", "data"), PARTS)
def test_a_part_into_a_pipe_is_exact(run: Run, call_id: str, part: str, data: bytes) -> None:
    """Every byte as it was."""
    ran = run("show", call_id, "--part", part)

    assert (ran.code, ran.out, ran.err) == (0, data, "")


def test_show_json_holds_everything(run: Run) -> None:
    """Headers as pairs, digests, chunks, the body as text or base64."""
    chunked = run("show", "4", "--json").json[0]
    binary = run("show", "3", "--json", "--limit", "3").json[0]
    failed = run("show", "5", "--json").json[0]

    assert chunked["request"]["headers"][0] == ["Host", HOST]
    assert chunked["request"]["body"]["sha256"] == known(CHUNKED).sent.sha256
    assert chunked["request"]["body"]["text"] == CHUNKED.decode()
    assert [chunk["size"] for chunk in chunked["request"]["body"]["chunks"]] == [5, 6]
    assert (binary["request"]["body"]["base64"], binary["request"]["body"]["given_size"]) == ("AAEC", 3)
    assert binary["request"]["body"]["size"] == len(BINARY)
    assert (failed["response"], failed["failure_text"]) == (None, "connection reset")


# On a terminal


@pytest.fixture
def terminal(path: Path) -> Callable[..., str]:
    """Run a verb on a terminal of so many columns; what it shows."""
    pty = pytest.importorskip("pty")

    def run(*words: str, columns: int = 80) -> str:
        leader, follower = pty.openpty()
        done = subprocess.Popen(
            [sys.executable, "-m", "inspector", *words, "-r", str(path)],
            stdout=follower,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            env=environ(COLUMNS=str(columns), LINES="24", PYTHONIOENCODING="utf-8"),
        )
        os.close(follower)
        shown = b"".join(_read_all(leader))
        done.wait(30)
        os.close(leader)
        return shown.decode().replace("\r\n", "\n")

    return run


def _read_all(leader: int) -> Iterator[bytes]:
    while True:
        try:
            data = os.read(leader, 65536)
        except OSError:  # Linux says so when the other side is closed
            return
        if not data:
            return
        yield data


@pytest.mark.parametrize("columns", [60, 80, 100, 140])
def test_a_list_fits_its_terminal(terminal: Callable[..., str], columns: int) -> None:
    """Columns are left out and names shortened in their middle; status and error stay."""
    lines = terminal("ls", columns=columns).splitlines()

    assert all(len(line) <= columns for line in lines)
    assert "403" in lines[2]
    assert lines[2].endswith("SignatureDoesNotMatch" if columns >= 80 else "NotMatch")


@pytest.mark.parametrize("columns", [60, 80, 100, 120])
def test_numbers_fit_their_terminal(terminal: Callable[..., str], columns: int) -> None:
    """Columns are left out: how many calls and errors there were stays."""
    lines = terminal("stats", columns=columns).splitlines()

    assert all(len(line) <= columns for line in lines)
    assert lines[1].split()[:3] == ["operation", "calls", "errors"]
    assert ("min" in lines[1].split()) is (columns >= 113)


def test_bytes_are_not_let_loose_on_a_terminal(terminal: Callable[..., str]) -> None:
    """A part that would be exact in a pipe is shown for reading."""
    shown = terminal("show", "3", "--part", "request-raw")

    assert "\x1b" not in shown
    assert "x: \\x1b[2J" in shown
    assert "00000000  00 01 02" in shown


# stats, sessions, problems, info, prune


def test_stats_sums_up(run: Run) -> None:
    """A line for each operation, and one for all."""
    ran = run("stats")

    assert ran.lines[2].split()[:3] == ["PutObject", "4", "1"]
    assert ran.lines[-1].split()[:3] == ["all", "6", "2"]
    assert run("stats", "--json").json[0]["count"] == 4


def test_sessions_and_problems_are_listed(run: Run) -> None:
    """With the same numbers for people and for programs."""
    assert [(each["id"], each["exchanges"], each["errors"]) for each in run("sessions", "--json").json] == [
        (1, 6, 2),
        (2, 0, 0),
    ]
    assert run("sessions").lines[1].endswith("run 1 (python)  1 under way")
    assert [each["kind"] for each in run("problems", "--json", "--session", "1").json] == ["tls-refused-by-client"]
    assert "unknown \\x1b[31mca" in run("problems").lines[0]


def test_info_says_versions_and_paths(run: Run, path: Path, tmp_path: Path) -> None:
    """Of a recording that cannot be opened, why."""
    info = run("info", "--json").json[0]

    assert info["python"].startswith("3.")
    assert info["packages"]["mitmproxy"]
    assert (info["recording"]["path"], info["recording"]["exchanges"]) == (str(path), 6)
    assert str(path) in run("info").out.decode()
    assert (
        "There is no recording" in run("info", "--json", recording=tmp_path / "none.db").json[0]["recording"]["problem"]
    )


def test_prune_removes_what_it_said(run: Run, tmp_path: Path) -> None:
    """A dry run first, then in earnest; without options by the usual limits."""
    now = time.time()
    calls = [call(at=now - 50 * 3600), call(at=now - 40 * 86400), call(at=now), call(at=now - 60 * 86400, marked=True)]
    own = record(tmp_path / "r.db", calls)

    assert run("prune", "--keep", "48h", "--dry-run", "--json", recording=own).json[0]["exchanges"] == 2
    assert run("prune", "--dry-run", recording=own).out.startswith(b"would remove 1 calls")
    assert run("prune", "--json", recording=own).json[0]["exchanges"] == 1
    assert run("prune", "--keep", "all", recording=own).out.startswith(b"removed 0 calls")
    assert run("prune", "--keep", "48h", "--max-size", "1G", recording=own).out.startswith(b"removed 1 calls")
    assert [each["id"] for each in run("ls", "--json", recording=own).json] == [3, 4]


# tail


def test_tail_shows_the_last(run: Run) -> None:
    """As `mc admin trace` does: time, status and error, operation, subject, client, times, sizes."""
    ran = run("tail", "-n", "2", "is:error")

    assert ran.lines[0] == (
        "11-22 12:00:00  #2  [403 SignatureDoesNotMatch]  PutObject  photos/a.jpg  boto3 1.36  2.50s  ⇣ 19ms  ↑ 0 ↓ 95"
    )
    assert "[--- upstream-reset]" in ran.lines[1]
    assert [each["id"] for each in run("tail", "-n", "3", "--json").json] == [3, 4, 5]


@pytest.mark.slow
def test_tail_follows(tmp_path: Path) -> None:
    """A call is shown while it is under way and once when it has ended; what does not match is not."""
    path = record(tmp_path / "r.db", [call(), call(status=None, state="open")])
    following = subprocess.Popen(
        [sys.executable, "-u", "-m", "inspector", "tail", "-f", "-n", "5", "-is:marked", "-r", str(path)],
        stdout=subprocess.PIPE,
        env=environ(),
    )
    assert following.stdout is not None
    try:
        assert b"#1  [200]" in following.stdout.readline()
        assert b"#2  [...]" in following.stdout.readline()
        _add(path, "new", None, "open")
        assert b"[...]" in following.stdout.readline()
        _add(path, "new", 404, "done")
        line = following.stdout.readline()
        assert b"[404" in line
        _add(path, "another", 200, "done")
        assert b"[200]" in following.stdout.readline()
    finally:
        following.terminate()
        following.wait(10)
        following.stdout.close()


def _add(path: Path, uid: str, status: int | None, state: str) -> None:
    made = call(status=status)
    timing = made.timing if status else Timing(NOON)
    writer = Writer(path)
    with writer.transaction():
        writer.put(1, Entry(Exchange(uid, made.request, timing, made.response), made.facts), state)
    writer.close()
