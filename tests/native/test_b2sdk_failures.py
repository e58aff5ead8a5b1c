"""What goes wrong with the real b2sdk: recorded, explained, and shown in lists."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("b2sdk")

from support.native_programs import FAILURES
from support.native_server import KEYS, names, native_server

from inspector.demo.certificates import make_certificates

pytestmark = pytest.mark.slow

CAP = (
    "Cannot download file, download bandwidth or transaction (Class B) cap exceeded. See the Caps & Alerts page to"
    " increase your cap."
)

OFTEN = "60 calls/minute allowed for: b2_list_keys"

Recorded = tuple[Path, subprocess.CompletedProcess[str]]

EXPECTED = [
    # operation, status, code; the first finding and how sure it is
    ("b2_authorize_account", 401, "unauthorized", "native-unauthorized-empty", "likely"),
    ("b2_upload_file", 503, "service_unavailable", "native-pod-busy", "certain"),
    ("b2_upload_file", 503, "service_unavailable", "native-pod-busy", "certain"),
    ("b2_upload_file", 403, "storage_cap_exceeded", "native-storage-cap", "certain"),
    ("b2_download_file_by_name", 403, "download_cap_exceeded", "native-download-cap", "certain"),
    ("b2_download_file_by_name", 401, "expired_auth_token", "native-expired-auth-token", "certain"),
    ("b2_download_file_by_name", 404, "not_found", "native-file-not-found", "certain"),
    ("b2_download_file_by_name", 404, None, "native-file-not-found", "likely"),
    ("b2_delete_file_version", 400, "file_not_present", "native-file-not-present", "certain"),
    ("b2_list_keys", 429, "too_many_requests", "native-too-many-requests", "certain"),
    ("b2_upload_file", 400, "bad_request", "native-sha1-mismatch", "certain"),
    ("b2_upload_file", 401, "bad_auth_token", "native-bad-auth-token", "certain"),
]
"""In the order in which the program meets them."""


def inspector(directory: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    keys = {"B2_APPLICATION_KEY_ID": KEYS[0], "B2_APPLICATION_KEY": KEYS[1]}
    clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environ = clean | keys | {"B2_INSPECTOR_HOME": str(directory / "home"), "PYTHONWARNINGS": "ignore"} | more
    command = [sys.executable, "-m", "inspector", *words]
    return subprocess.run(command, cwd=directory, env=environ, capture_output=True, text=True, timeout=200, check=False)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """The program's calls, and what `run` said of them."""
    directory = tmp_path_factory.mktemp("failures")
    (directory / "fail.py").write_text(FAILURES, encoding="utf-8")
    certificates = make_certificates(directory, names())
    with native_server(certificates, named=True) as b2:
        b2.refuse("b2_upload_file", 503, "service_unavailable", "no tomes available", times=2)
        b2.refuse("b2_upload_file", 200, "")  # the third goes through
        b2.refuse("b2_upload_file", 403, "storage_cap_exceeded")
        b2.refuse("b2_download_file_by_name", 403, "download_cap_exceeded", CAP)
        b2.refuse("b2_download_file_by_name", 401, "expired_auth_token")
        b2.refuse("b2_list_keys", 429, "too_many_requests", OFTEN, Retry_After="0")
        options = [*b2.connect_to, "--upstream-ca", str(certificates.authority)]
        done = inspector(directory, "run", "-r", "calls.db", *options, "--", sys.executable, "fail.py")
    assert done.returncode == 0, done.stderr
    return directory, done


def explained(directory: Path, *words: str) -> list[dict[str, Any]]:
    told = inspector(directory, "explain", "-r", "calls.db", "--json", *words).stdout
    return [json.loads(line) for line in told.splitlines()]


def test_each_failure_has_its_cause(recorded: Recorded) -> None:
    """Every call that failed, in order, and no other; the words that somebody published stand beside it."""
    directory, done = recorded
    found = explained(directory, "is:error")
    first = [one["findings"][0] for one in found]
    told = [
        (one["operation"], one["status"], one["error_code"], finding["cause"], finding["certainty"])
        for one, finding in zip(found, first, strict=True)
    ]
    assert told == EXPECTED, done.stdout
    assert "0" * 40 in first[10]["seen"]
    assert f"SHA-1 of the recorded body: {hashlib.sha1(b'torn').hexdigest()}" in first[10]["seen"]


def test_retries_are_attempts_of_one_call(recorded: Recorded) -> None:
    """A busy pod: the same upload, three times, to whatever host; then b2sdk gives a cap back at once."""
    found = explained(recorded[0], "op:b2_upload_file")
    attempts = [one["retries"]["attempt"] for one in found]
    assert attempts == [1, 2, 3, 1, 1, 1]
    assert [one["retries"]["again"] for one in found] == [True, True, None, False, None, None]


def test_a_bucket_that_is_not_there_is_told_though_no_call_failed(recorded: Recorded) -> None:
    """b2sdk raises NonExistentBucket on an empty list."""
    (found,) = [one for one in explained(recorded[0], "op:b2_list_buckets") if one["findings"]]
    assert [(one["cause"], one["certainty"]) for one in found["findings"]] == [("native-bucket-not-listed", "hint")]


def test_lists_and_lint_speak_of_them(recorded: Recorded) -> None:
    """`run` ends with the findings; `ls` has file and code; `lint` is for S3's API, and says so."""
    directory, done = recorded
    assert "native-storage-cap" in done.stderr
    assert KEYS[1] not in done.stderr
    listed = inspector(directory, "ls", "-r", "calls.db", "op:b2_upload_file").stdout
    assert "busy.txt" in listed
    assert "busy.txt  service_unavailable" in listed
    linted = inspector(directory, "lint", "-r", "calls.db")
    assert (linted.returncode, linted.stderr) == (3, "b2-inspector: no S3 call matched\n")
