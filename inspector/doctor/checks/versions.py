"""Programs and libraries whose version explains a failure.

Sources: AWS SDKs and Tools reference, "Service-specific endpoints" and "Data Integrity Protections for Amazon S3"
(the first releases that know each); what B2 made of checksum headers in tailscale/tailscale#16124 and tus/tusd#1302;
rclone and AWS_CA_BUNDLE: measured with 1.60.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from inspector.doctor.line import Line, bad, ok, warn
from inspector.doctor.setup import Installed, Setup

RANGES = {
    "Python": ((3, 11), None),
    "mitmproxy": ((11, 0, 2), (13,)),
    "textual": ((8, 2, 8), (9,)),
    "sqlite-utils": ((4, 0), None),
}
"""What the recorder itself takes: from, and below; as in its package's own requirements."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is known of releases `since` (included) to `below` (not included) of a program, where `when` holds."""

    name: str
    check: str
    words: str
    fix: str
    since: tuple[int, ...] = ()
    below: tuple[int, ...] | None = None
    when: Callable[[Setup], bool] = lambda setup: True
    line: Callable[[str, str, str], Line] = warn


def _endpoint_is_set(setup: Setup) -> bool:
    return setup.endpoint is not None


def _checksums_left_on(setup: Setup) -> bool:
    return setup.environ.get("AWS_REQUEST_CHECKSUM_CALCULATION", "").lower() != "when_required"


def _ca_bundle(setup: Setup) -> bool:
    return bool(setup.environ.get("AWS_CA_BUNDLE"))


_NO_ENDPOINT = "knows no AWS_ENDPOINT_URL and no endpoint_url of a profile: it calls AWS"
_SENDS_CHECKSUMS = (
    "sends CRC checksums with every upload; B2 refused them (400 Unsupported header) until about July 2025"
)
_OLD_B2 = "Only if calls still fail so: AWS_REQUEST_CHECKSUM_CALCULATION=when_required"


def _note(check: str, seen: str, fix: str) -> Line:
    """Worth knowing, and nothing to do while calls succeed."""
    return ok(check, f"{seen}. {fix}")


def _old_endpoint(name: str, below: tuple[int, ...], since: tuple[int, ...] = ()) -> Trouble:
    fix = f"Upgrade it to {'.'.join(map(str, below))} or newer, or name the endpoint in the program."
    return Trouble(name, "sdk-knows-no-endpoint", _NO_ENDPOINT, fix, since, below, _endpoint_is_set, bad)


def _checksums(name: str, since: tuple[int, ...]) -> Trouble:
    return Trouble(name, "sdk-sends-checksums", _SENDS_CHECKSUMS, _OLD_B2, since, None, _checksums_left_on, _note)


TROUBLES = (
    _old_endpoint("boto3", (1, 28)),
    _old_endpoint("botocore", (1, 31)),
    _old_endpoint("aws-cli", (1, 29), (1,)),
    _old_endpoint("aws-cli", (2, 13), (2,)),
    _checksums("boto3", (1, 36)),
    _checksums("aws-cli", (2, 23)),
    _checksums("@aws-sdk/client-s3", (3, 729)),
    Trouble(
        "rclone",
        "rclone-ca-bundle",
        "fails on AWS_CA_BUNDLE (LoadCustomCABundleError)",
        "Upgrade rclone, or unset AWS_CA_BUNDLE for it: it reads SSL_CERT_FILE and RCLONE_CA_CERT.",
        below=(1, 61),
        when=_ca_bundle,
    ),
)


def versions(setup: Setup) -> Iterator[Line]:
    """A line for each that was found: within range or not, with what is known of it."""
    for found in setup.installed:
        troubles = [*_troubles(found, setup)]
        yield from troubles
        if not troubles:
            yield _in_range(found)
    yield from _unknown_values(setup)


def _troubles(found: Installed, setup: Setup) -> Iterator[Line]:
    number = version_of(found.version)
    for known in TROUBLES:
        if known.name == found.name and _within(number, known.since, known.below) and known.when(setup):
            yield known.line(known.check, f"{found.name} {found.version} ({found.place}) {known.words}", known.fix)


def _in_range(found: Installed) -> Line:
    words = f"{found.name} {found.version} ({found.place})"
    if found.name not in RANGES:
        return ok("version", words)
    since, below = RANGES[found.name]
    if _within(version_of(found.version), since, below):
        return ok("version", words)
    limit = f">={_dotted(since)}" + (f",<{_dotted(below)}" if below else "")
    return bad("version-out-of-range", f"{words} is not {limit}", f"pip install '{found.name}{limit}'")


def _unknown_values(setup: Setup) -> Iterator[Line]:
    """botocore refuses any other value than these two (InvalidChecksumConfigError)."""
    for name in ("AWS_REQUEST_CHECKSUM_CALCULATION", "AWS_RESPONSE_CHECKSUM_VALIDATION"):
        value = setup.environ.get(name)
        if value is not None and value.lower() not in ("when_required", "when_supported"):
            yield bad(
                "checksum-setting", f"{name}={value} is neither when_required nor when_supported", f"Correct {name}."
            )


def version_of(text: str) -> tuple[int, ...]:
    """The numbers that a version begins with: `1.36.0rc1` is (1, 36, 0)."""
    match = re.match(r"v?(\d+(?:\.\d+)*)", text)
    return tuple(int(part) for part in match[1].split(".")) if match else ()


def _within(number: tuple[int, ...], since: tuple[int, ...], below: tuple[int, ...] | None) -> bool:
    return bool(number) and number >= since and (below is None or number < below)


def _dotted(number: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in number)
