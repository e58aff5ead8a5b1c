"""A call as a curl line that sends the same bytes again, signed with the keys of whoever runs it.

Facts
-----
`--path-as-is` keeps dot segments, `--globoff` brackets; `-H 'Name;'` sends an empty value and `-H 'Name:'` none
(curl.se/docs/manpage.html). `--aws-sigv4` signs as of 7.75; its canonical query was wrong in several ways before 8.3
(curl#11794, #13058), which `sigv4` of this tool shows. 7.88 names no hash of the body by itself, and B2 refuses a call
without (InvalidRequest, "header 'x-amz-content-sha256' must be included in signature"); and it signs the headers that
`-H 'Name:'` takes away, in another order than that of the rule (measured: `rclone serve s3` answers 403). So a signed
line has none of those, and `Accept: */*` and `Expect: 100-continue` may be new. Bodies go into files: a shell holds
no NUL.
"""

from __future__ import annotations

import hashlib
import re

from inspector.formats.out.shown import Shown, is_text, names, url

_PLAIN = re.compile(rb"[A-Za-z0-9_@%+=:,./-]+")
_OWN = frozenset((b"host", b"content-length", b"transfer-encoding", b"connection", b"expect", b"proxy-connection"))
"""Headers that curl writes by itself."""

LONGEST_INLINE = 2_000


def curl_line(call: Shown, body_file: str | None) -> str:
    """The command. `body_file` names the file with the body, None where it stands in the line or there is none."""
    request = call.request
    words = [b"curl", b"--path-as-is", b"--globoff"]
    if request.method == b"HEAD":
        words.append(b"--head")
    elif request.method != b"GET" or call.request_body:
        words += [b"-X", request.method]
    if _is_signed(call):
        region = (call.facts.region or "us-west-004").encode()
        words += [b"--aws-sigv4", b"aws:amz:" + region + b":s3", b"--user", _KEYS]
        words += [b"-H", b"x-amz-content-sha256: " + _payload(call)]
    for name, value in request.headers:
        if name.lower() not in _OWN:
            words += [b"-H", name + b": " + value if value else name + b";"]
    body = _body(call, body_file)
    words += [*_unadded(call, body), *body]
    return " ".join(_quoted(word) for word in [*words, url(request)])


def _is_signed(call: Shown) -> bool:
    return call.facts.auth.startswith("sigv")


def _unadded(call: Shown, body: list[bytes]) -> list[bytes]:
    """Words against the headers that curl adds. What it signs is spared them: it would sign what they take away."""
    present, words = names(call.request.headers), []
    if b"user-agent" not in present:
        words += [b"--user-agent", b""]
    if b"accept" not in present and not _is_signed(call):
        words += [b"-H", b"Accept:"]
    if b"content-type" not in present and body[:1] == [b"--data-binary"]:
        words += [b"-H", b"Content-Type:"]
    return words


_KEYS = b"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"


def _payload(call: Shown) -> bytes:
    """What is signed of the body; a file whose bytes are not known here may hold any."""
    body = call.request_body
    return b"UNSIGNED-PAYLOAD" if body is None else hashlib.sha256(body).hexdigest().encode()


def _body(call: Shown, body_file: str | None) -> list[bytes]:
    """The body, in the one way that adds no Content-Type where there was none."""
    if body_file is not None:
        typed = b"content-type" in names(call.request.headers)
        return [b"--data-binary", b"@" + body_file.encode()] if typed else [b"--upload-file", body_file.encode()]
    if call.request_body:
        return [b"--data-binary", call.request_body]
    # Without this curl would send no Content-Length: 0, which servers demand of a PUT.
    return [b"-H", b"Content-Length: 0"] if call.request.method in (b"PUT", b"POST") else []


def inline(call: Shown) -> bool:
    """Whether the body may stand in the line itself."""
    body = call.request_body
    if not body:
        return True
    if _is_signed(call) and b"content-type" not in names(call.request.headers):
        return False
    return len(body) <= LONGEST_INLINE and is_text(body) and not body.startswith(b"@")


def _quoted(word: bytes) -> str:
    """A word for a POSIX shell; the keys are the one thing that the shell is to fill in."""
    if word == _KEYS:
        return f'"{word.decode()}"'
    if _PLAIN.fullmatch(word):
        return word.decode()
    text = word.decode("utf-8", "surrogateescape")
    return "'" + text.replace("'", "'\\''") + "'"
