"""Which native call a request is, and what it names."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.native.operations import TRANSACTION_OF, TRANSACTIONS, NativeCall, read_call
from inspector.wire.exchange import Request, Response

API = "api004.backblazeb2.com"
POD = "pod-000-1007-13.backblaze.com"
DOWNLOAD = "f004.backblazeb2.com"
S3 = "s3.us-west-004.backblazeb2.com"
FILE_ID = "4_zf1f51fb913357c4f74ed0c1b_f239c4ba1a111c054_d20240910_m192840_c004_v0402007_t0044_u01725996520526"
POD_PATH = b"/b2api/v3/b2_upload_file/f1f51fb913357c4f74ed0c1b/c001_v0001007_t0042"


def asked(host: str, target: bytes, *headers: tuple[bytes, bytes]) -> Request:
    return Request(b"POST", "https", host, 443, target, ((b"Host", host.encode()), *headers))


CALLS = [
    # host, target, call
    ("api.backblazeb2.com", b"/b2api/v4/b2_authorize_account", "b2_authorize_account"),
    ("api.backblaze.com", b"/b2api/v1/b2_authorize_account", "b2_authorize_account"),
    (f"{API}:443", b"/b2api/v2/b2_list_file_names", "b2_list_file_names"),
    (API.upper(), b"/b2api/v4/b2_list_buckets?accountId=a", "b2_list_buckets"),
    (POD, POD_PATH, "b2_upload_file"),
    (DOWNLOAD, b"/b2api/v1/b2_download_file_by_id?fileId=4_z", "b2_download_file_by_id"),
    (DOWNLOAD, b"/file/my-bucket/a.txt", "b2_download_file_by_name"),
    (API, b"/b2api/v9/b2_call_of_tomorrow", "b2_call_of_tomorrow"),
    ("127.0.0.1:8080", b"/b2api/v2/b2_list_buckets", "b2_list_buckets"),
    # B2's hosts, no call
    (API, b"/", None),
    (API, b"/b2api/v2/", None),
    (API, b"/b2api/v2/list_buckets", None),
    (API, b"/b2api/v2/b2_list-buckets", None),
    (DOWNLOAD, b"/robots.txt", None),
]


@pytest.mark.parametrize(("host", "target", "name"), CALLS)
def test_host_and_path_name_the_call(host: str, target: bytes, name: str | None) -> None:
    call = read_call(asked(host, target))
    assert call is not None
    assert call.operation == name


NO_CALLS = [
    (S3, b"/b2api/v2/b2_list_buckets"),  # a key of the bucket b2api
    (f"b.{S3}", b"/b2api/v2/b2_list_buckets"),
    ("b.s3.us-west-2.amazonaws.com", b"/b2api/v2/b2_list_buckets"),
    ("localhost:9000", b"/file/my-bucket/a.txt"),
    ("localhost:9000", b"/bucket/b2api/v2/b2_list_buckets"),
    ("www.backblaze.com", b"/"),
    ("f004.backblazeb2.com.example.com", b"/file/b/k"),
]


@pytest.mark.parametrize(("host", "target"), NO_CALLS)
def test_what_goes_elsewhere_is_no_native_call(host: str, target: bytes) -> None:
    assert read_call(asked(host, target)) is None


DOWNLOADED = [
    # host, lines of the request, lines of the answer; whether it is a download by name
    ("localhost:9000", (), (), True),
    ("127.0.0.1:9000", ((b"Authorization", b"4_004abc_acct"),), (), True),
    ("localhost:9000", ((b"Authorization", b"AWS4-HMAC-SHA256 Credential=x"),), (), False),
    ("localhost:9000", ((b"Authorization", b"AWS x:y"),), (), False),
    ("localhost:9000", (), ((b"x-amz-request-id", b"1"),), False),
    ("files.example.com", (), (), False),
]


@pytest.mark.parametrize(("host", "sent", "came", "is_download"), DOWNLOADED)
def test_a_test_server_is_read_by_name(
    host: str, sent: tuple[tuple[bytes, bytes], ...], came: tuple[tuple[bytes, bytes], ...], is_download: bool
) -> None:
    """B2's libraries take any address for their realm; a bucket `file` of an S3 server near by stays one."""
    lines = ((b"Host", host.encode()), *sent)
    request = Request(b"GET", "http", host, 80, b"/file/my-bucket/a%20b.txt", lines)
    call = read_call(request, Response(200, came))
    assert (call is not None and call.operation == "b2_download_file_by_name") == is_download
    signed = Request(b"GET", "http", host, 80, b"/file/my-bucket/a?X-Amz-Signature=0", lines)
    assert read_call(signed) is None


# www.backblaze.com/docs/cloud-storage-native-api-string-encoding: "+" is a space, unlike in an S3 path
NAMES = [
    (b"a.txt", b"a.txt"),
    (b"photos/a+b%2Bc%20d.jpg", b"photos/a b+c d.jpg"),
    (b"%E8%87%AA", "自".encode()),
    (b"%FF", b"\xff"),
    (b"dir/", b"dir/"),
    (b"/x", b"/x"),
    (b"", None),
]


