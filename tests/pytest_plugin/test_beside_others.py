"""Beside other plugins: those that have the mark `vcr`, and those that guard the network."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.suites import NOWHERE, Suite

pytestmark = pytest.mark.slow


def test_it_stands_beside_pytest_recording(suite: Suite, moto_plain: str, tmp_path: Path) -> None:
    """Where another plugin has the mark `vcr` and its flags, they stay its own; we heed its `--record-mode`."""
    site = tmp_path / "site"
    dist = site / "pytest_recording-0.14.1.dist-info"
    dist.mkdir(parents=True)
    (dist / "METADATA").write_text("Metadata-Version: 2.1\nName: pytest-recording\nVersion: 0.14.1\n")
    (dist / "entry_points.txt").write_text("[pytest11]\nrecording = pytest_recording_stand_in\n")
    (site / "pytest_recording_stand_in.py").write_text("""
import pytest
def pytest_addoption(parser):
    parser.addoption("--record-mode", default=None)
    parser.addoption("--block-network", action="store_true")
    parser.addoption("--disable-recording", action="store_true")
def pytest_configure(config):
    config.addinivalue_line("markers", "vcr: theirs")
@pytest.fixture(scope="module")
def vcr_config():
    return {"filter_post_data_parameters": ["theirs alone"]}
@pytest.fixture
def vcr():
    return "theirs"
""")
    suite.write("""
@pytest.mark.vcr
def test_theirs(vcr):
    assert vcr == "theirs"

@pytest.mark.b2_recording
def test_ours(b2_cassette):
    client().create_bucket(Bucket="plugin-beside")
    print("MODE", b2_cassette.record_mode.value)
""")
    path = {"PYTHONPATH": str(site)}
    recorded = suite.run("-s", "--record-mode=once", alone=True, endpoint=moto_plain, **path)
    recorded.assert_outcomes(passed=2)
    assert list(suite.files()) == ["test_it/test_ours.http"]

    suite.run("--strict-markers", alone=True, **path).assert_outcomes(passed=2)


@pytest.mark.parametrize(
    "order", [("pytest_vcr", "inspector.pytest_plugin"), ("inspector.pytest_plugin", "pytest_vcr")]
)
def test_a_plugin_that_is_loaded_by_hand_keeps_its_names(suite: Suite, moto_plain: str, order: tuple[str, str]) -> None:
    """With -p there is no word of its distribution; in either order the mark is theirs."""
    suite.pytester.makepyfile(
        pytest_vcr="""
import pytest
def pytest_configure(config):
    config.addinivalue_line("markers", "vcr: theirs")
@pytest.fixture(autouse=True)
def _theirs(request):
    if request.node.get_closest_marker("vcr"):
        request.getfixturevalue("vcr")
@pytest.fixture
def vcr():
    return "theirs"
"""
    )
    suite.write("""
@pytest.mark.vcr
def test_theirs(vcr):
    assert vcr == "theirs"

@pytest.mark.b2_recording
def test_ours(b2_cassette):
    client().create_bucket(Bucket="plugin-by-hand")
""")
    loaded = {"PYTHONPATH": str(suite.pytester.path), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    words = [word for name in order for word in ("-p", name)]
    for mode, endpoint in (("once", moto_plain), ("none", NOWHERE)):
        run = suite.run(*words, f"--b2-record-mode={mode}", alone=True, endpoint=endpoint, **loaded)
        run.assert_outcomes(passed=2)
    assert list(suite.files()) == ["test_it/test_ours.http"]


GUARD = """
import socket, pytest

@pytest.fixture(autouse=True)
def guard(monkeypatch):
    def refuse(self, address):
        raise RuntimeError(f"guarded: {address}")
    monkeypatch.setattr(socket.socket, "connect", refuse)
"""


def test_another_plugins_guard_lets_a_recorded_test_through(suite: Suite, moto_plain: str) -> None:
    """To our own server when it replays, to the real one when it records; and to nobody else."""
    suite.pytester.makeconftest(GUARD)
    suite.write("""
import io, urllib.parse, urllib.request
@pytest.mark.vcr(clients="proxy")
def test_it():
    import minio
    where = urllib.parse.urlsplit(os.environ["ENDPOINT"]).netloc
    s3 = minio.Minio(where, "k", "s", secure=False, region="us-east-1")
    s3.make_bucket("plugin-guarded")
    client().put_object(Bucket="plugin-guarded", Key="a", Body=b"a")
    assert s3.get_object("plugin-guarded", "a").read() == b"a"

def test_unmarked():
    with pytest.raises(Exception, match="guarded"):
        urllib.request.urlopen(os.environ["ENDPOINT"])
""")
    suite.run("--b2-record-mode=once", alone=True, endpoint=moto_plain).assert_outcomes(passed=2)
    suite.run(alone=True).assert_outcomes(passed=2)


NO_SOCKETS = """
import socket, pytest

class Refused(RuntimeError): pass

class Guarded(socket.socket):
    def __new__(cls, *arguments, **options):
        raise Refused("no sockets")

def pytest_runtest_setup():
    socket.socket = Guarded
"""


def test_where_there_are_no_sockets(suite: Suite, moto_plain: str) -> None:
    """boto3 needs none, whatever else is loaded; who asks for a client that does is told."""
    suite.write("""
import minio
@pytest.mark.vcr
def test_boto3():
    client().create_bucket(Bucket="plugin-no-sockets")

@pytest.mark.vcr(clients="proxy")
def test_others():
    pass
""")
    suite.run("--b2-record-mode=once", alone=True, endpoint=moto_plain).assert_outcomes(passed=2)
    suite.pytester.makeconftest(NO_SOCKETS)
    said = suite.run(alone=True)
    said.assert_outcomes(passed=1, errors=1)
    said.stdout.fnmatch_lines(["*this test may open none (Refused)*", "*--allow-hosts=127.0.0.1*"])
