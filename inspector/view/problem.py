"""Troubles of a recording that belong to no single call: what each kind is, and where more of it is seen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from inspector.diagnose.finding import Finding
from inspector.diagnose.problem import problem_finding
from inspector.store.beside import Session, StoredProblem, Tunnel
from inspector.store.filters import Node, Op, Term
from inspector.store.filters.tree import both

KINDS = {
    "bad-request": "The proxy could not read a request, so it reached no server.",
    "proxy-limit": "Something that the proxy cannot pass on; without it the call may have gone well.",
    "proxy-error": "The proxy itself failed. What was under way may be missing here.",
    "tls-refused-by-client": "A client did not trust the recorder's certificate. Its calls are not here.",
    "tls-left-by-client": "A client closed its connection before TLS stood, and said no word. Some do so where they do"
    " not trust a certificate; others had only changed their mind.",
    "tls-failed": "What came from a client is no TLS, or none of a version that is still spoken.",
    "upstream-tls": "No TLS connection to the server could be made, or its certificate was refused.",
    "upstream-unreachable": "No connection to the server could be made.",
    "not-recorded": "Calls went on without being recorded.",
    "recorder-restarted": "The writer was started anew. What it had not read yet was read then.",
    "recorder-lost": "The recorder fell behind or could not write: calls or bytes of bodies are missing here.",
    "bodies-cut": "Bodies are not whole here. Digests, sizes and chunk signatures are of the whole ones all the same.",
    "nothing-came": "No call came through the recorder in this session: the program made none, or it does not know the"
    " proxy.",
    "not-decrypted": "A host that looks like object storage was passed on unread.",
}
"""What a kind of trouble means, in a sentence."""

_STORAGE = re.compile(r"(^|[.-])(s3|minio|storage|objects?|r2|wasabisys|digitaloceanspaces)([.-]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One trouble. `at` in Unix seconds; `calls` finds the calls that it is about, None where there are none."""

    name: str
    at: float
    session: int
    kind: str
    host: str
    text: str
    finding: Finding | None = None
    fix: str = ""
    calls: Node | None = None


def troubles(
    problems: Iterable[StoredProblem], sessions: Iterable[Session], tunnels: Iterable[Tunnel], cut: dict[int, int]
) -> list[Trouble]:
    """All of them, the newest first. `cut`: how many calls of a session have bodies that are not whole."""
    known = {session.id: session for session in sessions}
    found = [
        *map(_of_problem, problems),
        *(trouble for session in known.values() for trouble in _of_session(session, cut.get(session.id, 0))),
        *(_of_tunnel(tunnel, known) for tunnel in tunnels if _STORAGE.search(tunnel.host)),
    ]
    return sorted(found, key=lambda trouble: (-trouble.at, trouble.name))


def _of_problem(stored: StoredProblem) -> Trouble:
    problem = stored.problem
    near = None
    if problem.host:
        near = both([_of(stored.session), Term("host", Op.IS, problem.host)])
    return Trouble(
        f"problem {stored.id}",
        problem.at,
        stored.session,
        problem.kind,
        problem.host,
        problem.text,
        problem_finding(problem),
        calls=near,
    )


def _of_session(session: Session, cut: int) -> Iterator[Trouble]:
    def trouble(kind: str, text: str, fix: str, calls: Node | None = None) -> Trouble:
        return Trouble(f"{kind} {session.id}", session.started_at, session.id, kind, "", text, None, fix, calls)

    if session.lost_exchanges or session.lost_bytes:
        lost = f"{session.lost_exchanges:,} calls and {session.lost_bytes:,} bytes of bodies were lost"
        yield trouble("recorder-lost", lost, "Record on a disk with room, and keep less: --keep-body 1M.")
    if cut:
        some = both([_of(session.id), Term("is", Op.IS, "truncated")])
        yield trouble(
            "bodies-cut", f"{cut:,} calls with bodies that were cut", "Keep them whole: --keep-body all.", some
        )
    if not session.exchanges and session.kind != "import" and session.ended_at is not None:
        words = f"{session.program or session.name or session.kind} ended without a recorded call"
        yield trouble("nothing-came", words, "See which clients ignore proxies, and what to do: docs/clients.md.")


def _of_tunnel(tunnel: Tunnel, sessions: dict[int, Session]) -> Trouble:
    session = sessions.get(tunnel.session)
    return Trouble(
        f"tunnel {tunnel.session} {tunnel.host}:{tunnel.port}",
        session.started_at if session else 0.0,
        tunnel.session,
        "not-decrypted",
        tunnel.host,
        f"{tunnel.connections:,} connections to port {tunnel.port} were passed on unread",
        fix=f"If its calls are wanted: --host {tunnel.host}",
    )


def _of(session: int) -> Node:
    return Term("session", Op.IS, str(session))
