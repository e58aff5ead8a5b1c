"""Which format a file is in, by its first bytes; its name says nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from inspector.errors import UsageError
from inspector.formats import curl, har, mitm, rawhttp, vcr, wiremock
from inspector.formats.captured import Reader
from inspector.formats.fixture import captured as fixture

HEAD_BYTES = 64 * 1024
"""How much of a file `detect` wants to see."""

UNDERSTOOD = (
    "Understood are: mitmproxy's flow files, HAR 1.2, cassettes of vcrpy and VCR, WireMock's mappings, curl command"
    " lines, raw HTTP/1 requests, fixtures of tests."
)

_BOM = b"\xef\xbb\xbf"
_CASSETTE = re.compile(rb'(?:^|[{,\s])["\']?(?:http_)?interactions["\']?\s*:\s*(?:\r?\n\s*-|\[|&)', re.MULTILINE)
"""The one key of a cassette, in YAML or in JSON."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format that can be read: its name, how to know it by a file's first bytes, and its reader."""

    name: str
    matches: Callable[[bytes], object]
    read: Reader


FORMATS = (
    Format("b2-inspector fixture", fixture.is_fixture, fixture.read),
    # A flow is a tnetstring: its length in decimal, a colon, the data.
    Format("mitmproxy flows", re.compile(rb"\d{1,12}:").match, mitm.read),
    Format("WireMock mappings", wiremock.looks_like, wiremock.read),
    Format("cassette", _CASSETTE.search, vcr.read),
    Format("HAR", re.compile(rb"(?:" + _BOM + rb")?\s*\{").match, har.read),
    Format("curl commands", curl.START.match, curl.read),
    Format("raw HTTP", lambda head: rawhttp.REQUEST_LINE.match(head.lstrip(b"\r\n")), rawhttp.read),
)

FOREIGN = (
    (b"PK\x03\x04", "a ZIP archive (a Fiddler or Proxyman session?)", "Export the session as HAR, or unpack it first."),
    (b"\x1f\x8b", "compressed with gzip", "Unpack it first: gunzip FILE"),
    (b"SQLite format 3\x00", "a SQLite database", "A recording is opened where it is: b2-inspector ls -r FILE"),
    (
        b"\x0a\x0d\x0d\x0a",
        "a packet capture",
        "TLS hides the calls in it. Record them instead: b2-inspector run -- CMD",
    ),
    (
        b"\xd4\xc3\xb2\xa1",
        "a packet capture",
        "TLS hides the calls in it. Record them instead: b2-inspector run -- CMD",
    ),
    (
        b"\xff\xfe",
        "text in UTF-16 (PowerShell's `>` writes it)",
        "Save it as UTF-8, or let the program write the file.",
    ),
    (b"HTTP/", "an HTTP answer without its request", "Put the request before it."),
)
"""First bytes of files that people have at hand: what such a file is, and the next step."""


def detect(head: bytes) -> Format:
    """The format of a file that begins with `head` (`HEAD_BYTES` of it, or all).

    Raises:
        UsageError: the file is empty or in no format that is understood.
    """
    if not head.strip():
        raise UsageError("the file is empty", UNDERSTOOD)
    for known in FORMATS:
        if known.matches(head):
            return known
    for magic, what, hint in FOREIGN:
        if head.startswith(magic):
            raise UsageError(f"the file is {what}", f"{hint} {UNDERSTOOD}")
    raise UsageError("the file is in no known format", UNDERSTOOD)
