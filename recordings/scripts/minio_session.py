"""minio-py: an upload, metadata, a range, a list."""

import io
import os

from minio import Minio

client = Minio(
    "s3.us-west-004.backblazeb2.com",
    access_key=os.environ["AWS_ACCESS_KEY_ID"],
    secret_key=os.environ["AWS_SECRET_ACCESS_KEY"],
    region="us-west-004",
)
client.make_bucket(bucket_name="minio-tour")
client.put_object(bucket_name="minio-tour", object_name="a b/c+d.txt", data=io.BytesIO(b"hello"), length=5)
client.stat_object(bucket_name="minio-tour", object_name="a b/c+d.txt")
client.get_object(bucket_name="minio-tour", object_name="a b/c+d.txt", offset=1, length=3).read()
list(client.list_objects(bucket_name="minio-tour", prefix="a b/"))
client.remove_object(bucket_name="minio-tour", object_name="a b/c+d.txt")
