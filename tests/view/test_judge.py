"""What calls came to, for lists and filters: as `explain` says it, once, and anew when the secrets are others."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from support.calls import call, record

from inspector.demo.calls import KEY_ID, SECRET
from inspector.samples import sample_path
from inspector.sigv4.key import Key
from inspector.store.reader import Recording
from inspector.view.examination import Examiner
from inspector.view.judge import RecordedJudge, named

KEYS = (Key(KEY_ID, SECRET.encode(), "test"),)


@pytest.fixture(scope="module")
def judge() -> RecordedJudge:
    return RecordedJudge(sample_path("access"), lambda _: KEYS)


def test_it_says_what_explain_says(judge: RecordedJudge) -> None:
    """Verdict by verdict, finding by finding; of calls that did not fail there is nothing to say."""
    with Recording(sample_path("access")) as recording:
        examiner = Examiner(recording, lambda _: KEYS)
        for row in recording.exchanges():
            diagnosis = examiner.recorded(row.id)
            assert diagnosis is not None
            assert judge.verdict(row.id) == diagnosis.verification.verdict
            assert judge.named(row.id) == (named(diagnosis) if row.failed else ())
        assert {row.id for row in recording.exchanges() if judge.named(row.id)} == set(recording.ids("is:error"))


def test_what_is_a_hint_counts_where_nothing_is_surer() -> None:
    """And then the first one alone."""
    (found,) = RecordedJudge(sample_path("sample"), lambda _: KEYS).named(26)
    assert (found.cause, found.certainty) == ("bucket-name-taken", "hint")


def test_a_filter_may_ask_for_it() -> None:
    path = sample_path("signature")
    with Recording(path, judge=lambda: RecordedJudge(path, lambda _: KEYS)) as recording:
        wrong = recording.ids("sig:mismatch")
        assert wrong
        assert set(wrong) < set(recording.ids("is:error"))
        assert set(recording.ids("certainty:proved cause:key-secret-truncated")) <= set(wrong)


def test_it_is_computed_once_and_forgotten_with_the_secrets(tmp_path: Path) -> None:
    """A secret that comes later counts; a call that is under way is not settled yet."""
    keys: list[Key] = []
    judge = RecordedJudge(sample_path("boto3"), lambda _: keys)
    assert judge.known_verdict(1) is None
    assert judge.verdict(1) == judge.known_verdict(1) == "unverified"
    keys += KEYS
    assert judge.verdict(1) == "unverified"
    judge.forget()
    assert judge.known_verdict(1) is None
    assert judge.verdict(1) == "verified"

    open_call = RecordedJudge(record(tmp_path / "r.db", [call(status=None, state="open")]), lambda _: keys)
    assert open_call.verdict(1) is None
    assert open_call.verdict(99) is None


def test_any_thread_may_ask(judge: RecordedJudge) -> None:
    """The screen's, the watcher's, a job's."""
    judge.forget()
    said: list[str | None] = []
    threads = [threading.Thread(target=lambda: said.extend(map(judge.verdict, range(1, 10)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == ["verified"] * 36
