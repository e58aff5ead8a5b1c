"""A program that does with b2sdk what programs do, and prints what it was told: a JSON line a step.

Told where by `REALM` (B2's own where it is not set) and `BUCKET`. What is drawn anew (ids, times, tokens) is left out.
"""

TOUR = r"""
import hashlib, json, os, requests
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from b2sdk.v2 import B2Api, EncryptionAlgorithm, EncryptionKey, EncryptionMode, EncryptionSetting, InMemoryAccountInfo
from b2sdk.v2.exception import B2Error

name = os.environ["BUCKET"]

def tell(step, *what):
    print(json.dumps([step, *what]), flush=True)

def refused(step, call):
    try:
        call()
    except B2Error as error:
        tell(step, type(error).__name__)
    else:
        tell(step, "not refused")

def authorized(key_id, key):
    api = B2Api(InMemoryAccountInfo(), max_upload_workers=8, max_download_workers=8)
    api.authorize_account(os.environ.get("REALM", "production"), key_id, key)
    return api

def text(place, **more):
    return place.download_file_by_name("a b/é+c.txt", **more).response.content.decode()

api = authorized(os.environ["B2_APPLICATION_KEY_ID"], os.environ["B2_APPLICATION_KEY"])
api.create_bucket(name, "allPrivate")
bucket = api.get_bucket_by_name(name)
one = bucket.upload_bytes(b"hello", "a b/é+c.txt", file_info={"note": "two  spaces"})
tell("up", one.file_name, one.size, one.content_sha1, one.file_info)
tell("down", text(bucket), text(bucket, range_=(1, 3)), api.download_file_by_id(one.id_).response.content.decode())
two = bucket.upload_bytes(b"hello again", "a b/é+c.txt")
tell("newest and oldest", text(bucket), api.download_file_by_id(one.id_).response.content.decode())
tell("json is an object", bucket.upload_bytes(b'{"fileName": "x"}', "a.json", "application/json").content_type)
tell("as it was", bucket.download_file_by_name("a.json").response.content.decode())

key = EncryptionSetting(EncryptionMode.SSE_C, EncryptionAlgorithm.AES256, EncryptionKey(os.urandom(32), "mine"))
bucket.upload_bytes(b"sealed", "sealed", encryption=key)
tell("sealed", bucket.download_file_by_name("sealed", encryption=key).response.content.decode())

big = hashlib.sha256(b"seed").digest() * 20_000
Path("big").write_bytes(big)
large = bucket.upload_local_file("big", "large file")
for download in (bucket.download_file_by_name("large file"), api.download_file_by_id(large.id_)):
    download.save_to("back")
    tell("large", Path("back").read_bytes() == big)
tell("copied", bucket.copy(one.id_, "copies/small").size)

with ThreadPoolExecutor(8) as threads:
    names = [f"p/{n // 10}/{n % 10}" for n in range(40)]
    made = list(threads.map(lambda n: bucket.upload_bytes(n.encode(), n), names))
    back = list(threads.map(lambda n: bucket.download_file_by_name(n).response.content.decode(), names))
tell("parallel", back == names)
tell("list", sorted(file.file_name for file, _ in bucket.ls(recursive=True, fetch_count=7)))
tell("folders", [folder or file.file_name for file, folder in bucket.ls(fetch_count=7)])
tell("versions", [(file.size, file.action) for file, _ in bucket.ls("a b", False, recursive=True, fetch_count=1)])

bucket.hide_file("copies/small")
refused("hidden", lambda: bucket.download_file_by_name("copies/small"))
refused("hidden twice", lambda: bucket.hide_file("copies/small"))
bucket.unhide_file("copies/small")
tell("seen again", bucket.get_file_info_by_name("copies/small").size, api.get_file_info(two.id_).size)

made = api.create_key(["readFiles", "listFiles", "listBuckets"], "reader", bucket_id=bucket.id_, name_prefix="p/")
reader = authorized(made.id_, made.application_key).get_bucket_by_name(name)
tell("reader", [file.file_name for file, _ in reader.ls("p/1", recursive=True)][:2])
tell("keys", [key.key_name for key in api.list_keys()])
token, url = bucket.get_download_authorization("p/", 60), api.get_download_url_for_file_name(name, "p/1/1")
by_query, by_line = {"params": {"Authorization": token}}, {"headers": {"Authorization": token}}
tell("by token", *(requests.get(url, **how).text for how in (by_query, by_line)), requests.get(url).status_code)
api.delete_key(made)
bucket.update(bucket_type="allPublic")
tell("public", requests.get(url).text)

begun = api.services.large_file.start_large_file(bucket.id_, "given up", "text/plain", {})
tell("unfinished", [file.file_name for file in bucket.list_unfinished_large_files()])
tell("its parts", [part.part_number for part in api.list_parts(begun.file_id)])
api.cancel_large_file(begun.file_id)

refused("taken", lambda: api.create_bucket(name, "allPrivate"))
refused("not empty", lambda: api.delete_bucket(bucket))
refused("no key", lambda: authorized("004000000000000000000000f", "K004nobody"))
api.delete_file_version(one.id_, one.file_name)
refused("deleted", lambda: api.download_file_by_id(one.id_))
for file, _ in bucket.ls(latest_only=False, recursive=True):
    api.delete_file_version(file.id_, file.file_name)
tell("empty", [file.file_name for file, _ in bucket.ls(latest_only=False, recursive=True)])
api.delete_bucket(bucket)
refused("no bucket", lambda: api.get_bucket_by_name(name))
"""

