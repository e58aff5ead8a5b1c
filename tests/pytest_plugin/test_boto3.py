"""boto3 in a user's suite: recorded at a real server, replayed when it is gone, without a socket."""

from __future__ import annotations

import subprocess
import sys

import pytest
from support.moto import moto_server
from support.suites import NOWHERE, Suite

from inspector.replay.match.dimensions import DIMENSIONS

pytestmark = pytest.mark.slow

PROGRAM = """
import io, os, threading
from concurrent.futures import ThreadPoolExecutor

@pytest.mark.vcr
def test_everything(vcr, tmp_path):
    s3 = client()
    bucket = "plugin-everything"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="a b/é+.txt", Body=b"one")
    assert s3.get_object(Bucket=bucket, Key="a b/é+.txt")["Body"].read() == b"one"
    s3.put_object(Bucket=bucket, Key="a b/é+.txt", Body=io.BytesIO(b"two"))
    assert s3.get_object(Bucket=bucket, Key="a b/é+.txt")["Body"].read() == b"two"
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=bucket, Key="none")

    from inspector.formats.fixture.synthetic import synthetic_body
    data = synthetic_body(3, 17 << 20)
    (tmp_path / "up").write_bytes(data)
    s3.upload_file(str(tmp_path / "up"), bucket, "film")
    s3.download_file(bucket, "film", str(tmp_path / "down"))
    assert (tmp_path / "down").read_bytes() == data
    body = s3.get_object(Bucket=bucket, Key="film", Range="bytes=1000-1999")["Body"]
    assert b"".join(body.iter_chunks(100)) == data[1000:2000]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: s3.put_object(Bucket=bucket, Key=f"many/{n:02}", Body=b"%d" % n), range(40)))
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket, Prefix="many/")["Contents"]]
    assert keys == [f"many/{n:02}" for n in range(40)]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 7})
    assert sum(len(page["Contents"]) for page in pages) == 42
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys]})
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket, Prefix="many/")
    print("PLAYED", vcr.play_count, len(vcr.requests), vcr.all_played)
"""


def test_recorded_once_replayed_for_ever_and_made_again_the_same(suite: Suite, moto_plain: str) -> None:
    """Everything is answered when the server is gone, with other credentials; nothing is left over.

    Made again at another server, on another port, over the old recording: nothing for git to show.
    """
    suite.write(PROGRAM)
    suite.run("--b2-record-mode=once", endpoint=moto_plain).assert_outcomes(passed=1)
    first = suite.files()
    assert [name for name in first if "bodies" in name] == []  # a seed and a size

    replayed = suite.run("-s", "--b2-block-network", KEY="somebody-else")
    replayed.assert_outcomes(passed=1)
    replayed.stdout.fnmatch_lines(["b2-inspector: replayed 65 *missed 0, unused 0"])
    replayed.stdout.fnmatch_lines(["*PLAYED * True*"])

    with moto_server() as other:
        suite.run("--b2-record-mode=rewrite", endpoint=other).assert_outcomes(passed=1)
    assert suite.files() == first


def test_the_secrets_of_the_recording_are_not_on_disk(suite: Suite, moto_plain: str) -> None:
    """Neither the key, nor its id, nor a signature, nor the port."""
    suite.write("""
@pytest.mark.vcr
def test_it():
    s3 = client()
    s3.create_bucket(Bucket="plugin-secrets")
    import urllib.parse
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "plugin-secrets", "Key": "a"})
    s3.put_object(Bucket="plugin-secrets", Key="a", Body=b"x", Metadata={"link": "none"})
""")
    suite.run("--b2-record-mode=once", endpoint=moto_plain, KEY="THE-KEY-ID-ITSELF").assert_outcomes(passed=1)

    everything = b"".join(suite.files().values())
    for secret in (b"THE-KEY-ID-ITSELF", b"opens-nothing", moto_plain.rpartition(":")[2].encode()):
        assert secret not in everything


