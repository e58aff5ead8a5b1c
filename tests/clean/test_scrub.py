"""A scrubbed copy holds no credential, says the same everywhere it did, and is true in itself; the original stays."""

from __future__ import annotations

import base64
import hashlib
import os
import sqlite3
import stat
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.calls import call, record
from support.leaky import (
    APPLICATION_KEY,
    KEY_ID,
    KNOWN,
    SECRETS,
    SIGNATURE,
    SIGNED,
    STREAMING,
    TOKEN,
    chunked,
    leaky_recording,
)

from inspector.clean.call import SIGNATURE_REMOVED
from inspector.clean.scan import Scan
from inspector.clean.scrub import Wishes, scrub
from inspector.errors import RecordingError
from inspector.facts import facts_of
from inspector.s3.chunked import Decoder
from inspector.sigv4.authorization import read_authorization
from inspector.sigv4.chunks import verify_chain
from inspector.sigv4.key import Key
from inspector.sigv4.signed import SignedRequest
from inspector.sigv4.verify import verify
from inspector.store.bodies import decoded
from inspector.store.reader import Recording
from inspector.store.stored import Stored
from inspector.view.exchange import headers_of
from inspector.wire.codings import packed
from inspector.wire.headers import get
from inspector.wire.redaction import Redactor, is_pseudonym

KEY = b"k" * 32
SAMPLE = Path(__file__).parents[2] / "recordings" / "sample.db"
INSTEAD = Redactor(KEY).pseudonym


@pytest.fixture(scope="module")
def leaky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording that leaks."""
    return leaky_recording(tmp_path_factory.mktemp("leaky") / "calls.db")


@pytest.fixture(scope="module")
def copy(leaky: Path) -> Path:
    """Its copy."""
    before = leaky.read_bytes()
    out = leaky.with_name("copy.db")
    done = scrub(leaky, out, KEY, (KNOWN,))
    assert leaky.read_bytes() == before
    assert done.secrets >= len(SECRETS)
    return out


@pytest.fixture
def opened(copy: Path) -> Iterator[Recording]:
    """The copy, open."""
    with Recording(copy) as recording:
        yield recording


def stored(opened: Recording, number: int) -> Stored:
    """A call of it."""
    found = opened.exchange(number)
    assert found is not None
    return found


def everything(path: Path) -> bytes:
    """All heads, texts and bodies, decoded as far as the store does."""
    with Recording(path) as opened:
        said = [text.encode() for _, text in opened.texts()]
        for number in opened.ids():
            one = stored(opened, number)
            said += [repr(one).encode(), *(opened.body(body).read() for body in (one.request_body, one.response_body))]
            said += [repr(list(opened.chunks(number))).encode()]
    return b"\n".join(said)


def test_a_scan_finds_nothing(copy: Path) -> None:
    """Not even signatures, nor what was at hand."""
    with Recording(copy) as opened:
        assert list(Scan(opened, (*SECRETS, KNOWN), signatures=True).places()) == []
    raw = copy.read_bytes()
    for secret in (*SECRETS, KEY_ID.encode(), SIGNATURE.encode()):
        assert secret not in raw
        assert secret not in everything(copy)


def test_what_was_equal_stays_equal(opened: Recording) -> None:
    """The token in the answer is the one in the next call's header, and the one in a URL."""
    answer = opened.body(stored(opened, 1).response_body).read()
    header = get(stored(opened, 2).exchange.request.headers, b"authorization")
    assert header == INSTEAD(TOKEN)
    assert INSTEAD(TOKEN) in answer
    assert INSTEAD(TOKEN) in stored(opened, 3).exchange.request.target
    basic = get(stored(opened, 1).exchange.request.headers, b"authorization") or b""
    user, _, password = base64.b64decode(basic.removeprefix(b"Basic ")).partition(b":")
    assert password == INSTEAD(APPLICATION_KEY)
    assert is_pseudonym(user)


