"""The key id and the token: what their shapes say without the secret.

B2's key ids are 25 characters (cluster, account, counter), its application keys 31 beginning with `K`; both are shapes
of public examples, not of a specification, so a shape alone makes nothing certain.
"""

from __future__ import annotations

from collections.abc import Iterator

from inspector.diagnose.call import Call
from inspector.diagnose.finding import Certainty, Seen
from inspector.diagnose.neighbours import ago, number
from inspector.diagnose.reading import at_b2, doubtful, sent, shown, signed_and_doubtful
from inspector.diagnose.register import rule
from inspector.native.ids import (
    CLUSTERS,
    cluster_of_host,
    is_application_key,
    is_aws_key_id,
    is_master_key_id,
    read_key_id,
)
from inspector.s3.sentences import recognise
from inspector.sigv4.canonical import signed_names
from inspector.wire.exchange import Request
from inspector.wire.host import host_name
from inspector.wire.query import pairs
from inspector.wire.redaction import is_pseudonym

TEMPORARY = "ASIA"
"""How AWS's temporary key ids begin; they are worth nothing without their token (IAM, "Unique identifiers")."""

TOKEN = b"x-amz-security-token"


def with_key_id(call: Call) -> bool:
    """Whether it is signed by any of the S3 schemes, and the signature may be at fault."""
    return call.authorization.scheme.startswith("sigv") and doubtful(call)


@rule(when=with_key_id)
def key_id_empty(call: Call) -> Iterator[Seen]:
    """The credential has a scope and no key id."""
    credential = call.authorization.part("credential") or call.authorization.part("key-id")
    if credential is not None and not call.authorization.key_id:
        yield Seen("key-id-empty", Certainty.CERTAIN, f"{credential.place}: Credential={shown(credential.raw)}")


@rule(when=with_key_id)
def key_swapped(call: Call) -> Iterator[Seen]:
    """An application key stands where its id belongs."""
    if is_application_key(call.authorization.key_id or ""):
        text = f"{_masked(call.authorization.key_id or '')} ({len(call.authorization.key_id or '')} characters)"
        yield Seen("key-swapped", Certainty.LIKELY, f"key id: {text}")


def _masked(secret: str) -> str:
    """The beginning of what may be a secret: as much as tells its shape."""
    return f"{secret[:4]}…"


@rule(when=with_key_id)
def key_id_malformed(call: Call) -> Iterator[Seen]:
    """The key id is none that B2's S3 API takes: by B2's own words, or by its shape."""
    key_id = call.authorization.key_id
    if not key_id or is_application_key(key_id) or is_pseudonym(key_id.encode()):
        return
    said = recognise(call.facts.error_code, call.facts.error_message or "")
    refused = said is not None and said.sentence.name == "key-id-malformed"
    why = _odd_shape(key_id) if at_b2(call.request) else _odd_characters(key_id)
    if refused:
        words = f"B2 calls the key id malformed{f': {why}' if why else ''}"
        yield Seen("key-id-malformed", Certainty.CERTAIN, f"key id: {key_id!r}", words)
    elif why:
        certainty = Certainty.LIKELY if _odd_characters(key_id) or is_master_key_id(key_id) else Certainty.HINT
        yield Seen("key-id-malformed", certainty, f"key id: {key_id!r}", f"The key id has an odd shape: {why}")


def _odd_characters(key_id: str) -> str:
    if key_id.split() != [key_id]:
        return "white space in it"
    if "/" in key_id:
        return "a slash in it"
    return "" if key_id.isascii() and key_id.isprintable() else "characters in it that are no printable ASCII"


def _odd_shape(key_id: str) -> str:
    """Why an id does not look like that of a standard application key; empty where it does."""
    if read_key_id(key_id) is not None:
        return ""
    if is_master_key_id(key_id):
        return "12 hex digits are the id of a master application key, which the S3 API does not take"
    if is_aws_key_id(key_id):
        return "it is an access key id as AWS makes them"
    return _odd_characters(key_id) or f"{len(key_id)} characters, where application keys of B2 have 25"


@rule(when=with_key_id)
def key_wrong_cluster(call: Call) -> Iterator[Seen]:
    """The key id's first digits name another cluster than the host."""
    key_id = read_key_id(call.authorization.key_id or "")
    host = host_name(call.request)
    there = cluster_of_host(host)
    if key_id is None or there is None or key_id.cluster == there:
        return
    refused = call.facts.error_code == "InvalidAccessKeyId"
    yield Seen(
        "key-wrong-cluster",
        Certainty.LIKELY if refused else Certainty.HINT,
        f"key id: {call.authorization.key_id} (cluster {key_id.cluster})\nhost: {host} (cluster {there})",
        f"The key id looks like one of {CLUSTERS.get(key_id.cluster, f'cluster {key_id.cluster}')},"
        f" the call went to {CLUSTERS.get(there, f'cluster {there}')}",
    )


@rule(when=with_key_id)
def token_missing(call: Call) -> Iterator[Seen]:
    """A temporary key of AWS without its session token."""
    authorization = call.authorization
    if (authorization.key_id or "").startswith(TEMPORARY) and not authorization.security_token:
        yield Seen("token-missing", Certainty.LIKELY, f"key id: {authorization.key_id}, and no x-amz-security-token")


@rule(when=with_key_id)
def token_unsigned(call: Call) -> Iterator[Seen]:
    """A session token in a header that the signature does not cover."""
    authorization = call.authorization
    if not authorization.scheme.startswith("sigv4") or sent(call, TOKEN) is None:
        return
    names = signed_names(authorization.signed_headers)
    if names and TOKEN not in names:
        yield Seen("token-unsigned", Certainty.LIKELY, f"SignedHeaders={shown(b';'.join(names))}")


@rule(when=with_key_id)
def token_extra(call: Call) -> Iterator[Seen]:
    """A session token sent to B2, which has no STS that could have made it."""
    if call.authorization.security_token and at_b2(call.request):
        place = "header" if sent(call, TOKEN) is not None else _token_place(call)
        yield Seen("token-extra", Certainty.LIKELY, f"{place} x-amz-security-token (value not shown)")


def _token_place(call: Call) -> str:
    in_query = any(pair.name.lower() == TOKEN for pair in pairs(call.request.query))
    return "query parameter" if in_query else "form field"


@rule(when=signed_and_doubtful)
def signature_reused(call: Call) -> Iterator[Seen]:
    """The very signature of an earlier call came again with another request."""
    signature, mine = call.authorization.signature, _asked(call.request)
    for earlier in call.earlier if signature else ():
        other = _asked(earlier.exchange.request)
        if earlier.authorization.signature == signature and other[0] == mine[0] and other != mine:
            seen = f"before: {_shown(earlier.exchange.request)}\nnow:    {_shown(call.request)}"
            words = f"The signature is that of {number(earlier)}, {ago(call, earlier)}, which was another request"
            yield Seen("signature-reused", Certainty.CERTAIN, seen, words)
            return


def _shown(request: Request) -> str:
    return f"{shown(request.method)} {shown(request.path)}{'?…' if request.query else ''}"


def _asked(request: Request) -> tuple[bytes, bytes, bytes]:
    """Host, method and target; a redirect takes its signature to another host, which has a cause of its own."""
    return request.signed_host, request.method, request.target
