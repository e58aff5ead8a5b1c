"""B2's native API over HTTP: a door before Backblaze's own simulator, for the real b2sdk and the real `b2`.

    with native_server(certificates) as b2:             # under B2's host names, for `--connect-to`
        run(*b2.connect_to, ...)
    with native_server() as b2:                         # under its own address
        B2Api().authorize_account(*b2.keys, realm=b2.url)

`b2.refuse("b2_upload_file", 503, "service_unavailable", "no tomes available")` is what the next such call is told. What
answers look like (JSON, heads, the empty reason phrase) is as in public traces: apache/opendal#5997 for errors. Words
that nobody has published are left empty.
"""

from __future__ import annotations

import base64
import io
import json
import re
import secrets
import ssl
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

from b2sdk._internal import exception as errors
from b2sdk._internal.encryption.setting import EncryptionAlgorithm, EncryptionKey, EncryptionMode, EncryptionSetting
from b2sdk._internal.file_lock import BucketRetentionSetting, FileRetentionSetting, LegalHold
from b2sdk._internal.raw_api import MetadataDirectiveMode
from requests.structures import CaseInsensitiveDict

from inspector.demo.certificates import Certificates
from support.native_account import Account, AlreadyHidden, BucketNotEmpty, NothingToHide, new_token

KEYS = ("0041234567890ab0000000001", "K004abcDEFghiJKLmnoPQRstuVWXyz0")
"""A key id and an application key that look like B2's and open nothing."""

API, DOWNLOADS = "api004.backblazeb2.com", "f004.backblazeb2.com"
PODS = tuple(f"pod-040-{pod}-13.backblaze.com" for pod in ("1000", "1007", "1042"))
HOSTS = ("api.backblazeb2.com", API, DOWNLOADS, *PODS)
"""The hosts of a cluster: where one is authorized, asks, reads, and writes."""

SAID: tuple[tuple[type[BaseException], int, str, str], ...] = (
    (AlreadyHidden, 400, "already_hidden", ""),
    (NothingToHide, 400, "no_such_file", ""),
    (BucketNotEmpty, 400, "cannot_delete_non_empty_bucket", ""),
    (errors.DuplicateBucketName, 400, "duplicate_bucket_name", "Bucket name is already in use."),
    (errors.BadJson, 400, "bad_request", ""),
    (errors.NonExistentBucket, 400, "bad_bucket_id", ""),
    (errors.FileNotPresent, 404, "not_found", ""),
    (errors.FileSha1Mismatch, 400, "bad_request", "sha1 did not match data received"),
    (errors.PartSha1Mismatch, 400, "bad_request", "sha1 did not match data received"),
    (errors.ChecksumMismatch, 400, "part_sha1_mismatch", ""),
    (errors.MissingPart, 400, "missing_part", ""),
    (errors.CopySourceTooBig, 400, "source_too_large", ""),
    (errors.Conflict, 409, "conflict", ""),
    (errors.UnsatisfiableRange, 416, "range_not_satisfiable", ""),
    (errors.AccessDenied, 403, "access_denied", ""),
    (errors.BadRequest, 400, "bad_request", ""),
    (KeyError, 400, "bad_request", ""),
    (AssertionError, 400, "bad_request", ""),
)
"""What the simulator raises, as B2's native API says it: status, code, and words where somebody has published them."""

_RENAMED = {
    "fileLockEnabled": "is_file_lock_enabled",
    "range": "bytes_range",
    "eventNotificationRules": "rules",
    "replicationConfiguration": "replication",
}
_RENAMED_IN = {
    "b2_copy_file": {"fileName": "new_file_name"},
    "b2_create_key": {"validDurationInSeconds": "valid_duration_seconds"},
    "b2_list_unfinished_large_files": {"namePrefix": "prefix"},
    "b2_get_download_authorization": {"validDurationInSeconds": "seconds"},
}
_ACCOUNTLESS = frozenset(("b2_get_file_info", "b2_update_file_retention", "b2_update_file_legal_hold"))
"""Calls in which the simulator takes any token."""