@pytest.mark.parametrize("mode", ["none", "simulate", "playback"])
def test_a_miss_is_told_in_the_test_and_never_leaves(suite: Suite, moto_plain: str, mode: str) -> None:
    """The client gets an error that names the recording's next step, at once, though a server would be there."""
    suite.write("""
@pytest.mark.vcr
def test_it():
    client().get_object(Bucket="plugin-none", Key="never recorded")
""")
    result = suite.run(f"--b2-record-mode={mode}", endpoint=moto_plain)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*RecordingMiss*there is no recording test_it.http yet*--b2-record-mode=once*"])
    result.stdout.fnmatch_lines(["b2-inspector: replayed 0, missed 1, unused 0"])


def test_a_miss_that_the_code_swallows_fails_the_test_all_the_same(suite: Suite) -> None:
    """Else a test would pass that tested nothing; `on_miss` says otherwise."""
    suite.write("""
@pytest.mark.vcr
def test_strict():
    try:
        client().list_buckets()
    except Exception:
        pass

@pytest.mark.vcr(on_miss="ignore")
def test_lenient():
    try:
        client().list_buckets()
    except Exception:
        pass
""")
    result = suite.run()

    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*1 calls are not in the recording*"])


def test_nothing_is_saved_of_a_test_that_failed(suite: Suite, moto_plain: str) -> None:
    """Nor of one whose set-up failed, was skipped, or failed as was expected; an old recording stays as it was."""
    suite.write("""
@pytest.fixture
def broken():
    client().create_bucket(Bucket="plugin-failed")
    raise RuntimeError

@pytest.mark.vcr
def test_failed():
    client().create_bucket(Bucket="plugin-failed")
    assert os.environ.get("GOOD")

@pytest.mark.vcr
def test_broken(broken):
    pass

@pytest.mark.vcr
@pytest.mark.xfail
def test_expected():
    client().create_bucket(Bucket="plugin-failed")
    assert False

@pytest.mark.vcr
def test_skipped():
    client().create_bucket(Bucket="plugin-failed")
    pytest.skip("later")
""")
    suite.run("--b2-record-mode=all", endpoint=moto_plain).assert_outcomes(failed=1, errors=1, xfailed=1, skipped=1)
    assert not suite.cassettes.exists()

    suite.run("--b2-record-mode=all", "-k", "failed", endpoint=moto_plain, GOOD="1").assert_outcomes(passed=1)
    before = suite.files()
    suite.run("--b2-record-mode=all", "-k", "failed", endpoint=moto_plain).assert_outcomes(failed=1)
    assert suite.files() == before


@pytest.mark.parametrize("beside", ["", "import minio"], ids=["boto3 alone", "beside another client"])
def test_all_overwrites_and_new_episodes_adds(suite: Suite, moto_plain: str, beside: str) -> None:
    """`all` does not append, as it does elsewhere; `new_episodes` asks the server for what is missing alone.

    Where another client is loaded, a server answers that one; what boto3 misses goes past it.
    """
    suite.write(
        f"{beside}\n"
        """
@pytest.mark.vcr
def test_it():
    s3 = client()
    s3.create_bucket(Bucket="plugin-modes")
    for key in os.environ["KEYS"].split():
        s3.put_object(Bucket="plugin-modes", Key=key, Body=key.encode())
"""
    )

    def run(mode: str, keys: str, endpoint: str = moto_plain) -> pytest.RunResult:
        result = suite.run(f"--b2-record-mode={mode}", endpoint=endpoint, KEYS=keys)
        result.assert_outcomes(passed=1)
        return result

    run("once", "a b")
    run("once", "a b", NOWHERE)
    run("all", "b c")
    assert [key for key in "abc" if f"photos/{key}" in _labels(suite)] == []
    assert _labels(suite) == ["CreateBucket plugin-modes", "PutObject plugin-modes/b", "PutObject plugin-modes/c"]

    added = run("new_episodes", "b c d")
    added.stdout.fnmatch_lines(["b2-inspector: replayed 3 *missed 0, unused 0, recorded 1"])
    assert _labels(suite)[-1] == "PutObject plugin-modes/d"
    run("none", "b c d", NOWHERE)


