"""The second witness: botocore signs and logs, something in between changes the request, and the log tells what."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from inspector.diagnose.examine import Diagnosis, examine
from inspector.diagnose.finding import Certainty, Fault
from inspector.formats.debuglog.reader import read
from inspector.sigv4.key import Key
from inspector.sigv4.logged import Logged
from inspector.sigv4.signed import SignedRequest, signed_request
from inspector.sigv4.steps import sha256_hex
from inspector.wire.exchange import Request
from tests.support.diagnosed import Answer, answered
from tests.support.signing import KEY

HOST = "s3.us-west-004.backblazeb2.com"
FAILED = Answer(403, "SignatureDoesNotMatch", "Signature validation failed", at=None)
OTHER = Key(KEY.key_id, b"K004quite+another/secret", "AWS_SECRET_ACCESS_KEY")
TOKEN = "INVENTED-TOKEN"


@contextmanager
def botocore_log() -> Iterator[io.BytesIO]:
    """What botocore prints while the block runs."""
    raw = io.BytesIO()
    text = io.TextIOWrapper(raw, write_through=True, newline="\n")
    handler = logging.StreamHandler(text)
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s [%(levelname)s] %(message)s"))
    logger = logging.getLogger("botocore.auth")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield raw
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
        text.detach()


@dataclass(frozen=True)
class Signed:
    """A request as botocore sends it, and its log."""

    request: Request
    log: bytes

    @property
    def entries(self) -> list[Logged]:
        return list(read(io.BytesIO(self.log)))

    def told(self, *, keys: tuple[Key, ...] = (), answer: Answer = FAILED, **changes: object) -> Diagnosis:
        """What is said of the request, so changed on its way, with the log at hand."""
        return self.of(signed_request(replace(self.request, **changes)), keys, answer)  # type: ignore[arg-type]

    def of(self, signed: SignedRequest, keys: tuple[Key, ...] = (), answer: Answer = FAILED) -> Diagnosis:
        return examine(answered(signed, answer, at=time.time()), keys, logged=self.entries)

    def with_header(self, name: bytes, value: bytes | None) -> tuple[tuple[bytes, bytes], ...]:
        """The headers, one of them replaced or taken out."""
        rest = tuple(one for one in self.request.headers if one[0].lower() != name)
        return rest if value is None else (*rest, (name, value))


def signed(
    target: str = "/photos/a.jpg", *, presigned: bool = False, token: str | None = None, **headers: str
) -> Signed:
    """A GET, signed by botocore."""
    credentials = Credentials(KEY.key_id, KEY.secret.decode(), token)
    lines = {"Host": HOST, **{name.replace("_", "-"): value for name, value in headers.items()}}
    aws = AWSRequest("GET", f"https://{HOST}{target}", headers=lines)
    with botocore_log() as log:
        if presigned:
            S3SigV4QueryAuth(credentials, "s3", "us-west-004", 900).add_auth(aws)
        else:
            S3SigV4Auth(credentials, "s3", "us-west-004").add_auth(aws)
    sent = tuple((name.encode(), str(value).encode()) for name, value in aws.headers.items())
    path = aws.url.removeprefix(f"https://{HOST}").encode()
    return Signed(Request(b"GET", "https", HOST, 443, path, sent), log.getvalue())


def causes(diagnosis: Diagnosis) -> dict[str, tuple[Certainty, Fault]]:
    return {one.cause: (one.certainty, one.fault) for one in diagnosis.findings if one.certainty > Certainty.HINT}


PATH_CERTAIN = (Certainty.CERTAIN, Fault.PATH)


def test_an_unchanged_request_is_told_to_be_one() -> None:
    """The entry is known by its signature, and nothing differs."""
    call = signed("/photos/a%20b.txt?versionId=x", Accept_Encoding="gzip")
    for keys, verdict in (((), "unverified"), ((KEY,), "verified")):
        told = call.told(keys=keys, answer=Answer(200))
        assert told.testimony is not None
        assert (told.testimony.how, told.testimony.differences) == ("signature", ())
        assert told.verification.verdict == verdict
        assert causes(told) == {}


def test_a_header_changed_on_the_way_needs_no_secret() -> None:
    """A proxy rewrote Accept-Encoding: both lines are shown, and it is the path's doing."""
    call = signed(Accept_Encoding="identity")
    told = call.told(headers=call.with_header(b"accept-encoding", b"gzip, br"))
    first = told.findings[0]

    assert (first.cause, first.certainty, first.fault) == ("hdr-accept-encoding-changed", *PATH_CERTAIN)
    assert first.seen == "signed:  accept-encoding:identity\narrived: accept-encoding:gzip, br"
    assert "line 2" in first.summary


