"""Costs are counted by class, and only what was waste is called waste."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.session import Session

from inspector.store.cost import Costs, Waste, class_of, costs

BASE: dict[str, Any] = {
    "session": 1,
    "method": "GET",
    "target": b"/photos/a",
    "bucket": "photos",
    "key": "a",
    "status": 200,
    "failure": None,
    "client": "boto3 1.44.5",
    "attempt": 1,
    "upload_id": None,
    "request_size": 0,
    "response_size": 0,
    "client_connection": "c1",
    "state": "done",
}
COLUMNS = (
    *("id", "session", "started_at", "method", "target", "operation", "bucket", "key", "status", "failure"),
    *("client", "attempt", "upload_id", "request_size", "response_size", "client_connection", "state"),
)


def cost_of(*calls: dict[str, Any]) -> Costs:
    """The costs of calls that came one after the other."""
    rows = [{**BASE, "id": number, "started_at": float(number), **call} for number, call in enumerate(calls, 1)]
    return costs(tuple(row[name] for name in COLUMNS) for row in rows)


def waste_of(*calls: dict[str, Any]) -> dict[str, list[int]]:
    """Kind of waste to the ids of its calls."""
    found: tuple[Waste, ...] = cost_of(*calls).waste
    return {one.kind: one.ids for one in found}


def test_each_call_counts_in_its_class() -> None:
    """An upload is free, a read is B, a list is C; a failure is counted apart."""
    found = cost_of(
        {"operation": "PutObject", "method": "PUT", "request_size": 10},
        {"operation": "GetObject", "response_size": 7},
        {"operation": "GetObject", "status": 404},
        {"operation": "ListObjectsV2", "key": None},
        {"operation": "b2_authorize_account"},
        {"operation": "PutBucketTagging"},
        {"operation": "GetObject", "state": "open", "status": None},
    ).classes
    assert {letter: (one.calls, one.failed) for letter, one in found.items()} == {
        "A": (1, 0),
        "B": (1, 1),
        "C": (2, 0),
        None: (1, 0),
    }
    assert (found["A"].sent, found["B"].received) == (10, 7)


WASTEFUL: list[tuple[str, list[dict[str, Any]], dict[str, list[int]]]] = [
    (
        "a retry",
        [{"operation": "GetObject", "status": 503}, {"operation": "GetObject", "attempt": 2}],
        {"retry": [2]},
    ),
    (
        "the region redirector's probe",
        [{"operation": "HeadObject", "status": 400}, {"operation": "HeadBucket", "key": None, "status": 200}],
        {"phantom-head": [2]},
    ),
    ("a HEAD before a read", [{"operation": "HeadObject"}, {"operation": "GetObject"}], {"head-then-get": [1]}),
    (
        "a list for one key",
        [
            {"operation": "ListObjectsV2", "key": None, "target": b"/photos?list-type=2&prefix=dir%2Fa"},
            {"operation": "GetObject", "key": "dir/a"},
        ],
        {"list-for-one-key": [1]},
    ),
    (
        "parts without an end",
        [{"operation": "UploadPart", "upload_id": "u"}, {"operation": "UploadPart", "upload_id": "u"}],
        {"parts-never-completed": [1, 2]},
    ),
]
INNOCENT: list[tuple[str, list[dict[str, Any]]]] = [
    ("a bucket asked for on its own", [{"operation": "HeadBucket", "key": None}]),
    (
        "a HEAD and a read by another",
        [{"operation": "HeadObject"}, {"operation": "GetObject", "client": "rclone 1.75"}],
    ),
    ("a HEAD and a range", [{"operation": "HeadObject"}, {"operation": "GetObject", "status": 206}]),
    ("a HEAD and an upload", [{"operation": "HeadObject", "status": 404}, {"operation": "PutObject"}]),
    (
        "a folder listed, a file in it read",
        [
            {"operation": "ListObjectsV2", "key": None, "target": b"/photos?prefix=dir%2F"},
            {"operation": "GetObject", "key": "dir/a"},
        ],
    ),
    (
        "an upload that was completed",
        [{"operation": "UploadPart", "upload_id": "u"}, {"operation": "CompleteMultipartUpload", "upload_id": "u"}],
    ),
    (
        "an upload that was aborted",
        [{"operation": "UploadPart", "upload_id": "u"}, {"operation": "AbortMultipartUpload", "upload_id": "u"}],
    ),
]


@pytest.mark.parametrize(("name", "calls", "kinds"), WASTEFUL, ids=[row[0] for row in WASTEFUL])
def test_waste_is_found(name: str, calls: list[dict[str, Any]], kinds: dict[str, list[int]]) -> None:
    """The calls that a client could have done without."""
    assert waste_of(*calls) == kinds


@pytest.mark.parametrize(("name", "calls"), INNOCENT, ids=[row[0] for row in INNOCENT])
def test_what_served_a_purpose_is_no_waste(name: str, calls: list[dict[str, Any]]) -> None:
    """Looks alike, and is not."""
    assert waste_of(*calls) == {}


def test_the_classes_are_of_operations_that_exist() -> None:
    """botocore's model knows each S3 operation that has a class."""
    known = set(Session().get_service_model("s3").operation_names)
    from inspector.store.cost import _CLASS_OF

    strangers = {name for name in _CLASS_OF if not name.startswith("b2_")} - known
    assert not strangers
    assert class_of("GetObject") == "B"
