"""Attempts that are one call, and what the client does with an answer: try again, how often, or give up.

How many attempts a client makes is told by the request itself where it can be (`amz-sdk-request: attempt=1; max=3`,
`cfg/retry-mode#standard` in the User-Agent), else by what the SDK does when nobody sets anything.

Measured: botocore 1.44.5 against a server that always fails (legacy mode 5 attempts, standard 3; 501, 401, 403 and
other 400s once). Read in code: botocore/retries/standard.py, minio-py's urllib3 Retry, minio-go's
retry.go, rclone's --low-level-retries; b2sdk's b2http.py, session.py, upload_manager.py and exception.py (2.13.2): it
writes again to another upload URL, so that the attempts of one upload go to several hosts.
Documented: docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html, the Java SDK's RetryMode.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from inspector.diagnose.advice import sdk_of
from inspector.diagnose.call import Call, Earlier
from inspector.diagnose.reading import sent, shown
from inspector.facts import Facts
from inspector.native.operations import UPLOADS

TRANSIENT = frozenset((500, 502, 503, 504))
THROTTLED = frozenset(
    (
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "RequestTimeoutException",
    )
)
"""Codes that SDKs of AWS try again whatever their status (botocore/retries/standard.py)."""

TOKENS = frozenset(("expired_auth_token", "bad_auth_token"))
"""Codes of the native API after which a client authorizes again."""

BY_MODE = {"standard": 3, "adaptive": 3}
"""Attempts in all by the mode that the User-Agent names; `legacy` is each SDK's own."""

LEGACY = {"boto3": 5, "aws-cli": 5, "java": 4}
B2SDK, B2SDK_DOWNLOAD = 5, 20
"""Attempts in all of b2sdk: of a call or an upload, of a download."""

USUAL = (("minio-py", 6), ("minio-go", 10), ("rclone", 10))
"""Attempts in all of clients that name neither mode nor number: their default, by the beginning of their name."""

AWS_SDKS = frozenset(("boto3", "aws-cli", "js", "go", "java", "php", "ruby", "rust", "dotnet", "rclone", "terraform"))
"""SDKs of AWS, and tools on top of one (rclone: aws-sdk-go-v2)."""

RELATED = 60.0
"""Seconds within which equal calls of a client that names no attempts count as one that was tried again."""

_MODE = re.compile(r"\bcfg/retry-mode#(\w+)")


@dataclass(frozen=True, slots=True)
class Retries:
    """Which attempt of a call this is, and what its client makes of the answer.

    `earlier`: the ids of the attempts before, the first one first. `inferred`: that they are attempts of one call is
    told by their likeness, not by an id that they share. `most`: attempts in all, None where it is not known;
    `most_by` says how it is known. `again`: whether the client tries such an answer again, None where it is not known
    or nothing failed.
    """

    attempt: int
    earlier: tuple[int, ...] = ()
    inferred: bool = False
    most: int | None = None
    most_by: str = ""
    again: bool | None = None

    @property
    def words(self) -> str:
        """It in a sentence; empty where there is nothing to say."""
        parts = []
        if self.earlier or self.attempt > 1:
            of = f" of {self.most} at most" if self.most else ""
            ids = f", after {' '.join(f'#{one}' for one in self.earlier)}" if self.earlier else ""
            how = " (told by likeness: same client, method and URL)" if self.inferred else ""
            parts.append(f"attempt {self.attempt}{of}{ids}{how}")
        if self.again is False:
            parts.append("the client does not try such an answer again")
        elif self.again and self.most is not None and self.attempt >= self.most:
            parts.append("the client gives up after this one")
        elif self.again:
            parts.append(
                f"the client tries it again{f', {self.most} times in all ({self.most_by})' if self.most else ''}"
            )
        return "; ".join(parts)


def retries_of(call: Call) -> Retries:
    """What attempts a call is one of, and what becomes of it. Pure: from the call and those before it."""
    earlier, inferred = _attempts(call)
    attempt = call.facts.attempt or len(earlier) + 1
    most, most_by = _most(call)
    ids = tuple(one.id for one in reversed(earlier) if one.id is not None)
    return Retries(max(attempt, 1), ids, inferred and bool(earlier), most, most_by, _again(call))