FAILURES = r"""
import os, requests
from b2sdk.v2 import B2Api, InMemoryAccountInfo
from b2sdk.v2.exception import B2Error

def tried(step, call):
    try:
        call()
        print(step, "done", flush=True)
    except B2Error as error:
        print(step, type(error).__name__, flush=True)

def authorized(key):
    api = B2Api(InMemoryAccountInfo())
    api.authorize_account("production", os.environ["B2_APPLICATION_KEY_ID"], key)
    return api

tried("wrong key", lambda: authorized("K004wrong"))
api = authorized(os.environ["B2_APPLICATION_KEY"])
bucket = api.create_bucket("failures", "allPrivate")
tried("busy", lambda: bucket.upload_bytes(b"one", "busy.txt"))
tried("storage cap", lambda: bucket.upload_bytes(b"one", "capped.txt"))
tried("download cap", lambda: bucket.download_file_by_name("busy.txt"))
tried("expired", lambda: bucket.download_file_by_name("busy.txt"))
tried("no such bucket", lambda: api.get_bucket_by_name("not-there"))
tried("no such file", lambda: bucket.download_file_by_name("not there.txt"))
tried("no such file, asked by HEAD", lambda: bucket.get_file_info_by_name("not there.txt"))
tried("no such version", lambda: api.delete_file_version("4_z000000000000000000000000_f0", "gone.txt"))
tried("too often", lambda: list(api.list_keys()))
given = api.session.get_upload_url(bucket.id_)
lines = {"Authorization": given["authorizationToken"], "X-Bz-File-Name": "torn.txt", "Content-Type": "text/plain"}
refused = requests.post(given["uploadUrl"], data=b"torn", headers=lines | {"X-Bz-Content-Sha1": "0" * 40})
print("torn", refused.json()["code"])
refused = requests.post(given["uploadUrl"], data=b"x", headers=lines | {"Authorization": "4_nobody"})
print("foreign token", refused.json()["code"])
"""

LESS_USUAL = r'''
import hashlib, io, json, os, time
from pathlib import Path
from b2sdk.v3 import (B2Api, CopySource, FileRetentionSetting, InMemoryAccountInfo, LegalHold, RetentionMode,
                      SyncReport, Synchronizer, UploadSourceBytes, parse_folder)
from b2sdk.v3.exception import B2Error

class Pipe(io.RawIOBase):
    """A stream that cannot be read twice: its hash comes at its end."""
    def __init__(self, data):
        self.data = io.BytesIO(data)
    def readable(self):
        return True
    def readinto(self, room):
        data = self.data.read(len(room))
        room[:len(data)] = data
        return len(data)

def tell(step, *what):
    print(json.dumps([step, *map(str, what)]), flush=True)

def refused(step, call):
    try:
        call()
    except B2Error as error:
        tell(step, type(error).__name__)

def same(name, data):
    bucket.download_file_by_name(name).save_to("back")
    tell(name, Path("back").read_bytes() == data)

api = B2Api(InMemoryAccountInfo())
api.authorize_account(os.environ["B2_APPLICATION_KEY_ID"], os.environ["B2_APPLICATION_KEY"])
bucket = api.create_bucket(os.environ["BUCKET"], "allPrivate", is_file_lock_enabled=True)
data = hashlib.sha256(b"seed").digest() * 20_000
stream = bucket.upload_unbound_stream(Pipe(data), "stream")
same("stream", data)
small = bucket.upload_unbound_stream(io.BytesIO(b"small"), "small")
same("small", b"small")
bucket.concatenate([CopySource(stream.id_, 0, 300_000), CopySource(stream.id_, 300_000, 340_000)], "copied")
same("copied", data)
bucket.concatenate([CopySource(stream.id_, 0, 200_000), UploadSourceBytes(b"x" * 150_000)], "mixed")
same("mixed", data[:200_000] + b"x" * 150_000)
api.update_file_legal_hold(small.id_, small.file_name, LegalHold.ON)
api.update_file_retention(small.id_, small.file_name, FileRetentionSetting(RetentionMode.GOVERNANCE, 1893456000000))
held = api.get_file_info(small.id_)
tell("held", held.legal_hold, held.file_retention.retain_until)
refused("locked", lambda: api.delete_file_version(small.id_, small.file_name))
api.update_file_legal_hold(small.id_, small.file_name, LegalHold.OFF)
tell("let go", api.get_file_info(small.id_).legal_hold)
target = {"targetType": "webhook", "url": "https://example.com/x", "hmacSha256SigningSecret": os.urandom(16).hex()}
bucket.set_notification_rules([{"name": "new", "eventTypes": ["b2:ObjectCreated:*"], "isEnabled": True,
                                "objectNamePrefix": "", "targetConfiguration": target}])
tell("rules", [rule["name"] for rule in bucket.get_notification_rules()])
bucket.update(bucket_info={"a": "2"})
refused("conflict", lambda: bucket.update(bucket_info={"a": "3"}, if_revision_is=1))
for directory in ("up/d", "down"):
    os.makedirs(directory, exist_ok=True)
Path("up/d/1.txt").write_text("one")
Path("up/2 é.txt").write_text("two")
there = f"b2://{bucket.name}/up"
for source, goal in (("up", there), (there, "down")):
    Synchronizer(4).sync_folders(parse_folder(source, api), parse_folder(goal, api), int(time.time() * 1000),
                                 SyncReport(io.StringIO(), True))
tell("sync", sorted((path.name, path.read_text()) for path in Path("down").rglob("*.txt")))
for file, _ in bucket.ls(latest_only=False, recursive=True):
    api.delete_file_version(file.id_, file.file_name, bypass_governance=True)
api.delete_bucket(bucket)
'''