def test_a_payload_and_what_speaks_of_it_agree(opened: Recording) -> None:
    """Lengths, ETag, checksums, trailer, chunk sizes: of the upload, the download, and in the list."""
    upload, download, listing = (stored(opened, number) for number in (8, 9, 10))
    framed = opened.body(upload.request_body).read()
    payload = b"".join(event for event in Decoder().feed(framed) if isinstance(event, memoryview))
    assert payload == b"first piece key: " + INSTEAD(APPLICATION_KEY) + b" end"
    assert opened.body(download.response_body).read() == payload
    md5 = hashlib.md5(payload).hexdigest().encode()
    crc = base64.b64encode(zlib.crc32(payload).to_bytes(4, "big"))
    request = upload.exchange.request.headers
    assert get(request, b"content-length") == b"%d" % len(framed)
    assert get(request, b"x-amz-decoded-content-length") == b"%d" % len(payload)
    assert b"x-amz-checksum-crc32:" + crc in framed
    for one in (upload, download):
        assert one.exchange.response is not None
        assert get(one.exchange.response.headers, b"etag") == b'"%b"' % md5
        assert get(one.exchange.response.headers, b"x-amz-checksum-crc32") == crc
    assert download.exchange.response is not None
    assert get(download.exchange.response.headers, b"content-length") == b"%d" % len(payload)
    assert md5 in opened.body(listing.response_body).read()
    assert upload.request_info.decoded is not None
    assert upload.request_info.decoded.md5 == md5.decode()
    assert upload.request_info.checksum == ("x-amz-checksum-crc32", crc.decode())
    assert [chunk.size for chunk in opened.chunks(8)] == [12, len(payload) - 12, 0]


def test_facts_are_those_of_the_copy(opened: Recording) -> None:
    """Computed from what stands there now; ids, uids and sessions are those of the original."""
    for number in opened.ids():
        one = stored(opened, number)
        sent, got = (opened.body(body).read(0, 65536) for body in (one.request_body, one.response_body))
        assert one.facts == facts_of(one.exchange.request, one.exchange.response, sent, got)
    assert list(opened.ids()) == list(range(1, 11))
    assert stored(opened, 3).facts.key_id == INSTEAD(KEY_ID.encode()).decode()
    assert SIGNATURE_REMOVED in stored(opened, 9).exchange.alterations


def test_the_same_key_gives_the_same_copy(leaky: Path, copy: Path, tmp_path: Path) -> None:
    """Row by row; another key gives other pseudonyms."""
    again, other = tmp_path / "again.db", tmp_path / "other.db"
    scrub(leaky, again, KEY, (KNOWN,))
    scrub(leaky, other, b"o" * 32, (KNOWN,))
    dumps = [list(sqlite3.connect(path).iterdump()) for path in (copy, again, other)]
    assert dumps[0] == dumps[1]
    assert dumps[0] != dumps[2]


def test_a_copy_of_a_copy_is_the_same(copy: Path, tmp_path: Path) -> None:
    """What stands for a secret stays."""
    done = scrub(copy, tmp_path / "again.db", KEY)
    assert done.changed == 0
    assert everything(tmp_path / "again.db") == everything(copy)


def test_the_copy_is_one_private_file_that_opens_anywhere(copy: Path) -> None:
    """And the index finds what stands there now."""
    with sqlite3.connect(copy) as conn:
        assert conn.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    conn.close()
    if os.name == "posix":
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert [path.name for path in copy.parent.glob("copy.db*")] == ["copy.db"]
    with Recording(copy) as opened:
        assert list(opened.ids("body:" + INSTEAD(APPLICATION_KEY).decode()))
        assert list(opened.ids("body:K004abcDEF")) == []


def test_signatures_may_stay(leaky: Path, tmp_path: Path) -> None:
    """With the key ids, for somebody who is to check them; where the request is another now, they go all the same."""
    out = tmp_path / "kept.db"
    scrub(leaky, out, KEY, (KNOWN,), Wishes(keep_signatures=True))
    with Recording(out) as opened:
        signed = {
            number: get(stored(opened, number).exchange.request.headers, b"authorization") for number in range(3, 11)
        }
        assert {number for number, value in signed.items() if SIGNATURE.encode() in (value or b"")} == {9, 10}
        assert SIGNATURE_REMOVED not in stored(opened, 10).exchange.alterations
        assert SIGNATURE_REMOVED in stored(opened, 5).exchange.alterations
        assert {chunk.signature for chunk in opened.chunks(8)} == {"7265646163746564" * 4}
        assert list(Scan(opened, SECRETS).places()) == []


def test_nothing_is_accused_that_was_genuine(tmp_path: Path) -> None:
    """The sample's good calls verify before; of the copy nobody says that they do not match."""
    out = tmp_path / "copy.db"
    scrub(SAMPLE, out, KEY)
    key = Key(INSTEAD(KEY_ID.encode()).decode(), b"K004example+OPENS/nothing+AtAll", "test")
    with Recording(out) as opened:
        for number in opened.ids():
            one = stored(opened, number)
            chunks = lambda number=number: opened.chunks(number)  # noqa: E731
            read = read_authorization(one.exchange.request)
            signed = SignedRequest(one.exchange.request, read, one.request_info, chunks, one.canonical_sha256)
            assert verify(signed, key).verdict in ("unverified", "none")
            assert verify_chain(signed, key).verdict in ("unverified", "none", "unsigned")


