"""boto3: checksums in trailers, parts, a presigned URL, ranges, copies, versions, a batch of deletes."""

import io
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

CONFIG = Config(retries={"total_max_attempts": 1})
s3 = boto3.client("s3", endpoint_url="https://s3.us-west-004.backblazeb2.com", config=CONFIG)
s3.create_bucket(Bucket="boto3-tour")
s3.put_object(Bucket="boto3-tour", Key="notes/été 2026.txt", Body=b"Sunny.\n", ContentType="text/plain; charset=utf-8")
s3.upload_fileobj(
    io.BytesIO(b"0123456789abcdef" * 393_216),
    "boto3-tour",
    "film.mp4",
    Config=TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20, use_threads=False),
)
s3.get_object(Bucket="boto3-tour", Key="film.mp4", Range="bytes=0-99")["Body"].read()
s3.copy_object(Bucket="boto3-tour", Key="copy.txt", CopySource={"Bucket": "boto3-tour", "Key": "notes/été 2026.txt"})
s3.list_objects_v2(Bucket="boto3-tour", Prefix="notes/", Delimiter="/")
s3.list_object_versions(Bucket="boto3-tour")
place = {"Bucket": "boto3-tour", "Key": "copy.txt"}
urllib.request.urlopen(s3.generate_presigned_url("get_object", Params=place, ExpiresIn=60), timeout=30).read()
s3.delete_objects(Bucket="boto3-tour", Delete={"Objects": [{"Key": "copy.txt"}, {"Key": "film.mp4"}]})
