"""How fast signatures are verified, searched and followed through a stream: run it as `python benchmarks/sigv4.py`.

    verify     a captured PUT with 9 signed headers, beside botocore's own signing of it
    search     a fixed set of 200 alternatives on 19 axes, all singles and all pairs, beside a bare loop of one SHA-256
               over 565 bytes and one HMAC-SHA256 over 135
    families   the same PUT with all hypotheses that there are
    chunks     the chunk signatures of 1 GiB in 64 KiB chunks, beside hashlib's SHA-256 over the same bytes

One core, one process. Rounds alternate between both sides, so that whatever else the machine does meets both; a ratio
is the median of the rounds' ratios (of rates: more is better), a time the least of the rounds.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import hmac
import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from inspector.s3.chunked import Chunk, Decoder
from inspector.sigv4 import steps
from inspector.sigv4.alternatives import Alternative, gather
from inspector.sigv4.candidates import Candidates
from inspector.sigv4.chunks import chain_of, verify_chain
from inspector.sigv4.hypotheses.model import Change, Problem, header, problem
from inspector.sigv4.hypotheses.register import Registered, all_hypotheses
from inspector.sigv4.key import Key
from inspector.sigv4.signed import SignedRequest, signed_request
from inspector.sigv4.solve import solve
from inspector.sigv4.verify import scope_of, timestamps_of, verify
from inspector.wire.exchange import EMPTY_DIGESTS, BodyInfo, Digests, Request, SignedChunk

KEY = Key("0024eaffceaa8f9000000000f", b"K002" + b"s" * 27)
BODY = b"hello"
SENT = BodyInfo(Digests(len(BODY), hashlib.sha256(BODY).hexdigest(), "", ""), len(BODY))
URL = "https://s3.us-west-004.backblazeb2.com/my-bucket/photos/2026/cat%20%281%29.jpg"
SIGNED = {
    "Content-Type": "image/jpeg",
    "Content-MD5": "XUFAKrxLKna5cZ2REBfFkg==",
    "Cache-Control": "max-age=3600",
    "x-amz-meta-owner": "Jane Doe",
    "x-amz-storage-class": "STANDARD",
    "x-amz-acl": "private",
}
UNSIGNED = ((b"Accept-Encoding", b"identity"), (b"User-Agent", b"Boto3/1.40.5 md/Botocore#1.40.5"))

REFERENCE = {
    "method": 4,
    "path": 40,
    "query": 10,
    "header:host": 50,
    **{header(name.lower()): 3 for name in SIGNED},
    "header:x-amz-content-sha256": 3,
    "header:x-amz-date": 3,
    "header-list": 4,
    "payload": 4,
    "timestamp": 8,
    "date": 4,
    "region": 10,
    "service": 2,
    "secret": 40,
}
"""Alternatives an axis: 200 on 19."""

Work = Callable[[], object]


def unsigned_put() -> AWSRequest:
    request = AWSRequest("PUT", URL, data=BODY)
    for name, value in SIGNED.items():
        request.headers[name] = value
    return request


def captured_put(signer: S3SigV4Auth) -> Request:
    """The PUT as it stands on the wire, signed by botocore."""
    request = unsigned_put()
    signer.add_auth(request)
    url = urlsplit(URL)
    lines = [(name.encode(), str(value).encode()) for name, value in request.headers.items()]
    headers = ((b"Host", url.netloc.encode()), *UNSIGNED, *lines, (b"Content-Length", b"5"))
    return Request(b"PUT", "https", url.netloc, 443, url.path.encode(), headers)


def seconds(work: Work, times: int = 1) -> float:
    """How long some work takes, once. Garbage is collected before, not meanwhile, as timeit has it."""
    gc.collect()
    gc.disable()
    began = time.perf_counter()
    for _ in range(times):
        work()
    took = (time.perf_counter() - began) / times
    gc.enable()
    return took


def compare(rounds: int, yardstick: Work, *works: Work, times: int) -> list[tuple[float, float]]:
    """For each of `works`, its least time and the median ratio of the yardstick's time to its own."""
    measured = [[seconds(each, times) for each in (yardstick, *works)] for _ in range(rounds)]
    base, *others = zip(*measured, strict=True)
    ratios = [[one / other for one, other in zip(base, times_of, strict=True)] for times_of in others]
    return [(min(base), 1.0), *((min(t), statistics.median(r)) for t, r in zip(others, ratios, strict=True))]


