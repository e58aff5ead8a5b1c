"""b2sdk, which speaks B2's native API: uploads, a large file in parts, versions, a hidden file, a key, refusals."""

import hashlib
import os
from pathlib import Path

from b2sdk.v2 import B2Api, InMemoryAccountInfo
from b2sdk.v2.exception import B2Error


def authorized(key: str) -> B2Api:
    api = B2Api(InMemoryAccountInfo())
    api.authorize_account("production", os.environ["B2_APPLICATION_KEY_ID"], key)
    return api


def refused(call) -> None:  # type: ignore[no-untyped-def]
    """It is to fail: that is what one looks at."""
    try:
        call()
    except B2Error as error:
        print(type(error).__name__)


refused(lambda: authorized("not-the-key"))
api = authorized(os.environ["B2_APPLICATION_KEY"])
bucket = api.create_bucket("b2sdk-tour", "allPrivate")
first = bucket.upload_bytes(b"Sunny.\n", "notes/été 2026.txt", "text/plain", file_info={"weather": "fine"})
bucket.upload_bytes(b"Rainy.\n", "notes/été 2026.txt", "text/plain")
bucket.upload_bytes(b"written to a pod that was busy\n", "busy.txt")
print(bucket.download_file_by_name("notes/été 2026.txt", range_=(0, 3)).response.text)
print(api.download_file_by_id(first.id_).response.text)
Path("film.mp4").write_bytes(hashlib.sha256(b"film").digest() * 8_000)
bucket.upload_local_file("film.mp4", "film.mp4")
bucket.copy(first.id_, "copy.txt")
bucket.hide_file("copy.txt")
refused(lambda: bucket.download_file_by_name("copy.txt"))
refused(lambda: bucket.download_file_by_name("film.mp4"))
print([(file.file_name, file.action) for file, _ in bucket.ls(latest_only=False, recursive=True)])
key = api.create_key(["listBuckets", "listFiles", "readFiles"], "reader", bucket_id=bucket.id_)
reader = B2Api(InMemoryAccountInfo())
reader.authorize_account("production", key.id_, key.application_key)
refused(lambda: reader.get_bucket_by_name("b2sdk-tour").hide_file("film.mp4"))
refused(lambda: api.get_bucket_by_name("b2sdk-toor"))
api.delete_key(key)