def test_what_is_written_live_is_read_live(suite: Suite, moto_plain: str) -> None:
    """`new_episodes` does not answer with the object as it was; others, and the next replay, are answered rightly."""
    suite.write("""
@pytest.mark.vcr
def test_it():
    s3 = client()
    if os.environ["BODY"] == "then":
        s3.create_bucket(Bucket="plugin-live")
    s3.put_object(Bucket="plugin-live", Key="same", Body=b"same")
    s3.put_object(Bucket="plugin-live", Key="a", Body=os.environ["BODY"].encode())
    assert s3.get_object(Bucket="plugin-live", Key="a")["Body"].read() == os.environ["BODY"].encode()
    assert s3.get_object(Bucket="plugin-live", Key="same")["Body"].read() == b"same"
""")
    suite.run("--b2-record-mode=once", endpoint=moto_plain, BODY="then").assert_outcomes(passed=1)
    added = suite.run("--b2-record-mode=new_episodes", endpoint=moto_plain, BODY="now")
    added.assert_outcomes(passed=1)
    added.stdout.fnmatch_lines(["b2-inspector: replayed 2 *recorded 2"])
    for body in ("then", "now"):
        suite.run(BODY=body).assert_outcomes(passed=1)


def _labels(suite: Suite) -> list[str]:
    return [line[4:] for line in suite.fixture("test_it").splitlines() if line.startswith("### ")]


def test_verify_compares_with_the_live_server(suite: Suite, moto_plain: str) -> None:
    """Equal answers pass; drift fails with the lines that differ, and nothing is written."""
    suite.write("""
@pytest.mark.vcr
def test_it():
    s3 = client()
    s3.create_bucket(Bucket="plugin-verify")
    s3.put_object(Bucket="plugin-verify", Key="a", Body=os.environ["BODY"].encode())
    print(s3.get_object(Bucket="plugin-verify", Key="a")["Body"].read())
""")
    suite.run("--b2-record-mode=once", endpoint=moto_plain, BODY="then").assert_outcomes(passed=1)
    before = suite.files()

    suite.run("--b2-record-mode=verify", endpoint=moto_plain, BODY="then").assert_outcomes(passed=1)
    drifted = suite.run("--b2-record-mode=diff", endpoint=moto_plain, BODY="now!")

    drifted.assert_outcomes(passed=1, errors=1)
    drifted.stdout.fnmatch_lines(["*what the live server answers is not what*", "*-| then", "*+| now!"])
    assert suite.files() == before


def test_passthrough_records_nothing(suite: Suite, moto_plain: str) -> None:
    """As if there were no plugin."""
    suite.write("""
@pytest.mark.vcr
def test_it():
    client().create_bucket(Bucket="plugin-passthrough")
""")
    suite.run("--b2-disable-recording", endpoint=moto_plain).assert_outcomes(passed=1)
    suite.run("--b2-record-mode=live", endpoint=moto_plain).assert_outcomes(passed=1)

    assert not suite.cassettes.exists()


def test_flag_before_mark_before_config_before_ini_before_environment(suite: Suite) -> None:
    """The nearest to the hand that runs it counts."""
    suite.write("""
@pytest.fixture(scope="module")
def vcr_config():
    return {"record_mode": os.environ["CONFIG"]} if "CONFIG" in os.environ else {}

@pytest.mark.vcr(record_mode="verify")
def test_marked(vcr):
    print("MODE", vcr.settings.record_mode.value)

@pytest.mark.vcr
def test_plain(vcr):
    print("MODE", vcr.settings.record_mode.value)
""")

    def mode(test: str, *words: str, **environ: str) -> str:
        result = suite.run("-s", "-k", test, *words, **environ)
        return next(line.rpartition("MODE ")[2] for line in result.outlines if "MODE " in line)

    variable = {"B2_INSPECTOR_RECORD_MODE": "once"}
    ini = ("-o", "b2_record_mode=all")
    assert mode("plain") == "none"
    assert mode("plain", **variable) == "once"
    assert mode("plain", *ini, **variable) == "all"
    assert mode("plain", *ini, **variable, CONFIG="rewrite") == "rewrite"
    assert mode("marked", *ini, **variable, CONFIG="rewrite") == "verify"
    assert mode("marked", *ini, "--b2-record-mode=passthrough", **variable, CONFIG="rewrite") == "passthrough"


