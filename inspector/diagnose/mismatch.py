"""What a verification and a search mean: a proof, a verdict that is no mismatch, or what was ruled out."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.diagnose.finding import Seen
from inspector.diagnose.judged import Judged
from inspector.diagnose.proofs import other_schemes, proofs
from inspector.diagnose.verdicts import (
    accepted_all_the_same,
    another_key,
    body_altered,
    broken_chain,
    demanded_by_url,
    given_spoilt,
    plus_as_space,
    proven_key,
    refused_all_the_same,
    right_secret_wrong_scheme,
    signed_by_the_rule,
    spoilt_on_both_sides,
    swapped,
    unexplained,
    wrong_secret,
)


def explained(judged: Judged) -> Iterator[Seen]:
    """What the signature says about the call."""
    for verdict in VERDICTS:
        yield from verdict(judged)


VERDICTS = (
    proofs,
    other_schemes,
    another_key,
    swapped,
    right_secret_wrong_scheme,
    body_altered,
    broken_chain,
    plus_as_space,
    signed_by_the_rule,
    spoilt_on_both_sides,
    given_spoilt,
    refused_all_the_same,
    demanded_by_url,
    wrong_secret,
    proven_key,
    unexplained,
    accepted_all_the_same,
)
"""In the order in which they are told."""
