"""B2's identifiers say where and when; what has another shape says nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.native import ids


def test_a_key_id_names_its_cluster_account_and_number() -> None:
    """The parts of an id as it stands in public traces."""
    read = ids.read_key_id("0024eaffceaa8f9000000000f")
    assert read == ids.KeyId("002", "4eaffceaa8f9", 15)
    assert read.region == "us-west-002"


@pytest.mark.parametrize("text", ["", "4eaffceaa8f9", "AKIAIOSFODNN7EXAMPLE", "K0024eaffceaa8f9000000000f", "0024EAFF"])
def test_other_ids_are_no_application_keys(text: str) -> None:
    """Master keys, AWS keys, secrets, capitals."""
    assert ids.read_key_id(text) is None


def test_a_file_id_names_bucket_cluster_and_moment() -> None:
    """The id of a large file's upload."""
    text = "4_z5a1b2c3d4e5f6a7b8c9d0e1f_f1166a4b2c3d4e5f6_d20250808_m142501_c002_v0001111_t0042_u01754663101123"
    read = ids.read_file_id(text)
    assert read is not None
    assert (read.bucket, read.cluster, read.vault) == ("5a1b2c3d4e5f6a7b8c9d0e1f", "002", "0001111")
    assert read.created == datetime(2025, 8, 8, 14, 25, 1, tzinfo=UTC)


def test_a_file_id_with_an_impossible_day_has_no_moment() -> None:
    """Shape alone is no date."""
    read = ids.read_file_id("4_z5a1b2c3d4e5f6a7b8c9d0e1f_f1166a4b2c3d4e5f6_d20251399_m142501_c002")
    assert read is not None
    assert read.created is None


@pytest.mark.parametrize(
    ("host", "cluster"),
    [
        ("s3.us-west-004.backblazeb2.com", "004"),
        ("photos.s3.eu-central-003.backblazeb2.com", "003"),
        ("S3.US-EAST-005.BackblazeB2.com", "005"),
        ("f004.backblazeb2.com", "004"),
        ("api001.backblazeb2.com", "001"),
        ("pod-000-1016-09.backblaze.com", "000"),
        ("api.backblazeb2.com", None),
        ("s3.us-west-004.backblazeb2.com.evil.example", None),
        ("f004.example.com", None),
        ("s3.amazonaws.com", None),
    ],
)
def test_hosts_name_their_cluster(host: str, cluster: str | None) -> None:
    """S3 endpoints with and without bucket, download, API and pod hosts."""
    assert ids.cluster_of_host(host) == cluster


def test_request_ids_tell_b2_from_aws() -> None:
    """B2 writes lower-case hex, AWS capitals."""
    assert ids.is_request_id("f15a449517f8b909")
    assert not ids.is_request_id("656c76696e6727732072657175657374")
    assert not ids.is_request_id("4442587FB7D0A2F9")


def test_secrets_have_a_shape() -> None:
    """An application key begins with K and its cluster."""
    assert ids.is_application_key("K004" + "a" * 27)
    assert ids.secret_cluster("K004" + "a" * 27) == "004"
    assert not ids.is_application_key("004" + "a" * 28)


@given(st.text(max_size=200))
def test_no_text_makes_a_reader_fail(text: str) -> None:
    """Ids come from the wire."""
    ids.read_key_id(text)
    ids.read_file_id(text)
    ids.cluster_of_host(text)
    ids.is_request_id(text)
