"""obstore (Rust's object_store): an upload, heads, a range, a list, a delete."""

import boto3
import obstore
from obstore.store import S3Store

# It makes no buckets.
boto3.client("s3", endpoint_url="https://s3.us-west-004.backblazeb2.com").create_bucket(Bucket="rust-tour")
store = S3Store("rust-tour", endpoint="https://s3.us-west-004.backblazeb2.com", region="us-west-004")
obstore.put(store, "rust/a b.txt", b"hello", attributes={"Content-Type": "text/plain"})
obstore.head(store, "rust/a b.txt")
obstore.get_range(store, "rust/a b.txt", start=1, end=3)
list(obstore.list(store, "rust"))
obstore.delete(store, "rust/a b.txt")
