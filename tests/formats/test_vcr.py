"""Cassettes are read as data, whatever their tags say; and what is written as one, vcrpy itself plays back."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import textwrap
import time
import tracemalloc
from pathlib import Path

import pytest
from support.moto import moto_server

from inspector.errors import FormatError
from inspector.formats.captured import Captured, Passed, pieces
from inspector.formats.detect import detect
from inspector.formats.vcr import read

SAMPLE = Path(__file__).parents[2] / "recordings" / "sample.db"

BOTO3 = """\
interactions:
- request:
    body: !!python/object/new:_io.BytesIO
      state: !!python/tuple
      - !!binary |
        aGVsbG///g==
      - 0
      - null
    headers:
      Authorization:
      - !!binary |
        QVdTNC1ITUFDLVNIQTI1Ng==
      X-Amz-Date:
      - !!binary |
        MjAyNjExMjlUMTQwODQ1Wg==
      Content-Length: ['7']
    method: PUT
    uri: https://s3.us-west-004.backblazeb2.com/photos/a%20b?x=1
  response:
    body: {string: ''}
    headers:
      Server: [one, two]
    status: {code: 200, message: OK}
version: 1
"""


def items(text: str | bytes) -> list[Captured | Passed]:
    """What a cassette holds."""
    return list(read(io.BytesIO(text if isinstance(text, bytes) else text.encode()), 1e9))


def only(text: str | bytes) -> Captured:
    """The one call of a cassette."""
    (item,) = items(text)
    assert isinstance(item, Captured)
    return item


def one(
    body: str = "null", response: str = "{status: {code: 200, message: ''}, headers: {}, body: {string: x}}"
) -> str:
    """A cassette with one interaction."""
    return (
        f"interactions:\n- request: {{method: GET, uri: 'http://h/', headers: {{}}, body: {body}}}\n"
        f"  response: {response}\nversion: 1\n"
    )


def test_what_boto3_leaves_in_a_cassette() -> None:
    """A pickled buffer, values in base64, several lines of one name, a signed moment."""
    call = only(BOTO3)
    request = call.exchange.request
    assert (request.method, request.target, request.signed_host) == (
        b"PUT",
        b"/photos/a%20b?x=1",
        b"s3.us-west-004.backblazeb2.com",
    )
    assert request.headers == (
        (b"Authorization", b"AWS4-HMAC-SHA256"),
        (b"X-Amz-Date", b"20261129T140845Z"),
        (b"Content-Length", b"7"),
    )
    assert b"".join(pieces(call.request_body)) == b"hello\xff\xfe"
    assert call.exchange.response is not None
    assert call.exchange.response.headers == ((b"Server", b"one"), (b"Server", b"two"))
    assert call.exchange.timing.request_start == 1795961325.0
    assert call.exchange.fidelity.value == "rebuilt"
    assert call.exchange.alterations == ()


RUBY = """\
---
http_interactions:
- request:
    method: post
    uri: http://h/?a
    body: {encoding: ASCII-8BIT, base64_string: 'aGk='}
    headers: {Host: [h:80]}
  response:
    status: {code: 201, message: Created}
    headers: {Content-Encoding: [gzip]}
    body: {encoding: UTF-8, string: "plain"}
    http_version: null
  recorded_at: Tue, 01 Nov 2011 04:58:44 GMT
