"""What servers hand out is carried on to the requests that name it, object by object, byte for byte."""

from __future__ import annotations

from inspector.facts import Facts
from inspector.replay.carry import Answered, Carrier
from inspector.wire.exchange import Request, Response
from inspector.wire.headers import Headers


def facts(operation: str, key: bytes | None = b"k", **more: object) -> Facts:
    return Facts(api="s3", operation=operation, bucket="b", key=key, **more)  # type: ignore[arg-type]


def answered(body: bytes = b"", *lines: tuple[bytes, bytes]) -> Answered:
    return Answered(Response(200, lines), body)


def request(target: bytes, *lines: tuple[bytes, bytes]) -> Request:
    return Request(b"GET", "https", "h", 443, target, lines)


def upload(upload_id: bytes) -> Answered:
    return answered(
        b"<InitiateMultipartUploadResult><UploadId>%b</UploadId></InitiateMultipartUploadResult>" % upload_id
    )


def headers_after(carrier: Carrier, about: Facts, *lines: tuple[bytes, bytes]) -> Headers:
    return carrier.carried(request(b"/b/k", *lines), about).headers


def test_an_upload_id_is_carried_into_the_query() -> None:
    """Decoded to be known, encoded to be written; the parameters beside it keep their bytes."""
    carrier = Carrier()
    carrier.learn(facts("CreateMultipartUpload"), upload(b"old/1=="), upload(b"new+2=="))
    after = carrier.carried(request(b"/b/k?x=%zz&uploadId=old%2f1%3D%3D&partNumber=1"), facts("UploadPart"))
    assert after.target == b"/b/k?x=%zz&uploadId=new%2B2%3D%3D&partNumber=1"


def test_parts_take_their_tags_by_number() -> None:
    """Two parts of the same bytes may have had one tag, and have two now."""
    carrier = Carrier()
    for number in (1, 2):
        about = facts("UploadPart", upload_id="u", part_number=number)
        carrier.learn(about, answered(b"", (b"ETag", b'"same"')), answered(b"", (b"ETag", b'"new%d"' % number)))
    body = (
        b'<?xml version="1.0"?>\n<CompleteMultipartUpload xmlns="x"><Part><ETag>&quot;same&quot;</ETag>'
        b'<PartNumber>1</PartNumber></Part>\n <Part><PartNumber>2</PartNumber><ETag>"same"</ETag></Part>'
        b"</CompleteMultipartUpload>"
    )
    after = carrier.body(facts("CompleteMultipartUpload", upload_id="u"), body)
    assert after == body.replace(b"&quot;same&quot;", b"&quot;new1&quot;").replace(b'"same"', b'"new2"')


def test_a_copied_part_has_its_tag_in_the_answer() -> None:
    """UploadPartCopy answers in XML."""
    carrier = Carrier()
    xml = b'<CopyPartResult><ETag>"%b"</ETag></CopyPartResult>'
    carrier.learn(facts("UploadPartCopy", upload_id="u", part_number=3), answered(xml % b"o"), answered(xml % b"n"))
    body = b"<X><Part><PartNumber>3</PartNumber><ETag>o</ETag></Part></X>"
    assert carrier.body(facts("CompleteMultipartUpload", upload_id="u"), body) == body.replace(b">o<", b">n<")


def test_versions_and_tags_count_for_their_object_first() -> None:
    """The same old version of two objects is two new ones."""
    carrier = Carrier()
    for key in (b"k", b"other"):
        lines = (b"x-amz-version-id", b"v"), (b"ETag", b'"t"')
        now = (b"x-amz-version-id", b"v-" + key), (b"ETag", b'"t-%b"' % key)
        carrier.learn(facts("PutObject", key), answered(b"", *lines), answered(b"", *now))
    assert carrier.carried(request(b"/b/k?versionId=v"), facts("GetObject")).target == b"/b/k?versionId=v-k"
    assert headers_after(carrier, facts("GetObject", b"other"), (b"If-Match", b'"t"')) == ((b"If-Match", b'"t-other"'),)
    assert headers_after(carrier, facts("GetObject"), (b"if-none-match", b'"x", W/"t"')) == (
        (b"if-none-match", b'"x", W/"t-k"'),
    )
    source = (b"x-amz-copy-source", b"/b/other?versionId=v"), (b"x-amz-copy-source-if-match", b"t")
    assert headers_after(carrier, facts("CopyObject"), *source) == (
        (b"x-amz-copy-source", b"/b/other?versionId=v-other"),
        (b"x-amz-copy-source-if-match", b"t-other"),
    )
    delete = b"<Delete><Object><Key>other</Key><VersionId>v</VersionId></Object><Object><Key>k</Key></Object></Delete>"
    assert b"<VersionId>v-other</VersionId>" in carrier.body(facts("DeleteObjects", None), delete)


def test_lists_hand_out_tokens_and_versions() -> None:
    """Entries are laid side by side by key, and by order within one key; others need not be there."""
    page = (
        b"<ListVersionsResult><NextVersionIdMarker>%b3</NextVersionIdMarker>%b"
        b"<Version><Key>k</Key><VersionId>%b1</VersionId></Version>"
        b"<DeleteMarker><Key>k</Key><VersionId>%b2</VersionId></DeleteMarker></ListVersionsResult>"
    )
    new_one = b"<Version><Key>a</Key><VersionId>zzz</VersionId></Version>"
    carrier = Carrier()
    carrier.learn(
        facts("ListObjectVersions", None),
        answered(page % (b"o", b"", b"o", b"o")),
        answered(page % (b"n", new_one, b"n", b"n")),
    )
    token = b"<R><NextContinuationToken>%b</NextContinuationToken></R>"
    carrier.learn(facts("ListObjectsV2", None), answered(token % b"o/="), answered(token % b"n&amp;"))
    assert carrier.carried(request(b"/b/k?versionId=o2"), facts("GetObject")).target == b"/b/k?versionId=n2"
    assert carrier.carried(request(b"/b?version-id-marker=o3"), facts("L", None)).target == b"/b?version-id-marker=n3"
    assert carrier.carried(request(b"/b?continuation-token=o%2F%3D"), facts("L", None)).target == (
        b"/b?continuation-token=n%26"
    )


def test_dates_are_carried_into_conditions() -> None:
    """What was last modified then has another date now."""
    carrier = Carrier()
    then, now = b"Sun, 22 Nov 2026 16:00:00 GMT", b"Mon, 23 Nov 2026 16:00:00 GMT"
    carrier.learn(facts("HeadObject"), answered(b"", (b"Last-Modified", then)), answered(b"", (b"last-modified", now)))
    assert headers_after(carrier, facts("GetObject"), (b"If-Modified-Since", then)) == ((b"If-Modified-Since", now),)


def test_what_is_not_known_stays() -> None:
    """Nothing learnt, nothing changed: the very same bytes."""
    carrier = Carrier()
    carrier.learn(facts("PutObject"), answered(b"not xml"), answered(b"<broken"))
    asked = request(b"/b/k?uploadId=u&versionId", (b"If-Match", b"*"))
    assert carrier.carried(asked, facts("GetObject")) is asked
    assert carrier.body(facts("DeleteObjects"), b"<Delete><Object>") == b"<Delete><Object>"
