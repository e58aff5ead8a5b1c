"""What Content-Type may have said when it was signed: what libraries set of themselves, and how they spell it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

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
# As RFC 9110 §8.3.2 spells them, and as programs do; Windows-1252 and Latin-1 of Java, .NET and old PHP.
_CHARSETS = (
    *(b"utf-8", b"UTF-8", b"utf8", b"UTF8", b"iso-8859-1", b"ISO-8859-1", b"us-ascii", b"US-ASCII"),
    *(b"windows-1252", b"Windows-1252", b"latin1", b"ascii", b"utf-16", b"binary", b'"utf-8"', b'"UTF-8"'),
)
_RARE = 2
"""The weight of a type that nothing in the call speaks for: tried alone."""

_BY_EXTENSION: dict[bytes, tuple[bytes, ...]] = {
    b"7z": (b"application/x-7z-compressed",),
    b"aac": (b"audio/aac", b"audio/x-aac"),
    b"apk": (b"application/vnd.android.package-archive",),
    b"avi": (b"video/x-msvideo", b"video/vnd.avi"),
    b"avif": (b"image/avif",),
    b"avro": (b"application/avro", b"avro/binary"),
    b"bin": (b"application/octet-stream", b"application/macbinary"),
    b"bmp": (b"image/bmp",),
    b"bz2": (b"application/x-bzip2", b"application/x-bzip"),
    b"css": (b"text/css",),
    b"csv": (b"text/csv",),
    b"dmg": (b"application/x-apple-diskimage",),
    b"doc": (b"application/msword",),
    b"docx": (b"application/vnd.openxmlformats-officedocument.wordprocessingml.document",),
    b"eot": (b"application/vnd.ms-fontobject",),
    b"epub": (b"application/epub+zip",),
    b"exe": (
        b"application/x-msdownload",
        b"application/vnd.microsoft.portable-executable",
        b"application/x-msdos-program",
    ),
    b"flac": (b"audio/flac", b"audio/x-flac"),
    b"gif": (b"image/gif",),
    b"gz": (b"application/gzip", b"application/x-gzip"),
    b"heic": (b"image/heic",),
    b"heif": (b"image/heif",),
    b"htm": (b"text/html",),
    b"html": (b"text/html", b"text/html; charset=utf-8"),
    b"ico": (b"image/x-icon", b"image/vnd.microsoft.icon"),
    b"ics": (b"text/calendar",),
    b"iso": (b"application/x-iso9660-image",),
    b"jar": (b"application/java-archive", b"application/x-java-archive"),
    b"jpeg": (b"image/jpeg", b"image/jpg"),
    b"jpg": (b"image/jpeg", b"image/jpg"),
    b"js": (b"application/javascript", b"text/javascript", b"text/javascript; charset=utf-8"),
    b"json": (b"application/json",),
    b"jsonl": (b"application/jsonl", b"application/x-ndjson", b"application/json-lines"),
    b"jxl": (b"image/jxl",),
    b"log": (b"text/plain", b"text/x-log"),
    b"m3u8": (b"application/vnd.apple.mpegurl", b"application/x-mpegURL"),
    b"m4a": (b"audio/mp4", b"audio/x-m4a"),
    b"m4v": (b"video/mp4", b"video/x-m4v"),
    b"map": (b"application/json",),
    b"md": (b"text/markdown",),
    b"mjs": (b"text/javascript", b"application/javascript"),
    b"mkv": (b"video/x-matroska", b"video/matroska"),
    b"mov": (b"video/quicktime",),
    b"mp3": (b"audio/mpeg", b"audio/mp3"),
    b"mp4": (b"video/mp4",),
    b"mpd": (b"application/dash+xml",),
    b"mpeg": (b"video/mpeg",),
    b"mpg": (b"video/mpeg",),
    b"ndjson": (b"application/x-ndjson",),
    b"ods": (b"application/vnd.oasis.opendocument.spreadsheet",),
    b"odt": (b"application/vnd.oasis.opendocument.text",),
    b"oga": (b"audio/ogg",),
    b"ogg": (b"audio/ogg", b"application/ogg", b"video/ogg"),
    b"ogv": (b"video/ogg",),
    b"opus": (b"audio/opus", b"audio/ogg"),
    b"orc": (b"application/x-orc",),
    b"otf": (b"font/otf", b"application/x-font-opentype"),
    b"parquet": (b"application/vnd.apache.parquet",),
    b"pdf": (b"application/pdf",),
    b"png": (b"image/png",),
    b"ppt": (b"application/vnd.ms-powerpoint",),
    b"pptx": (b"application/vnd.openxmlformats-officedocument.presentationml.presentation",),
    b"ps": (b"application/postscript",),
    b"psd": (b"image/vnd.adobe.photoshop",),
    b"py": (b"text/x-python", b"text/x-script.python"),
    b"rar": (b"application/vnd.rar", b"application/x-rar-compressed"),
    b"rtf": (b"application/rtf", b"text/rtf"),
    b"sh": (b"application/x-sh", b"text/x-sh"),
    b"sql": (b"application/sql", b"application/x-sql"),
    b"sqlite": (b"application/vnd.sqlite3", b"application/x-sqlite3"),
    b"svg": (b"image/svg+xml",),
    b"tar": (b"application/x-tar",),
    b"tgz": (b"application/gzip", b"application/x-compressed-tar", b"application/x-tar"),
    b"tif": (b"image/tiff",),
    b"tiff": (b"image/tiff",),
    b"toml": (b"application/toml",),
    b"ts": (b"video/mp2t", b"video/MP2T"),
    b"tsv": (b"text/tab-separated-values",),
    b"ttf": (b"font/ttf", b"application/x-font-ttf"),
    b"txt": (b"text/plain",),
    b"vcf": (b"text/vcard", b"text/x-vcard"),
    b"wasm": (b"application/wasm",),
    b"wav": (b"audio/wav", b"audio/x-wav"),
    b"weba": (b"audio/webm",),
    b"webm": (b"video/webm",),
    b"webp": (b"image/webp",),
    b"wmv": (b"video/x-ms-wmv",),
    b"woff": (b"font/woff", b"application/font-woff"),
    b"woff2": (b"font/woff2", b"application/font-woff2"),
    b"xls": (b"application/vnd.ms-excel",),
    b"xlsx": (b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",),
    b"xml": (b"application/xml", b"text/xml"),
    b"xz": (b"application/x-xz",),
    b"yaml": (b"application/yaml", b"application/x-yaml", b"text/yaml", b"text/x-yaml"),
    b"yml": (b"application/yaml", b"application/x-yaml", b"text/yaml", b"text/x-yaml"),
    b"zip": (b"application/zip", b"application/x-zip-compressed"),
    b"zst": (b"application/zstd",),
}
"""What clients make of a file's name (the IANA registry, and older names that are still written)."""


def content_type_values(problem: Problem, name: bytes) -> Iterator[Signed]:
    """Content types that may have been signed: this one spelt otherwise, that of the key's name, defaults."""
    value = arrived(problem, name)
    yield from _spelt_otherwise(value)
    for known in _BY_EXTENSION.get(_extension(problem), ()):
        yield Signed(known, ", which the name of the object says")
    yield from map(Signed, _DEFAULTS)
    yield from (Signed(known, weight=_RARE) for types in _BY_EXTENSION.values() for known in types)


def _spelt_otherwise(value: bytes) -> Iterator[Signed]:
    media, _, parameters = value.partition(b";")
    media = media.strip()
    if not media:
        return
    if parameters:
        yield Signed(media, ", without what stands after it now")
    for charset, between in product(_CHARSETS, (b"; ", b";")):
        yield Signed(b"%b%bcharset=%b" % (media, between, charset))
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
