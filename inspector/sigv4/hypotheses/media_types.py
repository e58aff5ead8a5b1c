"""What Content-Type may have said when it was signed: what libraries set of themselves, and how they spell it."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.sigv4.hypotheses.header_lines import PIECES, Signed, arrived
from inspector.sigv4.hypotheses.model import Problem

# XMLHttpRequest and fetch append the charset to texts and forms (aws-sdk-js#244, aws-sdk-js-v3#5268), curl and axios
# call a body a form, old axios appends `;charset=utf-8`; S3 itself says binary/octet-stream where nothing is said.
_DEFAULTS = (
    *(b"", b"application/octet-stream", b"binary/octet-stream", b"application/x-www-form-urlencoded"),
    *(b"application/x-www-form-urlencoded; charset=utf-8", b"application/x-www-form-urlencoded;charset=UTF-8"),
    *(b"text/plain", b"text/plain;charset=UTF-8", b"text/plain; charset=utf-8", b"application/json"),
    *(b"application/json;charset=utf-8", b"application/json; charset=utf-8", b"application/json;charset=UTF-8"),
    *(b"application/xml", b"text/xml", b"multipart/form-data", b"application/octet-stream; charset=utf-8"),
)
_CHARSETS = (b";charset=UTF-8", b"; charset=utf-8", b"; charset=UTF-8", b";charset=utf-8")

_BY_EXTENSION: dict[bytes, tuple[bytes, ...]] = {
    b"avif": (b"image/avif",),
    b"bin": (b"application/octet-stream", b"application/macbinary"),
    b"bmp": (b"image/bmp",),
    b"css": (b"text/css",),
    b"csv": (b"text/csv",),
    b"gif": (b"image/gif",),
    b"gz": (b"application/gzip", b"application/x-gzip"),
    b"htm": (b"text/html",),
    b"html": (b"text/html", b"text/html; charset=utf-8"),
    b"ico": (b"image/x-icon", b"image/vnd.microsoft.icon"),
    b"jpeg": (b"image/jpeg", b"image/jpg"),
    b"jpg": (b"image/jpeg", b"image/jpg"),
    b"js": (b"application/javascript", b"text/javascript", b"text/javascript; charset=utf-8"),
    b"json": (b"application/json",),
    b"m3u8": (b"application/vnd.apple.mpegurl", b"application/x-mpegURL"),
    b"md": (b"text/markdown",),
    b"mov": (b"video/quicktime",),
    b"mp3": (b"audio/mpeg", b"audio/mp3"),
    b"mp4": (b"video/mp4",),
    b"parquet": (b"application/vnd.apache.parquet",),
    b"pdf": (b"application/pdf",),
    b"png": (b"image/png",),
    b"svg": (b"image/svg+xml",),
    b"tar": (b"application/x-tar",),
    b"ts": (b"video/mp2t", b"video/MP2T"),
    b"txt": (b"text/plain",),
    b"wasm": (b"application/wasm",),
    b"wav": (b"audio/wav", b"audio/x-wav"),
    b"webm": (b"video/webm",),
    b"webp": (b"image/webp",),
    b"xml": (b"application/xml", b"text/xml"),
    b"zip": (b"application/zip", b"application/x-zip-compressed"),
}
"""What clients make of a file's name (the IANA registry, and older names that are still written)."""


def content_type_values(problem: Problem, name: bytes) -> Iterator[Signed]:
    """Content types that may have been signed: this one spelt otherwise, that of the key's name, defaults."""
    value = arrived(problem, name)
    yield from _spelt_otherwise(value)
    for known in _BY_EXTENSION.get(_extension(problem), ()):
        yield Signed(known, ", which the name of the object says")
    yield from map(Signed, _DEFAULTS)


def _spelt_otherwise(value: bytes) -> Iterator[Signed]:
    media, _, parameters = value.partition(b";")
    media = media.strip()
    if not media:
        return
    if parameters:
        yield Signed(media, ", without what stands after it now")
    for charset in _CHARSETS:
        yield Signed(media + charset)
    for parameter in _cases(parameters.strip()) if parameters else ():
        yield Signed(media + b"; " + parameter)
        yield Signed(media + b";" + parameter)
    yield Signed(value.lower())
    yield Signed(value.replace(b'"', b""))
    yield from _joined(value)


def _cases(parameter: bytes) -> tuple[bytes, ...]:
    name, equals, value = parameter.partition(b"=")
    return parameter, parameter.lower(), name + equals + value.upper()


def _joined(value: bytes) -> Iterator[Signed]:
    """Two lines joined to one by somebody, or one of two left (aws-sdk-js-v3#1800)."""
    words = [word.strip() for word in value.split(b",")]
    if len(words) > 1:
        yield from (Signed(word, ", one of those that stand there now") for word in words[:PIECES])
    else:
        yield Signed(value + b"," + value, ", of two headers")
        yield Signed(value + b", " + value, ", of two headers")


def _extension(problem: Problem) -> bytes:
    return problem.signed.request.path.rpartition(b"/")[2].rpartition(b".")[2].lower()
