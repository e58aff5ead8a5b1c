"""What a client's environment needs, so that it comes through the recorder and trusts it; and nothing else.

Set are variables for proxy and trust, and what loads our shims. Never a region, an endpoint, a credential or a
checksum setting: a recorder that repairs what it is there to show is worse than none.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from inspector.capture.clients import Program
from inspector.capture.trust import TrustFiles

ACTIVE = "B2_INSPECTOR_ACTIVE"
SESSION = "B2_INSPECTOR_SESSION"

SHIMS = Path(__file__).parent / "shims"
PRELOAD = SHIMS / "preload.cjs"
PYTHON_SHIM = SHIMS / "python"

PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")

PROXY_OVERRIDES = ("RCLONE_HTTP_PROXY", "GLOBAL_AGENT_HTTP_PROXY", "GLOBAL_AGENT_HTTPS_PROXY")
"""Variables that win over HTTPS_PROXY in one program: where the user has set one, it is pointed at the recorder."""

BYPASSES = ("NO_PROXY", "no_proxy", "GLOBAL_AGENT_NO_PROXY")
"""`NO_PROXY=.backblazeb2.com` would leave the recording empty without a word."""

EVERYBODY = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "GIT_SSL_CAINFO", "RCLONE_CA_CERT")
"""The trust that every program gets. Not AWS_CA_BUNDLE: programs in Go that bring an HTTP client of their own fail on
it (rclone 1.60, aws-sdk-go#3618, terraform#23182)."""

ADDING = ("NODE_EXTRA_CA_CERTS", "DENO_CERT")
"""For every program as well; these add to the roots of a client instead of replacing them."""

WIDENED = (
    "AWS_CA_BUNDLE",
    "RESTIC_CACERT",
    "CARGO_HTTP_CAINFO",
    "PIP_CERT",
    "PERL_LWP_SSL_CA_FILE",
    "HTTPLIB2_CA_CERTS",
)
"""Left alone where they are not set. Where they are, the file they name lacks the recorder's authority; the bundle
holds its certificates and ours."""

JAVA_LOOPBACK = "localhost|127.*|[::1]"
"""Java's own default of http.nonProxyHosts (java.net, "Networking Properties")."""


@dataclass(frozen=True, slots=True)
class EnvironmentPlan:
    """What to set and to remove in a child's environment, and what to tell its user."""

    set: dict[str, str]
    unset: tuple[str, ...]
    notes: tuple[str, ...]

    def applied(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The environment that the child gets, out of the one it would have inherited."""
        return {name: value for name, value in environ.items() if name not in self.unset} | self.set


@dataclass(frozen=True, slots=True)
class _Situation:
    environ: Mapping[str, str]
    proxy: SplitResult
    trust: TrustFiles


def child_environment(
    program: Program,
    environ: Mapping[str, str],
    proxy_url: str,
    trust: TrustFiles,
    session: str,
) -> EnvironmentPlan:
    """The plan for a program whose environment is `environ`.

    `proxy_url` is `http://[user:password@]host:port`, with both percent-encoded; `session` the recorder's session uid.
    What is additive keeps the user's value (PYTHONPATH, NODE_OPTIONS, JAVA_TOOL_OPTIONS).
    """
    situation = _Situation(environ, urlsplit(proxy_url), trust)
    overrides = tuple(name for name in PROXY_OVERRIDES if environ.get(name))
    chosen = dict.fromkeys((*PROXY_VARIABLES, *overrides), proxy_url)
    chosen |= dict.fromkeys(EVERYBODY, str(trust.bundle)) | dict.fromkeys(ADDING, str(trust.extra))
    chosen |= {name: str(trust.bundle) for name in WIDENED if environ.get(name)}
    chosen |= {name: EXTRAS[name](situation) for name in program.needs}
    chosen |= {ACTIVE: "1", SESSION: session}
    removed = tuple(name for name in BYPASSES if name in environ)
    return EnvironmentPlan(chosen, removed, tuple(_notes(program, environ, removed)))


def enclosing_session(environ: Mapping[str, str]) -> str | None:
    """The session uid of the recorder that this process runs under already, None where there is none."""
    return (environ.get(SESSION) or None) if environ.get(ACTIVE) == "1" else None


def explain_silence(program: Program, trust: TrustFiles, guessed: bool = True, verb: str = "run") -> list[str]:
    """What to say when the command of `run` or `replay` has ended and no call came; `guessed` is false under `--as`."""
    told = "was taken for" if guessed else "is said to be"
    where = "came through the recorder" if verb == "run" else "came to the server"
    return [
        f"No call {where}. The program {told} {program.title} ({program.name}).",
        *_filled(program.silent, trust),
        f"If it is another: b2-inspector {verb} --as PROGRAM -- CMD.",
    ]


def explain_refusal(program: Program, trust: TrustFiles) -> list[str]:
    """What to say when the program came but did not trust the recorder's certificate."""
    return [
        f"The program ({program.title}) did not trust the recorder's certificate.",
        *_filled(program.refused, trust),
        f"The recorder's authority, with the public roots beside it: {trust.bundle}",
    ]


def _filled(lines: tuple[str, ...], trust: TrustFiles) -> list[str]:
    return [line.replace("{bundle}", str(trust.bundle)).replace("{preload}", str(PRELOAD)) for line in lines]


def _notes(program: Program, environ: Mapping[str, str], removed: tuple[str, ...]) -> list[str]:
    notes = list(program.notes)
    if any(environ[name] for name in removed):
        said = " and ".join(f"{name}={environ[name]}" for name in removed if environ[name])
        notes.append(f"{said} is not passed on: the hosts on it would not be recorded.")
    if "JAVA_TOOL_OPTIONS" in program.needs:
        for name in ("_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "MAVEN_OPTS", "GRADLE_OPTS"):
            if re.search(r"proxyHost|trustStore=", environ.get(name, "")):
                notes.append(f"{name} names a proxy or a truststore of its own, which wins over the recorder's.")
    return notes


def _bundle(situation: _Situation) -> str:
    return str(situation.trust.bundle)


def _python_path(situation: _Situation) -> str:
    return _joined(os.pathsep, str(PYTHON_SHIM), situation.environ.get("PYTHONPATH", ""))


def _node_options(situation: _Situation) -> str:
    # A JSON string is what Node's own parser of NODE_OPTIONS reads: double quotes, backslash escapes.
    path = str(PRELOAD).replace("\\", "/").replace('"', '\\"')
    return _joined(" ", f'--require "{path}"', situation.environ.get("NODE_OPTIONS", ""))


def _joined(separator: str, ours: str, theirs: str) -> str:
    """Ours before theirs, once: a recorder inside a recorder finds it there already."""
    if ours in theirs:
        return theirs
    return f"{ours}{separator}{theirs}" if theirs else ours


def _java_tool_options(situation: _Situation) -> str:
    theirs = situation.environ.get("JAVA_TOOL_OPTIONS", "")
    ours = " ".join(_java_word(f"-D{name}={value}") for name, value in _java_properties(situation).items())
    return f"{theirs} {ours}" if theirs else ours  # of two definitions Java takes the last


def _java_properties(situation: _Situation) -> dict[str, str]:
    proxy = situation.proxy
    properties: dict[str, str] = {}
    for scheme in ("http", "https"):
        properties[f"{scheme}.proxyHost"] = proxy.hostname or ""
        properties[f"{scheme}.proxyPort"] = str(proxy.port or 80)
        if proxy.username:
            # The AWS SDKs read these; Java's own clients want an Authenticator in code.
            properties[f"{scheme}.proxyUser"] = unquote(proxy.username)
            properties[f"{scheme}.proxyPassword"] = unquote(proxy.password or "")
    if proxy.username:
        properties["jdk.http.auth.tunneling.disabledSchemes"] = ""  # Java forbids Basic over CONNECT by default
    properties["http.nonProxyHosts"] = JAVA_LOOPBACK
    properties["javax.net.ssl.trustStore"] = str(situation.trust.truststore)
    properties["javax.net.ssl.trustStoreType"] = "PKCS12"
    return properties


def _java_word(option: str) -> str:
    """An option as JAVA_TOOL_OPTIONS wants it: white space ends one, quotes of either kind protect it."""
    if not re.search(r"[\s\"']", option):
        return option
    quote = "'" if '"' in option else '"'
    return f"{quote}{option}{quote}"


EXTRAS: dict[str, Callable[[_Situation], str]] = {
    "AWS_CA_BUNDLE": _bundle,
    "RESTIC_CACERT": _bundle,
    "PERL_LWP_SSL_CA_FILE": _bundle,
    "PYTHONPATH": _python_path,
    "NODE_OPTIONS": _node_options,
    "JAVA_TOOL_OPTIONS": _java_tool_options,
}
"""What a program may need beyond what everybody gets, by variable."""