def test_with_the_secret_it_is_proved() -> None:
    """A value that no search could guess: the log has it, and it gives the client's signature."""
    call = signed(x_amz_meta_note="nobody could guess this")
    changed = call.with_header(b"x-amz-meta-note", b"replaced")
    told = call.told(keys=(KEY,), headers=changed)

    assert causes(told)["log-differs"] == (Certainty.PROVED, Fault.PATH)
    assert not {"unexplained", "key-wrong-secret"} & {one.cause for one in told.findings}
    assert "unexplained" in {one.cause for one in examine(told.call, (KEY,)).findings}


CHANGES = [
    # what arrived, the cause
    ({"headers": "host=backend.internal:9000"}, "host-rewritten"),
    ({"headers": f"host={HOST}:443"}, "host-default-port-included"),
    ({"target": b"/photos//a.jpg?versionId=x"}, "path-slashes-merged"),
    ({"target": b"/cdn/v2/photos/a.jpg?versionId=x"}, "path-prefix-added"),
    ({"target": b"/a.jpg?versionId=x"}, "path-prefix-stripped"),
    ({"target": b"/photos/a.jpg?versionId=x&utm_source=mail"}, "query-param-added"),
    ({"target": b"/photos/a.jpg"}, "query-param-removed"),
    ({"method": b"HEAD"}, "method-changed"),
    ({"headers": "range="}, "hdr-range-removed"),
    ({"headers": "x-amz-meta-a=other"}, "log-differs"),
]


@pytest.mark.parametrize(("changes", "cause"), CHANGES, ids=[f"{next(iter(row[0].values()))}" for row in CHANGES])
def test_what_was_changed_is_named(changes: dict[str, object], cause: str) -> None:
    """By the name that the search would have for it, where it has one."""
    call = signed("/photos/a.jpg?versionId=x", Range="bytes=0-9", x_amz_meta_a="b")
    if "headers" in changes:
        name, _, value = str(changes["headers"]).partition("=")
        changes = {"headers": call.with_header(name.encode(), value.encode() or None)}
    told = call.told(**changes)  # type: ignore[arg-type]

    assert told.testimony is not None
    assert told.testimony.how == "signature"
    assert causes(told) == {cause: PATH_CERTAIN}


def test_another_writing_is_the_signers_own() -> None:
    """The signer encoded the path twice, as for other services: nobody changed anything on the way."""
    call = signed("/photos/a%20b.txt")
    canonical = call.entries[0].canonical_request or b""
    twice = canonical.replace(b"a%20b", b"a%2520b")
    log = call.log.replace(b"a%20b", b"a%2520b").replace(sha256_hex(canonical), sha256_hex(twice))
    told = replace(call, log=log).told()

    assert causes(told)["path-double-encoded"] == (Certainty.CERTAIN, Fault.CLIENT)


def test_a_log_that_agrees_leaves_the_secret() -> None:
    """With another secret at hand it is that one for certain; without any, most likely the client's."""
    call = signed()
    with_other, with_none = call.told(keys=(OTHER,)), call.told()

    assert causes(with_other)["key-wrong-secret"][0] is Certainty.CERTAIN
    assert causes(with_none)["key-wrong-secret"][0] is Certainty.LIKELY
    assert OTHER.secret.decode() not in str(with_other.findings)


def test_an_agreeing_log_does_not_accuse_a_call_that_went_well() -> None:
    """Nor one that was refused for something else."""
    call = signed()
    for answer in (Answer(200), Answer(404, "NoSuchKey", "File not present"), Answer(None)):
        assert "key-wrong-secret" not in causes(call.told(answer=answer))


