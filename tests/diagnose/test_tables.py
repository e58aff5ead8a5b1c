"""The tables of causes, their document, and what the room imports."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from inspector.diagnose.advice import SDKS
from inspector.diagnose.finding import Cause
from inspector.diagnose.register import all_causes, all_rules, chapters
from inspector.sigv4.hypotheses.register import all_hypotheses

TREE = Path(__file__).parents[2]
CAUSES = tuple(all_causes().values())
SDK_NAMES = {name for _, name in SDKS}

PROMISED = [
    "key-wrong-secret",
    "key-secret-whitespace",
    "key-secret-url-encoded",
    "key-secret-plus-as-space",
    "key-secret-escaped",
    "key-secret-truncated",
    "key-swapped",
    "key-other-profile",
    "key-id-empty",
    "key-id-malformed",
    "key-wrong-cluster",
    "token-missing",
    "token-unsigned",
    "token-extra",
    "scope-wrong-region",
    "scope-region-typo",
    "scope-wrong-service",
    "scope-terminator",
    "scope-date-mismatch",
    "date-taken-twice",
    "date-local-time",
    "date-format",
    "date-vs-x-amz-date",
    "clock-skew",
    "stale-retry",
    "host-rewritten",
    "host-port-dropped",
    "host-default-port-included",
    "host-vhost-vs-path",
    "host-region-swapped",
    "host-case-dot-ipv6",
    "host-http2-authority",
    "host-redirect-followed",
    "path-double-encoded",
    "path-unencoded",
    "path-js-encode",
    "path-plus",
    "path-space",
    "path-tilde",
    "path-hex-case",
    "path-over-encoded",
    "path-slash-encoded",
    "path-unicode",
    "path-slashes-merged",
    "path-dot-segments",
    "path-trailing-slash",
    "path-empty",
    "path-prefix-stripped",
    "path-prefix-added",
    "path-bucket-missing",
    "query-unsorted",
    "query-sorted-as-strings",
    "query-sort-case",
    "query-valueless",
    "query-encoding",
    "query-double-encoded",
    "query-param-added",
    "query-param-removed",
    "query-tail-on-signature",
    "query-semicolon",
    "query-signature-included",
    "hdr-accept-encoding-changed",
    "hdr-conditional-stripped",
    "hdr-range-removed",
    "hdr-forwarded-signed",
    "hdr-expect",
    "hdr-hop-by-hop",
    "hdr-user-agent",
    "hdr-content-type",
    "hdr-content-length",
    "hdr-retry-counter",
    "hdr-duplicated",
    "hdr-whitespace",
    "hdr-non-ascii",
    "hdr-empty-dropped",
    "hdr-signed-absent",
    "hdr-unsigned-amz",
    "hdr-list-order",
    "payload-body-altered",
    "payload-gzip",
    "payload-empty-hash",
    "payload-unsigned-vs-hash",
    "payload-header-typo",
    "payload-retry-different",
    "chunk-signature",
    "chunk-seed-replaced",
    "chunk-framing",
    "chunk-decoded-length",
    "chunk-mode-mismatch",
    "trailer-signature",
    "trailer-missing",
    "trailer-checksum",
    "b2-checksum-unsupported",
    "presign-method",
    "presign-header-required",
    "presign-expired",
    "presign-not-yet",
    "presign-too-long",
    "presign-param-missing",
    "presign-both-auth",
    "presign-host-changed",
    "presign-param-added",
    "presign-url-mangled",
    "post-policy-bytes",
    "post-policy-fields",
    "sigv2-used",
    "sigv4a-used",
    "auth-missing",
    "auth-foreign",
    "auth-malformed",
    "impl-hex-chain",
    "impl-no-AWS4-prefix",
    "impl-scope-order",
    "impl-creq-not-hashed",
    "impl-crlf",
    "impl-no-blank-line",
    "impl-trailing-newline",
    "impl-hash-uppercase",
    "impl-signature-encoding",
    "impl-host-as-uri",
    "impl-header-case",
    "impl-method-lower",
    "impl-utf16",
    "sig-ok-locally-but-403",
    "sig-bad-locally-but-200",
    "key-proven",
    "unexplained",
]
"""The names that scripts may rely on."""


def test_no_name_of_a_cause_is_lost() -> None:
    """They are an interface."""
    assert set(PROMISED) <= all_causes().keys()


def test_every_hypothesis_has_its_cause() -> None:
    """What the search can prove can be told."""
    assert {one.cause for one in all_hypotheses()} <= all_causes().keys()


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.slug)
def test_a_row_says_all_that_a_reader_needs(cause: Cause) -> None:
    """A name that can be typed, one sentence of title, a fix in sentences, words of SDKs that are known."""
    assert re.fullmatch(r"[a-z0-9]+(-[A-Za-z0-9]+)*", cause.slug)
    assert cause.title
    assert not cause.title.endswith(".")
    assert cause.title[0].isupper() or cause.title.startswith("x-amz-")
    assert cause.fix.endswith((".", ")"))
    assert cause.about or cause.slug.startswith("impl-")
    assert set(cause.fixes) <= SDK_NAMES
    assert all(cause.fixes.values())
    assert set(cause.leads_to) <= all_causes().keys()
    assert not re.search(r"  |\n", cause.title + cause.fix + cause.about)


def test_nothing_leads_to_itself() -> None:
    """Else there would be no order."""
    causes = all_causes()

    def consequences(slug: str, path: tuple[str, ...] = ()) -> None:
        assert slug not in path
        for one in causes[slug].leads_to:
            consequences(one, (*path, slug))

    for slug in causes:
        consequences(slug)


def test_every_rule_says_what_it_sees() -> None:
    """In one sentence, as a register shows it."""
    for rule in all_rules():
        assert rule.words.endswith("."), rule.name
    assert len({rule.name for rule in all_rules()}) == len(all_rules())


def test_chapters_have_titles() -> None:
    """As the document and its contents show them."""
    titles = [chapter.title for chapter in chapters()]
    assert all(titles)
    assert len(set(titles)) == len(titles)


def test_the_document_is_that_of_the_tables() -> None:
    """`python docs/make_causes.py` writes it anew."""
    made = runpy.run_path(str(TREE / "docs" / "make_causes.py"))
    assert (TREE / "docs" / "causes.md").read_text(encoding="utf-8") == made["document"]()


def test_the_documents_links_lead_somewhere() -> None:
    """To a heading of its own."""
    text = (TREE / "docs" / "causes.md").read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.*)$", text, re.M)
    anchors = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\(#([^)]+)\)", text)) <= anchors


def test_diagnosing_takes_neither_proxy_nor_terminal_nor_database() -> None:
    """Findings are computed from values, wherever those come from."""
    code = (
        "import sys, inspector.diagnose.examine as e; from inspector.diagnose.register import all_causes, all_rules;"
        "all_rules(); all_causes();"
        "print([m for m in ('mitmproxy', 'textual', 'click', 'sqlite_utils', 'sqlite3') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=TREE, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr
