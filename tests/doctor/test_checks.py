"""Checks as data: a set-up in, the lines that are not ok out."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from inspector.doctor.checks import examined
from inspector.doctor.checks.versions import RANGES, TROUBLES, version_of
from inspector.doctor.line import Level
from inspector.doctor.setup import (
    AuthorityState,
    ClockState,
    Credential,
    Installed,
    ProxySetting,
    RecordingState,
    Setting,
    Setup,
    TrustFile,
)

KEY_ID = "0041234567890ab0000000001"
SECRET = "K004abcdefghijklmnopqrstuvwxyz1"
ENDPOINT = "https://s3.us-west-004.backblazeb2.com"
DAY = 86400.0


def pair(key_id: str = KEY_ID, secret: str = SECRET, prefix: str = "AWS") -> Credential:
    """A pair as AWS_* or B2_* hold it."""
    return Credential(f"{prefix}_ID", f"{prefix}_SECRET", key_id, secret)


def endpoint(url: str) -> tuple[Setting, ...]:
    """One endpoint."""
    return (Setting("AWS_ENDPOINT_URL", url),)


GOOD = Setup(
    now=DAY,
    credentials=(pair(),),
    endpoints=endpoint(ENDPOINT),
    regions=(Setting("AWS_DEFAULT_REGION", "us-west-004"),),
    authority=AuthorityState("ca.pem", 0o600, 400 * DAY),
    recording=RecordingState("r.db", 4096, 0, 0o600, 50 << 30),
    installed=(Installed("mitmproxy", "11.0.2", "here"), Installed("boto3", "1.35.99", "here")),
    clock=ClockState("s3.us-west-004.backblazeb2.com", 0.4, 0.1),
)

CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "no-credentials": ({"credentials": ()}, ["warn credentials"]),
    "absent": ({"credentials": (pair("", ""),)}, ["bad credentials-absent"]),
    "half": ({"credentials": (pair(secret=""),)}, ["bad credentials-half"]),
    "line-feed": ({"credentials": (pair(secret=SECRET + "\n"),)}, ["bad credentials-whitespace"]),
    "comment": ({"credentials": (pair(KEY_ID, f"{SECRET} # of production"),)}, ["bad credentials-comment"]),
    "comment behind quotes": (
        {"credentials": (pair(KEY_ID, f'"{SECRET}"  # rotate in May'),)},
        ["bad credentials-quoted", "bad credentials-comment"],
    ),
    "quotes": ({"credentials": (pair(f'"{KEY_ID}"', f'"{SECRET}"'),)}, ["bad credentials-quoted"] * 2),
    "swapped": ({"credentials": (pair(SECRET, KEY_ID),)}, ["bad credentials-swapped"]),
    "master": ({"credentials": (pair("1234567890ab"),)}, ["bad key-master"]),
    "aws": ({"credentials": (pair("AKIAIOSFODNN7EXAMPLE"),)}, ["bad key-of-aws"]),
    "aws-elsewhere": (
        {"credentials": (pair("AKIAIOSFODNN7EXAMPLE"),), "endpoints": (), "regions": ()},
        ["warn key-of-aws"],
    ),
    "cut": ({"credentials": (pair(KEY_ID[:-1]),)}, ["bad key-id-shape"]),
    "secret-cut": ({"credentials": (pair(secret=SECRET[:-1]),)}, ["warn secret-shape"]),
    "secret-of-another": ({"credentials": (pair(secret="K002" + SECRET[4:]),)}, ["bad secret-of-another-key"]),
    "other-cluster": (
        {"credentials": (pair("002" + KEY_ID[3:], "K002" + SECRET[4:]),)},
        ["bad key-wrong-cluster"],
    ),
    "two-keys": (
        {"credentials": (pair(), pair(KEY_ID[:-1] + "2", prefix="B2"))},
        ["warn credentials-differ"],
    ),
    "two-secrets": (
        {"credentials": (pair(), pair(secret=SECRET[:-1] + "2", prefix="B2"))},
        ["bad credentials-contradict"],
    ),
    "token": ({"tokens": ("AWS_SESSION_TOKEN",)}, ["bad session-token"]),
    "profile-unused": ({"environ": {"AWS_PROFILE": "b2", "AWS_ACCESS_KEY_ID": KEY_ID}}, ["warn profile-unused"]),
    "broken-file": ({"unreadable": (Setting("profile x", "line 3"),)}, ["bad credentials-file"]),
    "no-endpoint": ({"endpoints": ()}, ["warn endpoint-missing", "warn region-without-endpoint"]),
    "no-scheme": ({"endpoints": endpoint(ENDPOINT[8:])}, ["bad endpoint-no-scheme"]),
    "http": ({"endpoints": endpoint(ENDPOINT.replace("https", "http"))}, ["bad endpoint-http"]),
    "bucket-in-host": (
        {"endpoints": endpoint("https://photos.s3.us-west-004.backblazeb2.com")},
        ["bad endpoint-with-bucket"],
    ),
    "bucket-in-path": ({"endpoints": endpoint(ENDPOINT + "/photos")}, ["bad endpoint-with-path"]),
    "native-host": ({"endpoints": endpoint("https://api004.backblazeb2.com")}, ["bad endpoint-not-s3"]),
    "no-such-region": (
        {"endpoints": endpoint("https://s3.us-west-009.backblazeb2.com"), "regions": (), "credentials": ()},
        ["warn credentials", "warn endpoint-region-unknown", "warn region-missing"],
    ),
    "foreign": ({"endpoints": endpoint("https://s3.example.com")}, ["warn endpoint-not-b2"]),
    "two-endpoints": (
        {"endpoints": endpoint(ENDPOINT) + endpoint("https://s3.us-west-002.backblazeb2.com")},
        ["warn endpoints-differ"],
    ),
    "ignored": ({"environ": {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}}, ["bad endpoint-ignored"]),
    "no-region": ({"regions": ()}, ["warn region-missing"]),
    "other-region": ({"regions": (Setting("AWS_DEFAULT_REGION", "us-east-1"),)}, ["warn region-differs"]),
    "region-for-others": ({"regions": (Setting("AWS_REGION", "us-west-004"),)}, ["warn region-not-for-boto3"]),
    "clock-ahead": ({"clock": ClockState("h", 700.0)}, ["bad clock"]),
    "clock-behind": ({"clock": ClockState("h", -120.0)}, ["warn clock"]),
    "clock-slow-net": ({"clock": ClockState("h", 61.0, 30.0)}, []),
    "clock-unknown": ({"clock": ClockState("h", problem="cannot be asked")}, ["warn clock"]),
    "proxy": ({"proxy": ProxySetting("HTTPS_PROXY", "http://proxy:3128")}, []),
    "proxy-socks": ({"proxy": ProxySetting("HTTPS_PROXY", "socks5://x", "no proxy")}, ["bad proxy-unfit"]),
    "proxy-ended": (
        {"proxy": ProxySetting("HTTPS_PROXY", "http://127.0.0.1:1", None, True, False), "under_recorder": True},
        ["bad proxy-ended"],
    ),
    "proxy-lost": ({"under_recorder": True}, ["bad proxy-lost"]),
    "bypassed-recorder": (
        {
            "proxy": ProxySetting("HTTPS_PROXY", "http://127.0.0.1:1", None, True),
            "under_recorder": True,
            "bypasses": (Setting("NO_PROXY", ".backblazeb2.com"),),
        },
        ["bad no-proxy"],
    ),
    "bypassed": (
        {
            "proxy": ProxySetting("HTTPS_PROXY", "http://proxy:3128"),
            "bypasses": (Setting("NO_PROXY", ".backblazeb2.com"),),
        },
        ["warn no-proxy"],
    ),
    "http-proxy-only": ({"environ": {"HTTP_PROXY": "http://proxy:3128"}}, ["warn proxy-http-only"]),
    "proxies-differ": (
        {
            "environ": {"HTTPS_PROXY": "http://a", "https_proxy": "http://b"},
            "proxy": ProxySetting("https_proxy", "http://b"),
        },
        ["warn proxies-differ"],
    ),
    "ca-missing": ({"trust": (TrustFile("SSL_CERT_FILE", "x", problem="cannot be read"),)}, ["bad trust-unreadable"]),
    "ca-empty": ({"trust": (TrustFile("SSL_CERT_FILE", "x"),)}, ["bad trust-empty"]),
    "ca-not-ours": ({"trust": (TrustFile("SSL_CERT_FILE", "x", 140),)}, []),
    "ca-not-ours-recorded": (
        {
            "trust": (TrustFile("SSL_CERT_FILE", "x", 140), TrustFile("AWS_CA_BUNDLE", "y", 141, True)),
            "under_recorder": True,
            "proxy": ProxySetting("HTTPS_PROXY", "http://127.0.0.1:1", None, True),
        },
        ["bad trust-without-recorder"],
    ),
    "authority-open": ({"authority": AuthorityState("ca.pem", 0o644, 400 * DAY)}, ["bad authority-mode"]),
    "authority-old": ({"authority": AuthorityState("ca.pem", 0o600, 2 * DAY)}, ["warn authority-expires"]),
    "authority-none": ({"authority": AuthorityState("ca.pem")}, []),
    "authority-broken": ({"authority": AuthorityState("ca.pem", problem="no certificate")}, ["bad authority"]),
    "recording-none": ({"recording": RecordingState("r.db")}, []),
    "recording-broken": ({"recording": RecordingState("r.db", problem="not a recording")}, ["bad recording"]),
    "recording-open": ({"recording": RecordingState("r.db", 1, 0, 0o644)}, ["warn recording-mode"]),
    "recording-log": ({"recording": RecordingState("r.db", 1, 1 << 30, 0o600)}, ["warn recording-log"]),
    "recording-read": ({"recording": RecordingState("r.db", 1, writable=False)}, ["warn recording-read-only"]),
    "disk-low": ({"recording": RecordingState("r.db", 1, free=500 << 20)}, ["warn disk"]),
    "disk-full": ({"recording": RecordingState("r.db", 1, free=1 << 20)}, ["bad disk"]),
    "mitmproxy-13": ({"installed": (Installed("mitmproxy", "13.0", "here"),)}, ["bad version-out-of-range"]),
    "boto3-old": ({"installed": (Installed("boto3", "1.26.1", "here"),)}, ["bad sdk-knows-no-endpoint"]),
    "cli-old": (
        {"installed": (Installed("aws-cli", "2.9.19", "a"), Installed("aws-cli", "1.27.0", "b"))},
        ["bad sdk-knows-no-endpoint"] * 2,
    ),
    "cli-new": ({"installed": (Installed("aws-cli", "2.15.0", "a"), Installed("aws-cli", "1.40.0", "b"))}, []),
    "rclone-old": (
        {"installed": (Installed("rclone", "1.60.1", "a"),), "environ": {"AWS_CA_BUNDLE": "x"}},
        ["warn rclone-ca-bundle"],
    ),
    "checksum-word": (
        {"environ": {"AWS_REQUEST_CHECKSUM_CALCULATION": "never"}},
        ["bad checksum-setting"],
    ),
}


def test_a_good_set_up_is_told_so() -> None:
    """Every line is ok, and no fix is offered."""
    lines = examined(GOOD)
    assert {line.level for line in lines} == {Level.OK}
    assert not any(line.fix for line in lines)
    assert {"credentials", "endpoint", "region", "clock", "authority", "recording", "version"} <= {
        line.check for line in lines
    }


@pytest.mark.parametrize(("change", "said"), CASES.values(), ids=CASES)
def test_each_fault_has_its_line(change: dict[str, Any], said: list[str]) -> None:
    """What is changed in a good set-up is what is told, and nothing else; each with a fix."""
    lines = [line for line in examined(replace(GOOD, **change)) if line.level is not Level.OK]
    assert [f"{line.level.value} {line.check}" for line in lines] == said
    assert all(line.fix for line in lines)


@pytest.mark.parametrize("change", [change for change, _ in CASES.values()], ids=CASES)
def test_no_secret_is_said(change: dict[str, Any]) -> None:
    """Not even by who put the secret in the id's place, nor in a `repr`."""
    setup = replace(GOOD, **change)
    said = repr(examined(setup)) + repr(setup)
    assert SECRET[4:-1] not in said


