"""The key, by B2's own words: an id that is none, one that B2 does not know.

One code, InvalidAccessKeyId, has five causes; the sentence, the shape of the id, the host's cluster and the calls
before tell them apart. What the shape alone says, while nobody has answered, is told beside it.
"""

from __future__ import annotations

from collections.abc import Iterator

from inspector.diagnose.call import Call
from inspector.diagnose.finding import Certainty, Seen
from inspector.diagnose.heard import heard
from inspector.diagnose.key_shapes import by_shape
from inspector.diagnose.neighbours import ago, number, with_same_key
from inspector.diagnose.reading import at_b2, doubtful, unanswered
from inspector.diagnose.register import rule
from inspector.native.ids import CLUSTERS, cluster_of_host, is_application_key, read_key_id
from inspector.wire.host import host_name


@rule(when=doubtful)
def malformed_by_b2(call: Call) -> Iterator[Seen]:
    """B2 says that the key id is malformed; its shape says why."""
    key_id = call.facts.key_id or ""
    for one in heard(call, "key-id-malformed"):
        cause, words = by_shape(key_id)
        yield Seen(cause, one.certainty, f"{one.seen}\nkey id: {_shown(key_id)}", words)


def _shown(key_id: str) -> str:
    """A key id in a text: of what may be a secret only as much as tells its shape."""
    if is_application_key(key_id):
        return f"{key_id[:4]}… ({len(key_id)} characters)"
    return f"{key_id!r} ({len(key_id)} characters)"


@rule(when=doubtful)
def odd_by_shape(call: Call) -> Iterator[Seen]:
    """Nobody has answered, and the key id is one that B2 will not take."""
    key_id = call.facts.key_id or ""
    if not unanswered(call) or not at_b2(call.request) or not call.authorization.scheme.startswith("sigv"):
        return
    cause, words = by_shape(key_id)
    if cause in ("key-master", "key-foreign-cloud"):
        yield Seen(cause, Certainty.LIKELY, f"key id: {_shown(key_id)}", words)


@rule(when=doubtful)
def not_valid_by_b2(call: Call) -> Iterator[Seen]:
    """B2 does not know the key: it is of another cluster, or was deleted, has expired, was mistyped."""
    for one in heard(call, "key-not-valid"):
        name = call.facts.key_id or one.parts.get("key", "")
        parts, there = read_key_id(name), cluster_of_host(host_name(call.request))
        if parts is not None and there is not None and parts.cluster != there:
            yield _elsewhere(call, one.certainty, one.seen, parts.cluster, there)
        else:
            yield _unknown(call, one.certainty, one.seen, name)


def _elsewhere(call: Call, certainty: Certainty, seen: str, cluster: str, there: str) -> Seen:
    """That the digits are a cluster's is read off public examples, so they make nothing certain."""
    words = (
        f"The key is of {CLUSTERS.get(cluster, f'cluster {cluster}')} by its first three digits,"
        f" the call went to {CLUSTERS.get(there, f'cluster {there}')}"
    )
    seen += f"\nhost: {host_name(call.request)} (cluster {there})"
    return Seen("key-wrong-cluster", min(certainty, Certainty.LIKELY), seen, words)


def _unknown(call: Call, certainty: Certainty, seen: str, name: str) -> Seen:
    before = next(with_same_key(call), None)
    if before is None:
        return Seen("key-unknown", certainty, seen, f"B2 does not know the key {name}")
    words = f"B2 knows the key {name} no more: {number(before)}, {ago(call, before)}, went well with it"
    return Seen("key-unknown", certainty, f"{seen}\nbefore: {number(before)} {before.facts.operation}", words)


def _unknown_elsewhere(call: Call) -> bool:
    """Whether the code says that the key is not known, in other words than B2's."""
    if call.facts.error_code != "InvalidAccessKeyId" or any(heard(call, "key-id-malformed", "key-not-valid")):
        return False
    parts, there = read_key_id(call.facts.key_id or ""), cluster_of_host(host_name(call.request))
    return bool(call.facts.key_id) and (parts is None or there is None or parts.cluster == there)


@rule(when=_unknown_elsewhere)
def not_known_elsewhere(call: Call) -> Iterator[Seen]:
    """A stand-in for B2, or another store, does not know the key: its code is that of AWS."""
    seen = f"{call.facts.error_code}: {call.facts.error_message or ''}\nkey id: {_shown(call.facts.key_id or '')}"
    yield Seen("key-unknown", Certainty.LIKELY, seen, f"The server does not know the key {call.facts.key_id}")


def _silent_403(call: Call) -> bool:
    """Whether it is a HEAD that was refused, as at an endpoint of another region (s3ql/s3ql#443)."""
    return call.request.method == b"HEAD" and call.status == 403 and at_b2(call.request)


@rule(when=_silent_403)
def wrong_endpoint(call: Call) -> Iterator[Seen]:
    """A HEAD answered 403 where the key's cluster is not the host's, and the length says nothing else."""
    key_id, there = read_key_id(call.facts.key_id or ""), cluster_of_host(host_name(call.request))
    if key_id is None or there is None or key_id.cluster == there or any(heard(call)):
        return
    seen = f"HTTP 403 to HEAD, no x-amz-bucket-region\nkey id: {call.facts.key_id}"
    yield _elsewhere(call, Certainty.LIKELY, seen, key_id.cluster, there)
