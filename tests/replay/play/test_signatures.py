"""`--verify-signatures`: what was signed rightly passes, what was not is refused as B2 would."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from support.tapes import Tape, get_, put

from inspector.replay.match.payload import Intake
from inspector.replay.play.answer import Answer
from inspector.replay.play.miss import Miss, Reason
from inspector.replay.play.options import Options
from inspector.replay.play.player import Player
from inspector.replay.play.signatures import verifier
from inspector.sigv4.key import Key
from inspector.wire.exchange import Request

KEY = Key("AKIDTEST", b"secret")
DATA = b"the data"
HOST = "s3.us-west-004.backblazeb2.com"


def signed(
    method: str, body: bytes = b"", *, secret: str = "secret", key_id: str = "AKIDTEST", query: bool = False
) -> Request:
    """As botocore signs it."""
    made = AWSRequest(method=method, url=f"https://{HOST}/b/k", data=body or None, headers={"Host": HOST})
    made.context["payload_signing_enabled"] = True
    signer = (S3SigV4QueryAuth if query else S3SigV4Auth)(Credentials(key_id, secret), "s3", "us-west-004")
    signer.add_auth(made)
    target = made.url.partition(HOST)[2].encode()
    headers = tuple((name.encode(), str(value).encode()) for name, value in made.headers.items())
    return Request(method.encode(), "https", HOST, 443, target, headers)


def asked(request: Request, body: bytes = b"", later: float = 0.0) -> Answer | Miss:
    player = Player(Tape([put("k", DATA), get_("k", DATA)]), Options(verifier=verifier([KEY])))
    intake = Intake(request, verify=True)
    intake.feed(body)
    return player.ask(request, intake.finish(), datetime.now(UTC).timestamp() + later)


@pytest.mark.parametrize("query", [False, True])
def test_what_is_signed_rightly_is_answered(query: bool) -> None:
    """In the header and in the URL; and what is not signed at all."""
    assert isinstance(asked(signed("GET", query=query)), Answer)
    assert isinstance(asked(signed("PUT", DATA), DATA), Answer)
    anonymous = Request(b"GET", "https", HOST, 443, b"/b/k", ((b"Host", HOST.encode()),))
    assert isinstance(asked(anonymous), Answer)


def refused(request: Request, body: bytes = b"", later: float = 0.0) -> tuple[int, str]:
    missed = asked(request, body, later)
    assert isinstance(missed, Miss)
    assert missed.reason is Reason.SIGNATURE_INVALID
    assert "--verify-signatures" in missed.message
    return missed.status, missed.code


def test_a_wrong_secret_is_refused() -> None:
    """In B2's words."""
    assert refused(signed("GET", secret="other")) == (403, "SignatureDoesNotMatch")
    assert refused(signed("GET", secret="other", query=True)) == (403, "SignatureDoesNotMatch")


def test_a_request_that_was_changed_after_it_was_signed_is_refused() -> None:
    """In a line that is signed, in its path, in its body."""
    request = signed("GET")
    assert refused(replace(request, target=b"/b/k?acl")) == (403, "SignatureDoesNotMatch")
    assert refused(signed("PUT", DATA), b"other data") == (400, "XAmzContentSHA256Mismatch")


def test_an_old_signature_is_refused() -> None:
    """An hour later, a header's and a URL's."""
    assert refused(signed("GET"), later=3600) == (403, "RequestTimeTooSkewed")
    assert refused(signed("GET", query=True), later=8 * 86400)[0] in (401, 403)


def test_an_unknown_key_is_named() -> None:
    """There is nothing to verify it with."""
    assert refused(signed("GET", key_id="AKIDOTHER")) == (403, "InvalidAccessKeyId")
