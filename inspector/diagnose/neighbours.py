"""What the calls before one tell of it: whether the key worked, what it could do, what became of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from inspector.diagnose.call import Call, Earlier
from inspector.diagnose.reading import receipt_moment, span
from inspector.s3.capabilities import needed


def worked(one: Earlier) -> bool:
    """Whether it was answered, and well."""
    response = one.exchange.response
    return response is not None and response.status < 400 and one.facts.error_code is None


def with_same_key(call: Call) -> Iterator[Earlier]:
    """The calls before it that name the same key id and went well, the nearest first."""
    key_id = call.facts.key_id
    if key_id:
        yield from (one for one in call.earlier if one.facts.key_id == key_id and worked(one))


def first(calls: Iterator[Earlier], fits: Callable[[Earlier], bool]) -> Earlier | None:
    """The nearest of them that fits."""
    return next((one for one in calls if fits(one)), None)


def of_object(call: Call, *operations: str) -> Earlier | None:
    """The nearest call before it that did one of these operations on the same object, and went well."""

    def same(one: Earlier) -> bool:
        return worked(one) and one.facts.operation in operations and _object(one) == (call.facts.bucket, call.facts.key)

    return first(iter(call.earlier), same)


def _object(one: Earlier) -> tuple[str | None, bytes | None]:
    return one.facts.bucket, one.facts.key


def asked_the_same(call: Call, versioned: bool = False) -> Iterator[Earlier]:
    """The calls before it that went well with the same key, and needed the same capabilities."""
    wanted = needed(call.facts.operation, versioned)
    if wanted:
        for one in with_same_key(call):
            if needed(one.facts.operation, one.facts.version_id is not None and _deletes(one)) == wanted:
                yield one


def _deletes(one: Earlier) -> bool:
    """Whether a version that its facts name is one that it asked for: answers name versions, too."""
    return one.exchange.request.method == b"DELETE" and b"versionId=" in one.exchange.request.query


def ago(call: Call, one: Earlier) -> str:
    """How long before a call another one began, in words."""
    return f"{span(receipt_moment(call) - one.exchange.timing.request_start)} before"


def number(one: Earlier) -> str:
    """Which call it is, in words."""
    return f"#{one.id}" if one.id is not None else "another call"
