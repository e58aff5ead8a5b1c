"""The native API's errors: each code and sentence leads to its cause."""

from __future__ import annotations

import json

import pytest

from inspector.diagnose.call import Call
from inspector.diagnose.examine import examine
from inspector.diagnose.finding import Certainty
from inspector.diagnose.register import all_causes
from inspector.diagnose.rules.natives import DENIED, OF_CODE, OF_SENTENCE
from inspector.facts import facts_of
from inspector.native.sentences import CODES, SENTENCES, NativeSentence
from inspector.sigv4.signed import signed_request
from inspector.wire.exchange import Exchange, Request, Response, Timing

NOON = 1_795_348_800.0


def native(operation: str, status: int, code: str | None, message: str = "", host: str = "api004") -> Call:
    """A call of the native API with its answer in JSON."""
    headers = ((b"Host", f"{host}.backblazeb2.com".encode()), (b"Authorization", b"4_004abc"))
    request = Request(b"POST", "https", f"{host}.backblazeb2.com", 443, f"/b2api/v3/{operation}".encode(), headers)
    body = json.dumps({"code": code, "message": message, "status": status}).encode() if code else b"{}"
    response = Response(status, ((b"Content-Type", b"application/json"),))
    facts = facts_of(request, response, b"", body)
    return Call(Exchange("", request, Timing(NOON), response), facts, signed_request(request), response_body=body)


@pytest.mark.parametrize("sentence", [one for one in SENTENCES if one.name in OF_SENTENCE], ids=lambda one: one.name)
def test_a_sentence_leads_to_its_cause(sentence: NativeSentence) -> None:
    """Certain, with a fix."""
    status, code, text = sentence.status or 400, sentence.code or "bad_request", sentence.text
    (found, *_) = examine(native("b2_update_bucket", status, code, text.replace("{", "").replace("}", ""))).findings
    assert (found.cause, found.certainty) == (OF_SENTENCE[sentence.name], Certainty.CERTAIN)
    assert found.fix
    assert found.seen


@pytest.mark.parametrize("code", OF_CODE)
def test_a_code_alone_leads_to_its_cause(code: str) -> None:
    """Whatever its words."""
    (found, *_) = examine(native("b2_update_bucket", 400, code, "words that nobody has published")).findings
    assert (found.cause, found.certainty) == (OF_CODE[code], Certainty.CERTAIN)


@pytest.mark.parametrize(
    ("operation", "cause"),
    [
        ("b2_authorize_account", "native-unauthorized-empty"),
        ("b2_list_buckets", "native-unauthorized-empty"),
        ("b2_list_keys", "native-key-unauthorized-capability"),
    ],
)
def test_what_an_empty_refusal_means_depends_on_the_call(operation: str, cause: str) -> None:
    """B2 says 401 unauthorized and nothing else."""
    (found,) = examine(native(operation, 401, "unauthorized")).findings
    assert (found.cause, found.certainty) == (cause, Certainty.LIKELY)


def test_a_refusal_that_names_capabilities_is_about_them() -> None:
    """Whatever the call."""
    words = "unauthorized for application key with capabilities 'listKeys'"
    (found,) = examine(native("b2_list_buckets", 401, "unauthorized", words)).findings
    assert (found.cause, found.certainty) == ("native-key-unauthorized-capability", Certainty.LIKELY)
    assert found.summary == "b2_list_buckets needs listBuckets, and the key has listKeys"


def test_a_refusal_without_words_names_what_the_call_needs() -> None:
    (found,) = examine(native("b2_delete_file_version", 401, "unauthorized")).findings
    assert found.summary.startswith("b2_delete_file_version needs deleteFiles")


def test_a_new_account_may_lack_its_address() -> None:
    """Only where a bucket is made."""
    assert "native-email-unverified-500" in causes(
        native("b2_create_bucket", 500, "internal_error", "internal incident")
    )
    assert "native-email-unverified-500" not in causes(
        native("b2_list_buckets", 500, "internal_error", "internal incident")
    )


def test_other_servers_codes_and_good_calls_are_silent() -> None:
    """A proxy's JSON is not B2's."""
    assert causes(native("b2_list_buckets", 400, "SOMETHING_ELSE", "bad query string")) == []
    assert causes(native("b2_list_buckets", 200, None)) == []


def causes(call: Call) -> list[str]:
    return [one.cause for one in examine(call).findings]


def test_the_tables_name_what_there_is() -> None:
    """Causes, codes and sentences."""
    assert {*OF_CODE.values(), *OF_SENTENCE.values()} <= all_causes().keys()
    assert OF_CODE.keys() <= CODES
    assert OF_SENTENCE.keys() <= {one.name for one in SENTENCES}


@pytest.mark.parametrize(("operation", "cause"), DENIED.items())
def test_a_denied_call_is_of_a_lock_or_a_key(operation: str, cause: str) -> None:
    """One code for both: the call tells them apart."""
    (found, *_) = examine(native(operation, 403, "access_denied")).findings
    assert (found.cause, found.certainty) == (cause, Certainty.LIKELY)