class Refused(Exception):
    """An error as B2 says it."""

    def __init__(self, status: int, code: str, message: str, lines: dict[str, str] | None = None) -> None:
        super().__init__(status, code, message)
        self.status, self.code, self.message, self.lines = status, code, message, lines or {}


@dataclass
class Answer:
    """Status, header lines and bytes."""

    status: int = 200
    lines: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class NativeServer(ThreadingHTTPServer):
    """`named`: it answers under B2's host names, else under its own address. `asked` has the calls that came."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, certificates: Certificates | None, *, named: bool, part_size: int, keys: tuple[str, str]
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.named = named
        self.keys = keys
        self.account = Account(keys, part_size)
        self.asked: list[str] = []
        self.secrets: set[str] = {keys[1]}
        self._refusals: dict[str, deque[Refused]] = {}
        self._uploads: dict[str, str] = {}
        self.scheme = "https" if certificates else "http"
        if certificates:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificates.certificate, certificates.key)
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    @property
    def url(self) -> str:
        """Its own address."""
        return f"{self.scheme}://127.0.0.1:{self.server_port}"

    @property
    def routes(self) -> tuple[str, ...]:
        """Where B2's hosts are, in curl's spelling."""
        return tuple(f"{host}:443:127.0.0.1:{self.server_port}" for host in HOSTS) if self.named else ()

    @property
    def connect_to(self) -> list[str]:
        """Options that send B2's hosts here."""
        return [word for route in self.routes for word in ("--connect-to", route)]

    def refuse(self, operation: str, status: int, code: str, message: str = "", times: int = 1, **lines: str) -> None:
        """What the next calls of an operation are told; 200 lets one through; `Retry_After="1"` is a header line."""
        told = {name.replace("_", "-"): value for name, value in lines.items()}
        queue = self._refusals.setdefault(operation, deque())
        queue.extend(Refused(status, code, message, told) for _ in range(times))

    # Calls

    def answer(self, operation: str, method: str, target: str, headers: Any, body: bytes) -> Answer:
        """One call; raises what the simulator raises."""
        self.asked.append(operation)
        waiting = self._refusals.get(operation)
        refusal = waiting.popleft() if waiting else None
        if refusal is not None and refusal.status >= 400:
            raise refusal
        old = target.startswith(("/b2api/v1/", "/b2api/v2/", "/b2api/v3/"))
        with self.account.lock:
            if operation.startswith("b2_download_"):
                return self._download(target, headers)
            if operation in ("b2_upload_file", "b2_upload_part"):
                return _json(self._upload(operation, headers, body))
            if operation == "b2_authorize_account":
                return _json(self._authorize(headers, old=old))
            given = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
            given |= json.loads(body or b"{}")
            if "bucketId" in given and operation == "b2_create_key":
                one = given.pop("bucketId")
                given["bucketIds"] = [one] if one else None
            told = self._call(operation, headers.get("Authorization") or "", given)
            return _json(_one_bucket(told) if old else told)

    def _authorize(self, headers: Any, *, old: bool) -> dict[str, Any]:
        """`old`: the third version of the API, which `b2sdk.v2` speaks, knows keys of one bucket."""
        scheme, _, given = (headers.get("Authorization") or "").partition(" ")
        key_id, _, key = base64.b64decode(given).decode().partition(":") if scheme == "Basic" else ("", "", "")
        try:
            told = self.account.authorize_account(self.url, key_id, key)
        except errors.InvalidAuthToken as error:
            raise Refused(401, "unauthorized", "") from error
        self.secrets.add(told["authorizationToken"])
        storage = told["apiInfo"]["storageApi"]
        storage |= {"apiUrl": self._url(API), "downloadUrl": self._url(DOWNLOADS)}
        storage["s3ApiUrl"] = "https://s3.us-west-004.backblazeb2.com"
        if old:
            allowed = storage.pop("allowed")
            only = (allowed["buckets"] or [{"id": None, "name": None}])[0]
            storage |= {"bucketId": only["id"], "bucketName": only["name"]}
        return told

    def _url(self, host: str) -> str:
        return f"https://{host}" if self.named else self.url

    def _call(self, operation: str, token: str, given: dict[str, Any]) -> dict[str, Any]:
        account = self.account
        if token not in account.auth_token_to_key or token in account.expired_auth_tokens:
            account.check_token(token, "")
        if operation in _ACCOUNTLESS:
            account.bucket_of(given["fileId"])
        renamed = _RENAMED | _RENAMED_IN.get(operation, {})
        meant = {renamed.get(name, _snake(name)): _meant(name, value) for name, value in given.items()}
        meant.pop("bucket_types", None)
        delimiter = meant.pop("delimiter", None)
        name = {"b2_get_file_info": "get_file_info_by_id"}.get(operation, operation.removeprefix("b2_"))
        if operation == "b2_list_parts":
            meant = {"start_part_number": None, "max_part_count": None} | meant
        if operation == "b2_get_download_authorization":
            meant = {name: meant.get(name) for name in ("bucket_id", "file_name_prefix", "seconds")}
        told = getattr(account, name)(account.API_URL, token, **meant)
        if name.endswith("_notification_rules"):
            told = {"bucketId": given["bucketId"], "eventNotificationRules": told}
        if delimiter:
            told = told | {"files": _folded(told["files"], given.get("prefix") or "", delimiter)}
        for one in told.get("files", ()) if operation.startswith("b2_list_file_") else ():
            one["size"] = one.get("contentLength", 0)  # its name in the first version of the API
        if "uploadUrl" in told:
            told |= self._upload_url(operation, told)
        self.secrets.update(str(told[name]) for name in ("authorizationToken", "applicationKey") if name in told)
        return dict(told)

    # Uploads

    def _upload_url(self, operation: str, told: dict[str, Any]) -> dict[str, Any]:
        token = new_token(self.keys[0], "upld")
        self._uploads[token] = told["uploadUrl"]
        where = told["uploadUrl"].split("/")[4 if operation == "b2_get_upload_part_url" else 3]
        call = "b2_upload_part" if operation == "b2_get_upload_part_url" else "b2_upload_file"
        ending = f"c004_v0004{secrets.randbelow(1000):03}_t{secrets.randbelow(60):04}"
        base = self._url(secrets.choice(PODS))
        more = {"fileId": where} if call == "b2_upload_part" else {"bucketId": where}
        return more | {"uploadUrl": f"{base}/b2api/v4/{call}/{where}/{ending}", "authorizationToken": token}

    def _upload(self, operation: str, headers: Any, body: bytes) -> dict[str, Any]:
        token = headers.get("Authorization") or ""
        url = self._uploads.get(token)
        if url is None:
            raise Refused(401, "bad_auth_token", "")
        self.account.check_token(url.rpartition("/")[2], "writeFiles")
        sha1 = headers["X-Bz-Content-Sha1"]
        encryption = _encryption_of(headers)
        if operation == "b2_upload_part":
            number = int(headers["X-Bz-Part-Number"])
            part = self.account.upload_part(url, url, number, len(body), sha1, io.BytesIO(body), encryption)
            return dict(part)
        info = {
            name[10:].lower(): unquote_plus(value)
            for name, value in headers.items()
            if name.lower().startswith("x-bz-info-")
        }
        hold = headers.get("X-Bz-File-Legal-Hold")
        retention = FileRetentionSetting.from_response_headers(headers)
        stamp = headers.get("X-Bz-Custom-Upload-Timestamp")
        told = self.account.upload_file(
            url,
            url,
            unquote_plus(headers["X-Bz-File-Name"]),
            len(body),
            headers["Content-Type"],
            sha1,
            info,
            io.BytesIO(body),
            encryption,
            retention,
            LegalHold(hold) if hold else None,
            int(stamp) if stamp else None,
        )
        return dict(told)

    # Downloads

    def _download(self, target: str, headers: Any) -> Answer:
        split = urlsplit(target)
        query = parse_qs(split.query)
        token = headers.get("Authorization") or query.get("Authorization", [None])[0]
        account = self.account
        if split.path.startswith("/file/"):
            bucket_name, _, name = split.path[6:].partition("/")
            bucket = account.bucket_name_to_bucket.get(bucket_name)
            if bucket is None:
                raise Refused(404, "not_found", "")
            account.check_download(token, bucket, unquote_plus(name))
            try:
                found = bucket.download_file_by_name(token, unquote_plus(name), target, None, _encryption_of(headers))
            except errors.FileNotPresent as error:
                raise Refused(404, "not_found", "File with such name does not exist.") from error
        else:
            file_id = query["fileId"][0]
            bucket = account.bucket_of(file_id)
            account.check_download(token, bucket, bucket.file_id_to_file[file_id].name)
            found = bucket.download_file_by_id(token, file_id, target, None, _encryption_of(headers))
        return _ranged(found.response, headers.get("Range"))


def _ranged(response: Any, asked: str | None) -> Answer:
    """The whole file, or the range that is asked for. `bytes=0-` is the whole (cloudflare-b2#7)."""
    data: bytes = response.data_bytes
    told = {name: value for name, value in response.headers.items() if value not in (None, "None")}
    lines = told | {"Accept-Ranges": "bytes", "Cache-Control": "max-age=0, no-cache, no-store"}
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", asked or "")
    if match is None or asked == "bytes=0-":
        return Answer(200, lines, data)
    first = int(match[1]) if match[1] else max(0, len(data) - int(match[2]))
    last = min(int(match[2]) if match[1] and match[2] else len(data) - 1, len(data) - 1)
    if first > last:
        raise Refused(416, "range_not_satisfiable", "")
    return Answer(206, lines | {"Content-Range": f"bytes {first}-{last}/{len(data)}"}, data[first : last + 1])


def _json(told: dict[str, Any], status: int = 200) -> Answer:
    """Sorted, two spaces deep: so the 77 bytes of apache/opendal#5997 come out."""
    text = json.dumps(told, indent=2, sort_keys=True, default=list).encode()
    lines = {"Content-Type": "application/json;charset=utf-8", "Cache-Control": "max-age=0, no-cache, no-store"}
    return Answer(status, lines | {"Strict-Transport-Security": "max-age=63072000"}, text)


