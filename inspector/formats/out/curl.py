"""A call as a curl line that sends the same bytes again, signed with the keys of whoever runs it.

Facts
-----
`--path-as-is` keeps dot segments, `--globoff` brackets; `-H 'Name;'` sends an empty value and `-H 'Name:'` none
(curl.se/docs/manpage.html). `--aws-sigv4` signs as of 7.75; its canonical query was wrong in several ways before 8.3
(curl#11794, #13058), which `sigv4` of this tool shows. Bodies go into files: a shell holds no NUL.
"""

from __future__ import annotations

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
    if call.facts.auth.startswith("sigv"):
        region = (call.facts.region or "us-west-004").encode()
        words += [b"--aws-sigv4", b"aws:amz:" + region + b":s3", b"--user", _KEYS]
    for name, value in request.headers:
        if name.lower() not in _OWN:
            words += [b"-H", name + b": " + value if value else name + b";"]
    body = _body(call, body_file)
    for name in (b"user-agent", b"accept", b"content-type"):
        if name not in names(request.headers) and (name != b"content-type" or body):
            words += [b"-H", name.title() + b":"]  # curl would add its own
    words += body
    return " ".join(_quoted(word) for word in [*words, url(request)])


_KEYS = b"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"


def _body(call: Shown, body_file: str | None) -> list[bytes]:
    if body_file is not None:
        return [b"--data-binary", b"@" + body_file.encode()]
    if call.request_body:
        return [b"--data-binary", call.request_body]
    # Without this curl would send no Content-Length: 0, which servers demand of a PUT.
    return [b"--data-binary", b""] if call.request.method in (b"PUT", b"POST") else []


def inline(body: bytes | None) -> bool:
    """Whether a body may stand in the line itself."""
    return not body or (len(body) <= LONGEST_INLINE and is_text(body) and not body.startswith(b"@"))


def _quoted(word: bytes) -> str:
    """A word for a POSIX shell; the keys are the one thing that the shell is to fill in."""
    if word == _KEYS:
        return f'"{word.decode()}"'
    if _PLAIN.fullmatch(word):
        return word.decode()
    text = word.decode("utf-8", "surrogateescape")
    return "'" + text.replace("'", "'\\''") + "'"
