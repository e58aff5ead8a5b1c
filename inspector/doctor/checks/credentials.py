"""Are there credentials, and do they have the shape of B2's?

Shapes are those of public traces (`native.ids`). Nothing that may be a secret is shown: an id is quoted only where it
has the shape of an id, for who swaps id and key puts the secret in the id's place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from inspector.doctor.line import Line, bad, ok, warn
from inspector.doctor.setup import Credential, Setup
from inspector.native.ids import (
    CLUSTERS,
    cluster_of_region,
    is_application_key,
    is_aws_key_id,
    is_master_key_id,
    read_key_id,
    secret_cluster,
)

_NEW_KEY = (
    "Make an application key (Application Keys in B2's web page, or `b2 key create`) and use its keyID and its key."
)
_SECRET_LENGTH = 31


def credentials(setup: Setup) -> Iterator[Line]:
    """A line for each pair, and what the pairs have to do with each other and with the endpoint."""
    for place in setup.unreadable:
        yield bad("credentials-file", f"{place.place}: {place.value}", "Mend the file; programs read it as well.")
    if not setup.credentials:
        yield warn(
            "credentials",
            "no credentials in AWS_*, B2_* or the AWS files",
            "Recording needs none. For calls of your own set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        )
    for pair in setup.credentials:
        yield from _pair(pair, setup)
    yield from _differing(setup.credentials)
    yield from _tokens(setup)
    yield from _profile_unused(setup)


def _pair(pair: Credential, setup: Setup) -> Iterator[Line]:
    if not pair.key_id and not pair.secret:
        yield bad(
            "credentials-absent", f"neither {pair.id_place} nor the secret is there", "Look at the profile's name."
        )
        return
    if not pair.key_id or not pair.secret:
        there, missing = (pair.id_place, pair.secret_place) if pair.key_id else (pair.secret_place, pair.id_place)
        yield bad("credentials-half", f"{there} is set, {missing} is not", "Set both: they belong together.")
        return
    dirty = [*_dirt(pair.id_place, pair.key_id), *_dirt(pair.secret_place, pair.secret)]
    yield from dirty
    key_id, secret = _clean(pair.key_id), _clean(pair.secret)
    wrong = [*_shape(pair, key_id, secret, setup)]
    yield from wrong
    if not dirty and not wrong:
        key = read_key_id(key_id)
        assert key is not None  # `_shape` has a word about every other shape
        yield ok("credentials", f"{pair.id_place}: key {key_id}, of cluster {key.cluster}{_named(key.cluster)}")


def _dirt(place: str, value: str) -> Iterator[Line]:
    """What surrounds a value and does not belong to it."""
    if value.strip() != value:
        # An SDK signs with what stands there (and many HTTP libraries refuse a header with a line feed).
        where = " and ".join(
            words for words, found in (("begins", value != value.lstrip()), ("ends", value != value.rstrip())) if found
        )
        yield bad(
            "credentials-whitespace", f"{place} {where} with white space", "Take it out: it is part of the value."
        )
    bare = value.strip()
    if len(bare) > 1 and (bare[0] in "\"'" or bare[-1] in "\"'"):
        yield bad(
            "credentials-quoted",
            f"{place} stands in quotes",
            "Take them out: .env files of Docker and the AWS files keep quotes as part of the value.",
        )

    if _COMMENT.search(bare):
        yield bad(
            "credentials-comment",
            f"{place} has a comment behind it",
            "Put it on a line of its own: .env files of Docker and the AWS files keep it as part of the value.",
        )


_COMMENT = re.compile(r"(?:\s+(?:#|;|//)|#).*\Z", re.DOTALL)
"""No key id and no application key holds any of these."""


def _clean(value: str) -> str:
    return _COMMENT.sub("", value).strip().strip("\"'").strip()


def _shape(pair: Credential, key_id: str, secret: str, setup: Setup) -> Iterator[Line]:
    key = read_key_id(key_id)
    if is_application_key(key_id) or read_key_id(secret):
        yield bad(
            "credentials-swapped", f"{pair.id_place} and {pair.secret_place} are swapped", "Exchange the two values."
        )
    elif is_master_key_id(key_id):
        yield bad("key-master", f"{pair.id_place}: {key_id} is a master key's id, which the S3 API refuses", _NEW_KEY)
    elif is_aws_key_id(key_id):
        yield _not_b2(setup, "key-of-aws", f"{pair.id_place}: {key_id} is a key of AWS, which B2 does not know")
    elif key is None:
        words = f"{pair.id_place} has {len(key_id)} characters in another shape than B2's ids (25: digits and a-f)"
        yield _not_b2(setup, "key-id-shape", words)
    else:
        yield from _secret(pair, secret, key.cluster)
        yield from _cluster(pair, key_id, key.cluster, setup)


def _not_b2(setup: Setup, check: str, words: str) -> Line:
    """It is bad where it is meant for B2; where nothing says so, it may serve something else."""
    meant = setup.endpoint_region is not None or words.startswith("B2_")
    return bad(check, words, _NEW_KEY) if meant else warn(check, words, f"For B2: {_NEW_KEY}")


def _secret(pair: Credential, secret: str, cluster: str) -> Iterator[Line]:
    named = secret_cluster(secret)
    if named is None:
        yield warn(
            "secret-shape",
            f"{pair.secret_place} has {len(secret)} characters in another shape than B2's keys"
            f" ({_SECRET_LENGTH}, the first a K)",
            "Copy the whole key again; B2 shows it once, when it is made.",
        )
    elif named != cluster:
        yield bad(
            "secret-of-another-key",
            f"{pair.id_place} is of cluster {cluster}, {pair.secret_place} of {named}",
            "Take id and key from the same application key.",
        )


def _cluster(pair: Credential, key_id: str, cluster: str, setup: Setup) -> Iterator[Line]:
    region = setup.endpoint_region
    there = cluster_of_region(region) if region else None
    if there is not None and there != cluster and setup.endpoint is not None:
        yield bad(
            "key-wrong-cluster",
            f"{pair.id_place}: key {key_id} is of cluster {cluster}{_named(cluster)},"
            f" {setup.endpoint.place} leads to {region}",
            f"Use https://s3.{CLUSTERS.get(cluster, 'REGION')}.backblazeb2.com, or a key of the account in {region}.",
        )


def _named(cluster: str) -> str:
    return f" ({CLUSTERS[cluster]})" if cluster in CLUSTERS else ", which is not known here"


def _differing(pairs: tuple[Credential, ...]) -> Iterator[Line]:
    whole = [pair for pair in pairs if pair.key_id and pair.secret]
    for other in whole[1:]:
        first = whole[0]
        if other.key_id == first.key_id and other.secret != first.secret:
            yield bad(
                "credentials-contradict",
                f"{first.secret_place} and {other.secret_place} differ for one key id",
                "One of them is wrong: a key id has one key.",
            )
        elif other.key_id != first.key_id:
            yield warn(
                "credentials-differ",
                f"{first.id_place} and {other.id_place} name different keys",
                "S3 SDKs use AWS_* (or the AWS files), the b2 command line B2_*: remove what is not meant.",
            )


def _tokens(setup: Setup) -> Iterator[Line]:
    for place in setup.tokens:
        yield _token(setup, place)


def _token(setup: Setup, place: str) -> Line:
    words = f"{place} is set: SDKs send it with every call, and B2 has no temporary credentials"
    fix = f"Unset {place}; application keys have no session token."
    b2 = setup.endpoint_region is not None or any(read_key_id(_clean(pair.key_id)) for pair in setup.credentials)
    return bad("session-token", words, fix) if b2 else warn("session-token", words, fix)


def _profile_unused(setup: Setup) -> Iterator[Line]:
    """botocore and the other SDKs take the environment's keys before those of $AWS_PROFILE (boto3 guide,
    "Credentials", order of search)."""
    environ = setup.environ
    if environ.get("AWS_PROFILE") and environ.get("AWS_ACCESS_KEY_ID"):
        yield warn(
            "profile-unused",
            "AWS_PROFILE and AWS_ACCESS_KEY_ID are both set: boto3 uses the latter",
            "Unset the one that is not meant; the AWS CLI's --profile does win over the environment.",
        )
