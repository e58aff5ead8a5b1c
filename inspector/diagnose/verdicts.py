"""What a verification says besides proofs: of body and chunks, of the secret, and where nothing explains it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import groupby
from textwrap import wrap
from urllib.parse import unquote_to_bytes

from inspector.diagnose.advice import sdk_of
from inspector.diagnose.attribution import fault_of, trace_of_path
from inspector.diagnose.call import Call
from inspector.diagnose.finding import Certainty, Fault, Seen
from inspector.diagnose.judged import Judged, own_key
from inspector.diagnose.key_shapes import by_shape
from inspector.diagnose.proofs import masked
from inspector.diagnose.reading import at_b2, endpoint_region, shown, signature_refused
from inspector.diagnose.secret_shapes import spoilt
from inspector.native.ids import read_key_id, secret_cluster
from inspector.sigv4.canonical import S3, Dialect, signed_names
from inspector.sigv4.chunk_faults import explain_chain
from inspector.sigv4.chunks import ChainVerdict, ChunkPlace
from inspector.sigv4.forms import RULE, differing, probe_name
from inspector.sigv4.hypotheses.header_lines import NAMED_ELSEWHERE, shown_value
from inspector.sigv4.key import Key
from inspector.sigv4.payload_facts import hash_facts
from inspector.sigv4.solve import Outcome
from inspector.sigv4.verify import PLUS_NOTE, canonical_of, verify
from inspector.wire.headers import get_all

WIDTH = 100
"""Columns of a list of slugs."""


def right_secret_wrong_scheme(judged: Judged) -> Iterator[Seen]:
    """A SigV2 signature that verifies: nothing is wrong but the scheme."""
    if judged.verification.verdict == "verified" and judged.verification.scheme == "sigv2" and judged.call.failed:
        words = "The secret is right, the scheme is not: signed with SigV2"
        yield Seen("sigv2-used", Certainty.CERTAIN, f"Signature={judged.call.authorization.signature}", words)


# Body and chunks, behind a head whose signature is settled


def body_altered(judged: Judged) -> Iterator[Seen]:
    """The head verifies, its hash of the body with it, and the body is another one."""
    if judged.verification.verdict != "verified" or judged.verification.body != "mismatch":
        return
    if judged.chain.verdict == "mismatch":
        return  # `broken_chain` tells which chunk it is
    if any(fact.cause != "payload-body-altered" for fact in hash_facts(judged.call.signed, judged.call.request_body)):
        return  # the rules tell in which other form it was signed
    body, part = judged.call.signed.body.sent, judged.call.authorization.part("payload")
    seen = f"signed:  {shown(part.raw) if part else ''}\narrived: {body.sha256} ({body.size} bytes)"
    what = "the body is not the one whose hash was signed" if body.size else "of the body that was signed nothing came"
    words = f"The signature is right, and {what}"
    fault = fault_of(judged.call, "payload-body-altered")
    yield Seen("payload-body-altered", Certainty.CERTAIN, seen, words, fault=fault)


def broken_chain(judged: Judged) -> Iterator[Seen]:
    """A chunk, or the trailers, are not those that were signed."""
    chain = judged.chain
    settled = judged.verification.verdict == "verified" or chain.chunks > 0
    if chain.verdict == "mismatch":
        yield from list(_proved_chain(judged)) or (_broken(chain) if settled else ())


def _proved_chain(judged: Judged) -> Iterator[Seen]:
    """What was signed instead in the first chunk that fails, or in the trailers."""
    key = judged.verification.key
    if key is None:
        return
    seeds = [one.authorization.signature for one in judged.call.earlier if one.authorization.signature]
    for fault in explain_chain(judged.call.signed, key, seeds):
        seen = _where(fault.place) if fault.place else "trailers"
        sure = Certainty.PROVED if fault.proved else Certainty.LIKELY
        yield Seen(fault.cause, sure, seen, fault.words[:1].upper() + fault.words[1:])


def _where(place: ChunkPlace) -> str:
    return f"chunk {place.number}: {place.size} bytes from byte {place.offset} of the payload on"


def _broken(chain: ChainVerdict) -> Iterator[Seen]:
    words = chain.words[:1].upper() + chain.words[1:]
    if chain.failed is not None:
        yield Seen("chunk-signature", Certainty.CERTAIN, _where(chain.failed), words)
    else:
        seen = f"{chain.chunks} chunks, {chain.size} bytes, all verified; trailers: {chain.trailer}"
        slug = "trailer-missing" if chain.trailer == "missing" else "trailer-signature"
        yield Seen(slug, Certainty.CERTAIN, seen, words)


def plus_as_space(judged: Judged) -> Iterator[Seen]:
    """It verifies where each `+` of the query is a space, and the server, as it seems, takes it for a plus."""
    if judged.verification.note == PLUS_NOTE and signature_refused(judged.call):
        seen = f"arrived: query {shown(masked(judged.call.request.query))}"
        words = "Each '+' of the query was signed as a space, '%20'"
        yield Seen("query-encoding", Certainty.PROVED, seen, words, fault=fault_of(judged.call, "query-encoding"))


def signed_by_the_rule(judged: Judged) -> Iterator[Seen]:
    """It verifies by S3's rule, and B2 was found to have another canonical form for what stands in it."""
    if not judged.by_rule or judged.verification.verdict != "mismatch":
        return
    request, forms = judged.call.signed, judged.dialect.forms
    probes = [
        probe_name(place)
        for place in differing(forms)
        if canonical_of(request, Dialect(forms=replace(RULE, **{place: getattr(forms, place)})))
        != canonical_of(request, S3)
    ]
    seen = f"target: {shown(masked(request.request.target))}"
    yield Seen("b2-canonical-form", Certainty.PROVED, seen, probed=tuple(probes))