recorded_with: VCR 6.0.0
"""


def test_cassettes_of_ruby() -> None:
    """With their moment; an answer that was unpacked says so."""
    call = only(RUBY)
    assert call.exchange.request.method == b"POST"
    assert call.request_body == b"hi"
    assert call.exchange.timing.request_start == 1320123524.0
    assert call.exchange.alterations == ("response-body-decoded",)


@pytest.mark.parametrize("text", [BOTO3, RUBY, '{"version": 1, "interactions": [{"request": {}}]}'])
def test_a_cassette_is_known_by_its_content(text: str) -> None:
    """YAML or JSON."""
    assert detect(text.encode()).name == "cassette"


HOSTILE_TAGS = [
    "!!python/object/apply:os.system ['touch MARK']",
    "!!python/object/new:subprocess.Popen [['touch', MARK]]",
    "!!python/object/new:type {args: [x, !!python/tuple [], {}], state: !!python/name:os.system ''}",
    "!!python/object/apply:builtins.eval [\"open('MARK','w')\"]",
    "!!python/module:antigravity ''",
    "!!python/object/new:_io.FileIO {args: [MARK, w]}",
    "!<tag:yaml.org,2002:python/object/apply:os.system> ['touch MARK']",
    "!ruby/object:Gem::Installer {i: x}",
]


@pytest.mark.parametrize("tag", HOSTILE_TAGS)
def test_no_tag_does_anything(tag: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a body, as a header, as a whole interaction: it stays data, and what is lost is told."""
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    tag = tag.replace("MARK", str(tmp_path / "mark"))
    beside = f"x: {tag}\n{one()}", one().replace("{}", f"{{a: {tag}}}")
    for text in (one(tag), one(response=tag), f"interactions:\n- {tag}\n", *beside):
        for item in items(text):
            if isinstance(item, Captured) and text == one(tag):
                assert item.exchange.alterations == ("request-body-missing",)
    assert list(tmp_path.iterdir()) == []
    assert not {name for name in set(sys.modules) - before if name in ("antigravity", "subprocess")}


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 10)}]\n" for n in range(9)
)
BROKEN = [
    ("interactions: [", "no YAML"),
    ("- request: {}", "before 1.0"),
    ("version: 1\n", "without interactions"),
    ("just text", "no mapping"),
    ("", "no mapping"),
    ("interactions:\n- " + "[" * 5000, "deep"),
    ("interactions:\n- &a [*a]", "not there yet"),
    ("interactions:\n- *nothing", "not there"),
    ("interactions:\n- !!binary '%%%='\n- {request: !!binary 'a'}", "base64"),
    (BOMB + one(), "unfold"),
    (f"a: &a {'x' * 1_000_000}\ninteractions:\n" + "- {request: *a}\n" * 300, "unfold"),
    (b"interactions:\n- \xff\xfe\n", "no YAML"),
    ("interactions:\n- \x00", "no YAML"),
]


@pytest.mark.parametrize(("text", "words"), BROKEN, ids=range(len(BROKEN)))
def test_what_is_broken_or_hostile_ends_with_a_word(text: str | bytes, words: str) -> None:
    """In bounded time and memory, with its line."""
    tracemalloc.start()
    started = time.process_time()
    with pytest.raises(FormatError, match=words) as caught:
        items(text)
    assert time.process_time() - started < 20
    assert tracemalloc.get_traced_memory()[1] < 64 << 20
    tracemalloc.stop()
    assert str(caught.value).startswith("line ")


UNUSABLE = [
    "interactions:\n- just text",
    "interactions:\n- request: 1\n",
    one(response="{status: {code: x}}"),
    one(response="{status: {code: 99999}}"),
    one().replace("http://h/", "file:///etc/passwd"),
    one().replace("GET", "'G E T'"),
    one().replace("uri", "nothing"),
    one().replace("headers: {}", "headers: {x: [" + "y, " * 2000 + "]}", 1),
]


@pytest.mark.parametrize("text", UNUSABLE, ids=range(len(UNUSABLE)))
def test_what_is_no_call_is_passed_over(text: str) -> None:
    """And said."""
    (item,) = items(text)
    assert isinstance(item, Passed)
    assert "interaction 1" in item.detail


def test_an_item_at_a_time() -> None:
    """A cassette of 30 MB takes the memory of one interaction, not of all."""
    text = one(response="{status: {code: 200, message: ''}, headers: {}, body: {string: '" + "y" * 100_000 + "'}}")
    start, _, rest = text.partition("- request")
    interaction = f"- request{rest}".replace("version: 1\n", "")
    stream = io.BytesIO((start + interaction * 300).encode())
    tracemalloc.start()
    assert sum(1 for _ in read(stream, 0.0)) == 300
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()


# With vcrpy itself


