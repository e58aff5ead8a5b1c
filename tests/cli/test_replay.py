"""What is said before anything is sent: what cannot be, what would be, what is signed offline."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from inspector.cli.sign import read_span
from inspector.errors import UsageError
from inspector.formats.address import request_of_url
from inspector.replay.compare import Fate
from inspector.replay.editing import parsed
from inspector.sigv4.key import Key
from inspector.sigv4.signed import signed_request
from inspector.sigv4.verify import verify
from inspector.wire.exchange import Request

SAMPLE = Path(__file__).parents[2] / "recordings" / "sample.db"
SECRET = "K004secret/of+these+tests"
KEYS = {"AWS_ACCESS_KEY_ID": "0040000000000000000000009", "AWS_SECRET_ACCESS_KEY": SECRET}


def b2(*words: str, keys: bool = True, **more: str) -> subprocess.CompletedProcess[str]:
    """The command line on the sample, with keys or without any."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "B2_APP"))}
    environ |= {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        **(KEYS if keys else {}),
        **more,
    }
    command = [sys.executable, "-m", "inspector", words[0], "-r", str(SAMPLE), *words[1:]]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environ, check=False)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["replay"], 2, "replay takes calls"),
        (["replay", "999999"], 3, "no call matched"),
        (["replay", "1", "--endpoint-url", "nowhere"], 2, "no URL of an endpoint"),
        (["replay", "1", "--set-header", "x"], 2, "no header line"),
        (["replay", "1", "--connect-to", "x"], 2, "--connect-to"),
        (["sign", "photos/a"], 2, "neither a URL nor a call"),
        (["sign", "999999"], 3, "there is no call"),
        (["sign", "https://h/b/k"], 2, "region"),
        (["sign", "https://h/b/k", "--expires", "8d"], 2, "seven days"),
        (["verify", "method:PUT"], 3, "no call that reads"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_sent(words: list[str], code: int, said: str) -> None:
    """With the exit code of its kind."""
    done = b2(*words)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_key_nothing_is_signed() -> None:
    """It is said where keys are looked for."""
    done = b2("replay", "6", "--dry-run", keys=False)
    assert done.returncode == 1
    assert "there is no key to sign it with" in done.stderr
    assert "AWS_ACCESS_KEY_ID" in done.stderr
    assert "there is no key to sign with" in b2("sign", "6", keys=False).stderr


def test_a_dry_run_touches_nothing_and_says_all() -> None:
    """Every call of the sample, as JSON; the recording stays the same to the byte; no secret is told."""
    before = SAMPLE.read_bytes()
    done = b2("replay", "--session", "1", "--dry-run", "--json")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert SAMPLE.read_bytes() == before
    assert told
    assert all(SECRET not in text for text in (done.stdout, done.stderr))
    signed = [one for one in told if one["key_id"]]
    assert signed
    for one in signed:
        headers = tuple((name.encode(), value.encode()) for name, value in one["headers"])
        request = Request(
            one["method"].encode(), one["scheme"], one["host"], one["port"], one["target"].encode(), headers
        )
        assert verify(signed_request(request), Key(KEYS["AWS_ACCESS_KEY_ID"], SECRET.encode())).verdict == "verified"


def test_a_url_is_signed_offline() -> None:
    """It verifies, names no secret, and keeps the URL's own bytes; what no URL holds is encoded."""
    done = b2(
        "sign", "https://s3.us-west-004.backblazeb2.com/photos/a%2Bb é?x=1", "--expires", "15m", "--method", "put"
    )
    url = done.stdout.strip()
    assert url.startswith("https://s3.us-west-004.backblazeb2.com/photos/a%2Bb%20%C3%A9?x=1&X-Amz-Algorithm=")
    assert "X-Amz-Expires=900" in url
    assert "for PUT, until " in done.stderr
    key = Key(KEYS["AWS_ACCESS_KEY_ID"], SECRET.encode())
    assert verify(signed_request(request_of_url(url, b"PUT")), key).verdict == "verified"
    assert verify(signed_request(request_of_url(url, b"GET")), key).verdict == "mismatch"
    token = b2("sign", "https://s3.us-west-004.backblazeb2.com/p/k", AWS_SESSION_TOKEN="tok/en").stdout
    assert "X-Amz-Security-Token=tok%2Fen" in token


@pytest.mark.parametrize(
    ("text", "seconds"), [("900", 900), ("15m", 900), ("15 min", 900), ("12h", 43200), ("7d", 604800)]
)
def test_spans(text: str, seconds: int) -> None:
    """As people write them."""
    assert read_span(text) == seconds


@pytest.mark.parametrize("text", ["0", "8d", "-1", "1w", "", "99999999"])
def test_spans_that_are_none(text: str) -> None:
    """S3 takes a second to seven days."""
    with pytest.raises(UsageError):
        read_span(text)


def test_what_an_editor_leaves_is_a_head() -> None:
    """Bytes stay bytes; line ends of either kind; what is none is refused."""
    before = Request(b"GET", "https", "h", 443, b"/a", ())
    after = parsed(before, b"PUT /b c\xff?x\r\nhost: h\nX:  two \nx:\n\n")
    assert (after.method, after.target) == (b"PUT", b"/b c\xff?x")
    assert after.headers == ((b"host", b"h"), (b"X", b" two "), (b"x", b""))
    for text in (b"", b"GET\n", b"GET /a\nno header\n"):
        with pytest.raises(UsageError):
            parsed(before, text)


def test_the_editor_gets_the_head(tmp_path: Path) -> None:
    """`--edit` sends what the editor leaves."""
    editor = tmp_path / "editor.py"
    editor.write_text(
        "import sys,pathlib\np=pathlib.Path(sys.argv[1])\np.write_bytes(p.read_bytes()+b'x-mine: 1\\n')\n"
    )
    done = b2("replay", "6", "--edit", "--dry-run", "--json", EDITOR=f"{sys.executable} {editor}", VISUAL="")
    assert ["x-mine", "1"] in json.loads(done.stdout)["headers"]


def test_fates_are_words_of_the_interface() -> None:
    """Scripts read them."""
    assert {fate.value for fate in Fate} == {"same", "differs", "failed", "refused", "held-back"}
