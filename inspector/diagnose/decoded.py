"""What the identifiers of a call say without asking anybody: key id, endpoint, version and upload ids, request id.

All are read off their shapes in public traces (`native.ids`), so they are told as such.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

from inspector.diagnose.call import Call
from inspector.diagnose.heard import by_b2
from inspector.diagnose.reading import answered, shown, stamp
from inspector.native.ids import (
    CLUSTERS,
    FileId,
    cluster_of_host,
    cluster_of_region,
    is_master_key_id,
    read_file_id,
    read_key_id,
)
from inspector.wire.host import host_name
from inspector.wire.query import pairs


def decoded(call: Call) -> Iterator[tuple[str, str]]:
    """What a call's identifiers say: a label, and a text."""
    yield from _key(call)
    yield from _endpoint(call)
    yield from _files(call)
    yield from _answer(call)


def _key(call: Call) -> Iterator[tuple[str, str]]:
    text = call.facts.key_id or ""
    key_id = read_key_id(text)
    if key_id is not None:
        region = f" ({key_id.region})" if key_id.region else ""
        yield "key id", f"cluster {key_id.cluster}{region}, account {key_id.account}, key number {key_id.number}"
    elif is_master_key_id(text):
        yield "key id", f"the form of a master application key's id: account {text}"


def _endpoint(call: Call) -> Iterator[tuple[str, str]]:
    """Where the call went, and where its scope and its key belong, if that is elsewhere."""
    there = cluster_of_host(host_name(call.request))
    if there is None:
        return
    words = f"cluster {there} ({CLUSTERS.get(there, 'a region that is not known')})"
    key_id, region = read_key_id(call.facts.key_id or ""), call.authorization.region
    if key_id is not None and key_id.cluster != there:
        words += f"; the key is of cluster {key_id.cluster}"
    signed = cluster_of_region(region or "")
    if region and signed != there:
        words += f"; signed for the region {region}"
    yield "endpoint", words


def _files(call: Call) -> Iterator[tuple[str, str]]:
    """Version and upload ids: of the request, and of the answer."""
    named = {unquote(shown(pair.name)): unquote(shown(pair.value or b"")) for pair in pairs(call.request.query)}
    ids = (
        ("version", named.get("versionId") or shown(answered(call, b"x-amz-version-id") or b"")),
        ("upload", call.facts.upload_id or ""),
        ("source", shown(answered(call, b"x-amz-copy-source-version-id") or b"")),
    )
    for label, text in ids:
        file = read_file_id(text)
        if file is not None:
            yield label, _file(file)


def _file(file: FileId) -> str:
    made = f"made {stamp(file.created.timestamp())}" if file.created else "made at a time that is none"
    places = [f"bucket id {file.bucket}", f"cluster {file.cluster}", made]
    places += [f"vault {file.vault}"] if file.vault else []
    return ", ".join(places)


def _answer(call: Call) -> Iterator[tuple[str, str]]:
    """Whose answer it is."""
    if call.response is None:
        return
    request_id = shown(answered(call, b"x-amz-request-id") or b"")
    if by_b2(call):
        named = f", request id {request_id}" if request_id else ""
        yield "answer", f"in the form of B2's own{named}"
    elif cluster_of_host(host_name(call.request)) is not None and call.facts.api == "s3":
        why = f"the request id {request_id!r} is none of B2's form" if request_id else "it has no request id of B2's"
        yield "answer", f"not in B2's form: {why}; something else may have answered"
