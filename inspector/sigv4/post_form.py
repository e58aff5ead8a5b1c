"""Whether a browser's upload keeps to its own policy: what a server refuses though the signature is right.

The rules are AWS's ("POST Policy" and "Creating an HTML Form (Using AWS Signature Version 4)"): every field but the
file, the policy, the signature and `x-ignore-…` stands in a condition, and every condition is met. Names of fields and
conditions count in any case, `expiration` and `conditions` only as written (Ceph's s3-tests,
`test_post_object_condition_is_case_sensitive`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from inspector.sigv4.parts import text
from inspector.sigv4.payload_facts import Observation
from inspector.sigv4.post_policy import decoded_policy, policy_is_redacted
from inspector.sigv4.signed import SignedRequest
from inspector.wire.form import boundary, fields
from inspector.wire.headers import get

CAUSE = "post-policy-fields"

_REQUIRED = {
    "sigv4-post": ("key", "policy", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"),
    "sigv2": ("key", "policy", "awsaccesskeyid", "signature"),
}
_FREE = frozenset(("file", "policy", "x-amz-signature", "awsaccesskeyid", "signature", "bucket"))
_MOST_CONDITIONS = 1000
_FILE_NAME = re.compile(rb'(?i)[;\s]name="?file"?(?=[;\s]|$)')


class Form(NamedTuple):
    """A form with its policy: `values` by lower-case name of the field; `size` of the file in bytes, if known."""

    scheme: str
    values: Mapping[str, str]
    policy: Mapping[str, Any]
    size: int | None
    bucket: str | None
    at: float | None


def form_facts(
    signed: SignedRequest, body: bytes, bucket: str | None = None, received_at: float | None = None
) -> Iterator[Observation]:
    """What is wrong with a form upload that its bytes tell. Never raises.

    `body` is the body or its first bytes, `bucket` the one that the URL addresses, `received_at` a Unix time.
    """
    scheme = signed.authorization.scheme
    if scheme not in _REQUIRED or (scheme == "sigv2" and signed.authorization.part("policy") is None):
        return
    content_type = get(signed.request.headers, b"content-type")
    values: dict[str, str] = {}
    for field in fields(content_type, body):
        values.setdefault(text(field.name).lower(), text(field.value))
    size = file_size(content_type, body, signed.body.sent.size)
    if size is not None or len(body) == signed.body.sent.size:
        yield from _missing(scheme, values, size)
    part = signed.authorization.part("policy")
    policy = None if part is None else read_policy(part.raw)
    if isinstance(policy, Observation):
        yield policy
    elif policy is not None:
        form = Form(scheme, values, policy, size, bucket, received_at)
        yield from _expiration(form)
        # A session token in the policy was replaced, and so was the field: by the same pseudonym.
        yield from _conditions(form, complete=size is not None, redacted=policy_is_redacted(signed))


def _missing(scheme: str, values: Mapping[str, str], size: int | None) -> Iterator[Observation]:
    for name in _REQUIRED[scheme]:
        if name not in values:
            yield Observation(CAUSE, f"the form has no field {name}", ", ".join(values))
    if size is None:
        yield Observation(CAUSE, "the form has no field `file`", ", ".join(values))
    both = [name for name in ("awsaccesskeyid", "signature") if name in values]
    if scheme == "sigv4-post" and both:
        yield Observation(CAUSE, f"fields of SigV2 beside those of SigV4: {', '.join(both)}", ", ".join(values))


def read_policy(policy: bytes) -> Mapping[str, Any] | Observation:
    """A policy's JSON, or what is wrong with it."""
    plain = decoded_policy(policy)
    if plain is None:
        return Observation(CAUSE, "the policy is not base64", text(policy[:200]))
    try:
        value = json.loads(plain)
    except (ValueError, RecursionError):
        return Observation(CAUSE, "the policy is not JSON", text(plain[:200]))
    if not isinstance(value, dict):
        return Observation(CAUSE, "the policy is not a JSON object", text(plain[:200]))
    return value


def _named(policy: Mapping[str, Any], name: str) -> tuple[Any, Iterator[Observation]]:
    """A member of the policy, and what is wrong with its name."""
    if name in policy:
        return policy[name], iter(())
    other = next((key for key in policy if key.lower() == name), None)
    words = f"the policy has no `{name}`" if other is None else f"the policy writes `{name}` as `{other}`"
    return None, iter((Observation(CAUSE, words, ", ".join(policy)[:200]),))


def _expiration(form: Form) -> Iterator[Observation]:
    value, wrong = _named(form.policy, "expiration")
    yield from wrong
    if value is None:
        return
    moment = _moment(value)
    if moment is None:
        words = "the policy's expiration is no time of the form 2030-12-31T12:00:00.000Z"
        yield Observation(CAUSE, words, f"expiration: {_shown(value)}")
    elif form.at is not None and moment < form.at:
        late = round(form.at - moment)
        yield Observation(CAUSE, f"the policy had expired {late} s before the form came", f"expiration: {value}")