def test_one_case_of_a_parametrized_test_may_be_recorded_alone(suite: Suite, moto_plain: str) -> None:
    """And classes, modules and unittest's cases may be marked."""
    suite.write("""
import unittest

@pytest.mark.parametrize("number", [1, pytest.param(2, marks=pytest.mark.vcr), 3])
def test_case(number, vcr):
    assert (vcr is None) == (number != 2)
    if vcr is not None:
        client().create_bucket(Bucket="plugin-case")

@pytest.mark.vcr
class TestGroup:
    def test_method(self, vcr):
        client().create_bucket(Bucket="plugin-case")

@pytest.mark.vcr
class OldStyle(unittest.TestCase):
    def test_old(self):
        client().create_bucket(Bucket="plugin-case")
""")
    suite.run("--b2-record-mode=once", endpoint=moto_plain).assert_outcomes(passed=5)

    assert [name.removeprefix("test_it/") for name in suite.files()] == [
        "OldStyle.test_old.http",
        "TestGroup.test_method.http",
        "test_case[2].http",
    ]
    suite.run().assert_outcomes(passed=5)


def test_bodies_that_are_no_longer_named_go(suite: Suite, moto_plain: str) -> None:
    """A recording made again leaves nothing behind; what another recording names stays."""
    suite.write("""
@pytest.mark.vcr
@pytest.mark.parametrize("name", ["a", "b"])
def test_it(name):
    s3 = client()
    s3.create_bucket(Bucket="plugin-sweep")
    s3.put_object(Bucket="plugin-sweep", Key=name, Body=os.environ["LETTER"].encode() * 20_000)
""")
    suite.run("--b2-record-mode=once", endpoint=moto_plain, LETTER="x").assert_outcomes(passed=2)
    suite.run("--b2-record-mode=all", "-k", "[a]", endpoint=moto_plain, LETTER="y").assert_outcomes(passed=1)
    assert len([name for name in suite.files() if "bodies/" in name]) == 2

    suite.run("--b2-record-mode=all", "-k", "[b]", endpoint=moto_plain, LETTER="y").assert_outcomes(passed=1)
    assert len([name for name in suite.files() if "bodies/" in name]) == 1


def test_what_cannot_be_is_said(suite: Suite) -> None:
    """A mode, an option, a value that does not exist: with those that do."""
    suite.write("""
@pytest.mark.vcr(record_mode="nonesuch")
def test_mode(): pass

@pytest.mark.vcr(no_such_option=1)
def test_option(): pass

@pytest.mark.vcr(match_on=["nonesuch"])
def test_match(): pass

@pytest.mark.vcr("missing.http")
def test_extra(): pass
""")
    result = suite.run()

    result.assert_outcomes(errors=4)
    result.stdout.fnmatch_lines(["*there is no record mode 'nonesuch'*", "*There are none, once, new_episodes*"])
    result.stdout.fnmatch_lines(["*no such option: no_such_option*"])
    result.stdout.fnmatch_lines(["*match_on does not know 'nonesuch'*"])
    result.stdout.fnmatch_lines(["*missing.http: No such file*"])


def test_filters_work_on_both_sides(suite: Suite, moto_plain: str) -> None:
    """What is left away when it is recorded is not missed when it is replayed, and hooks see vcrpy's names."""
    suite.write("""
def no_lists(request):
    return None if "list-type" in request.uri else request

def shout(response):
    response["headers"]["x-amz-meta-said"] = ["loudly"]
    return response

@pytest.mark.vcr(
    filter_headers=["X-AMZ-META-WHO", ("server", "none of your business")],
    filter_query_parameters=["fetch-owner"],
    before_record_request=no_lists, before_record_response=shout)
def test_it():
    s3 = client()
    s3.create_bucket(Bucket="plugin-filters")
    s3.put_object(Bucket="plugin-filters", Key="a", Body=b"hello", Metadata={"who": os.environ["WHO"]})
    if os.environ["WHO"] == "me":
        s3.list_objects_v2(Bucket="plugin-filters", FetchOwner=True)
    print("META", s3.get_object(Bucket="plugin-filters", Key="a")["Metadata"])
""")
    suite.run("--b2-record-mode=once", endpoint=moto_plain, WHO="me").assert_outcomes(passed=1)
    text = suite.fixture("test_it")
    assert "list-type" not in text
    assert "x-amz-meta-who" not in text.lower()
    assert "Server: none of your business" in text

    replayed = suite.run("-s", WHO="you")
    replayed.assert_outcomes(passed=1)
    replayed.stdout.fnmatch_lines(["*META *'said': 'loudly'*"])


