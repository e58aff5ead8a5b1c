"""Another path was signed than arrived: proxies and servers cut, join and tidy paths; clients do too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from inspector.sigv4.canonical import canonical_query, canonical_uri, left_out, normalized
from inspector.sigv4.hypotheses.endpoint import endpoint_of, first_segment
from inspector.sigv4.hypotheses.host import header_values, wire_host
from inspector.sigv4.hypotheses.line import Source
from inspector.sigv4.hypotheses.model import PATH, QUERY, Change, Problem, Value
from inspector.sigv4.hypotheses.path_line import PATH_LINE
from inspector.sigv4.hypotheses.percent import said
from inspector.sigv4.hypotheses.register import hypothesis

# Where proxies write what they cut off: Traefik's StripPrefix, nginx in front of SeaweedFS (seaweedfs#7320).
_PREFIX_HEADERS = (b"x-forwarded-prefix", b"x-script-name")

# Where proxies write the whole path as it was: nginx' auth_request and its ingress, Traefik's ReplacePath, Envoy's
# prefix_rewrite, IIS (URL Rewrite, ARR), the forward auth of Traefik and Caddy, Kong.
_PATH_HEADERS = (
    b"x-original-uri",
    b"x-replaced-path",
    b"x-envoy-original-path",
    b"x-original-url",
    b"x-rewrite-url",
    b"x-forwarded-uri",
    b"x-forwarded-path",
)

# Locations that S3 servers are put under: minio#5947, #10162 and #15281, seaweedfs#7320, Supabase's `/storage/v1/s3`.
_USUAL_PREFIXES = (b"/s3", b"/minio", b"/storage", b"/storage/v1/s3", b"/api", b"/b2", b"/oss", b"/files")

_MOST_SEGMENTS_ADDED = 3
_MOST_SLASHES = 12
_SLASHES = re.compile(rb"/{2,}")


@PATH_LINE.source("path-prefix-stripped")
def prefix_stripped(problem: Problem) -> Iterator[Source[bytes]]:
    """A proxy took a prefix off the path."""
    path = problem.signed.request.path
    for original, name, values in _originals(problem):
        if not path.endswith(original) or original == path:
            yield Source(original, f"as the header {name} says", values)
    told = [prefix.strip() for name in _PREFIX_HEADERS for prefix in header_values(problem, name)]
    others = (first_segment(other)[0] for other in problem.around.paths)  # a location /BUCKET/, and no path behind it
    for prefix in dict.fromkeys(b"/" + one.strip(b"/") for one in (*told, *_USUAL_PREFIXES, *others)):
        if prefix != b"/":
            yield Source(prefix + path, f"with {said(prefix)} before it")


@PATH_LINE.source("path-prefix-added")
def prefix_added(problem: Problem) -> Iterator[Source[bytes]]:
    """A proxy put a prefix before the path."""
    path = problem.signed.request.path
    for original, name, values in _originals(problem):
        if path.endswith(original) and original != path:
            yield Source(original, f"as the header {name} says", values)
    usual = b"/" + first_segment(path)[0] in _USUAL_PREFIXES
    fewest = 2 if endpoint_of(wire_host(problem)).known and not usual else 1  # else the bucket: path-bucket-missing
    starts = [found.start() for found in re.finditer(rb"/", path)]
    for start in starts[fewest : _MOST_SEGMENTS_ADDED + 1]:
        yield Source(path[start:], f"without {said(path[:start])} before it")


def _originals(problem: Problem) -> Iterator[tuple[bytes, str, dict[str, Value]]]:
    """The path as a proxy says that it was, the header in which it does, and the query that belongs to it."""
    request = problem.signed.request
    for name in _PATH_HEADERS:
        for value in header_values(problem, name):
            target = re.sub(rb"^[a-z]+://[^/]*", b"", value.strip())
            path, mark, query = target.partition(b"?")
            if path.startswith(b"/"):
                without = left_out(problem.signed.authorization, problem.dialect)
                values: dict[str, Value] = {QUERY: canonical_query(query, without)} if mark else {}
                if path != request.path or query != request.query:
                    yield path, name.decode(), values


@PATH_LINE.source("path-bucket-missing")
def bucket_missing(problem: Problem) -> Iterator[Source[bytes]]:
    """The bucket stands in the path on one side only, with the same host."""
    path = problem.signed.request.path
    endpoint = endpoint_of(wire_host(problem))
    bucket, key = first_segment(path)
    if bucket and (endpoint.bucket is None or bucket == endpoint.bucket or not endpoint.known):
        yield Source(key, f"without the bucket {said(bucket)}")
    if endpoint.bucket is not None:
        yield Source(b"/%b%b" % (endpoint.bucket, path), f"with the bucket {said(endpoint.bucket)} before it")


@PATH_LINE.source("path-slashes-merged")
def slashes_merged(problem: Problem) -> Iterator[Source[bytes]]:
    """Slashes that follow each other were made one, by nginx, Traefik, Envoy or a client."""
    # versitygw#2274, aws-sdk-java-v2#3749: S3 keeps them, since keys may hold them. Where they stood is tried out.
    path = problem.signed.request.path
    slashes = [found.start() for found in re.finditer(rb"/", path)]
    for at in dict.fromkeys((*slashes[: _MOST_SLASHES - 1], *slashes[-1:])):
        yield Source(path[:at] + b"/" + path[at:], _two_slashes(path[:at]))
    if _SLASHES.search(path):
        yield Source(_SLASHES.sub(b"/", path), "with slashes merged that the request has twice")
        yield Source(b"/" + path.lstrip(b"/"), "with one slash at its start")


def _two_slashes(before: bytes) -> str:
    return f"with two slashes after {said(before)}" if before else "with two slashes at its start"


@PATH_LINE.source("path-dot-segments")
def dot_segments(problem: Problem) -> Iterator[Source[bytes]]:
    """Segments `.` and `..` were resolved on one side only."""
    # requests-aws4auth#31, fog-aws#133: HTTP libraries resolve them (RFC 3986 §5.2.4), S3 takes them for names.
    path = problem.signed.request.path
    segments = [unquote_to_bytes(segment) for segment in path.split(b"/")]
    if b"." in segments or b".." in segments:
        yield Source(_resolved(path), "with dot segments resolved")
        yield Source(normalized(path), "with dot segments resolved and slashes merged")
        return
    slashes = [found.start() for found in re.finditer(rb"/", path)]
    for at in dict.fromkeys((*slashes[: _MOST_SLASHES - 1], *slashes[-1:])):
        yield Source(path[:at] + b"/." + path[at:], f"with the segment '.' after {said(path[:at] + b'/')}")


def _resolved(path: bytes) -> bytes:
    """RFC 3986's remove_dot_segments, escaped dots included; slashes stay."""
    kept: list[bytes] = []
    segments = path.removeprefix(b"/").split(b"/")
    for number, segment in enumerate(segments, 1):
        name = unquote_to_bytes(segment)
        if name not in (b".", b".."):
            kept.append(segment)
            continue
        if name == b"..":
            del kept[-1:]
        if number == len(segments):
            kept.append(b"")
    return b"/" + b"/".join(kept)


