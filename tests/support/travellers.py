"""Programs that ask an S3 server for all they know, and print what they were told: a JSON line a step.

Each is told where by its environment: `ENDPOINT`, `BUCKET`, `OBJECTS` (keys, JSON), `LARGE` (MiB of the large object).
What is drawn anew at each answer (ids, dates) is left out of what they print, so that two journeys can be compared.
"""

from __future__ import annotations

import textwrap

BOTO3 = """
    import boto3, hashlib, json, os, sys, urllib.error, urllib.request, ssl
    from boto3.s3.transfer import TransferConfig
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError
    from datetime import datetime, timezone
    bucket, keys, large = os.environ["BUCKET"], json.loads(os.environ["OBJECTS"]), int(os.environ["LARGE"]) << 20
    s3 = boto3.client("s3", endpoint_url=os.environ["ENDPOINT"], region_name=os.environ["AWS_REGION"], config=Config(
        request_checksum_calculation=os.environ["CHECKSUMS"], response_checksum_validation="when_required",
        signature_version="s3v4", s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}))
    DRAWN = {"ResponseMetadata", "VersionId", "UploadId", "LastModified", "Initiated", "CreationDate", "Location",
             "NextContinuationToken", "ContinuationToken", "CopyObjectResult", "CopyPartResult", "Owner", "Buckets",
             "DeleteMarkerVersionId", "AbortDate", "Date"}
    def plain(value):
        if isinstance(value, dict):
            return {name: plain(inner) for name, inner in sorted(value.items()) if name not in DRAWN}
        if isinstance(value, list):
            return [plain(inner) for inner in value]
        if hasattr(value, "read"):
            return hashlib.sha256(value.read()).hexdigest()
        return value if isinstance(value, (str, int, bool, type(None))) else "*"
    def tell(step, what):
        print(json.dumps([step, what]), flush=True)
    def ask(name, **more):
        more = {"Bucket": bucket, **more}
        if name == "list_buckets":
            del more["Bucket"]
        try:
            answer = getattr(s3, name)(**more)
            tell(name, [answer["ResponseMetadata"]["HTTPStatusCode"], plain(answer)])
            return answer
        except ClientError as error:
            told = error.response
            tell(name, [told["ResponseMetadata"]["HTTPStatusCode"], told["Error"].get("Code")])
        except BotoCoreError as error:
            tell(name, type(error).__name__)
        return {}
    trust = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE"))
    def by_url(name, method, data=None, **more):
        url = s3.generate_presigned_url(name, Params={"Bucket": bucket, **more}, ExpiresIn=600)
        headers = {"Content-Type": "text/plain"} if data else {}
        request = urllib.request.Request(url, method=method, data=data, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60, context=trust) as answer:
                tell("presigned " + method, [answer.status, hashlib.sha256(answer.read()).hexdigest()])
        except urllib.error.HTTPError as error:
            tell("presigned " + method, error.code)
    ask("create_bucket"), ask("head_bucket"), ask("list_buckets"), ask("get_bucket_location")
    for key in keys:
        ask("put_object", Key=key, Body=b"hello " * 20, Metadata={"note": "two  spaces, ~ and 'quotes'"},
            ContentType="text/plain;  charset=utf-8", CacheControl="no-cache, a=0")
        etag = ask("head_object", Key=key).get("ETag", '"x"')
        ask("get_object", Key=key)
        ask("get_object", Key=key, Range="bytes=6-10"), ask("get_object", Key=key, Range="bytes=-3")
        ask("get_object", Key=key, Range="bytes=500-")
        ask("get_object", Key=key, IfMatch=etag), ask("get_object", Key=key, IfNoneMatch=etag)
        ask("head_object", Key=key, IfMatch='"0"')
        ask("get_object", Key=key, IfModifiedSince=datetime(2040, 1, 1, tzinfo=timezone.utc))
        ask("copy_object", Key="copies/" + key, CopySource={"Bucket": bucket, "Key": key})
        by_url("get_object", "GET", Key=key, ResponseContentType="text/plain; a=b c+d")
        by_url("put_object", "PUT", b"by url", Key=key)
        ask("get_object", Key=key)
    ask("put_object", Key="empty", Body=b"")
    for more in ({}, {"Prefix": "a b/", "Delimiter": "/"}, {"MaxKeys": 3}, {"StartAfter": "b", "EncodingType": "url"}):
        ask("list_objects_v2", **more), ask("list_objects", **{n: v for n, v in more.items() if n != "StartAfter"})
    page = ask("list_objects_v2", MaxKeys=2)
    if page.get("NextContinuationToken"):
        ask("list_objects_v2", MaxKeys=2, ContinuationToken=page["NextContinuationToken"])
    body = hashlib.sha256(b"seed").digest() * (large // 32)
    open("large", "wb").write(body)
    threads = TransferConfig(multipart_threshold=1 << 20, multipart_chunksize=5 << 20, max_concurrency=8)
    s3.upload_file("large", bucket, "large object", Config=threads)
    s3.download_file(bucket, "large object", "back", Config=threads)
    tell("multipart in threads", open("back", "rb").read() == body)
    upload = ask("create_multipart_upload", Key="parts").get("UploadId", "none")
    named = dict(Key="parts", UploadId=upload)
    parts = []
    for number, part in ((1, b"1" * (5 << 20)), (2, b"2")):
        etag = ask("upload_part", **named, PartNumber=number, Body=part).get("ETag", "x")
        parts.append({"ETag": etag, "PartNumber": number})
    ask("upload_part_copy", **named, PartNumber=3, CopySource={"Bucket": bucket, "Key": keys[0]})
    ask("list_parts", **named), ask("list_multipart_uploads")
    ask("complete_multipart_upload", **named, MultipartUpload={"Parts": parts})
    ask("head_object", Key="parts")
    ask("abort_multipart_upload", Key="x", UploadId=ask("create_multipart_upload", Key="x").get("UploadId", "none"))
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["https://example.com"], "MaxAgeSeconds": 5}
    ask("put_bucket_cors", CORSConfiguration={"CORSRules": [rule]}), ask("get_bucket_cors"), ask("delete_bucket_cors")
    ask("get_bucket_acl"), ask("put_bucket_acl", ACL="private")
    ask("get_object_acl", Key=keys[0]), ask("put_object_acl", Key=keys[0], ACL="private")
    sse = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
    ask("put_bucket_encryption", ServerSideEncryptionConfiguration=sse)
    ask("get_bucket_encryption"), ask("delete_bucket_encryption")
    ask("put_bucket_lifecycle_configuration", LifecycleConfiguration={"Rules": [
        {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 3}}]})
    ask("get_bucket_lifecycle_configuration"), ask("delete_bucket_lifecycle")
    ask("get_bucket_versioning"), ask("put_bucket_versioning", VersioningConfiguration={"Status": "Enabled"})
    version = ask("put_object", Key="v", Body=b"1").get("VersionId")
    ask("put_object", Key="v", Body=b"2"), ask("list_object_versions", Prefix="v")
    if version:
        ask("get_object", Key="v", VersionId=version), ask("delete_object", Key="v", VersionId=version)
    ask("get_object_lock_configuration"), ask("get_object_retention", Key=keys[0])
    ask("get_object_legal_hold", Key=keys[0]), ask("get_object_tagging", Key=keys[0])
    ask("get_bucket_logging"), ask("get_bucket_replication")
    ask("get_object", Key="not there"), ask("head_object", Key="not there")
    ask("delete_object", Key=keys[0])
    ask("delete_objects", Delete={"Objects": [{"Key": key} for key in keys[1:]], "Quiet": True})
    ask("delete_bucket")
"""

