"""Secrets that stand in a request, since they were sent as something else."""

from __future__ import annotations

import json

from inspector.diagnose.examine import examine
from inspector.diagnose.secrecy import without_secrets
from inspector.sigv4.key import Key
from tests.support.diagnosed import Answer, asked

SECRET = "K004abc/def+ghiJKLmnoPQRstuVWXyz"
KEY = Key("0041234567890ab0000000001", SECRET.encode())
SWAPPED = f"""\
GET /photos HTTP/1.1
Host: s3.us-west-004.backblazeb2.com
x-amz-date: 20261122T120000Z
x-amz-content-sha256: UNSIGNED-PAYLOAD
Authorization: AWS4-HMAC-SHA256 Credential={SECRET}/20261122/us-west-004/s3/aws4_request, \
SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={"0" * 64}
"""


def test_a_secret_in_the_place_of_the_key_id_is_named_and_not_shown() -> None:
    answer = Answer(403, "InvalidAccessKeyId", "The Access Key Id you provided does not exist in our records.")
    found = examine(asked(SWAPPED, answer), [KEY]).findings
    assert found[0].cause == "key-swapped"
    assert SECRET not in "".join(one.summary + one.seen + one.fix for one in found)


def test_a_text_loses_a_secret_however_it_is_written() -> None:
    key = Key("k", b'a"b/c+d=longer')
    for text in (
        'a"b/c+d=longer',
        "a%22b%2Fc%2Bd%3Dlonger",
        "a%22b/c%2Bd%3Dlonger",
        json.dumps('a"b/c+d=longer')[1:-1],
    ):
        assert without_secrets(f"<{text}>", [key]) == "<(the secret)>"


def test_words_that_everyone_knows_are_no_secrets() -> None:
    """MinIO's default user has its name as its password."""
    assert without_secrets("key id minioadmin", [Key("minioadmin", b"minioadmin")]) == "key id minioadmin"
    assert without_secrets("a photo", [Key("k", b"photo")]) == "a photo"