def _attempts(call: Call) -> tuple[list[Earlier], bool]:
    """The attempts before this one, the nearest first, and whether that is inferred."""
    if call.facts.invocation_id is not None:
        return [one for one in call.earlier if one.facts.invocation_id == call.facts.invocation_id], False
    same: list[Earlier] = []
    later = call.exchange.timing.request_start
    for one in call.earlier:
        began = one.exchange.timing.request_start
        if later - began > RELATED or not _alike(call, one):
            continue
        if not _failed_for_now(one):
            break
        same.append(one)
        later = began
    return same, True


def _alike(call: Call, one: Earlier) -> bool:
    mine, other = call.request, one.exchange.request
    if call.facts.operation in UPLOADS:
        same = _uploaded(call.facts, mine.path) == _uploaded(one.facts, other.path)
    else:
        same = (mine.method, mine.target, mine.host) == (other.method, other.target, other.host)
    return same and call.facts.client == one.facts.client and call.signed.body.sent.sha256 == one.body.sent.sha256


def _uploaded(facts: Facts, path: bytes) -> tuple[object, ...]:
    """What an upload of the native API is of, wherever it goes: the bucket's or large file's id, the name, the part."""
    operation = facts.operation or ""
    owner = path.partition(operation.encode() + b"/")[2].partition(b"/")[0]
    return operation, owner, facts.key, facts.part_number


def _failed_for_now(one: Earlier) -> bool:
    """Whether an earlier call failed in a way that a client may try again."""
    response = one.exchange.response
    if response is None:
        return True
    return _transient(response.status, one.facts.error_code)


def _transient(status: int, code: str | None) -> bool:
    return status in TRANSIENT or status == 429 or code in THROTTLED or code in TOKENS


def _most(call: Call) -> tuple[int | None, str]:
    """Attempts in all, and how that is known."""
    if call.facts.attempt_max is not None:
        return call.facts.attempt_max, "amz-sdk-request says so"
    sdk = sdk_of(call.facts.client) or ""
    mode = _MODE.search(shown(sent(call, b"user-agent") or b""))
    if mode is not None and mode[1] in BY_MODE:
        return BY_MODE[mode[1]], f"retry mode {mode[1]}"
    if mode is not None and mode[1] == "legacy" and sdk in LEGACY:
        return LEGACY[sdk], "retry mode legacy"
    name = (call.facts.client or "").lower()
    if name.startswith("b2sdk") and call.facts.api == "b2":
        return (B2SDK_DOWNLOAD if _is_download(call) else B2SDK), f"the default of {call.facts.client}"
    usual = next((most for start, most in USUAL if name.startswith(start)), None)
    return (usual, f"the default of {call.facts.client}") if usual else (None, "")


def _again(call: Call) -> bool | None:
    """Whether the client tries such an answer again."""
    name, failure = (call.facts.client or "").lower(), call.exchange.failure
    if call.failed and name.startswith("b2sdk") and call.facts.api == "b2":
        return _again_natively(call)
    if not call.failed or not (sdk_of(name) in AWS_SDKS or name.startswith("minio-py")):
        return None
    if call.status is None:
        return True if failure is not None and failure.kind.startswith("upstream") else None
    if name.startswith("minio-py"):
        return call.status in TRANSIENT
    return _transient(call.status, call.facts.error_code)


def _is_download(call: Call) -> bool:
    return (call.facts.operation or "").startswith("b2_download_") and call.request.method == b"GET"


def _again_natively(call: Call) -> bool:
    """What b2sdk does: new upload URLs after nearly all, the same call after what passes, another token once."""
    operation, code, status = call.facts.operation or "", call.facts.error_code, call.status
    if status is None:
        return True
    if status == 401:
        # Whoever uploads is given up to five upload URLs, whatever was refused (`Unauthorized.should_retry_upload`).
        return code in TOKENS or operation in UPLOADS or operation.startswith("b2_get_upload_")
    if status == 429:
        return operation not in UPLOADS
    return _transient(status, code) or status == 408 or status >= 500