@PATH_LINE.source("path-trailing-slash")
def trailing_slash(problem: Problem) -> Iterator[Source[bytes]]:
    """A slash at the path's end is there on one side only."""
    path = problem.signed.request.path  # seaweedfs#7223: Go's path.Clean takes it away
    if not path.endswith(b"/"):
        yield Source(path + b"/", "with a slash at its end")
    elif path != b"/":
        yield Source(path[:-1], "without the slash at its end")


@PATH_LINE.source("path-case")
def case(problem: Problem) -> Iterator[Source[bytes]]:
    """The path was signed in small letters or in capitals, though keys are told apart by case."""
    path = problem.signed.request.path
    bucket, slash, key = path.removeprefix(b"/").partition(b"/")
    for letters, change in (("small letters", bytes.lower), ("capitals", bytes.upper)):
        if path != change(path):
            yield Source(change(path), f"in {letters}")
            if slash and bucket != change(bucket):
                yield Source(b"/" + change(bucket) + slash + key, f"with the bucket in {letters}")
            if key != change(key):
                yield Source(b"/" + bucket + slash + change(key), f"with the key in {letters}")


@hypothesis("path-of-another-call")
def another_call(problem: Problem) -> Iterator[Change]:
    """The path that was signed is the one of another call: a URL was edited, or a signature used again."""
    for path in problem.around.paths:
        signed = canonical_uri(path, problem.dialect)
        yield Change({PATH: signed}, f"the path was signed as {said(signed)}, which another call has")


@hypothesis("path-empty")
def empty(problem: Problem) -> Iterator[Change]:
    """The slash that a path begins with was not signed, so that the path of the root was signed as empty."""
    path = problem.parts[PATH].removeprefix(b"/")
    yield Change({PATH: path}, f"the path was signed as {said(path)}, without the slash that it begins with")
    key = path.partition(b"/")[2]
    if key:
        yield Change({PATH: key}, f"the path was signed as {said(key)}, without the bucket and the slash behind it", 2)
