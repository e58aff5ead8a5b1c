"""Will clients trust whom they should: the server, and the recorder where there is one?"""

from __future__ import annotations

from collections.abc import Iterator

from inspector.doctor.line import Line, bad, ok
from inspector.doctor.setup import Setup, TrustFile

_AGAIN = 'Set it anew: eval "$(b2-inspector env)".'
_OURS = ", the recorder's among them"


def trust(setup: Setup) -> Iterator[Line]:
    """A line for each variable that names a file of authorities."""
    for file in setup.trust:
        yield _judged(file, setup.under_recorder)


def _judged(file: TrustFile, under_recorder: bool) -> Line:
    if file.problem is not None:
        return bad(
            "trust-unreadable",
            f"{file.place}={file.path} {file.problem}",
            f"Name a PEM file with certificates, or unset {file.place}: clients that read it fail on every call.",
        )
    if not file.certificates:
        return bad(
            "trust-empty",
            f"{file.place}={file.path} holds no certificate in PEM",
            "PEM begins with BEGIN CERTIFICATE; `openssl x509 -inform DER -in FILE` turns DER into it.",
        )
    if under_recorder and not file.holds_ours:
        return bad("trust-without-recorder", f"{file.place}={file.path} lacks the recorder's authority", _AGAIN)
    held = f"{file.certificates} certificate{'s' * (file.certificates != 1)}"
    return ok("trust", f"{file.place}: {held}{_OURS * file.holds_ours}")