def _folded(files: list[dict[str, Any]], prefix: str, delimiter: str) -> list[dict[str, Any]]:
    """A page of a list with one entry for each folder."""
    found: dict[str, dict[str, Any]] = {}
    for number, one in enumerate(files):
        folder, mark, _ = one["fileName"][len(prefix) :].partition(delimiter)
        name = prefix + folder + mark
        entry = {"action": "folder", "fileName": name, "fileId": None, "contentLength": 0, "uploadTimestamp": 0}
        found.setdefault(name if mark else f"{name}\0{number}", entry if mark else one)
    return list(found.values())


def _one_bucket(told: dict[str, Any]) -> dict[str, Any]:
    """A key, or a list of keys, as the third version of the API has them."""
    if "keys" in told:
        return told | {"keys": [_one_bucket(key) for key in told["keys"]]}
    if "bucketIds" not in told:
        return told
    return {name: value for name, value in told.items() if name != "bucketIds"} | {
        "bucketId": (told["bucketIds"] or [None])[0]
    }


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def _meant(name: str, value: Any) -> Any:
    """A value of a call's JSON as the simulator takes it."""
    if value is None:
        return None
    if name == "range":
        first, _, last = value.removeprefix("bytes=").partition("-")
        return int(first), int(last)
    if name.lower().endswith("serversideencryption"):
        return _encryption(value["mode"], value.get("customerKey"))
    if name == "fileRetention":
        return FileRetentionSetting.from_file_retention_value_dict(value)
    if name == "defaultRetention":
        return BucketRetentionSetting.from_bucket_retention_dict(value)
    if name == "legalHold":
        return LegalHold(value)
    return MetadataDirectiveMode[value] if name == "metadataDirective" else value


