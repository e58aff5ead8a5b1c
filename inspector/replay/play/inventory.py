"""What a bucket holds now, from the writes that have come: where it was made in the recording, all of them are known.

rclone lists a whole bucket to copy one file out of it, s3fs to learn that there is none; whoever recorded may never
have asked. A bucket that was there before may hold what nobody knows of, and so does one that shows a key nobody wrote:
of these nothing is told.
"""

from __future__ import annotations

from datetime import UTC, datetime

from inspector.replay.match.question import Question
from inspector.replay.play.cassette import Cassette
from inspector.replay.play.listing import rewritten
from inspector.replay.play.made import Known, made_by
from inspector.replay.play.shelf import Shelf
from inspector.s3.sentences import PROLOGUE, escape

LISTED = frozenset(("ListObjects", "ListObjectsV2"))


def inventory(asked: Question, shelf: Shelf, cassette: Cassette) -> bytes | None:
    """The list that is asked for, as XML; None where it is not known what the bucket holds."""
    first = shelf.first_of_bucket.get(asked.bucket)
    begun = shelf.story(("list", asked.bucket)).at >= 0
    if asked.operation not in LISTED or first is None or first.head.operation != "CreateBucket" or not begun:
        return None
    found: dict[bytes, Known] = {}
    known: set[bytes] = set()
    for key, story in shelf.objects(asked.bucket):
        known.add(key)
        made = made_by(story.last_write, shelf, cassette) if story.at >= 0 else None
        if made is None and story.at >= 0:
            return None
        if made is not None and made.exists:
            found[key] = made
    if any(not keys <= known for _, keys, _ in shelf.whole_lists.get(asked.bucket, ())):
        return None
    whole = asked._replace(operation="ListObjectsV2", query=((b"max-keys", b"%d" % max(1000, len(found))),))
    return rewritten(_document(asked.bucket, found), whole, asked)


def _document(bucket: str, found: dict[bytes, Known]) -> bytes:
    entries = "".join(_entry(key, found[key]) for key in sorted(found))
    inner = f"<Name>{escape(bucket)}</Name><Prefix></Prefix><KeyCount>{len(found)}</KeyCount><MaxKeys>1000</MaxKeys>"
    return (
        f'{PROLOGUE}<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{inner}'
        f"<IsTruncated>false</IsTruncated>{entries}</ListBucketResult>\n"
    ).encode()


def _entry(key: bytes, made: Known) -> str:
    at = datetime.fromtimestamp(made.modified or 0.0, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    tag = (made.etag or b"").decode("latin-1")
    return (
        f"<Contents><Key>{escape(key.decode('utf-8', 'replace'))}</Key><LastModified>{at}</LastModified>"
        f'<ETag>"{tag}"</ETag><Size>{made.size}</Size><StorageClass>STANDARD</StorageClass></Contents>'
    )