RETRIED = """# b2-inspector fixture 1
# recorded 2026-11-22

### PutObject photos/cat.txt
PUT https://s3.us-west-004.backblazeb2.com/photos/cat.txt
| hello
|

HTTP/1.1 503 Service Unavailable
Content-Type: application/xml
| <Error><Code>ServiceUnavailable</Code></Error>

### PutObject photos/cat.txt
PUT https://s3.us-west-004.backblazeb2.com/photos/cat.txt
| hello
|

HTTP/1.1 200 OK
ETag: "b1946ac92492d2347c6235b4d2611184"
"""


def test_a_file_is_sent_whole_when_it_is_sent_again(suite: Suite) -> None:
    """Whoever reads a body to look for it puts it back where it stood: botocore rewinds its own stream only."""
    (suite.cassettes / "test_it").mkdir(parents=True)
    (suite.cassettes / "test_it" / "test_it.http").write_text(RETRIED)
    suite.write("""
@pytest.mark.vcr(on_unplayed="fail")
def test_it(tmp_path):
    (tmp_path / "cat.txt").write_text("hello\\n")
    with (tmp_path / "cat.txt").open("rb") as file:
        answer = client().put_object(Bucket="photos", Key="cat.txt", Body=file)
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1
""")
    suite.run().assert_outcomes(passed=1)


def test_the_run_is_summed_up_over_workers(suite: Suite, moto_plain: str) -> None:
    """xdist's workers record and replay side by side; the controller tells it all."""
    suite.write("""
@pytest.mark.vcr
@pytest.mark.parametrize("number", range(6))
def test_it(number):
    s3 = client()
    s3.create_bucket(Bucket=f"plugin-xdist-{number}")
    s3.put_object(Bucket=f"plugin-xdist-{number}", Key="a/b?c", Body=b"x" * 20_000)
""")
    recorded = suite.run("--b2-record-mode=once", endpoint=moto_plain)
    recorded.assert_outcomes(passed=6)
    recorded.stdout.fnmatch_lines(["b2-inspector: replayed 0, missed 0, unused 0, recorded 12"])
    assert len([name for name in suite.files() if name.endswith(".http")]) == 6
    assert len([name for name in suite.files() if "bodies/" in name]) == 1

    replayed = suite.run("-n2", alone=True)
    replayed.assert_outcomes(passed=6)
    replayed.stdout.fnmatch_lines(["b2-inspector: replayed 12 (CreateBucket 6, PutObject 6), missed 0, unused 0"])