# Verdicts that are no proof


def refused_all_the_same(judged: Judged) -> Iterator[Seen]:
    """It verifies as recorded, and the server says that it does not match."""
    if judged.verification.verdict == "verified" and signature_refused(judged.call):
        yield Seen(
            "sig-ok-locally-but-403",
            Certainty.LIKELY,
            f"Signature={judged.verification.signature}",
            "The signature is right for the bytes as recorded, and the server says it does not match",
        )


def spoilt_on_both_sides(judged: Judged) -> Iterator[Seen]:
    """It verifies with a secret that does not look like one: client and this side took it from the same place."""
    key, named = judged.verification.key, judged.call.authorization.key_id or ""
    verified = judged.verification.verdict == "verified" and signature_refused(judged.call)
    fault = spoilt(key.secret) if verified and key is not None and read_key_id(named) is not None else None
    if fault is not None and key is not None:
        seen = f"key id {key.key_id}, secret from {key.name} (not shown)"
        words = f"The secret that the client signed with, and that is at hand, {fault.words}"
        yield Seen(fault.cause, Certainty.LIKELY, seen, words)


def given_spoilt(judged: Judged) -> Iterator[Seen]:
    """The secret was given to this side in another form than the client had it in, and the client's is right."""
    if judged.given is not None and judged.verification.key is not None:
        seen = f"key id {judged.verification.key.key_id}, secret from {judged.verification.key.name} (not shown)"
        words = f"The secret that is at hand here {judged.given.words}; the call was signed with the right one"
        yield Seen(judged.given.cause, Certainty.HINT, seen, words)


def accepted_all_the_same(judged: Judged) -> Iterator[Seen]:
    """It does not verify here, and the server took it."""
    if judged.verification.verdict == "mismatch" and judged.call.succeeded:
        seen = f"computed: {judged.verification.signature}\narrived:  {judged.call.authorization.signature}"
        yield Seen("sig-bad-locally-but-200", Certainty.HINT, seen, fault=Fault.UNKNOWN)


def demanded_by_url(judged: Judged) -> Iterator[Seen]:
    """Nothing explains the signature of a URL that is bound to the values of headers."""
    call = judged.call
    bound = [name for name in signed_names(call.authorization.signed_headers) if name not in NAMED_ELSEWHERE]
    if judged.searched_in_vain and call.authorization.presigned and bound:
        seen = "\n".join(f"{shown(name)}: {shown_value(name, _arrived(call, name))}" for name in bound)
        names = ", ".join(map(shown, bound))
        words = f"The URL is bound to the value that {names} had when it was made; perhaps it was another"
        certainty = Certainty.LIKELY if judged.key_proved_by else Certainty.HINT
        yield Seen("presign-header-required", certainty, seen, words)


def _arrived(call: Call, name: bytes) -> bytes:
    return b",".join(get_all(call.request.headers, name))


def wrong_secret(judged: Judged) -> Iterator[Seen]:
    """Nothing explains the signature, and nothing shows that the secret is the client's own."""
    key = judged.verification.key
    if not judged.searched_in_vain or key is None or judged.key_proved_by:
        return
    seen = f"key id {key.key_id}, secret from {key.name} (not shown)"
    fault = spoilt(key.secret) if read_key_id(key.key_id) else None
    if fault is not None:
        yield Seen(fault.cause, Certainty.LIKELY, seen, f"The secret at hand {fault.words}")
        return
    why = _against(judged, key)
    words = "signed with another secret than the one at hand"
    if why:
        yield Seen("key-wrong-secret", Certainty.LIKELY, seen, f"The client {words}: {why}")
    else:
        yield Seen("key-wrong-secret", Certainty.HINT, seen, f"Perhaps the client {words}")


def _against(judged: Judged, key: Key) -> str:
    """What speaks against the secret, in words; empty where nothing does but that the signature does not match."""
    named, own = secret_cluster(key.secret.decode("latin-1")), read_key_id(key.key_id)
    if named is not None and own is not None and named != own.cluster:
        return "it names another cluster than the key id"
    if judged.chain.verdict == "mismatch" and judged.chain.failed is not None:
        return "the first chunk, whose signature no header has a part in, does not verify either"
    if judged.call.around.proved - {key.key_id}:
        return "calls with other key ids verify, so that this side reads the client's requests aright"
    return _plain_sdk(judged.call)


