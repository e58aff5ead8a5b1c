"""Recordings in tests: `@pytest.mark.b2_recording` replays what a test said to S3 and heard; see docs/fixtures.md.

pytest loads this module in every run where the package is installed. So it imports nothing but pytest; what a recorded
test needs is loaded when the first one begins.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from inspector.pytest_plugin.cassette import Cassette
    from inspector.pytest_plugin.report import Report

MARKS = ("b2_recording", "vcr")
RIVALS = frozenset(("pytest-recording", "pytest-vcr", "cassetter", "pytest-cassetter", "vcrpy-pytest"))
"""Distributions that have `@pytest.mark.vcr`: where one is installed, the mark is theirs."""
RIVAL_MODULES = frozenset(("pytest_recording", "pytest_vcr", "cassetter", "pytest_cassetter"))
"""Their packages: with `-p`, or in `pytest_plugins`, a plugin is loaded without word of its distribution."""

CLAIMED = pytest.StashKey[bool]()
"""Of a config: whether the names of pytest-recording are ours."""

PHASES = pytest.StashKey[dict[str, bool]]()
"""Of an item: whether each phase of it passed."""

REPORT = pytest.StashKey["Report"]()

_FLAGS = (
    ("--b2-record-mode", {"metavar": "MODE", "help": "none, once, new_episodes, all, rewrite, verify, passthrough"}),
    ("--b2-disable-recording", {"action": "store_true", "help": "run marked tests live; the same as passthrough"}),
    ("--b2-block-network", {"action": "store_true", "help": "let no test open a connection, but for allowed hosts"}),
    (
        "--b2-allowed-hosts",
        {"action": "append", "metavar": "HOSTS", "help": "regular expressions, with commas between"},
    ),
    (
        "--b2-check-orphans",
        {
            "action": "append",
            "metavar": "DIR",
            "help": "fail when a recording below DIR belongs to no test, or a body to no recording",
        },
    ),
)

INI = {
    "b2_record_mode": "the record mode where neither flag, mark nor vcr_config names one",
    "b2_endpoint_url": "the server that the recording's endpoint_url is while it is made",
    "b2_clients": "auto, botocore (no sockets) or proxy (for whatever client)",
    "b2_on_miss": "what a call that is not recorded does to a test that passed: fail, warn, ignore",
    "b2_on_unplayed": "what recorded calls that were not made do: ignore, warn, fail",
    "b2_max_age": "how old a recording may be: 90d, 12h, 8w",
    "b2_on_expiry": "what becomes of an older one: warn, fail, rerecord",
    "b2_match_on": "what must be the same besides nothing else; see docs/fixtures.md",
    "b2_keep_times": "true: times of the server's stay in recordings as they were",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Names that clash with nobody's: pytest refuses an option that two plugins define."""
    group = parser.getgroup("b2-inspector", "recordings of S3 calls (b2-inspector)")
    for name, how in _FLAGS:
        group.addoption(name, **how)
    for name, told in INI.items():
        parser.addini(name, told)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """`pytest_b2_recording_configure`."""
    from inspector.pytest_plugin import hooks

    pluginmanager.add_hookspecs(hooks)


def pytest_configure(config: pytest.Config) -> None:
    """Marks; and those of pytest-recording, where nobody else has them."""
    config.addinivalue_line("markers", "b2_recording(*files, record_mode=…, …): record and replay the test's S3 calls")
    config.stash[CLAIMED] = not _has_rival(config.pluginmanager)
    if config.stash[CLAIMED]:
        from inspector.pytest_plugin import vcr_names

        vcr_names.claim(config)
    if config.getoption("b2_record_mode"):
        _demand_mode(config.getoption("b2_record_mode"))


def _has_rival(plugins: pytest.PytestPluginManager) -> bool:
    installed = {_name(dist) for _, dist in plugins.list_plugin_distinfo()}
    loaded = {getattr(plugin, "__name__", "").partition(".")[0] for plugin in plugins.get_plugins()}
    return bool(installed & RIVALS or loaded & RIVAL_MODULES)


