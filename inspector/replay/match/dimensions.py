"""The dimensions of a question: what may be asked to be the same (`match_on`), by name.

Each objects exactly when its own part differs. The defaults are those of S3's meaning; the rest is for who wants
otherwise, under vcrpy's names where it has them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

from inspector.errors import UsageError
from inspector.replay.match.question import Question
from inspector.s3.addressing import bucket_of_host, region_of_host
from inspector.wire.exchange import Request
from inspector.wire.host import host_name

DEFAULT = (
    *("operation", "bucket", "key", "query", "range", "conditions", "source", "encryption", "settings", "payload"),
)
"""What must be the same where nobody says otherwise."""

Part = Callable[[Question, Request], Hashable]

_FRAMING = frozenset((b"content-length", b"transfer-encoding", b"connection", b"expect", b"accept-encoding"))
_EACH_TIME = frozenset(
    b"authorization date x-amz-date x-amz-security-token amz-sdk-invocation-id amz-sdk-request".split()
)


def _port(_: Question, request: Request) -> int:
    return request.port


def _headers(_: Question, request: Request) -> Hashable:
    lines = ((name.lower(), value.strip()) for name, value in request.headers)
    return tuple(sorted(line for line in lines if line[0] not in _FRAMING and line[0] not in _EACH_TIME))


DIMENSIONS: dict[str, Part] = {
    "operation": lambda q, _: (q.api, q.operation),
    "bucket": lambda q, _: q.bucket,
    "key": lambda q, _: q.key,
    "query": lambda q, _: q.query,
    "range": lambda q, _: q.range,
    "conditions": lambda q, _: q.conditions,
    "source": lambda q, _: q.source,
    "encryption": lambda q, _: q.encryption,
    "settings": lambda q, _: q.settings,
    "payload": lambda q, _: q.payload,
    # not among the defaults
    "metadata": lambda q, _: q.metadata,
    "upload": lambda q, _: q.handed,
    "method": lambda _, r: r.method,
    "scheme": lambda _, r: r.scheme,
    "host": lambda _, r: host_name(r),
    "port": _port,
    "path": lambda _, r: r.path,
    "uri": lambda _, r: (r.scheme, host_name(r), r.port, r.target),
    "style": lambda _, r: bucket_of_host(host_name(r)) is not None,
    "region": lambda _, r: region_of_host(host_name(r)),
    "headers": _headers,
}
"""By name: from a question and its request to what must be the same."""

ALIASES = {"body": "payload", "raw_body": "payload", "copy_source": "source", "path_style": "style"}
"""Other names that are taken."""


def named(names: Iterable[str]) -> tuple[str, ...]:
    """Names of dimensions as this table has them, each once.

    Raises:
        UsageError: one that is not known.
    """
    wanted = [ALIASES.get(name, name) for name in names]
    for name in wanted:
        if name not in DIMENSIONS:
            raise UsageError(f"match_on does not know {name!r}", f"it knows {', '.join(DIMENSIONS)}")
    return tuple(dict.fromkeys(wanted))


def apart(names: Iterable[str], one: tuple[Question, Request], other: tuple[Question, Request]) -> list[str]:
    """The dimensions of these in which two questions differ."""
    return [name for name in names if DIMENSIONS[name](*one) != DIMENSIONS[name](*other)]