MINIO = """
    import hashlib, io, json, os, minio, urllib3, certifi
    from urllib.parse import urlsplit
    from minio.commonconfig import CopySource
    from minio.deleteobjects import DeleteObject
    from datetime import datetime, timezone
    bucket, keys, large = os.environ["BUCKET"], json.loads(os.environ["OBJECTS"]), int(os.environ["LARGE"]) << 20
    where = urlsplit(os.environ["ENDPOINT"])
    client = minio.Minio(where.netloc, os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"],
                         region=os.environ["AWS_REGION"], secure=where.scheme == "https")
    def ask(step, call):
        try:
            what = call()
        except minio.error.S3Error as error:
            what = error.code
        except (minio.error.MinioException, urllib3.exceptions.HTTPError) as error:
            what = type(error).__name__
        print(json.dumps([step, what]), flush=True)
    def read(*arguments, **more):
        answer = client.get_object(bucket, *arguments, **more)
        try:
            return hashlib.sha256(answer.read()).hexdigest()
        finally:
            answer.close()
            answer.release_conn()
    ask("make", lambda: client.make_bucket(bucket) and 0)
    for key in keys:
        note = {"note": "two  spaces"}
        ask("put", lambda: client.put_object(bucket, key, io.BytesIO(b"hello"), 5, metadata=note).etag)
        ask("stat", lambda: client.stat_object(bucket, key).size)
        ask("get", lambda: read(key)), ask("range", lambda: read(key, offset=1, length=2))
        ask("copy", lambda: client.copy_object(bucket, "copies/" + key, CopySource(bucket, key)).object_name)
        pool = client._http
        ask("presigned get", lambda: pool.request("GET", client.presigned_get_object(bucket, key)).data.decode())
        ask("presigned put", lambda: pool.request("PUT", client.presigned_put_object(bucket, key), body=b"url").status)
        ask("conditional", lambda: client.copy_object(bucket, "c", CopySource(bucket, key,
            unmodified_since=datetime(2020, 1, 1, tzinfo=timezone.utc))).object_name)
    body = hashlib.sha256(b"seed").digest() * (large // 32)
    ask("large", lambda: client.put_object(bucket, "large", io.BytesIO(body), len(body), part_size=5 << 20,
                                           num_parallel_uploads=8).object_name)
    ask("large back", lambda: read("large") == hashlib.sha256(body).hexdigest())
    ask("list", lambda: sorted(one.object_name for one in client.list_objects(bucket, recursive=True)))
    gone = [DeleteObject(keys[0]), DeleteObject("no")]
    ask("delete", lambda: [str(one) for one in client.remove_objects(bucket, gone)])
    for key in keys[1:]:
        ask("remove", lambda: client.remove_object(bucket, key) and 0)
"""