@pytest.mark.parametrize(("written", "key"), NAMES)
def test_names_are_decoded_alike_in_urls_and_headers(written: bytes, key: bytes | None) -> None:
    by_name = read_call(asked(DOWNLOAD, b"/file/my-bucket/" + written + b"?Authorization=t"))
    assert by_name == NativeCall("b2_download_file_by_name", "my-bucket", key)
    upload = read_call(asked(POD, POD_PATH, (b"x-bz-file-name", written)))
    assert upload == NativeCall("b2_upload_file", None, key)


def arguments(**given: object) -> bytes:
    return json.dumps(given).encode()


BODIES = [
    ("b2_list_buckets", arguments(accountId="a", bucketName="my-bucket"), NativeCall("b2_list_buckets", "my-bucket")),
    ("b2_list_file_names", arguments(bucketId="f1f5", prefix="a/"), NativeCall("b2_list_file_names")),
    (
        "b2_hide_file",
        arguments(bucketId="f1f5", fileName="自+%20"),
        NativeCall("b2_hide_file", None, "自+%20".encode()),
    ),
    (
        "b2_delete_file_version",
        arguments(fileName="a", fileId=FILE_ID),
        NativeCall("b2_delete_file_version", None, b"a", version_id=FILE_ID),
    ),
    ("b2_get_upload_part_url", arguments(fileId="4_z"), NativeCall("b2_get_upload_part_url", upload_id="4_z")),
    ("b2_finish_large_file", arguments(fileId="4_z"), NativeCall("b2_finish_large_file", upload_id="4_z")),
    ("b2_copy_part", arguments(largeFileId="4_z", sourceFileId="4_y"), NativeCall("b2_copy_part", upload_id="4_z")),
    ("b2_hide_file", b'{"fileName": "cut of', NativeCall("b2_hide_file")),
    # of what is cut off, the beginning: the hashes of thousands of parts come last
    (
        "b2_finish_large_file",
        b'{"fileId": "4_z", "partSha1Array": ["aaf4c61d", "aaf4',
        NativeCall("b2_finish_large_file", upload_id="4_z"),
    ),
    ("b2_hide_file", b'["fileName"]', NativeCall("b2_hide_file")),
    ("b2_hide_file", arguments(fileName=7, bucketName=None), NativeCall("b2_hide_file")),
    ("b2_upload_file", arguments(fileName="of the payload"), NativeCall("b2_upload_file")),
]


@pytest.mark.parametrize(("name", "body", "call"), BODIES)
def test_arguments_are_read_from_the_body(name: str, body: bytes, call: NativeCall) -> None:
    assert read_call(asked(API, f"/b2api/v3/{name}".encode()), None, body) == call


def test_arguments_are_read_from_the_query_too() -> None:
    call = read_call(asked(API, b"/b2api/v4/b2_list_buckets?bucketName=my-bucket&accountId"))
    assert call == NativeCall("b2_list_buckets", "my-bucket")
    by_id = read_call(asked(DOWNLOAD, b"/b2api/v4/b2_download_file_by_id?fileId=4_z"))
    assert by_id == NativeCall("b2_download_file_by_id", version_id="4_z")


def test_the_answer_tells_what_a_download_by_id_was() -> None:
    answer = Response(200, ((b"X-Bz-File-Name", b"a+b.txt"), (b"X-Bz-File-Id", FILE_ID.encode())))
    call = read_call(asked(DOWNLOAD, b"/b2api/v4/b2_download_file_by_id?fileId=4_z"), answer)
    assert call == NativeCall("b2_download_file_by_id", None, b"a b.txt", version_id=FILE_ID)


def test_a_large_file_is_one_upload_from_start_to_finish() -> None:
    """The id that the start gives, that its parts carry in their URL and that the finish names."""
    started = read_call(
        asked(API, b"/b2api/v3/b2_start_large_file"),
        Response(200, ()),
        arguments(bucketId="f1f5", fileName="big"),
        arguments(fileId="4_z", fileName="big"),
    )
    assert started == NativeCall("b2_start_large_file", None, b"big", upload_id="4_z")
    part = read_call(asked(POD, b"/b2api/v3/b2_upload_part/4_z/c001", (b"X-Bz-Part-Number", b"3")))
    assert part == NativeCall("b2_upload_part", upload_id="4_z", part_number=b"3")


def test_each_call_has_one_class() -> None:
    assert len(TRANSACTION_OF) == sum(len(names.split()) for names in TRANSACTIONS.values())
    assert TRANSACTION_OF["b2_download_file_by_name"] == "B"


@given(st.sampled_from([API, DOWNLOAD, POD, "localhost"]), st.binary(), st.binary(), st.binary())
def test_any_bytes_can_be_asked(host: str, target: bytes, name: bytes, body: bytes) -> None:
    read_call(asked(host, b"/b2api/v2/b2_" + target, (b"x-bz-file-name", name)), None, body, body)
    read_call(asked(host, b"/file/" + target))