RECORD = """
    import io, sys, boto3, vcr
    from botocore.config import Config
    with vcr.use_cassette(sys.argv[1], record_mode="all"):
        for checksums in ("when_required", "when_supported"):
            s3 = boto3.client("s3", endpoint_url=sys.argv[2], region_name="us-west-004", aws_access_key_id="test",
                              aws_secret_access_key="x", config=Config(request_checksum_calculation=checksums))
            s3.create_bucket(Bucket="photos", CreateBucketConfiguration={"LocationConstraint": "us-west-004"})
            s3.put_object(Bucket="photos", Key="a b", Body=b"hello\\xff")
            s3.put_object(Bucket="photos", Key="f", Body=io.BytesIO(b"from a file"))
            assert s3.get_object(Bucket="photos", Key="a b")["Body"].read() == b"hello\\xff"
            s3.head_object(Bucket="photos", Key="f")
            s3.list_objects_v2(Bucket="photos")
            s3.delete_bucket(Bucket="photos") if False else None
            s3.delete_objects(Bucket="photos", Delete={"Objects": [{"Key": "a b"}, {"Key": "f"}]})
            s3.delete_bucket(Bucket="photos")
"""

PLAY = """
    import sys, boto3, vcr
    from botocore.config import Config
    from botocore.exceptions import ClientError
    s3 = boto3.client("s3", endpoint_url="https://s3.us-west-004.backblazeb2.com", region_name="us-west-004",
                      aws_access_key_id="other", aws_secret_access_key="keys",
                      config=Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required"))
    place = {"Bucket": "holiday-photos", "Key": "2026/M\\u00e1laga/beach day+1.jpg"}
    with vcr.use_cassette(sys.argv[1], record_mode="none") as cassette:
        assert s3.head_object(**place)["ContentLength"] == 15
        assert s3.get_object(**place)["Body"].read() == b"\\xff\\xd8\\xff\\xe0 not really"
        keys = [one["Key"] for one in s3.list_objects_v2(Bucket="holiday-photos", Prefix="2026/")["Contents"]]
        assert keys == [place["Key"]], keys
        s3.put_object(Bucket="holiday-photos", Key="notes.txt", Body=b"Sunny.\\n", Metadata={"by": "me"})
        s3.delete_object(Bucket="holiday-photos", Key="notes.txt")
        try:
            s3.get_object(Bucket="holiday-photos", Key="notes.txt")
        except ClientError as error:
            assert error.response["Error"]["Code"] == "NoSuchKey", error.response
        assert cassette.play_count == 6
"""


def python(code: str, *words: str) -> None:
    """A program of its own: vcrpy changes http.client wherever it is imported."""
    pytest.importorskip("vcr")
    nowhere = {"AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_CONFIG_FILE": os.devnull}
    command = [sys.executable, "-c", textwrap.dedent(code), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False, env=os.environ | nowhere)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.slow
def test_what_vcrpy_records_of_boto3_is_read(tmp_path: Path) -> None:
    """Every call of a real cassette, with its bodies."""
    with moto_server() as url:
        python(RECORD, str(tmp_path / "a.yaml"), url)
    with (tmp_path / "a.yaml").open("rb") as stream:
        calls = [item for item in read(stream, 0.0) if isinstance(item, Captured)]
    assert len(calls) == 16
    assert all(call.exchange.alterations == () for call in calls)
    bodies = [b"".join(pieces(call.request_body)) for call in calls if call.exchange.request.method == b"PUT"]
    assert bodies.count(b"hello\xff") == 2
    assert bodies.count(b"from a file") == 2


@pytest.mark.slow
def test_vcrpy_plays_what_is_exported(tmp_path: Path) -> None:
    """The sample's boto3 session, to a client with other keys, without a network."""
    command = [sys.executable, "-m", "inspector", "export", "--session", "boto3", "--as", "vcr"]
    subprocess.run([*command, "-r", str(SAMPLE), "-o", str(tmp_path / "a.yaml")], check=True, timeout=100)
    python(PLAY, str(tmp_path / "a.yaml"))