NODE = """
const {Agent} = require("https"), crypto = require("crypto"), {readFileSync} = require("fs");
const S3 = require("@aws-sdk/client-s3"), {getSignedUrl} = require("@aws-sdk/s3-request-presigner");
const {Upload} = require("@aws-sdk/lib-storage");
const Bucket = process.env.BUCKET, keys = JSON.parse(process.env.OBJECTS), large = Number(process.env.LARGE) << 20;
const client = new S3.S3Client({endpoint: process.env.ENDPOINT, forcePathStyle: true, maxAttempts: 1,
  region: process.env.AWS_REGION, requestChecksumCalculation: process.env.CHECKSUMS.toUpperCase(),
  responseChecksumValidation: "WHEN_REQUIRED"});
const encoded = path => path.split("/").map(encodeURIComponent).join("/"); // rclone panics where the slash is encoded
const tell = (step, what) => console.log(JSON.stringify([step, what]));
async function ask(name, more) {
  try {
    const answer = await client.send(new S3[name + "Command"]({Bucket, ...more}));
    const body = answer.Body ? Buffer.from(await answer.Body.transformToByteArray()) : "";
    tell(name, [answer.$metadata.httpStatusCode, answer.ETag, answer.ContentRange, answer.ContentLength,
                body && crypto.createHash("sha256").update(body).digest("hex"), answer.KeyCount]);
    return answer;
  } catch (error) {
    if (!error.$metadata || !error.$metadata.httpStatusCode) throw error;
    tell(name, [error.$metadata.httpStatusCode, error.name]);
    return {};
  }
}
async function byUrl(method, command, body) {
  const answer = await fetch(await getSignedUrl(client, command, {expiresIn: 600}), {method, body});
  tell("presigned " + method, [answer.status, method === "GET" ? await answer.text() : ""]);
}
(async () => {
  await ask("CreateBucket"); await ask("HeadBucket");
  for (const Key of keys) {
    await ask("PutObject", {Key, Body: "hello", Metadata: {note: "two  spaces, ~"}});
    const {ETag} = await ask("HeadObject", {Key});
    await ask("GetObject", {Key}); await ask("GetObject", {Key, Range: "bytes=1-2"});
    await ask("GetObject", {Key, IfMatch: ETag}); await ask("GetObject", {Key, IfNoneMatch: ETag});
    await ask("CopyObject", {Key: "copies/" + Key, CopySource: encoded(Bucket + "/" + Key)});
    await byUrl("GET", new S3.GetObjectCommand({Bucket, Key, ResponseContentType: "text/plain; a=b c"}));
    await byUrl("PUT", new S3.PutObjectCommand({Bucket, Key}), "by url");
  }
  await ask("ListObjectsV2", {Prefix: "a b/", Delimiter: "/"}); await ask("ListObjectsV2", {MaxKeys: 2});
  const Body = Buffer.alloc(large, "seed");
  await new Upload({client, params: {Bucket, Key: "large", Body}, queueSize: 8, partSize: 5 << 20}).done();
  const back = await client.send(new S3.GetObjectCommand({Bucket, Key: "large"}));
  tell("large", Buffer.from(await back.Body.transformToByteArray()).equals(Body));
  await ask("GetObject", {Key: "not there"});
  await ask("DeleteObjects", {Delete: {Objects: keys.map(Key => ({Key})), Quiet: true}});
  await ask("DeleteObject", {Key: "large"});
})().catch(error => { console.error(error); process.exit(1); });
"""