def test_names_may_go(leaky: Path, tmp_path: Path) -> None:
    """Buckets in hosts, paths, copy sources and XML; accounts in answers and key ids."""
    path = record(
        tmp_path / "calls.db",
        [
            call(b"/photos/photos/a.jpg?prefix=photos", headers=((b"x-amz-copy-source", b"/photos/b%20c"),)),
            call(b"/photos/a.jpg", host="photos.s3.us-west-004.backblazeb2.com"),
            call(
                b"/photos?list-type=2",
                method=b"GET",
                headers=SIGNED,
                answer=((b"content-type", b"application/xml"),),
                response_body=b"<R><Name>photos</Name><Key>my photos.jpg</Key><ID>1234567890ab</ID></R>",
            ),
        ],
    )
    out = tmp_path / "names.db"
    scrub(path, out, KEY, wishes=Wishes(account_ids=True, bucket_names=True))
    with Recording(out) as opened:
        first, second, third = (stored(opened, number) for number in (1, 2, 3))
        bucket = first.facts.bucket
        assert bucket is not None
        assert bucket.startswith("bucket-")
        assert first.exchange.request.target == f"/{bucket}/photos/a.jpg?prefix={bucket}".encode()
        assert get(first.exchange.request.headers, b"x-amz-copy-source") == f"/{bucket}/b%20c".encode()
        assert second.facts.bucket == bucket
        assert second.exchange.request.signed_host == f"{bucket}.s3.us-west-004.backblazeb2.com".encode()
        assert second.exchange.request.host == f"{bucket}.s3.us-west-004.backblazeb2.com"
        body = opened.body(third.response_body).read()
        assert f"<Name>{bucket}</Name><Key>my photos.jpg</Key>".encode() in body
        assert b"1234567890ab" not in body


def test_what_is_no_recording_or_cannot_be_written_is_refused(leaky: Path, tmp_path: Path) -> None:
    """And leaves nothing behind."""
    with pytest.raises(RecordingError):
        scrub(tmp_path / "none.db", tmp_path / "out.db", KEY)
    with pytest.raises(RecordingError):
        scrub(leaky, tmp_path / "none" / "out.db", KEY)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_copy_plays_back(tmp_path: Path) -> None:
    """The program that was recorded, with other keys, answered from the copy alone: parts, a presigned URL, copies."""
    pytest.importorskip("boto3")
    out = tmp_path / "copy.db"
    scrub(SAMPLE.with_name("boto3.db"), out, KEY, wishes=Wishes(account_ids=True))
    script = SAMPLE.parent / "scripts" / "boto3_session.py"
    environ = {
        "AWS_ACCESS_KEY_ID": "somebody",
        "AWS_SECRET_ACCESS_KEY": "somebody-else",
        "AWS_DEFAULT_REGION": "us-west-004",
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_CONFIG_FILE": os.devnull,
        "B2_INSPECTOR_HOME": str(tmp_path / "home"),
    }
    command = [sys.executable, "-m", "inspector", "replay", "-r", str(out), "--", sys.executable, str(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=150, check=False, env=os.environ | environ)
    assert done.returncode == 0, done.stderr
    assert "replayed 12, missed 0, unused 0" in done.stderr


@pytest.mark.parametrize("coding", ["br", "gzip", "zstd"])
def test_what_is_packed_or_cut_by_chunks_is_replaced(coding: str, tmp_path: Path) -> None:
    """A secret under a content coding, one that two chunks share, and both at once; each is packed as it was."""
    text = b"password = " + APPLICATION_KEY + b" # of the backup\n"
    coded = packed(text, coding)
    calls = [
        call(b"/photos/a", headers=((b"Content-Encoding", coding.encode()),), request_body=coded),
        call(b"/photos/b", headers=STREAMING, request_body=chunked(text[:20], text[20:])),
        call(
            b"/photos/c",
            headers=(STREAMING[0], (b"Content-Encoding", b"aws-chunked," + coding.encode()), STREAMING[2]),
            request_body=chunked(coded[:10], coded[10:]),
        ),
        call(b"/photos/d", method=b"GET", answer=((b"Content-Encoding", coding.encode()),), response_body=coded),
    ]
    path = record(tmp_path / "calls.db", calls)
    with Recording(path) as opened:
        assert {place.exchange for place in Scan(opened).places()} == {1, 2, 3}  # the fourth has the body of the first
    out = tmp_path / "copy.db"
    scrub(path, out, KEY)
    with Recording(out) as opened:
        for number in opened.ids():
            one = stored(opened, number)
            request = one.request_body is not None
            said = decoded(opened.body(one.request_body or one.response_body), headers_of(one, request), request)
            assert b"".join(said) == text.replace(APPLICATION_KEY, INSTEAD(APPLICATION_KEY)), number
