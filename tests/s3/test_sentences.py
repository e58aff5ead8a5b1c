"""B2's sentences are told from the bytes, and their bytes from the sentences."""

from __future__ import annotations

import pytest

from inspector.s3 import sentences
from inspector.s3.errors import read_error

LENGTHS = [
    (404, 137, "no-such-key"),
    (403, 139, "not-entitled"),
    (403, 156, "key-id-malformed"),
    (400, 159, "body-too-small"),
    (403, 163, "signature-failed"),
    (403, 180, "unauthenticated"),
    (403, 181, "key-not-valid"),
    (400, 182, "content-md5-missing"),
    (400, 188, "not-in-signature"),
    (501, 196, "header-not-implemented"),
    (400, 198, "unsupported-header"),
    (403, 204, "cap-transactions"),
    (400, 233, "sigv2-refused"),
    (403, 259, "cap-download"),
    (403, 147, "cannot-access-bucket"),
    (503, 151, "no-tomes"),
    (501, 173, "call-not-supported"),
    (500, 182, "internal-error"),
    (400, 216, "xml-malformed"),
    (400, 240, "trailer-malformed"),
]
"""Status and Content-Length of answers without a body; 188, 198 and 200 stand in public traces."""


@pytest.mark.parametrize(("status", "length", "name"), LENGTHS)
def test_the_length_of_an_answer_to_head_names_the_error(status: int, length: int, name: str) -> None:
    """B2 sends the Content-Length of the body that it leaves out."""
    assert name in [guess.sentence.name for guess in sentences.errors_of_length(status, length)]


def test_a_hole_has_the_length_that_is_left() -> None:
    """198 bytes: 19 letters of `x-amz-checksum-mode`."""
    guesses = {guess.sentence.name: guess.hole for guess in sentences.errors_of_length(400, 198)}
    assert guesses["unsupported-header"] == len("x-amz-checksum-mode")


@pytest.mark.parametrize(
    ("code", "message", "name"),
    [
        ("AccessDenied", "Not allowed to access bucket because it is not s3-enabled", "not-s3-enabled"),
        ("AccessDenied", "Not allowed to access bucket because it is not s3-enabled:", "not-s3-enabled"),
        ("InternalError", "An internal error occurred. Please retry your upload", "internal-error"),
        ("NoSuchKey", "key not found.", "no-such-key"),
        ("NoSuchBucket", "The specified bucket does not exist", "no-such-bucket"),
    ],
)
def test_a_sentence_is_known_without_its_last_word_and_in_another_dress(code: str, message: str, name: str) -> None:
    """What was published may be cut, and what is said may differ by a space or a capital."""
    said = sentences.recognise(code, message)
    assert said is not None
    assert said.sentence.name == name


@pytest.mark.parametrize("sentence", sentences.SENTENCES, ids=lambda sentence: sentence.name)
def test_every_sentence_is_recognised_in_its_own_bytes(sentence: sentences.Sentence) -> None:
    """Written with its holes filled, read as XML, recognised by the same name, its parts intact."""
    parts = {name: f"<{name} & co>" for name in sentences._pattern(sentence).groupindex}
    message = sentence.text.format(**parts)
    read = read_error(sentences.error_body(sentence.code or "Unknown", message))
    assert read is not None
    said = sentences.recognise(sentence.code and read.code, read.message)
    assert said is not None
    assert (said.sentence.name, dict(said.parts)) == (sentence.name, parts)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("AccessDenied", "Access Denied"),
        ("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."),
        ("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided."),
        ("AccessDenied", "you are not entitled to this"),
    ],
)
def test_the_words_of_other_servers_are_not_b2s(code: str, message: str) -> None:
    """AWS and MinIO have sentences of their own."""
    assert sentences.recognise(code, message) is None


def test_no_two_sentences_share_a_name() -> None:
    """A name finds one."""
    assert len(sentences.BY_NAME) == len(sentences.SENTENCES)