def dedented(program: str) -> str:
    """The text of a program."""
    return textwrap.dedent(program)


STEPS = """
    import json, subprocess, sys
    for name, shown, words in json.load(open(sys.argv[1])):
        done = subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            print(name, words, done.stderr[-900:], file=sys.stderr)
        print(json.dumps([name, done.returncode, done.stdout.decode() if shown else ""]), flush=True)
"""
"""Runs commands that are given as a list of (name, whether its output counts, words)."""

Steps = list[tuple[str, bool, list[str]]]


def aws(program: str, endpoint: str, bucket: str) -> Steps:
    """The AWS CLI, with its transfers in threads."""
    call, place = [program, "--endpoint-url", endpoint], f"s3://{bucket}"
    key = "a b/+~'()!c.txt"
    api = [*call, "s3api"]
    named = ["--bucket", bucket, "--key", key]
    return [
        ("make", False, [*call, "s3", "mb", place]),
        ("up", False, [*call, "s3", "cp", "--no-progress", "small", f"{place}/{key}"]),
        ("head", True, [*api, "head-object", *named, "--query", "[ContentLength,ETag]"]),
        ("range", True, [*api, "get-object", *named, "--range", "bytes=1-2", "part", "--query", "ContentLength"]),
        ("condition", True, [*api, "get-object", *named, "--if-match", '"0"', "part", "--query", "ETag"]),
        ("large", False, [*call, "s3", "cp", "--no-progress", "large", f"{place}/large"]),
        ("back", False, [*call, "s3", "cp", "--no-progress", f"{place}/large", "back"]),
        ("same", False, ["cmp", "large", "back"]),
        ("list", True, [*api, "list-objects-v2", "--bucket", bucket, "--query", "Contents[].[Key,Size]"]),
        ("empty", False, [*call, "s3", "rm", "--recursive", "--quiet", place]),
        ("drop", False, [*call, "s3", "rb", place]),
    ]