def say(label: str, took: float, ratio: float, goal: str = "") -> None:
    print(f"{took * 1e6:14.1f} us  {ratio:6.2f}  {label}" + (f"  (goal: {goal})" if goal else ""))


def verifying(signer: S3SigV4Auth, captured: Request, rounds: int) -> None:
    again = unsigned_put()
    signed = signed_request(captured, SENT)
    assert verify(signed, KEY).verdict == "verified"
    bare, known, read = compare(
        rounds,
        lambda: signer.add_auth(again),
        lambda: verify(signed, KEY),
        lambda: verify(signed_request(captured, SENT), KEY),
        times=500,
    )
    say("botocore signs a PUT with 9 signed headers (the yardstick)", *bare)
    say("verify it, its authorization read before", *known, "2")
    say("read its authorization and verify it", *read)


def reference(base: Problem) -> Iterator[Change]:
    """The fixed set. The values are of the usual length; none is what was signed."""
    for axis, count in REFERENCE.items():
        usual = base.parts.get(axis) or getattr(base.signing, axis, b"")
        for number in range(count):
            yield Change({axis: usual[:-3] + b"-%02d" % number}, f"another {axis}")


def bare_loop(count: int) -> Work:
    canonical, key, string = os.urandom(565), os.urandom(32), os.urandom(135)

    def run() -> None:
        for _ in range(count):
            hashlib.sha256(canonical).digest()
            hmac.digest(key, string, "sha256")

    return run


def searching(unsolved: Problem, rounds: int) -> None:
    register = [Registered("reference", "reference", "A fixed set.", reference)]
    alternatives = gather(unsolved, register)
    tried = [count_of(unsolved, alternatives, level) for level in (1, 2)]
    loop, gathering, singles, pairs, whole = compare(
        rounds,
        bare_loop(sum(tried)),
        lambda: gather(unsolved, register),
        lambda: count_of(unsolved, alternatives, 1),
        lambda: count_of(unsolved, alternatives, 2),
        lambda: solve(unsolved, 2, register),
        times=1,
    )
    rate = sum(tried) / loop[0]
    print(f"\n{loop[0] * 1e3:11.2f} ms          a bare loop, {sum(tried):,} times: {rate:,.0f}/s (the yardstick)")
    print(f"{gathering[0] * 1e3:11.2f} ms          {len(alternatives)} alternatives on {len(REFERENCE)} axes gathered")
    print(f"{singles[0] * 1e3:11.2f} ms          all {tried[0]} singles  (goal: 2)")
    print(f"{pairs[0] * 1e3:11.2f} ms          all {tried[1]:,} pairs  (goal: 60)")
    print(f"{sum(tried) / whole[0]:11,.0f} /s  {whole[1]:6.2f}  the whole search, gathering included  (goal: 0.5)")


def count_of(unsolved: Problem, alternatives: list[Alternative], level: int) -> int:
    """Search one level, from nothing."""
    return sum(batch.tried for batch in Candidates(unsolved, alternatives).level(level, bytes(32)))


def all_families(unsolved: Problem) -> None:
    hypotheses = all_hypotheses()
    gathering = seconds(lambda: gather(unsolved, hypotheses))
    alternatives = gather(unsolved, hypotheses)
    what = f"{len(alternatives)} alternatives of {len(hypotheses)} hypotheses"
    print(f"\n{gathering * 1e3:11.2f} ms          {what} gathered")
    for level in (1, 2):
        began = time.perf_counter()
        tried = count_of(unsolved, alternatives, level)
        took = time.perf_counter() - began
        print(f"{took * 1e3:11.2f} ms          all {tried:,} at level {level}: {tried / took:,.0f}/s")


