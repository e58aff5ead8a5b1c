"""Calls that a key is not entitled to, and things that are not there."""

from tries import attempt, client

b2 = client()
attempt(b2.create_bucket, Bucket="access-tour")
attempt(b2.list_buckets)
attempt(b2.list_objects_v2, Bucket="access-tour")
attempt(b2.put_object, Bucket="access-tour", Key="a.txt", Body=b"hello")
attempt(b2.delete_object, Bucket="access-tour", Key="a.txt")
attempt(b2.get_object, Bucket="access-tour", Key="missing.txt")
attempt(b2.head_object, Bucket="access-tour", Key="missing.txt")
attempt(b2.get_object, Bucket="somebody-elses", Key="a.txt")
attempt(b2.delete_bucket, Bucket="access-tour")
