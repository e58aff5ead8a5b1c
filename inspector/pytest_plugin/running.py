"""A recorded test, from its settings to what becomes of its recording."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from inspector.errors import InspectorError
from inspector.pytest_plugin import CLAIMED, INI, PHASES, marks_of, report_of
from inspector.pytest_plugin.cassette import Cassette, Outcome, age_in_days
from inspector.pytest_plugin.layout import cassette_dir, cassette_path
from inspector.pytest_plugin.modes import Mode
from inspector.pytest_plugin.report import Report
from inspector.pytest_plugin.settings import UNDERSTOOD_ELSEWHERE, Settings, gathered
from inspector.pytest_plugin.vcr_names import name_of
from inspector.replay.match.dimensions import DIMENSIONS

VARIABLE = "B2_INSPECTOR_RECORD_MODE"


class RecordingWarning(UserWarning):
    """Something about a recording that does not fail its test."""


def recorded(request: pytest.FixtureRequest) -> Iterator[Cassette]:
    """The recording of a marked test: made ready, handed out, and saved or not."""
    report = report_of(request.config)
    _configure(request.config, report)
    with ExitStack() as stack:
        try:
            cassette = _cassette(request)
            stack.enter_context(_playing(cassette))
        except InspectorError as error:
            raise pytest.fail.Exception(str(error), pytrace=False) from None
        yield cassette
    phases = request.node.stash[PHASES]
    try:
        outcome = cassette.finish(phases.get("setup", False) and phases.get("call", False))
    except InspectorError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    _count(report, cassette, outcome)
    for words in outcome.warnings:
        warnings.warn(RecordingWarning(words), stacklevel=1)
    if outcome.problems:
        pytest.fail("\n".join(outcome.problems), pytrace=False)


def _playing(cassette: Cassette) -> AbstractContextManager[None]:
    from inspector.pytest_plugin.doors import playing

    return playing(cassette)


def _count(report: Report, cassette: Cassette, outcome: Outcome) -> None:
    tally = cassette.tally()
    report.replayed.update(tally.replayed)
    report.missed += tally.missed
    report.unused += tally.unused
    report.recorded += outcome.recorded
    report.used.add(str(cassette.path.resolve()))
    if outcome.saved:
        report.saved.append(str(cassette.path))


# Making ready


def _cassette(request: pytest.FixtureRequest) -> Cassette:
    settings = _settings(request)
    directory = Path(_fixture(request, "vcr_cassette_dir", lambda: cassette_dir(Path(request.node.path))))
    name = str(_fixture(request, "default_cassette_name", lambda: name_of(request)))
    path = cassette_path(directory, name)
    retake = _has_expired(path, settings)
    extra = [directory / argument for mark in marks_of(request.node) for argument in mark.args]
    return Cassette(name, path, settings, extra, request.node.nodeid, retake)


def _fixture(request: pytest.FixtureRequest, name: str, default: Callable[[], Any]) -> Any:
    """The value of a fixture that users override; where another plugin has these names, ours are not there."""
    try:
        return request.getfixturevalue(name)
    except pytest.FixtureLookupError:
        return default()


def _settings(request: pytest.FixtureRequest) -> Settings:
    config: Mapping[str, Any] = _fixture(request, "vcr_config", dict)
    if not request.config.stash[CLAIMED]:  # it speaks to another plugin too, whose options may be any
        known = (*INI, *UNDERSTOOD_ELSEWHERE)
        config = {name: value for name, value in config.items() if name in Settings.__slots__ or name in known}
    marks = [dict(mark.kwargs) for mark in marks_of(request.node)]
    return gathered([_flags(request.config), *marks, config, _ini(request.config), _environment()])


def _flags(config: pytest.Config) -> dict[str, Any]:
    if config.getoption("b2_disable_recording") or config.getoption("disable_recording", False):
        return {"record_mode": Mode.PASSTHROUGH}
    return {"record_mode": config.getoption("b2_record_mode") or config.getoption("record_mode", None)}


def _ini(config: pytest.Config) -> dict[str, Any]:
    said = {name.removeprefix("b2_"): config.getini(name) or None for name in INI}
    if said["keep_times"] is not None:
        said["keep_times"] = str(said["keep_times"]).lower() in ("1", "true", "yes", "on")
    return said


def _environment() -> dict[str, Any]:
    import os

    return {"record_mode": os.environ.get(VARIABLE) or None}


def _has_expired(path: Path, settings: Settings) -> bool:
    """Whether a recording is too old, and is to be made anew."""
    if settings.max_age is None or settings.record_mode.is_live:
        return False
    age = age_in_days(path, datetime.now(UTC).date())
    if age is None or age <= settings.max_age.days:
        return False
    words = f"{path} was recorded {age} days ago; record it again: pytest --b2-record-mode=rewrite"
    if settings.on_expiry == "fail":
        pytest.fail(words, pytrace=False)
    if settings.on_expiry == "rerecord" and settings.record_mode is not Mode.NONE:
        return True
    warnings.warn(RecordingWarning(words), stacklevel=1)
    return False


class Recorder:
    """What `pytest_b2_recording_configure` may change, for this run of pytest."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def register_matcher(self, name: str, function: Callable[[Any], Any]) -> None:
        """Add a dimension to `match_on`: two calls are one where `function` of both requests gives the same."""
        from inspector.pytest_plugin.said import SaidRequest

        DIMENSIONS[name] = lambda _, request: function(SaidRequest(request, b""))
        self._report.closers.append(lambda: DIMENSIONS.pop(name, None))


def _configure(config: pytest.Config, report: Report) -> None:
    if not report.configured:
        report.configured = True
        config.hook.pytest_b2_recording_configure(config=config, recorder=Recorder(report))
