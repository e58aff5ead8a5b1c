"""Signatures that do not match, each for another reason: secret, key id, region, clock, what was changed on the way."""

import datetime
import os
import urllib.error
import urllib.request

import botocore.auth
from tries import attempt, client

KEY_ID, SECRET = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
b2 = client()
attempt(b2.create_bucket, Bucket="signature-tour")
attempt(b2.put_object, Bucket="signature-tour", Key="a b.txt", Body=b"hello")
place = {"Bucket": "signature-tour", "Key": "a b.txt"}
for secret in (SECRET[:-1], SECRET + "\n", SECRET.replace("+", " ")):
    attempt(client(aws_secret_access_key=secret, aws_access_key_id=KEY_ID).get_object, **place)
attempt(client(aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key=SECRET).get_object, **place)
attempt(client(region="us-east-1").get_object, **place)


def late(by):
    """A clock that is wrong."""

    def now():
        return datetime.datetime.now(datetime.UTC).replace(tzinfo=None) + datetime.timedelta(seconds=by)

    return now


botocore.auth.get_current_datetime = late(-3600)
attempt(client().get_object, **place)
botocore.auth.get_current_datetime = late(0)


def fetch(url):
    """A presigned URL, as somebody else uses it."""
    try:
        urllib.request.urlopen(url, timeout=30).read()
    except urllib.error.HTTPError as error:
        error.read()


url = b2.generate_presigned_url("get_object", Params=place, ExpiresIn=60)
fetch(url)
fetch(url.replace("a%20b.txt", "a%2Bb.txt"))
fetch(url + "&utm_source=mail")
botocore.auth.get_current_datetime = late(-7200)
fetch(client().generate_presigned_url("get_object", Params=place, ExpiresIn=60))


def changed(request, **_):
    """A header that something between client and server sets otherwise."""
    request.headers["Content-Type"] = "text/html"


botocore.auth.get_current_datetime = late(0)
b2.meta.events.register("before-send.s3.PutObject", changed)
attempt(b2.put_object, **place, Body=b"hello", ContentType="text/plain")
