"""Uploads in parts that do not end well: a part too small, a part that is missing, an upload that is gone."""

from tries import attempt, client

b2 = client()
attempt(b2.create_bucket, Bucket="parts-tour")
place = {"Bucket": "parts-tour", "Key": "film.mp4"}


def begin():
    """A new upload's id."""
    return b2.create_multipart_upload(**place)["UploadId"]


def part(upload, number, body):
    """The part as the end of the upload names it."""
    answer = attempt(b2.upload_part, **place, UploadId=upload, PartNumber=number, Body=body)
    return {"PartNumber": number, "ETag": answer.get("ETag", '"none"')}


upload = begin()
small = [part(upload, 1, b"too small"), part(upload, 2, b"the last one may be")]
attempt(b2.complete_multipart_upload, **place, UploadId=upload, MultipartUpload={"Parts": small})
attempt(b2.abort_multipart_upload, **place, UploadId=upload)
part(upload, 3, b"late")
upload = begin()
wrong = [{"PartNumber": 1, "ETag": '"0123456789abcdef0123456789abcdef"'}]
attempt(b2.complete_multipart_upload, **place, UploadId=upload, MultipartUpload={"Parts": wrong})
attempt(b2.list_parts, **place, UploadId=upload)
attempt(b2.list_multipart_uploads, Bucket="parts-tour")
