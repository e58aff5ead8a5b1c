"""A child gets proxy and trust, and nothing else."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.capture.clients import PROGRAMS, Program, named
from inspector.capture.environment import (
    ACTIVE,
    ADDING,
    BYPASSES,
    EVERYBODY,
    EXTRAS,
    PRELOAD,
    PROXY_OVERRIDES,
    PROXY_VARIABLES,
    PYTHON_SHIM,
    SESSION,
    WIDENED,
    child_environment,
    enclosing_session,
    explain_refusal,
    explain_silence,
)
from inspector.capture.trust import TrustFiles

URL = "http://127.0.0.1:4321"
TRUST = TrustFiles(*(Path(f"/t/{name}") for name in ("ca.pem", "extra.pem", "bundle.pem", "trust store.p12")))
ALLOWED = {*PROXY_VARIABLES, *PROXY_OVERRIDES, *EVERYBODY, *ADDING, *WIDENED, *EXTRAS, ACTIVE, SESSION}

programs = pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)


NAMES = sorted({*ALLOWED, *BYPASSES, "AWS_REGION", "AWS_ENDPOINT_URL", "AWS_PROFILE", "HOME"})


@given(st.sampled_from(PROGRAMS), st.dictionaries(st.sampled_from(NAMES), st.text(), max_size=6))
def test_nothing_else_is_touched(program: Program, environ: dict[str, str]) -> None:
    """Whatever the program and the environment: only proxy, trust, shims and markers are set, only bypasses removed."""
    plan = child_environment(program, environ, URL, TRUST, "uid")
    after = plan.applied(environ)
    assert set(plan.set) <= ALLOWED
    assert set(plan.unset) <= set(BYPASSES)
    untouched = set(environ) - ALLOWED - set(BYPASSES)
    assert {name: after[name] for name in untouched} == {name: environ[name] for name in untouched}
    assert not set(BYPASSES) & set(after)


@programs
def test_no_aws_setting_but_trust(program: Program) -> None:
    """`run` repairs nothing: no region, endpoint, credential or checksum variable, for any program."""
    chosen = child_environment(program, {}, URL, TRUST, "uid").set
    assert {name for name in chosen if name.startswith(("AWS", "B2", "S3"))} <= {"AWS_CA_BUNDLE", ACTIVE, SESSION}


@pytest.mark.parametrize("program", ["go", "rclone", "restic", "terraform", "mc", "shell", "node", "curl"])
def test_aws_ca_bundle_is_not_for_go(program: str) -> None:
    """Go programs that bring their own HTTP client fail on AWS_CA_BUNDLE; a shell may start one."""
    assert "AWS_CA_BUNDLE" not in child_environment(named(program), {}, URL, TRUST, "uid").set


def test_what_the_user_set_is_widened() -> None:
    """A CA variable that is set already would name a file without our authority: it gets the bundle that has both."""
    plan = child_environment(named("go"), {"AWS_CA_BUNDLE": "/corp.pem", "RCLONE_HTTP_PROXY": "x"}, URL, TRUST, "uid")
    assert plan.set["AWS_CA_BUNDLE"] == str(TRUST.bundle)
    assert plan.set["RCLONE_HTTP_PROXY"] == URL


def test_bypasses_are_removed_and_said() -> None:
    """NO_PROXY would leave the recording empty without a word."""
    environ = {"NO_PROXY": ".backblazeb2.com,localhost", "no_proxy": ""}
    plan = child_environment(named("python"), environ, URL, TRUST, "uid")
    assert set(plan.unset) == {"NO_PROXY", "no_proxy"}
    assert any("NO_PROXY=.backblazeb2.com,localhost" in note for note in plan.notes)
    assert child_environment(named("python"), {"no_proxy": ""}, URL, TRUST, "uid").notes == ()


@pytest.mark.parametrize(
    ("program", "variable", "theirs", "expected"),
    [
        ("python", "PYTHONPATH", "", str(PYTHON_SHIM)),
        ("python", "PYTHONPATH", "/mine", f"{PYTHON_SHIM}{os.pathsep}/mine"),
        ("node", "NODE_OPTIONS", "", f'--require "{PRELOAD.as_posix()}"'),
        ("node", "NODE_OPTIONS", "--inspect", f'--require "{PRELOAD.as_posix()}" --inspect'),
    ],
)
def test_what_adds_keeps_the_users_value(program: str, variable: str, theirs: str, expected: str) -> None:
    """Ours goes before the user's, once, also in a recorder inside a recorder."""
    once = child_environment(named(program), {variable: theirs}, URL, TRUST, "uid").set[variable]
    assert once == expected
    assert child_environment(named(program), {variable: once}, URL, TRUST, "uid").set[variable] == expected


def java_properties(environ: dict[str, str], url: str = URL) -> dict[str, str]:
    options = child_environment(named("java"), environ, url, TRUST, "uid").set["JAVA_TOOL_OPTIONS"]
    words = [word.removeprefix("-D").partition("=") for word in shlex.split(options)]
    return {name: value for name, _, value in words}  # the last of two wins, as in Java


def test_java_gets_properties() -> None:
    """Java reads no proxy variable: it gets properties; the user's for the same are overridden, the rest stay."""
    properties = java_properties({"JAVA_TOOL_OPTIONS": "-Dmine=1 -Dhttps.proxyHost=corp"})
    assert properties["mine"] == "1"
    assert (properties["https.proxyHost"], properties["https.proxyPort"]) == ("127.0.0.1", "4321")
    assert properties["javax.net.ssl.trustStore"] == "/t/trust store.p12"
    assert "https.proxyUser" not in properties


def test_java_gets_a_password() -> None:
    """User and password are decoded, and Basic over CONNECT is allowed, which Java forbids by default."""
    properties = java_properties({}, "http://user:p%40ss%20w@10.0.0.1:99")
    assert (properties["https.proxyUser"], properties["https.proxyPassword"]) == ("user", "p@ss w")
    assert properties["jdk.http.auth.tunneling.disabledSchemes"] == ""
    assert (properties["https.proxyHost"], properties["https.proxyPort"]) == ("10.0.0.1", "99")


def test_java_variable_that_wins_is_said() -> None:
    """_JAVA_OPTIONS wins over JAVA_TOOL_OPTIONS: its user is told."""
    plan = child_environment(named("java"), {"_JAVA_OPTIONS": "-Dhttps.proxyHost=corp"}, URL, TRUST, "uid")
    assert any("_JAVA_OPTIONS" in note for note in plan.notes)


def test_recorder_inside_a_recorder_is_told() -> None:
    """The markers of the outer run name its session."""
    plan = child_environment(named("shell"), {}, URL, TRUST, "uid-1")
    assert enclosing_session(plan.set) == "uid-1"
    assert enclosing_session({}) is None
    assert enclosing_session({SESSION: "uid-1"}) is None


@programs
def test_silence_and_refusal_say_what_to_do(program: Program) -> None:
    """Every program has a next step, with the files that it names filled in."""
    lines = explain_silence(program, TRUST) + explain_refusal(program, TRUST)
    assert "--as PROGRAM" in " ".join(lines)
    assert str(TRUST.bundle) in " ".join(lines)
    assert not any("{" in line.replace("{}", "") for line in lines)


@programs
def test_every_need_is_known(program: Program) -> None:
    """What the table asks for, the environment can give."""
    assert set(program.needs) <= set(EXTRAS)
