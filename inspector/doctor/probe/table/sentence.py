"""Sentences of B2 that stand in no public trace."""

from __future__ import annotations

import base64
import hashlib

from inspector.doctor.probe.ask import Ask
from inspector.doctor.probe.model import Kind, Probe, Variant
from inspector.doctor.probe.table.query import LIST
from inspector.wire.headers import Header

_NONE, _OBJECT = b"/{b}/{p}none", b"/{b}/{p}object"


def _said(name: str, question: str, ask: Ask) -> Probe:
    return Probe(name, question, (Variant("sent", "", ask),), Kind.SAYS)


def _get(path: bytes, query: bytes = b"", *headers: Header) -> Ask:
    return Ask(path=path, query=query, headers=headers)


_DELETE = b"<Delete><Object>"
_MD5 = base64.b64encode(hashlib.md5(_DELETE, usedforsecurity=False).digest())

SENTENCES = (
    _said("no-such-key", "What is said of a key that is not there?", _get(_NONE)),
    _said("head-no-such-key", "Which length has the answer to HEAD of it?", Ask(b"HEAD", _NONE)),
    _said("no-such-bucket", "What is said of a bucket that is not there?", _get(b"/no-such-bucket-{t}/none")),
    _said("short-bucket-name", "What is said of a bucket's name of two letters?", _get(b"/xy/none")),
    _said("no-such-upload", "What is said of an upload that is not there?", _get(_NONE, b"uploadId=none")),
    _said("invalid-range", "What is said of a range behind the end?", _get(_OBJECT, b"", (b"Range", b"bytes=99-"))),
    _said("invalid-version", "What is said of a version id that is none?", _get(_OBJECT, b"versionId=none")),
    _said(
        "invalid-token",
        "What is said of a continuation token that is none?",
        Ask(query=b"continuation-token=none&list-type=2&max-keys=1&prefix={q}"),
    ),
    _said("invalid-max-keys", "What is said of max-keys=-1?", Ask(query=b"list-type=2&max-keys=-1&prefix={q}")),
    _said("bucket-policy", "What is said of GetBucketPolicy?", Ask(query=b"policy")),
    _said(
        "object-attributes",
        "What is said of GetObjectAttributes?",
        _get(_OBJECT, b"attributes", (b"X-Amz-Object-Attributes", b"ETag")),
    ),
    _said(
        "malformed-xml",
        "What is said of XML that breaks off? (DeleteObjects of nothing)",
        Ask(b"POST", query=b"delete", headers=((b"Content-MD5", _MD5),), body=_DELETE),
    ),
    _said(
        "session-token",
        "What is said of a session token?",
        LIST.but(headers=((b"X-Amz-Security-Token", b"none"),)),
    ),
    _said(
        "expected-owner",
        "What is said of another x-amz-expected-bucket-owner?",
        LIST.but(headers=((b"X-Amz-Expected-Bucket-Owner", b"000000000000"),)),
    ),
)