def rclone(program: str, bucket: str) -> Steps:
    """rclone: the AWS SDK for Go."""
    call = [program, "--retries", "1", "--low-level-retries", "1"]
    parts = ["--s3-upload-cutoff", "5Mi", "--s3-chunk-size", "5Mi", "--s3-upload-concurrency", "8"]
    return [
        ("make", False, [*call, "mkdir", f":s3:{bucket}"]),
        ("copy", False, [*call, "copy", "tree", f":s3:{bucket}"]),
        ("list", True, [*call, "lsf", "-R", f":s3:{bucket}"]),
        ("cat", True, [*call, "cat", f":s3:{bucket}/a b/c d+e~.txt"]),
        ("range", True, [*call, "cat", "--offset", "1", "--count", "2", f":s3:{bucket}/a b/c d+e~.txt"]),
        ("check", False, [*call, "check", "tree", f":s3:{bucket}"]),
        ("large", False, [*call, *parts, "copyto", "large", f":s3:{bucket}/large"]),
        ("back", False, [*call, "copyto", f":s3:{bucket}/large", "back"]),
        ("same", False, ["cmp", "large", "back"]),
        ("purge", False, [*call, "purge", f":s3:{bucket}"]),
    ]


def s3cmd(program: str, config: str, bucket: str) -> Steps:
    """s3cmd, which speaks through http.client."""
    call, place = [program, "-c", config, "--no-progress"], f"s3://{bucket}"
    return [
        ("make", False, [*call, "mb", place]),
        ("up", False, [*call, "put", "small", f"{place}/a b/c+d~.txt"]),
        ("info", False, [*call, "info", f"{place}/a b/c+d~.txt"]),
        ("get", False, [*call, "get", "--force", f"{place}/a b/c+d~.txt", "part"]),
        ("same small", False, ["cmp", "small", "part"]),
        ("copy", False, [*call, "cp", f"{place}/a b/c+d~.txt", f"{place}/copy"]),
        ("large", False, [*call, "put", "--multipart-chunk-size-mb=5", "large", f"{place}/large"]),
        ("back", False, [*call, "get", "--force", f"{place}/large", "back"]),
        ("same", False, ["cmp", "large", "back"]),
        ("none", False, [*call, "get", "--force", f"{place}/not there", "part"]),
        ("delete", False, [*call, "del", "--recursive", "--force", place]),
    ]


def curl(program: str, config: str, endpoint: str, bucket: str) -> Steps:
    """curl, which signs a URL as it is given, and names no hash of a body by itself (7.88): B2 asks for it."""
    hashless = ["-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD"]
    call = [program, "--config", config, *hashless, "--silent", "--write-out", "%{http_code}"]
    quiet = [*call, "--output", "part"]
    place = f"{endpoint}/{bucket}"
    return [
        ("make", True, [*quiet, "--request", "PUT", place]),
        ("up", True, [*quiet, "--upload-file", "small", f"{place}/a%20b/c%2Bd~.txt"]),
        ("get", True, [*call, f"{place}/a%20b/c%2Bd~.txt"]),
        ("head", True, [*quiet, "--head", f"{place}/a%20b/c%2Bd~.txt"]),
        ("range", True, [*call, "--range", "1-2", f"{place}/a%20b/c%2Bd~.txt"]),
        ("condition", True, [*quiet, "-H", 'If-Match: "0"', f"{place}/a%20b/c%2Bd~.txt"]),
        ("large", True, [*quiet, "--upload-file", "large", f"{place}/large"]),
        ("back", True, [*call, "--output", "back", f"{place}/large"]),
        ("same", False, ["cmp", "large", "back"]),
        ("list", True, [*quiet, f"{place}?list-type=2&prefix=a%20b%2F"]),
        ("none", True, [*quiet, f"{place}/not%20there"]),
        ("delete", True, [*quiet, "--request", "DELETE", f"{place}/large"]),
    ]