def test_a_tampered_log_is_believed_as_far_as_it_can_be_checked() -> None:
    """Its string to sign names another canonical request: nothing above a hint follows."""
    call = signed(x_amz_meta_a="b")
    told = replace(call, log=call.log.replace(b"x-amz-meta-a:b", b"x-amz-meta-a:c")).told()

    assert told.testimony is not None
    assert "edited" in told.testimony.note
    assert causes(told) == {}


def test_without_a_signature_an_entry_is_known_by_second_method_and_path() -> None:
    """As in logs of Java and Go. What follows is likely, for another request may look the same."""
    call = signed(Accept_Encoding="identity")
    silent = replace(call, log=call.log[: call.log.rfind(b"Signature:")])
    told = silent.told(headers=call.with_header(b"accept-encoding", b"gzip"))

    assert told.testimony is not None
    assert told.testimony.how == "moment"
    assert causes(told)["hdr-accept-encoding-changed"] == (Certainty.LIKELY, Fault.PATH)
    elsewhere = silent.told(target=b"/photos/b.jpg")
    assert elsewhere.testimony is not None
    assert (elsewhere.testimony.entry, elsewhere.testimony.how) == (None, None)


def test_without_a_signature_the_secret_finds_the_entry() -> None:
    """Whatever became of path and method."""
    call = signed()
    silent = replace(call, log=call.log[: call.log.rfind(b"Signature:")])
    told = silent.told(keys=(KEY,), target=b"/x/y/z/elsewhere.jpg")

    assert told.testimony is not None
    assert told.testimony.how == "secret"
    assert told.findings[0].certainty is Certainty.PROVED


def test_entries_that_fit_equally_well_are_nobodys() -> None:
    """Two downloads of the same second that differ in what was changed."""
    one, two = signed(Range="bytes=0-9"), signed(Range="bytes=10-19")
    stamp = dict(one.request.headers)[b"X-Amz-Date"]
    both = [
        replace(entry, signature=None, parts={**entry.parts, "header:x-amz-date": b"x-amz-date:" + stamp})
        for entry in (*one.entries, *two.entries)
    ]
    both = [replace(entry, string_to_sign=None) for entry in both]
    call = answered(signed_request(replace(one.request, headers=one.with_header(b"range", None))), FAILED)
    told = examine(call, logged=both)

    assert told.testimony is not None
    assert told.testimony.entry is None
    assert "equally well" in told.testimony.note


def test_a_log_of_other_calls_says_nothing() -> None:
    """And nothing is concluded from that."""
    told = examine(answered(signed_request(signed().request), FAILED, at=time.time()), logged=())

    assert told.testimony is not None
    assert told.testimony.entry is None
    assert causes(told) == causes(examine(told.call))


def test_a_token_is_compared_and_never_shown() -> None:
    """Where it was replaced before it was stored, by the hash of the true canonical request."""
    call = signed(token=TOKEN, Accept_Encoding="identity")
    stored = signed_request(replace(call.request, headers=call.with_header(b"x-amz-security-token", b"pseudonym-1")))
    true = call.entries[0].canonical_request or b""
    kept = replace(stored, redacted=("header x-amz-security-token",), canonical_sha256=sha256_hex(true).decode())
    same = call.of(kept)
    assert same.testimony is not None
    assert same.testimony.differences == ()

    other = call.of(replace(kept, canonical_sha256="0" * 64))
    assert other.testimony is not None
    assert [(one.axis, one.secret) for one in other.testimony.differences] == [("header:x-amz-security-token", True)]
    changed = call.told(headers=call.with_header(b"x-amz-security-token", b"ANOTHER-INVENTED"))
    for told in (same, other, changed):
        assert "INVENTED" not in str(told.findings)


def test_a_presigned_url_and_its_token() -> None:
    """A parameter was added behind the signature; the token in the query is not shown."""
    call = signed(presigned=True, token=TOKEN)
    told = call.told(target=call.request.target + b"&v=2")

    assert causes(told)["query-param-added"][1] is Fault.PATH
    assert TOKEN not in str(told.findings)