def test_sdks_that_send_checksums_are_named_without_alarm() -> None:
    """B2 has learnt them: the line is ok, and says what to do if calls fail all the same."""
    modern = replace(GOOD, installed=(Installed("boto3", "1.44.5", "here"),))
    line = next(line for line in examined(modern) if line.check == "sdk-sends-checksums")
    assert line.level is Level.OK
    assert "when_required" in line.seen
    quiet = replace(modern, environ={"AWS_REQUEST_CHECKSUM_CALCULATION": "when_required"})
    assert not any(line.check == "sdk-sends-checksums" for line in examined(quiet))


def test_the_recorders_ranges_are_its_packages_own() -> None:
    """What the doctor calls out of range is what pip would refuse."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    stated = dict.fromkeys(project["dependencies"])
    for name, (since, below) in RANGES.items():
        limits = [">=" + ".".join(map(str, since))] + (["<" + ".".join(map(str, below))] if below else [])
        if name == "Python":
            assert project["requires-python"] == limits[0]
        else:
            assert f"{name}{','.join(limits)}" in stated


@pytest.mark.parametrize(
    ("text", "number"), [("1.36.0rc1", (1, 36, 0)), ("v1.75.0", (1, 75, 0)), ("2.9", (2, 9)), ("unknown", ())]
)
def test_versions_are_read_as_far_as_they_are_numbers(text: str, number: tuple[int, ...]) -> None:
    """What holds no number is in no range of trouble."""
    assert version_of(text) == number


def test_every_known_trouble_can_be_told() -> None:
    """Each row fires for a version inside of its range."""
    for known in TROUBLES:
        inside = known.since or tuple([*known.below[:-1], known.below[-1] - 1] if known.below else (1,))
        found = Installed(known.name, ".".join(map(str, inside)), "here")
        setup = replace(GOOD, installed=(found,), environ={"AWS_CA_BUNDLE": "x"})
        assert known.check in {line.check for line in examined(setup)}, known