def _demand_mode(name: str) -> None:
    from inspector.errors import UsageError
    from inspector.pytest_plugin.modes import read_mode

    try:
        read_mode(name)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None


def _name(dist: Any) -> str:
    return str(dist.metadata["Name"]).lower().replace("_", "-")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marked tests get the fixture that records them, before any other of their own."""
    for item in items:
        names = getattr(item, "fixturenames", None)
        if names is None or not marks_of(item):
            continue
        item.stash[PHASES] = {}
        if "_b2_recording" not in names:  # the cases of one parametrized test share their list
            names.insert(0, "_b2_recording")
    if config.getoption("b2_check_orphans"):
        report_of(config).collected = {item.nodeid for item in items}


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    """Tests that are left out by -k or -m have recordings too."""
    if item.config.getoption("b2_check_orphans"):
        report_of(item.config).known.add(item.nodeid)


def marks_of(item: pytest.Item) -> list[pytest.Mark]:
    """The marks that ask for a recording, the nearest first."""
    names = MARKS if item.config.stash[CLAIMED] else MARKS[:1]
    return [mark for name in names for mark in item.iter_markers(name)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """The network is there for a recorded test as far as it needs it, whoever guards it."""
    cassette = getattr(item, "funcargs", {}).get("_b2_recording")
    if cassette is None:
        return (yield)
    from inspector.pytest_plugin.blocking import past_other_guards

    with past_other_guards(cassette.is_recording):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Remember whether a recorded test passed: only then is anything saved."""
    report: Any = yield
    phases = item.stash.get(PHASES, None)
    if phases is not None:
        phases[report.when] = report.passed
    return report


def report_of(config: pytest.Config) -> Report:
    """What this run has to tell at its end."""
    found = config.stash.get(REPORT, None)
    if found is None:
        from inspector.pytest_plugin.report import Report

        found = config.stash[REPORT] = Report()
    return found


@pytest.fixture
def _b2_recording(request: pytest.FixtureRequest) -> Iterator[Cassette | None]:
    if not marks_of(request.node):
        yield None
        return
    from inspector.pytest_plugin.running import recorded

    yield from recorded(request)


@pytest.fixture
def b2_cassette(request: pytest.FixtureRequest) -> Cassette | None:
    """The recording of this test; None where it is not marked."""
    if not marks_of(request.node):
        return None
    found: Cassette = request.getfixturevalue("_b2_recording")
    return found


@pytest.fixture(autouse=True, scope="session")
def _b2_network(request: pytest.FixtureRequest) -> Iterator[None]:
    """`--b2-block-network`, for the whole run."""
    config = request.config
    if not config.getoption("b2_block_network"):
        yield
        return
    from inspector.pytest_plugin.blocking import blocked

    with blocked(config.getoption("b2_allowed_hosts") or ()):
        yield


# The end of a run


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Workers of xdist hand on what they have to tell; orphans are looked for where everything is known."""
    config = session.config
    report = config.stash.get(REPORT, None)
    output = getattr(config, "workeroutput", None)
    if output is not None:
        if report is not None:
            output["b2_inspector"] = report.as_json()
        return
    if report is not None:
        report.sweep()
    directories = config.getoption("b2_check_orphans") or ()
    if directories:
        orphans = report_of(config).look_for_orphans([Path(name) for name in directories], config.rootpath)
        if orphans and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker of xdist has ended."""
    told = getattr(node, "workeroutput", {}).get("b2_inspector")
    if told:
        report_of(node.config).add_json(told)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """One line, and what is orphaned."""
    report = config.stash.get(REPORT, None)
    for line in report.lines() if report is not None else ():
        terminalreporter.write_line(line)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Servers of this run end with it."""
    report = config.stash.get(REPORT, None)
    if report is not None:
        report.close()
