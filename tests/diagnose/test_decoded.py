"""What identifiers say."""

from __future__ import annotations

from inspector.diagnose.decoded import decoded
from tests.support.diagnosed import Answer, asked

# A version id out of backblaze's answers (timmyomahony/craft-remote-backup#63).
VERSION = "4_zf1f51fb913357c4f74ed0c1b_f239c4ba1a111c054_d20240910_m192840_c004_v0402007_t0044_u01725996520526"
B2 = (b"x-amz-request-id", b"f15a449517f8b909")


def said(
    key: str = "0024eaffceaa8f9000000000f",
    host: str = "s3.us-west-002.backblazeb2.com",
    region: str = "us-west-002",
    query: str = "",
    answer: Answer | None = None,
) -> dict[str, str]:
    """What is decoded of a call."""
    return dict(
        decoded(
            asked(
                f"GET /photos/a{query} HTTP/1.1\nHost: {host}\nx-amz-date: 20261122T120000Z\nAuthorization:"
                f" AWS4-HMAC-SHA256 Credential={key}/20261122/{region}/s3/aws4_request, SignedHeaders=host,"
                f" Signature={'0' * 64}\n",
                answer or Answer(200, headers=(B2,)),
            )
        )
    )


def test_a_key_id_names_cluster_account_and_number() -> None:
    """A master key's names the account alone."""
    assert said()["key id"] == "cluster 002 (us-west-002), account 4eaffceaa8f9, key number 15"
    assert said("4eaffceaa8f9")["key id"].endswith("account 4eaffceaa8f9")
    assert "key id" not in said("AKIAIOSFODNN7EXAMPLE")


def test_an_endpoint_is_set_beside_key_and_scope() -> None:
    """What agrees is not told twice."""
    assert said()["endpoint"] == "cluster 002 (us-west-002)"
    assert said(host="s3.us-east-005.backblazeb2.com")["endpoint"] == (
        "cluster 005 (us-east-005); the key is of cluster 002; signed for the region us-west-002"
    )
    assert "endpoint" not in said(host="minio.example")


def test_ids_of_versions_and_uploads_name_bucket_and_time() -> None:
    """Of the request, and of the answer."""
    words = "bucket id f1f51fb913357c4f74ed0c1b, cluster 004, made 2024-09-10 19:28:40 UTC, vault 0402007"
    assert said(query=f"?versionId={VERSION}")["version"] == words
    assert said(answer=Answer(200, headers=(B2, (b"x-amz-version-id", VERSION.encode()))))["version"] == words
    assert said(query=f"?uploadId={VERSION}")["upload"] == words
    assert not {"version", "upload"} & said(query="?versionId=abc").keys()


def test_whose_answer_it_is_is_told_by_its_ids() -> None:
    """B2's request ids are lower-case hex, AWS's and MinIO's are capitals."""
    assert said()["answer"].startswith("in the form of B2's own")
    assert said(answer=Answer(502, at=None))["answer"].startswith("not in B2's form: it has no request id")
    other = Answer(200, headers=((b"x-amz-request-id", b"25E898D1D9E43067"),))
    assert "'25E898D1D9E43067'" in said(answer=other)["answer"]
    assert "answer" not in said(host="minio.example", answer=other)
    assert "answer" not in said(answer=Answer(None))
