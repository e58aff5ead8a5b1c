"""The path was encoded otherwise than by the rule, by the signer, or it was encoded anew on its way.

S3's rule: decode once, encode each byte once in upper case, but for letters, digits and `-._~/`. Signers break it in
some way for nearly every character outside that set; which one shows only where the key holds such a character.
Where two causes come to the same bytes the first is named: the particular ones stand before the general.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from inspector.sigv4.canonical import S3, canonical_uri, encode, normalized
from inspector.sigv4.hypotheses.line import Rendered
from inspector.sigv4.hypotheses.model import Problem
from inspector.sigv4.hypotheses.path_line import PATH_LINE
from inspector.sigv4.hypotheses.percent import (
    ENCODE_URI,
    ENCODE_URI_COMPONENT,
    ESCAPE,
    around_escapes,
    bare_sets,
    encoded,
    listed,
    lower_hex,
)

_ESCAPED_SLASH = re.compile(rb"%2[Ff]")
_UNRESERVED_SIGNS = b"-._~"


def _rule(path: bytes) -> bytes:
    return encode(unquote_to_bytes(path), keep_slash=True)


def _bare(path: bytes, bare: bytes) -> bytes:
    """By the rule, but for some characters that stay as they are."""
    return encoded(unquote_to_bytes(path), b"/" + bare)


@PATH_LINE.rendering("path-double-encoded")
def double_encoded(problem: Problem, path: bytes) -> Iterator[Rendered]:
    """The path was percent-encoded twice on one side: the rule of every AWS service but S3."""
    # aws-sdk-go-v2#833, envoy#35023, aws-sdk-swift#718; AWS documentation, "Create a signed AWS API request"
    once = _rule(path)
    yield Rendered(encode(once, keep_slash=True), "percent-encoded twice")
    yield Rendered(encode(path, keep_slash=True), "percent-encoded once more as it was sent")
    for sent in (once, path):  # a signer that does not know the service for S3: requests-aws4auth, aws4fetch, Smithy
        general = encode(normalized(sent), keep_slash=True)
        yield Rendered(general, "by the rule of other services: slashes merged, dots resolved, percent-encoded twice")
    if b"%25" in path:
        yield Rendered(_rule(unquote_to_bytes(path)), "percent-encoded once, where the request has it twice")
        if b"+" in path:  # Apache's [B] writes a space so
            spaced = _rule(unquote_to_bytes(path.replace(b"+", b"%20")))
            yield Rendered(spaced, "percent-encoded once, where the request has it twice, and '+' for a space")
    yield Rendered(canonical_uri(path, S3), "percent-encoded once, by S3's rule")


@PATH_LINE.rendering("path-plus")
def plus(problem: Problem, path: bytes) -> Iterator[Rendered]:
    """A plus in the path was taken for a space, or was not encoded."""
    # minio-dart#114, mhart/aws4#115: forms write a space as '+', paths do not
    if b"+" not in unquote_to_bytes(path):
        return
    if b"+" in path:
        yield Rendered(_rule(path.replace(b"+", b"%20")), "with the '+' of the request as a space")
    yield Rendered(_rule(path).replace(b"%2B", b"%20"), "with '+' as a space")
    yield Rendered(_bare(path, b"+"), "with '+' left bare")


@PATH_LINE.rendering("path-space")
def space(problem: Problem, path: bytes) -> Iterator[Rendered]:
    """A space in the path was encoded as in a form, or not at all."""
    # s3cmd#780, minio#4162, ceph#10919: urllib's quote_plus, Java's URLEncoder, PHP's urlencode
    rule = _rule(path)
    if b"%20" in rule:
        yield Rendered(rule.replace(b"%20", b"+"), "with spaces as '+'")
        yield Rendered(rule.replace(b"%20", b"%2B"), "with spaces as '%2B'")
        yield Rendered(_bare(path, b" "), "with spaces left bare")


@PATH_LINE.rendering("path-tilde")
def tilde(problem: Problem, path: bytes) -> Iterator[Rendered]:
    """A tilde was percent-encoded, as by encoders older than RFC 3986."""
    # net-amazon-s3#64: RFC 2396 and Python before 3.7 have it encoded
    rule = _rule(path)
    if b"~" in rule:
        yield Rendered(rule.replace(b"~", b"%7E"), "with '~' as '%7E'")
        yield Rendered(rule.replace(b"~", b"%7e"), "with '~' as '%7e'")


@PATH_LINE.rendering("path-slash-encoded")
def slash_encoded(problem: Problem, path: bytes) -> Iterator[Rendered]:
    """Slashes in the key were percent-encoded."""
    # tigrisdata/storage#101, aws-sdk-net#244: the key goes through an encoder that is meant for one segment
    if _ESCAPED_SLASH.search(path):
        pieces = [_rule(piece) for piece in _ESCAPED_SLASH.split(path)]
        for slash in (b"%2F", b"%2f", b"%252F"):
            yield Rendered(slash.join(pieces), f"with escaped slashes as {slash.decode()!r}")
    rule = _rule(path)
    for kept, where in ((2, "after the bucket"), (1, "after the first")):
        *head, rest = rule.split(b"/", kept)
        for slash in (b"%2F", b"%252F"):
            text = b"/".join((*head, rest.replace(b"/", slash)))
            yield Rendered(text, f"with slashes {where} as {slash.decode()!r}")
    yield Rendered(rule.replace(b"/", b"%2F"), "with every slash as '%2F'")


@PATH_LINE.rendering("path-hex-case")
def hex_case(problem: Problem, path: bytes) -> Iterator[Rendered]:
    """The hex digits of escapes were signed in lower case."""
    yield Rendered(lower_hex(_rule(path)), "with lower-case hex digits")
    if any(escape != escape.upper() for escape in ESCAPE.findall(path)):
        kept = around_escapes(path, b"/")
        yield Rendered(kept, "with its escapes as they were sent")


@PATH_LINE.rendering("path-over-encoded")
def over_encoded(problem: Problem, path: bytes) -> Iterator[Rendered]:
    """Characters that need no encoding were percent-encoded."""
    if ESCAPE.search(path):
        kept = ESCAPE.sub(lambda found: found[0].upper(), around_escapes(path, b"/"))
        yield Rendered(kept, "with every escape kept that was sent")
    rule = _rule(path)
    present = bytes(sign for sign in _UNRESERVED_SIGNS if sign in rule)
    for signs in dict.fromkeys((*(bytes([sign]) for sign in present), present)):
        if signs and signs != b"~":  # path-tilde
            over = b"".join(b"%%%02X" % byte if byte in signs else bytes([byte]) for byte in rule)
            yield Rendered(over, f"with {listed(signs)} encoded")


@PATH_LINE.rendering("path-unicode")
def unicode(problem: Problem, path: bytes) -> Iterator[Rendered]:
    """Letters beyond ASCII were signed in another encoding or in another Unicode normal form."""
    # aws-sdk-kotlin#200, s3rver#513, fog#2790. macOS hands out file names in NFD (Apple, Technical Q&A QA1173).
    data = unquote_to_bytes(path)
    if data.isascii():
        return
    for other, how in _respelt(data):
        yield Rendered(encode(other, keep_slash=True), how)
    bare = b"".join(encode(bytes([byte]), keep_slash=True) if byte < 0x80 else bytes([byte]) for byte in data)
    yield Rendered(bare, "with letters beyond ASCII left bare")


def _respelt(data: bytes) -> Iterator[tuple[bytes, str]]:
    yield data.decode("latin-1").encode(), "in UTF-8 made of what was taken for Latin-1"
    try:
        text = data.decode()
    except UnicodeDecodeError:
        yield data.decode("utf-8", "replace").encode(), "with U+FFFD for what is not UTF-8"
        return
    yield unicodedata.normalize("NFC", text).encode(), "in Unicode's composed form (NFC)"
    yield unicodedata.normalize("NFD", text).encode(), "in Unicode's decomposed form (NFD)"
    yield text.encode("latin-1", "replace"), "in Latin-1"
    yield text.encode("cp1252", "replace"), "in Windows-1252"
    yield text.encode("ascii", "replace"), "with '?' for letters beyond ASCII"


@PATH_LINE.rendering("path-js-encode")
def js_encode(problem: Problem, path: bytes) -> Iterator[Rendered]:
    """The path was encoded by JavaScript's encodeURIComponent or encodeURI, which leave `!'()*` bare."""
    data = unquote_to_bytes(path)  # zirkelc/aws-signature-v4#13
    if any(sign in data for sign in ENCODE_URI_COMPONENT):
        yield Rendered(_bare(path, ENCODE_URI_COMPONENT), "encoded by the rule of encodeURIComponent")
        yield Rendered(_bare(path, ENCODE_URI), "encoded by the rule of encodeURI")
        for kept, what in ((2, "what follows the bucket"), (1, "the path")):
            *head, rest = data.split(b"/", kept)
            pieces = (*(encoded(piece, ENCODE_URI_COMPONENT) for piece in head), encoded(rest, ENCODE_URI_COMPONENT))
            yield Rendered(b"/".join(pieces), f"with encodeURIComponent over {what}, slashes and all")
        yield Rendered(encoded(data, ENCODE_URI_COMPONENT), "with encodeURIComponent over everything, slashes and all")


@PATH_LINE.rendering("path-unencoded")
def unencoded(problem: Problem, path: bytes) -> Iterator[Rendered]:
    """Characters were signed as they are that the rule percent-encodes."""
    # curl#13754, pocketbase#6654, envoy#42165, s3gof3r#110, k6-jslib-aws#78
    data = unquote_to_bytes(path)
    yield Rendered(path, "just as it stands in the request")
    yield Rendered(data, "not percent-encoded")
    for bare in bare_sets(data, without=b"/"):
        yield Rendered(_bare(path, bare), f"with {listed(bare)} left bare")
