"""An account of B2's native API: Backblaze's own simulator (in b2sdk), with ids as B2 writes them, and its gaps closed.

The simulator stands in for B2 in b2sdk's own tests, where nothing travels: its ids are `bucket_0` and `9999`, its
tokens say what they are good for, and nobody asks for what b2sdk never asks. Shapes of ids: facts of `inspector.native
.ids` and B2's documentation.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from datetime import UTC, datetime
from itertools import count
from typing import Any

from b2sdk._internal.exception import B2Error, FileNotPresent, InvalidAuthToken, Unauthorized
from b2sdk._internal.raw_api import ALL_CAPABILITIES
from b2sdk._internal.raw_simulator import BucketSimulator, FileSimulator, KeySimulator, RawSimulator

CLUSTER = "004"


class BucketNotEmpty(B2Error):
    """`cannot_delete_non_empty_bucket`."""


class AlreadyHidden(B2Error):
    """`already_hidden`."""


class NothingToHide(B2Error):
    """`no_such_file`."""


class _Bucket(BucketSimulator):
    """File ids end in nothing that can be counted on, so what counts on them is done by their order."""

    MAX_SIMPLE_COPY_SIZE = 5_000_000_000

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.upload_url_counter = count()
        self.upload_timestamp_counter = iter(_milliseconds, None)
        self._newest_first = count(0xF000_0000_0000_0000 - secrets.randbelow(1 << 40), -secrets.randbelow(9000) - 1)

    def _next_file_id(self) -> str:
        moment = datetime.now(UTC)
        ending = f"v0004{os.getpid() % 1000:03}_t{secrets.randbelow(60):04}_u0{_milliseconds()}"
        return f"4_z{self.bucket_id}_f{next(self._newest_first):016x}_{moment:d%Y%m%d_m%H%M%S}_c{CLUSTER}_{ending}"

    def _ordered(self, prefix: str | None) -> list[FileSimulator]:
        """Files, hide markers and unfinished large files by name, newest first."""
        pairs = sorted(self.file_name_and_id_to_file.items())
        return [one for (name, _), one in pairs if name.startswith(prefix or "")]

    def list_file_versions(
        self,
        account_auth_token: str,
        start_file_name: str | None = None,
        start_file_id: str | None = None,
        max_file_count: int | None = None,
        prefix: str | None = None,
    ) -> dict[str, Any]:
        start = (start_file_name or "", start_file_id or "")
        files = [one for one in self._ordered(prefix) if (one.name, one.file_id) >= start]
        page, rest = files[: max_file_count or 100], files[max_file_count or 100 :]
        return {
            "files": [one.as_list_files_dict(account_auth_token) for one in page],
            "nextFileName": rest[0].name if rest else None,
            "nextFileId": rest[0].file_id if rest else None,
        }

    def list_file_names(
        self,
        account_auth_token: str,
        start_file_name: str | None = None,
        max_file_count: int | None = None,
        prefix: str | None = None,
    ) -> dict[str, Any]:
        newest: dict[str, FileSimulator] = {}
        for one in self._ordered(prefix):
            if one.name >= (start_file_name or "") and one.action != "start":
                newest.setdefault(one.name, one)
        files = [one for one in newest.values() if one.is_visible()]
        page, rest = files[: max_file_count or 100], files[max_file_count or 100 :]
        return {
            "files": [one.as_list_files_dict(account_auth_token) for one in page],
            "nextFileName": rest[0].name if rest else None,
        }

    def list_unfinished_large_files(
        self,
        account_auth_token: str,
        start_file_id: str | None = None,
        max_file_count: int | None = None,
        prefix: str | None = None,
    ) -> dict[str, Any]:
        started = [one for one in self._ordered(prefix) if one.action == "start"]
        files = [one for one in sorted(started, key=lambda one: one.file_id) if one.file_id >= (start_file_id or "")]
        page, rest = files[: max_file_count or 100], files[max_file_count or 100 :]
        return {
            "files": [one.as_start_large_file_result(account_auth_token) for one in page],
            "nextFileId": rest[0].file_id if rest else None,
        }

    def hide_file(self, account_auth_token: str, file_name: str) -> dict[str, Any]:
        newest = [one for one in self._ordered(file_name) if one.name == file_name and one.action != "start"]
        if not newest:
            raise NothingToHide
        if newest[0].action == "hide":
            raise AlreadyHidden
        return dict(super().hide_file(account_auth_token, file_name))


class Account(RawSimulator):  # type: ignore[misc]
    """One account with one key of all capabilities; more are made by `b2_create_key`.

    `part_size` (bytes) is the recommended and the least size of a part; B2's own is 100,000,000 and 5,000,000.
    """

    BUCKET_SIMULATOR_CLASS = _Bucket

    def __init__(self, key: tuple[str, str], part_size: int) -> None:
        super().__init__()
        self.MIN_PART_SIZE = part_size
        self.lock = threading.RLock()
        self.key_id, self.key = key
        self.account_id = self.key_id[3:15]
        self.bucket_id_counter = iter(lambda: secrets.token_hex(12), None)
        self._downloads: dict[str, tuple[str, str]] = {}
        self.key_id_to_key[self.key_id] = KeySimulator(
            account_id=self.account_id,
            name="all",
            application_key_id=self.key_id,
            key=self.key,
            capabilities=ALL_CAPABILITIES,
            expiration_timestamp_or_none=None,
            buckets_or_none=None,
            name_prefix_or_none=None,
        )

    def authorize_account(self, realm_url: str, application_key_id: str, application_key: str) -> dict[str, Any]:
        answer: dict[str, Any] = super().authorize_account(realm_url, application_key_id, application_key)
        token = new_token(application_key_id, "acct")
        self.auth_token_to_key[token] = self.auth_token_to_key.pop(answer["authorizationToken"])
        self.current_token = token
        return answer | {"authorizationToken": token, "applicationKeyExpirationTimestamp": None}

    def create_bucket(self, *arguments: Any, **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = super().create_bucket(*arguments, **more)
        bucket = self.bucket_name_to_bucket[answer["bucketName"]]
        self.bucket_id_to_bucket.pop(answer["bucketId"])
        bucket.bucket_id = answer["bucketId"].removeprefix("bucket_")
        self.bucket_id_to_bucket[bucket.bucket_id] = bucket
        return answer | {"bucketId": bucket.bucket_id}

    def create_key(self, *arguments: Any, **more: Any) -> dict[str, Any]:
        made: dict[str, Any] = super().create_key(*arguments, **more)
        sim = self.key_id_to_key.pop(made["applicationKeyId"])
        sim.application_key_id = f"{CLUSTER}{self.account_id}{self.app_key_counter + 1:010x}"
        sim.key = f"K{CLUSTER}{secrets.token_hex(14)[:27]}"
        self.key_id_to_key[sim.application_key_id] = sim
        return dict(sim.as_created_key())

    def delete_bucket(self, api_url: str, account_auth_token: str, account_id: str, bucket_id: str) -> dict[str, Any]:
        if self._get_bucket_by_id(bucket_id).file_id_to_file:
            raise BucketNotEmpty
        return dict(super().delete_bucket(api_url, account_auth_token, account_id, bucket_id))

    def get_download_authorization(
        self, api_url: str, token: str, bucket_id: str, file_name_prefix: str, seconds: int
    ) -> dict[str, Any]:
        answer = super().get_download_authorization(api_url, token, bucket_id, file_name_prefix, seconds)
        made = new_token(self.key_id, "dnld")
        self._downloads[made] = (bucket_id, file_name_prefix)
        return answer | {"authorizationToken": made}

    def copy_file(self, *arguments: Any, **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = super().copy_file(*arguments, **more)
        self.file_id_to_bucket_id[answer["fileId"]] = answer["bucketId"]
        return answer

    def check_token(self, token: str, capability: str) -> None:
        """Refuse a token that was never given, is over, or may not do this."""
        sim = self.auth_token_to_key.get(token)
        if sim is None or token in self.expired_auth_tokens:
            raise InvalidAuthToken("", "expired_auth_token" if sim else "bad_auth_token")
        if capability not in sim.capabilities:
            raise Unauthorized("", "unauthorized")

    def check_download(self, token: str | None, bucket: BucketSimulator, name: str) -> None:
        """Whether a file may be read: of a public bucket by all, else with an account's or a download token."""
        if bucket.bucket_type == "allPublic" and not token:
            return
        allowed = self._downloads.get(token or "")
        if allowed is None:
            self.check_token(token or "", "readFiles")
        elif allowed[0] != bucket.bucket_id or not name.startswith(allowed[1]):
            raise Unauthorized("", "unauthorized")

    def bucket_of(self, file_id: str) -> BucketSimulator:
        """The bucket of a file, FileNotPresent where there is no such file."""
        bucket = self.bucket_id_to_bucket.get(self.file_id_to_bucket_id.get(file_id, ""))
        if bucket is None or file_id not in bucket.file_id_to_file:
            raise FileNotPresent(file_id_or_name=file_id)
        return bucket

    def expire_tokens(self) -> None:
        """All tokens that were given so far are over."""
        self.expired_auth_tokens.update(self.auth_token_to_key)


def new_token(key_id: str, kind: str) -> str:
    """A token as B2 writes them: what it is for stands in it (`acct`, `upld`, `dnld`)."""
    tail = secrets.token_urlsafe(20).replace("_", "a").replace("-", "b")
    return f"4_{key_id}_{secrets.token_hex(4)}_{secrets.token_hex(3)}_{kind}_{tail}="


def _milliseconds() -> int:
    return int(time.time() * 1000)
