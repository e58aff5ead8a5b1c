"""Attempts that are one call, and what a client does next."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inspector.diagnose.call import Call, Earlier
from inspector.diagnose.retries import retries_of
from inspector.wire.exchange import Failure
from tests.support.diagnosed import NOON, Answer, asked, before

BUSY = Answer(503, "ServiceUnavailable", "no tomes available")
DENIED = Answer(403, "AccessDenied", "not entitled")
BOTO = "Boto3/1.44.5 md/Botocore#1.44.5 cfg/retry-mode#{}"


def call(agent: str, answer: Answer = BUSY, sdk: str = "", at: float = NOON, path: str = "/photos/a") -> Call:
    """A PUT by this client."""
    lines = f"User-Agent: {agent}\n" + (f"amz-sdk-invocation-id: 1-2-3\namz-sdk-request: {sdk}\n" if sdk else "")
    return asked(f"PUT {path} HTTP/1.1\nHost: s3.us-west-004.backblazeb2.com\n{lines}", answer, at=at)


def earlier(number: int, *words: object, **more: object) -> Earlier:
    """A call before, with its id."""
    return replace(before(call(*words, **more)), id=number)  # type: ignore[arg-type]


CLIENTS = [
    # what the request says itself wins
    ("aws-sdk-js/3.1168.0", BUSY, "attempt=1; max=3", 3, True),
    (BOTO.format("standard"), BUSY, "attempt=1; max=7", 7, True),
    ("rclone/v1.75.2", BUSY, "attempt=1; max=10", 10, True),
    # the mode that the User-Agent names
    (BOTO.format("legacy"), BUSY, "attempt=1", 5, True),
    (BOTO.format("standard"), BUSY, "", 3, True),
    ("aws-cli/2.23.0 cfg/retry-mode#adaptive", BUSY, "", 3, True),
    # the default of a client that names none
    ("MinIO (Linux; x86_64) minio-py/7.2.20", BUSY, "", 6, True),
    ("MinIO (Linux; x86_64) minio-go/v7.0.80", BUSY, "", 10, None),
    # what is not tried again
    (BOTO.format("standard"), DENIED, "", 3, False),
    (BOTO.format("standard"), Answer(501, "NotImplemented", "?"), "", 3, False),
    ("MinIO (Linux; x86_64) minio-py/7.2.20", Answer(429, "TooManyRequests", "?"), "", 6, False),
    # what is
    (BOTO.format("standard"), Answer(429, "too_many_requests", "?"), "", 3, True),
    (BOTO.format("standard"), Answer(400, "RequestTimeout", "?"), "", 3, True),
    (BOTO.format("standard"), Answer(503, "SlowDown", "?"), "", 3, True),
    # nobody knows
    ("curl/8.0", BUSY, "", None, None),
    ("something/1.0", BUSY, "", None, None),
    (BOTO.format("standard"), Answer(200), "", 3, None),
]


@pytest.mark.parametrize(("agent", "answer", "sdk", "most", "again"), CLIENTS)
def test_what_a_client_does_with_an_answer(
    agent: str, answer: Answer, sdk: str, most: int | None, again: bool | None
) -> None:
    """Tries again, and how often in all; or not."""
    found = retries_of(call(agent, answer, sdk))
    assert (found.attempt, found.most, found.again) == (1, most, again)


def test_attempts_that_share_an_id_are_one_call() -> None:
    """As the SDK says."""
    one, two = (earlier(n, BOTO.format("standard"), BUSY, f"attempt={n}; max=3") for n in (1, 2))
    last = replace(call(BOTO.format("standard"), BUSY, "attempt=3; max=3"), earlier=(two, one))
    found = retries_of(last)
    assert (found.attempt, found.earlier, found.inferred) == (3, (1, 2), False)
    assert found.words == "attempt 3 of 3 at most, after #1 #2; the client gives up after this one"


def test_attempts_without_an_id_are_told_by_their_likeness() -> None:
    """Same client, method and URL, soon after a failure; and it is said that this is inferred."""
    agent = "MinIO (Linux; x86_64) minio-py/7.2.20"
    one = earlier(4, agent, at=NOON - 2)
    found = retries_of(replace(call(agent, Answer(200)), earlier=(one,)))
    assert (found.attempt, found.earlier, found.inferred) == (2, (4,), True)
    assert "told by likeness" in found.words


@pytest.mark.parametrize(
    "other",
    [
        earlier(4, "minio-py/7.2.20", Answer(200), at=NOON - 2),
        earlier(4, "minio-py/7.2.20", DENIED, at=NOON - 2),
        earlier(4, "minio-py/7.2.20", at=NOON - 200),
        earlier(4, "minio-py/7.2.20", at=NOON - 2, path="/photos/b"),
        earlier(4, "curl/8.0", at=NOON - 2),
    ],
)
def test_calls_that_are_not_alike_are_none(other: Earlier) -> None:
    """One that went well or was refused for good, long ago, of something else, by someone else."""
    found = retries_of(replace(call("minio-py/7.2.20", Answer(200)), earlier=(other,)))
    assert (found.attempt, found.earlier, found.words) == (1, (), "")


def test_a_connection_that_broke_is_tried_again() -> None:
    """By SDKs of AWS."""
    broken = call(BOTO.format("standard"), Answer(None))
    broken = replace(broken, exchange=replace(broken.exchange, failure=Failure("upstream-reset", "gone")))
    assert retries_of(broken).again is True
    left = replace(broken, exchange=replace(broken.exchange, failure=Failure("client-disconnected", "gone")))
    assert retries_of(left).again is None
