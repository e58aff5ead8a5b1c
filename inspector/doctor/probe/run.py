"""Sends the probes, one after the other, and takes away what they left."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from inspector.doctor.probe.ask import Ask, Bench, Built, built
from inspector.doctor.probe.model import Kind, Probe, Seen, Variant
from inspector.s3.errors import read_error
from inspector.s3.xml import local_name, parse, texts
from inspector.sending.address import Address, SendError
from inspector.sending.line import head_of
from inspector.sending.once import Answer, send
from inspector.wire.headers import get

PATIENCE = 30.0
ATTEMPTS = 3
LONGEST_WAIT = 10.0
"""Seconds: of one request, and between two attempts, whatever Retry-After says."""
_TRANSIENT = (429, 500, 503)
_ROUNDS = 4

Sender = Callable[[Built], Awaitable[Answer]]
Watch = Callable[[Probe, Variant, Seen], None]


@dataclass(frozen=True, slots=True)
class Result:
    """A probe and what came back, for as many of its variants as were sent."""

    probe: Probe
    seen: tuple[Seen, ...]


@dataclass(slots=True)
class Cleaned:
    """What was found below the prefix and taken away. `left`: what is still there; `problem`: why it is not known.

    `names` are keys behind the prefix: the names under which the uploads were stored.
    """

    names: list[str] = field(default_factory=list)
    removed: int = 0
    left: list[str] = field(default_factory=list)
    problem: str | None = None


class Probing:
    """One probing of one service. `pause`: seconds between two requests."""

    def __init__(self, bench: Bench, address: Address, pause: float = 0.0) -> None:
        self.bench = bench
        self.results: list[Result] = []
        self.header_names: set[str] = set()
        self._address = address
        self._pause = pause

    async def run(self, probes: Sequence[Probe], watch: Watch = lambda *_: None) -> None:
        """Send them; `results` grows as they are answered. Not to get an answer is one, too."""
        for probe in probes:
            seen: list[Seen] = []
            self.results.append(Result(probe, ()))
            for variant in probe.variants:
                seen.append(await self.ask(variant))
                self.results[-1] = Result(probe, tuple(seen))
                watch(probe, variant, seen[-1])
                if probe.kind is Kind.EITHER and seen[-1].genuine:
                    break

    async def ask(self, variant: Variant) -> Seen:
        """One request, tried again where the service is in trouble."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = await self._send(variant.ask)
            except SendError as error:
                seen = Seen(variant.label, None, error.failure.kind, error.failure.text)
            else:
                seen = self._seen(variant, answer)
                if seen.status not in _TRANSIENT:
                    return seen
            if attempt < ATTEMPTS:
                await asyncio.sleep(_wait(seen.retry_after, attempt))
        return seen

    async def _send(self, ask: Ask) -> Answer:
        await asyncio.sleep(self._pause)
        ready = built(ask, self.bench, time.time())
        answer = await send(self._address, head_of(ready.request), ready.body, timeout=PATIENCE)
        self.header_names |= {name.decode("latin-1").lower() for name, _ in answer.response.headers}
        return answer

    def _seen(self, variant: Variant, answer: Answer) -> Seen:
        error = read_error(answer.body)
        length = get(answer.response.headers, b"content-length") or b""
        retry_after = get(answer.response.headers, b"retry-after")
        return Seen(
            variant.label,
            answer.response.status,
            error.code if error else "",
            self.anonymous(error.message) if error else "",
            int(length) if length.isdigit() else None,
            _echo(answer.body, self.bench.prefix),
            retry_after.decode("latin-1") if retry_after else None,
        )

    def anonymous(self, text: str) -> str:
        """A text of the service without what tells whose account it is."""
        bench = self.bench
        text = (
            text.replace(bench.prefix, "<prefix>")
            .replace(bench.token, "<prefix>")
            .replace(bench.key.key_id, "<key id>")
        )
        return re.sub(rf"(?<![\w-]){re.escape(bench.bucket)}(?![\w-])", "<bucket>", text)

    # Cleaning up

    async def clean(self) -> Cleaned:
        """Remove every version, marker and unfinished upload below the prefix; says what could not be."""
        done = Cleaned()
        refused = ""
        try:
            for _ in range(_ROUNDS):
                found = await self._versions()
                done.names = sorted({*done.names, *(key for key, _ in found)})
                done.left = [key for key, _ in found]
                if not found:
                    break
                for key, version in found:
                    refused = await self._delete(key, version, done) or refused
            await self._abort_uploads(done)
        except SendError as error:
            done.problem = error.failure.text
        if done.left and refused:
            done.problem = refused
        return done

    async def _versions(self) -> list[tuple[str, str]]:
        """Keys behind the prefix with their version ids; a server that has no versions lists its keys."""
        answer = await self._send(Ask(query=b"prefix={q}&versions"))
        found = _listed(answer, ("Version", "DeleteMarker"), "VersionId")
        if found is None:
            answer = await self._send(Ask(query=b"list-type=2&prefix={q}"))
            found = _listed(answer, ("Contents",), "VersionId")
        if found is None:
            raise SendError("bad-response", f"the prefix cannot be listed (status {answer.response.status})")
        start = self.bench.prefix
        return [(key.removeprefix(start), version) for key, version in found if key.startswith(start)]

    async def _delete(self, key: str, version: str, done: Cleaned) -> str:
        """Delete one version; gives why it could not be."""
        query = b"versionId=" + quote(version, safe="").encode() if version and version != "null" else b""
        answer = await self._send(Ask(b"DELETE", b"/{b}/{p}" + quote(key).encode(), query))
        if answer.response.status < 300:
            done.removed += 1
            return ""
        error = read_error(answer.body)
        return f"{answer.response.status} {error.code}: {error.message}" if error else f"{answer.response.status}"

    async def _abort_uploads(self, done: Cleaned) -> None:
        """No probe begins a multipart upload; a service that read one otherwise may have."""
        answer = await self._send(Ask(query=b"prefix={q}&uploads"))
        for key, upload in _listed(answer, ("Upload",), "UploadId") or []:
            if key.startswith(self.bench.prefix):
                query = b"uploadId=" + quote(upload, safe="").encode()
                await self._send(Ask(b"DELETE", b"/{b}/" + quote(key).encode(), query))
                done.removed += 1


def _wait(retry_after: str | None, attempt: int) -> float:
    asked = float(retry_after) if retry_after and retry_after.isdigit() else float(attempt)
    return min(asked, LONGEST_WAIT)


def _echo(body: bytes, prefix: str) -> str | None:
    """What a listing says its prefix was, behind the probe's own."""
    root = parse(body)
    if root is None or local_name(root) != "ListBucketResult":
        return None
    said = texts(root).get("Prefix", "")
    return said.removeprefix(prefix) if said.startswith(prefix) else None


def _listed(answer: Answer, elements: tuple[str, ...], identity: str) -> list[tuple[str, str]] | None:
    """Key and id of each element of a listing; None where it is none."""
    root = parse(answer.body) if answer.response.status == 200 else None
    if root is None or local_name(root) == "Error":
        return None
    entries = (texts(child) for child in root if local_name(child) in elements)
    return [(entry["Key"], entry.get(identity, "")) for entry in entries if "Key" in entry]