SIGN_ARIGHT = frozenset(
    (
        *("boto3", "aws-cli", "js", "go", "java", "rclone", "restic", "minio", "obstore", "php", "ruby", "rust"),
        *("dotnet", "terraform", "cyberduck"),
    )
)
"""SDKs and tools (`advice.SDKS`) whose own signatures S3 servers take."""


def _plain_sdk(call: Call) -> str:
    """An SDK that signs as it should, straight to B2: that leaves the secret."""
    untouched = at_b2(call.request) and trace_of_path(call) is None and not call.authorization.presigned
    as_wanted = call.authorization.region == endpoint_region(call.request)
    if untouched and as_wanted and sdk_of(call.facts.client) in SIGN_ARIGHT:
        return f"{call.facts.client} signs as B2 wants it, and nothing shows that the request was changed on its way"
    return ""


def proven_key(judged: Judged) -> Iterator[Seen]:
    """Nothing explains the signature, and the secret is right all the same."""
    if judged.unexplained and judged.key_proved_by and not judged.call.succeeded:
        seen = f"key id {judged.call.authorization.key_id}"
        yield Seen("key-proven", Certainty.HINT, seen, f"The secret at hand is the right one: {judged.key_proved_by}")


def unexplained(judged: Judged) -> Iterator[Seen]:
    """Nothing that was tried gives the client's signature."""
    outcome = judged.outcome
    if outcome is None or not judged.searched_in_vain:
        return
    words = f"{outcome.tried:,} ways to sign this request otherwise were tried, none gives the client's signature"
    if outcome.not_searchable:
        words += f"; not searchable: {', '.join(outcome.not_searchable)} (redacted)"
    yield Seen("unexplained", Certainty.HINT, _ruled_out(outcome), words)


def _ruled_out(outcome: Outcome) -> str:
    """The causes, a line for each family of them."""
    if not outcome.ruled_out:
        return ""
    families = groupby(outcome.ruled_out, lambda slug: slug.partition("-")[0])
    text = "\n".join(line for _, slugs in families for line in wrap(", ".join(slugs), WIDTH, break_on_hyphens=False))
    return f"ruled out, alone and up to {outcome.level} at a time:\n{text}"


def another_key(judged: Judged) -> Iterator[Seen]:
    """No secret of the call's key id is at hand, and another one that is verifies it."""
    if judged.verification.verdict != "unverified" or own_key(judged.call, judged.keys) is not None:
        return
    named = judged.call.authorization.key_id or ""
    for key in judged.keys:
        if verify(judged.call.signed, key, judged.dialect).verdict == "verified":
            seen = f"key id {named!r}, signed with the secret of {key.key_id} ({key.name})"
            cause, words = _misnamed(named, key)
            yield Seen(cause, Certainty.PROVED, seen, words)


def _misnamed(named: str, key: Key) -> tuple[str, str]:
    """What is wrong with a key id that stands beside another one's secret."""
    if not named:
        return "key-id-empty", f"The secret is that of {key.key_id}, and the call names no key id"
    if named.strip() == key.key_id:
        return "key-id-malformed", "The secret is right, and white space stands beside the key id"
    if read_key_id(named) is None and _nearly(named, key.key_id):
        return "key-id-malformed", f"The secret is right, and the key id is not written as it is: {key.key_id}"
    cause, words = by_shape(named)
    if cause in ("key-master", "key-foreign-cloud"):
        return cause, f"{words}; it was signed with the secret of {key.key_id}"
    return "key-other-profile", f"The call names one key id and is signed with the secret of another ({key.name})"


def _nearly(written: str, key_id: str) -> bool:
    """Whether a key id is one with something round it, with a piece lost, or with a slip in it."""
    plain = unquote_to_bytes(written).decode("utf-8", "replace")
    if key_id.lower() in plain.lower():
        return True
    cut = len(plain) >= SHORTEST and (key_id.startswith(plain) or key_id.endswith(plain))
    return cut or SequenceMatcher(None, plain, key_id).ratio() > ALIKE


SHORTEST = 16
ALIKE = 0.9


def swapped(judged: Judged) -> Iterator[Seen]:
    """The secret at hand stands where the key id belongs."""
    credential = judged.call.authorization.part("credential")
    if credential is None or judged.verification.verdict == "verified":
        return
    written = unquote_to_bytes(credential.raw) if credential.place.startswith("query ") else credential.raw
    for key in judged.keys:
        if key.secret and written.startswith(key.secret + b"/"):
            words = f"The secret of {key.key_id} stands where the key id belongs"
            yield Seen("key-swapped", Certainty.CERTAIN, f"{credential.place}: Credential=(the secret)/…", words)