def test_recordings_that_are_not_used(suite: Suite, moto_plain: str) -> None:
    """Calls that a test no longer makes, recordings whose test is gone, bodies that no recording names."""
    test = """
@pytest.mark.vcr{mark}
def test_{name}():
    s3 = client()
    s3.create_bucket(Bucket="plugin-unused")
    if not os.environ.get("LESS"):
        s3.put_object(Bucket="plugin-unused", Key="a", Body=os.urandom(1000))
"""
    suite.write(test.format(name="it", mark="") + test.format(name="gone", mark=""))
    suite.run("--b2-record-mode=once", endpoint=moto_plain).assert_outcomes(passed=2)
    suite.run("--b2-check-orphans=cassettes", LESS="1").assert_outcomes(passed=2)

    suite.write(test.format(name="it", mark='(on_unplayed="fail")'))
    (suite.cassettes / "test_it" / "bodies" / ("0" * 64)).write_bytes(b"loose")
    result = suite.run("--b2-check-orphans=cassettes", LESS="1")

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*1 recorded calls were not made, such as PUT /plugin-unused/a*"])
    result.stdout.fnmatch_lines(["  orphan *test_gone.http: there is no test_it.py::test_gone"])
    result.stdout.fnmatch_lines(["  orphan *0000: no recording names it"])
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_recording_that_is_too_old(suite: Suite, moto_plain: str) -> None:
    """It warns, fails, or is made anew, as one likes; in CI (`none`) nothing is dialled."""
    suite.write("""
@pytest.mark.vcr(max_age="30d", on_expiry=os.environ.get("EXPIRY", "warn"))
def test_it():
    client().create_bucket(Bucket="plugin-old")
""")
    suite.run("--b2-record-mode=once", endpoint=moto_plain).assert_outcomes(passed=1)
    path = suite.cassettes / "test_it" / "test_it.http"
    text = path.read_text()
    day = next(line for line in text.splitlines() if line.startswith("# recorded "))
    path.write_text(text.replace(day, "# recorded 2020-02-02"))

    warned = suite.run()
    warned.assert_outcomes(passed=1, warnings=1)
    warned.stdout.fnmatch_lines(["*was recorded * days ago; record it again*"])
    suite.run(EXPIRY="fail").assert_outcomes(errors=1)
    suite.run("--b2-record-mode=none", EXPIRY="rerecord").assert_outcomes(passed=1, warnings=1)
    suite.run("--b2-record-mode=once", endpoint=moto_plain, EXPIRY="rerecord").assert_outcomes(passed=1)
    assert path.read_text() == text


def test_hooks_and_other_recordings(suite: Suite, moto_plain: str) -> None:
    """A matcher of one's own; and a mark that names a second recording."""
    suite.write(
        """
@pytest.mark.vcr
def test_first():
    s3 = client()
    s3.create_bucket(Bucket="plugin-hook")
    s3.put_object(Bucket="plugin-hook", Key=f"a-{os.environ['RUN']}", Body=b"x")

@pytest.mark.vcr("test_first.http", match_on=["operation", "first letter"])
def test_second():
    client().put_object(Bucket="other", Key="another", Body=b"other")
""",
        conftest="""
def pytest_b2_recording_configure(config, recorder):
    recorder.register_matcher("first letter", lambda request: request.path.rpartition("/")[2][:1])
""",
    )
    suite.run("--b2-record-mode=once", "-k", "first", endpoint=moto_plain, RUN="1").assert_outcomes(passed=1)

    suite.run("-k", "second", RUN="2").assert_outcomes(passed=1)
    assert "first letter" not in DIMENSIONS, "a matcher outlives its run"


def test_unmarked_tests_pay_nothing(suite: Suite) -> None:
    """Where nothing is recorded nothing is loaded: not boto3, not the player, not this project's other doors."""
    suite.pytester.makepyfile("""
import sys
def test_it():
    loaded = {name.partition(".")[0] for name in sys.modules}
    assert not loaded & {"mitmproxy", "textual", "click", "lxml", "sqlite_utils", "botocore", "msgpack", "cryptography"}
    assert {name for name in sys.modules if name.startswith("inspector.")} == {
        "inspector.pytest_plugin", "inspector.pytest_plugin.hooks", "inspector.pytest_plugin.vcr_names",
        "inspector.pytest_plugin.layout"}
""")
    suite.run(alone=True).assert_outcomes(passed=1)


def test_a_replay_needs_neither_proxy_nor_terminal_nor_database() -> None:
    """A light distribution for test suites rests on it."""
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, inspector.pytest_plugin.running, inspector.pytest_plugin.botocore_door\n"
            "import inspector.pytest_plugin.aiobotocore_door\n"
            "print(*sorted({name.partition('.')[0] for name in sys.modules}))",
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()

    forbidden = "mitmproxy textual click sqlite_utils sqlite3 msgpack zstandard cryptography h11 anycrc"
    assert not set(loaded) & set(forbidden.split())
