"""Verdicts that are no mismatch.

What a verification shows besides causes: that the signature is right and was refused, that it seems wrong and was
accepted, that the secret is beyond suspicion, or that nothing known explains it.
"""

from __future__ import annotations

from inspector.diagnose.finding import Cause, Fault

CAUSES = (
    Cause(
        slug="sig-ok-locally-but-403",
        title="The signature is right for the recorded bytes, and was refused",
        fault=Fault.UNKNOWN,
        fix="Send the call again: `b2-inspector replay ID`. If it passes, retry such answers; if it fails every time,"
        " look for what stands behind the recorder, and whether the secret at hand still is the key's.",
        about="The client's signature is the one that these bytes and this secret give. So either the request was"
        " changed behind the recorder, or the key was deleted or replaced at the server, or the server errs. Sporadic"
        " cases at B2 have been reported, in the middle of backups whose other calls passed.",
        sources=("longhorn/longhorn#9361", "longhorn/longhorn#11728", "wal-g/wal-g#2042"),
    ),
    Cause(
        slug="b2-canonical-form",
        title="Signed by S3's rule, and B2 was found to canonicalise such a request otherwise",
        fault=Fault.SERVER,
        fix="Send the doubtful bytes as the rule writes them, so that both readings agree: percent-encoded once, in"
        " upper case, each parameter with an equals sign, single spaces in headers; else choose names of objects"
        " without them.",
        about="A signature is over the canonical form of a request, and the documents leave open what that is of a `+`,"
        " `%2F`, `//` or two equal parameters. `b2-inspector doctor --probe BUCKET` asks the service. Where its"
        " answer is not S3's rule, a client that signs by the rule is refused without a fault of its own.",
    ),
    Cause(
        slug="sig-bad-locally-but-200",
        title="The signature does not verify here, and the server accepted it",
        fault=Fault.UNKNOWN,
        fix="Nothing has to be done. The server reads this request otherwise than this tool, or checks less; a report"
        " with `b2-inspector explain ID --json` helps to improve the tool.",
        about="The server decides what is right. What this side computes differs for a form of request that it does not"
        " know, or the secret at hand is not the one that signed, and the server knows the other.",
    ),
    Cause(
        slug="key-proven",
        title="The secret at hand is the right one",
        fault=Fault.UNKNOWN,
        fix="Look at the request first: at what a proxy or the HTTP library changes of it. Then whether every part of"
        " the program takes its secret from the same place.",
        about="Another call with this key id verifies with this secret, or the first chunk of this one does, whose"
        " signature no header has a part in. A program may still hold a second secret, spoilt in a way that nobody"
        " knows, for the same key id.",
    ),
    Cause(
        slug="unexplained",
        title="Nothing that was tried gives the client's signature",
        fault=Fault.UNKNOWN,
        fix="Check first that the secret at hand is the one the client uses; then search deeper (`explain ID --deep`)"
        " and give the SDK's own log as a second witness (`--debug-log FILE`).",
        about="The search tries what clients and proxies are known to do, one and two deviations at a time. It cannot"
        " find free text that nobody recorded (another ETag, another User-Agent, another key), nor a secret that is no"
        " spoilt form of one at hand. Three deviations at once usually mean that the secret is another one.",
    ),
)
