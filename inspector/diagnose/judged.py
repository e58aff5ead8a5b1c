"""A call with all that its signature came to: what proofs and verdicts are told from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from inspector.diagnose.call import Call
from inspector.diagnose.secret_shapes import Spoilt
from inspector.sigv4.alternatives import base_values
from inspector.sigv4.canonical import S3, Dialect
from inspector.sigv4.chunks import ChainVerdict
from inspector.sigv4.hypotheses.model import SECRET, problem
from inspector.sigv4.key import Key
from inspector.sigv4.solve import Outcome
from inspector.sigv4.verify import Verification

NO_CHAIN = ChainVerdict("none")


@dataclass(frozen=True)
class Judged:
    """A call with what its signature came to, and how far the signatures of its chunks hold.

    `by_rule`: it verifies by S3's rule, whatever it does by the forms of `dialect`, which are B2's own. `given`: what
    is wrong with the secret as it was given, where the call was signed with the clean one.
    """

    call: Call
    verification: Verification
    outcome: Outcome | None
    keys: tuple[Key, ...] = ()
    dialect: Dialect = S3
    chain: ChainVerdict = NO_CHAIN
    by_rule: bool = False
    given: Spoilt | None = None

    @property
    def unexplained(self) -> bool:
        """Whether the signature does not match, and nothing that was tried says why."""
        found = self.outcome.explanations if self.outcome else ()
        return self.verification.verdict == "mismatch" and not found and not self.by_rule

    @property
    def searched_in_vain(self) -> bool:
        """Whether a call that failed has a signature to look for, and nothing that was tried gives it."""
        none_to_find = self.outcome is not None and not self.outcome.tried
        return self.unexplained and not none_to_find and not self.call.succeeded

    @property
    def key_proved_by(self) -> str:
        """What shows that the secret is the client's own, in words; empty where nothing does."""
        if self.verification.verdict == "mismatch" and self.chain.chunks:
            return "the first chunk of this very request carries the signature that this secret gives"
        if self.call.authorization.key_id in self.call.around.proved:
            return "another call of the recording with this key id verifies with this secret"
        return ""

    @cached_property
    def wire(self) -> Mapping[str, bytes]:
        """Axis to the value that the wire gives; no secret among them."""
        if self.verification.key is None:
            return {}
        base = base_values(problem(self.call.signed, self.verification.key, self.dialect, self.call.around))
        return {axis: value for axis, value in base.items() if axis != SECRET}


def own_key(call: Call, keys: Iterable[Key]) -> Key | None:
    """The key that the call names, if its secret is at hand."""
    return next((key for key in keys if key.key_id == call.authorization.key_id), None)
