"""A signed header does not have the value that it was signed with: libraries and proxies set, change and remove some.

Which values it may have had is told in `header_values`, by header; here, what it means of which header.
"""

from __future__ import annotations

from collections.abc import Iterator

from inspector.sigv4.hypotheses.header_lines import (
    NAMED_ELSEWHERE,
    came,
    is_replaced,
    left_out,
    line,
    value_signed,
)
from inspector.sigv4.hypotheses.header_values import (
    HOP_BY_HOP,
    Kind,
    called,
    is_conditional,
    is_forwarded,
    is_retry,
    likely_values,
)
from inspector.sigv4.hypotheses.model import Change, Problem, header
from inspector.sigv4.hypotheses.register import hypothesis

TYPE, LENGTH = b"content-type", b"content-length"

_SPOKEN_FOR: tuple[Kind, ...] = (
    *map(called, (b"accept-encoding", b"range", b"expect", b"user-agent", TYPE, LENGTH)),
    is_conditional,
    is_forwarded,
    is_retry,
    HOP_BY_HOP.__contains__,
    NAMED_ELSEWHERE.__contains__,
)
"""The headers that a hypothesis of their own is about."""


def searched(problem: Problem, kind: Kind) -> list[bytes]:
    """The signed headers of a kind whose value may be searched."""
    return [name for name in problem.names if kind(name) and not is_replaced(problem, name)]


def with_likely_values(problem: Problem, kind: Kind) -> Iterator[Change]:
    """The changes that give each signed header of a kind the values it may have had."""
    for name in searched(problem, kind):
        for signed in likely_values(problem, name):
            yield value_signed(problem, name, signed)


@hypothesis("hdr-accept-encoding-changed")
def accept_encoding(problem: Problem) -> Iterator[Change]:
    """Accept-Encoding was signed, and rewritten on the way: Cloudflare and Google's front ends do that."""
    # aws-sdk-go-v2#1816, talos-backup#64, rclone#6670, #8206, #9859, supabase/storage#729, cloudflare-b2#4
    return with_likely_values(problem, called(b"accept-encoding"))


@hypothesis("hdr-conditional-stripped")
def conditional(problem: Problem) -> Iterator[Change]:
    """A signed If-* header was removed or rewritten on the way, as caches do that ask in their own name."""
    # cloudflare-b2#15, #27, pdx-tools#311
    return with_likely_values(problem, is_conditional)


@hypothesis("hdr-range-removed")
def range_removed(problem: Problem) -> Iterator[Change]:
    """A signed Range header was removed or rewritten on the way."""
    # aws-sdk-go-v2#2722, aws4fetch#5, #39, aws-cli#9682
    return with_likely_values(problem, called(b"range"))


@hypothesis("hdr-forwarded-signed")
def forwarded(problem: Problem) -> Iterator[Change]:
    """A header was signed to which every proxy adds itself."""
    # aws4fetch#77, toolhive#4670, rancher#17983
    return with_likely_values(problem, is_forwarded)


@hypothesis("hdr-expect")
def expect(problem: Problem) -> Iterator[Change]:
    """Expect was signed: whoever answers it on the way takes it out."""
    # golang/go#13893, minio#1030, Arsenal#300
    return with_likely_values(problem, called(b"expect"))


@hypothesis("hdr-hop-by-hop")
def hop_by_hop(problem: Problem) -> Iterator[Change]:
    """A header was signed that holds for one connection only, and is written anew for each."""
    # botocore#3643, mcp-proxy-for-aws#313, versitygw#457, minio#7266
    yield from with_likely_values(problem, HOP_BY_HOP.__contains__)
    yield from _reframed(problem)


def _reframed(problem: Problem) -> Iterator[Change]:
    """Chunks to a length, or the reverse: both headers change at once."""
    if {LENGTH, b"transfer-encoding"} <= set(problem.names):
        chunked = {header(LENGTH): line(LENGTH, b""), header("transfer-encoding"): b"transfer-encoding:chunked"}
        yield Change(chunked, "the value 'chunked' of transfer-encoding was signed, and an empty content-length")


@hypothesis("hdr-user-agent")
def user_agent(problem: Problem) -> Iterator[Change]:
    """User-Agent was signed, and changed by a library or on the way."""
    # versitygw#396
    return with_likely_values(problem, called(b"user-agent"))


@hypothesis("hdr-content-type")
def content_type(problem: Problem) -> Iterator[Change]:
    """Content-Type was set, completed or spelt anew after the request was signed."""
    # aws-sdk-js#244, aws-sdk-js-v3#1800, #5268, s3fs#134
    yield from with_likely_values(problem, called(TYPE))
    yield from _without_body(problem)


def _without_body(problem: Problem) -> Iterator[Change]:
    """A body, and with it two headers, came after signing."""
    if not {TYPE, LENGTH} <= set(problem.names):
        return
    empty_type, no_type = {header(TYPE): line(TYPE, b"")}, left_out(problem, [TYPE])
    zero, no_length = {header(LENGTH): line(LENGTH, b"0")}, left_out(problem, [LENGTH])
    signed = "signed, as of a request without a body"
    yield Change({**empty_type, **zero}, f"an empty content-type and the content-length '0' were {signed}")
    yield Change({**no_type, **zero}, f"no content-type and the content-length '0' were {signed}")
    yield Change({**no_length, **empty_type}, f"an empty content-type and no content-length were {signed}")
    yield Change(left_out(problem, [TYPE, LENGTH]), f"neither content-type nor content-length was {signed}")


@hypothesis("hdr-content-length")
def content_length(problem: Problem) -> Iterator[Change]:
    """Content-Length was signed, and the body was framed anew afterwards."""
    # aws-sdk-js#86, aws-sdk-js-v3#3829, mcp-proxy-for-aws#313
    return with_likely_values(problem, called(LENGTH))


@hypothesis("hdr-retry-counter")
def retry_counter(problem: Problem) -> Iterator[Change]:
    """The header that counts attempts was signed, and counted on for a retry without signing again."""
    # aws-sdk-go-v2#537, aws-sdk-ruby#2411
    yield from with_likely_values(problem, is_retry)


@hypothesis("hdr-signed-absent")
def signed_absent(problem: Problem) -> Iterator[Change]:
    """A signed header did not arrive."""
    # versitygw#457, obsidian-livesync#958
    return with_likely_values(problem, lambda name: not spoken_for(name) and not came(problem, name))


def spoken_for(name: bytes) -> bool:
    """Whether another hypothesis is about a header of this name."""
    return any(kind(name) for kind in _SPOKEN_FOR)