def stream(size: int, chunk: int, captured: Request) -> tuple[SignedRequest, list[SignedChunk], bytes]:
    """A signed stream of that many bytes: its rows as they are stored, and the data of one chunk."""
    data = os.urandom(chunk)
    mode = b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
    lines = tuple((name, mode if name == b"X-Amz-Content-SHA256" else value) for name, value in captured.headers)
    signed = signed_request(replace(captured, headers=lines))
    key, scope = steps.signing_key(KEY.secret, *scope_of(signed)), steps.scope(*scope_of(signed))
    previous = (signed.authorization.signature or "").encode()
    hashed, rows = hashlib.sha256(data).hexdigest(), []
    for one in (*(chunk for _ in range(size // chunk)), 0):
        sha256 = hashed if one else EMPTY_DIGESTS.sha256
        text = steps.chunk_string_to_sign(timestamps_of(signed)[0], scope, previous, sha256.encode())
        previous = steps.signature(key, text)
        rows.append(SignedChunk(one, sha256, previous.decode()))
    return replace(signed, chunks=lambda: rows), rows, data


def following(captured: Request, size: int, rounds: int) -> None:
    """The chain on rows as they are stored, over the data, and over the stream with its framing."""
    signed, rows, data = stream(size, 64 * 1024, captured)
    assert verify_chain(signed, KEY).verdict == "verified"
    bare, stored, plain, framed = compare(
        rounds,
        lambda: hashed_bare(rows, data),
        lambda: verify_chain(signed, KEY),
        lambda: hashed_and_followed(signed, rows, data),
        lambda: read_and_followed(signed, rows, data),
        times=1,
    )
    print(f"\n{size / bare[0] / 1e6:11,.0f} MB/s        hashlib's SHA-256 (the yardstick)")
    for label, (took, ratio) in (
        ("chunks hashed and their signatures followed  (goal: 0.8)", plain),
        ("the same, out of the framed stream", framed),
    ):
        print(f"{size / took / 1e6:11,.0f} MB/s  {ratio:5.2f}  {label}")
    print(f"{stored[0] * 1e3:11.2f} ms          the chain of {len(rows):,} stored rows")


def hashed_bare(rows: list[SignedChunk], data: bytes) -> None:
    whole = hashlib.sha256()
    for row in rows:
        whole.update(data[: row.size])


def hashed_and_followed(signed: SignedRequest, rows: list[SignedChunk], data: bytes) -> None:
    chain = chain_of(signed, KEY)
    assert chain is not None
    for row in rows:
        assert chain.chunk(hashlib.sha256(data[: row.size]).hexdigest(), row.signature)


def read_and_followed(signed: SignedRequest, rows: list[SignedChunk], data: bytes) -> None:
    chain, decoder, hashing = chain_of(signed, KEY), Decoder(), hashlib.sha256()
    assert chain is not None
    for row in rows:
        line = b"%x;chunk-signature=%b\r\n" % (row.size, (row.signature or "").encode())
        for piece in (line, data[: row.size], b"\r\n"):
            for event in decoder.feed(piece):
                if isinstance(event, memoryview):
                    hashing.update(event)
                elif isinstance(event, Chunk):
                    assert chain.chunk(hashing.hexdigest(), event.signature)
                    hashing = hashlib.sha256()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--stream", type=int, default=1024, help="MiB of the stream")
    given = parser.parse_args()
    signer = S3SigV4Auth(Credentials(KEY.key_id, KEY.secret.decode()), "s3", "us-west-004")
    captured = captured_put(signer)
    unsolved = problem(signed_request(captured, SENT), Key(KEY.key_id, b"K002" + b"t" * 27))
    verifying(signer, captured, given.rounds)
    searching(unsolved, given.rounds)
    all_families(unsolved)
    following(captured, given.stream * 1024 * 1024, min(given.rounds, 3))


if __name__ == "__main__":
    main()