def _moment(value: object) -> float | None:
    """Unix seconds of an ISO 8601 time in UTC."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z", value):
        return None
    try:
        return datetime.fromisoformat(f"{value[:19]}+00:00").timestamp()
    except (ValueError, OverflowError):
        return None


# Conditions


class _Condition(NamedTuple):
    operator: str
    name: str
    value: Any


def _conditions(form: Form, *, complete: bool, redacted: bool) -> Iterator[Observation]:
    written, wrong = _named(form.policy, "conditions")
    yield from wrong
    if written is None:
        return
    if not isinstance(written, list):
        yield Observation(CAUSE, "the policy's conditions are not a list", _shown(written))
        return
    named = set()
    for one in written[:_MOST_CONDITIONS]:
        for condition in _read(one):
            named.add(condition.name)
            words = _unmet(form, condition, complete)
            if words is not None and not (redacted and condition.name == "x-amz-security-token"):
                yield Observation(CAUSE, words, _shown(one))
        if not any(_read(one)):
            yield Observation(CAUSE, "a condition of the policy that cannot be read", _shown(one))
    for name in form.values:
        if name not in named and name not in _FREE and not name.startswith("x-ignore-"):
            yield Observation(CAUSE, f"the field {name} stands in no condition of the policy", name)


def _read(written: object) -> Iterator[_Condition]:
    """`{"acl": "private"}`, `["starts-with", "$key", "user/"]`, `["content-length-range", 1, 10]`."""
    if isinstance(written, dict):
        yield from (_Condition("eq", name.lower(), value) for name, value in written.items())
    elif isinstance(written, list) and len(written) == 3 and isinstance(written[0], str):
        operator = written[0].lower()
        if operator == "content-length-range":
            yield _Condition(operator, operator, written[1:])
        elif operator in ("eq", "starts-with") and isinstance(written[1], str) and written[1].startswith("$"):
            yield _Condition(operator, written[1][1:].lower(), written[2])


def _unmet(form: Form, condition: _Condition, complete: bool) -> str | None:
    """In words, why a condition is not met; None where it is, or where that cannot be told."""
    if condition.operator == "content-length-range":
        return _out_of_range(form.size, condition.value)
    actual = form.values.get(condition.name)
    if condition.name == "bucket":
        actual = form.bucket or actual
        if actual is None:
            return None
    if actual is None:
        # A field that is missing counts as empty: `starts-with` of nothing lets it be.
        empty = condition.operator == "starts-with" and condition.value == ""
        return f"the policy wants a field {condition.name}, and the form has none" if complete and not empty else None
    if not _matches(condition, actual):
        verb = "begin with" if condition.operator == "starts-with" else "be"
        return f"{condition.name} should {verb} {_shown(condition.value)}, and is {_shown(actual)}"
    return None


def _matches(condition: _Condition, actual: str) -> bool:
    wanted = condition.value if isinstance(condition.value, str) else json.dumps(condition.value)
    if condition.operator == "eq":
        return actual == wanted
    if condition.name == "content-type":
        # AWS: a list of types is held to the condition one by one.
        return all(one.strip().startswith(wanted) for one in actual.split(","))
    return actual.startswith(wanted)


def _out_of_range(size: int | None, limits: list[Any]) -> str | None:
    try:
        least, most = (int(limit) for limit in limits)
    except (ValueError, TypeError, OverflowError):
        return "the policy's content-length-range has no two numbers"
    if size is None or least <= size <= most:
        return None
    return f"the file has {size} bytes, and the policy allows {least} to {most}"


def _shown(value: object) -> str:
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= 200 else f"{shown[:200]}..."


# The file


def file_size(content_type: bytes | None, body: bytes, whole: int) -> int | None:
    """The size in bytes of a form's file, which is its last part, out of its head and the size of the whole body.

    None where the head of the file is not among these bytes.
    """
    mark = boundary(content_type)
    if mark is None:
        return None
    delimiter = b"--" + mark
    start = _file_start(delimiter, body)
    if start is None:
        return None
    end = body.find(b"\r\n" + delimiter, start)
    if end >= 0:
        return end - start
    # The end mark is not among these bytes; whoever leaves out its CRLF has two bytes more of file.
    return max(0, whole - start - len(delimiter) - 6) if len(body) < whole else None


def _file_start(delimiter: bytes, body: bytes) -> int | None:
    position = body.find(delimiter)
    while position >= 0:
        following = body.find(delimiter, position + len(delimiter))
        head_end = body.find(b"\r\n\r\n", position, following if following >= 0 else len(body))
        if head_end >= 0 and _FILE_NAME.search(body, position, head_end):
            return head_end + 4
        position = following
    return None