def _encryption(mode: str | None, key: str | None = None) -> EncryptionSetting | None:
    if mode is None:
        return None
    kind = EncryptionMode(mode)
    algorithm = None if kind is EncryptionMode.NONE else EncryptionAlgorithm.AES256
    return EncryptionSetting(kind, algorithm, EncryptionKey(base64.b64decode(key), None) if key else None)


def _encryption_of(headers: Any) -> EncryptionSetting | None:
    key = headers.get("X-Bz-Server-Side-Encryption-Customer-Key")
    return _encryption("SSE-C", key) if key else _encryption(headers.get("X-Bz-Server-Side-Encryption") and "SSE-B2")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: NativeServer
    timeout = 60

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            operation = _operation(self.path)
            answer = self.server.answer(operation, self.command, self.path, self.headers, body)
        except Exception as error:
            answer = _refusal(error, _operation(self.path))
        self._write(answer)

    do_GET = do_POST = do_HEAD = _serve

    def _write(self, answer: Answer) -> None:
        head = [f"HTTP/1.1 {answer.status} ", "Server: nginx", f"Date: {self.date_time_string()}"]
        lines = CaseInsensitiveDict(answer.lines)
        lines["Content-Length"] = str(len(answer.body))
        head += [f"{name}: {value}" for name, value in lines.items()]
        self.wfile.write("\r\n".join([*head, "", ""]).encode())
        self.wfile.write(b"" if self.command == "HEAD" else answer.body)
        self.wfile.flush()

    def log_message(self, *args: object) -> None:
        pass


def _operation(target: str) -> str:
    path = urlsplit(target).path
    if path.startswith("/file/"):
        return "b2_download_file_by_name"
    match = re.match(r"/b2api/v[1-4]/(b2_[a-z_]+)", path)
    return match[1] if match else "unknown"


def _refusal(error: Exception, operation: str) -> Answer:
    """An error of the simulator's in B2's JSON."""
    refused = error if isinstance(error, Refused) else _said(error, operation)
    told = {"status": refused.status, "code": refused.code, "message": refused.message}
    answer = _json(told, refused.status)
    answer.lines |= refused.lines
    return answer


def _said(error: Exception, operation: str) -> Refused:
    if isinstance(error, (errors.InvalidAuthToken, errors.Unauthorized)):
        return Refused(401, error.code, "")
    if isinstance(error, errors.FileNotPresent) and operation == "b2_delete_file_version":
        return Refused(400, "file_not_present", "")
    if isinstance(error, errors.CopySourceTooBig):
        return Refused(400, "source_too_large", f"Copy source too big: {error.size}")
    if isinstance(error, errors.UploadTokenUsedConcurrently):
        return Refused(400, "auth_token_limit", f"more than one upload using auth token {error.token}")
    for kind, status, code, message in SAID:
        if isinstance(error, kind):
            return Refused(status, code, message)
    return Refused(500, "internal_error", f"{type(error).__name__}: {error}")


@contextmanager
def native_server(
    certificates: Certificates | None = None,
    *,
    named: bool = False,
    part_size: int = 100_000,
    keys: tuple[str, str] = KEYS,
) -> Iterator[NativeServer]:
    """A fresh account behind a free port; `named` needs certificates for `HOSTS`."""
    server = NativeServer(certificates, named=named, part_size=part_size, keys=keys)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def names() -> list[str]:
    """What a certificate for the server is to be good for."""
    return [*HOSTS, "127.0.0.1", "localhost"]
