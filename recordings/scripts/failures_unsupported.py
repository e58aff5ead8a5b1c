"""What AWS's S3 has and B2 has not: headers, operations, values."""

from tries import attempt, client

b2 = client()
attempt(b2.create_bucket, Bucket="unsupported-tour")
place = {"Bucket": "unsupported-tour", "Key": "a.txt"}
attempt(b2.put_object, **place, Body=b"hello", Tagging="year=2026")
attempt(b2.put_object, **place, Body=b"hello", ACL="bucket-owner-full-control")
attempt(b2.put_object, **place, Body=b"hello", ServerSideEncryption="aws:kms")
attempt(b2.put_object, **place, Body=b"hello", StorageClass="GLACIER")
attempt(b2.put_object, **place, Body=b"hello", IfNoneMatch="*")
attempt(b2.put_bucket_tagging, Bucket="unsupported-tour", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
attempt(b2.get_bucket_policy, Bucket="unsupported-tour")
attempt(b2.get_bucket_website, Bucket="unsupported-tour")
attempt(b2.put_bucket_versioning, Bucket="unsupported-tour", VersioningConfiguration={"Status": "Suspended"})
attempt(client(config={"request_checksum_calculation": "when_supported"}).put_object, **place, Body=b"hello")
