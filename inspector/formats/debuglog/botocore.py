"""botocore: boto3 with `boto3.set_stream_logger("botocore")`, and `aws --debug`, versions 1 and 2.

botocore/auth.py, SigV4Auth.add_auth: `logger.debug("CanonicalRequest:\\n%s")`, `"StringToSign:\\n%s"` and
`"Signature:\\n%s"`, three records of the logger botocore.auth, presigned URLs included.
"""

from __future__ import annotations

from inspector.formats.debuglog.shape import Mark, Shape

SHAPE = Shape(
    "botocore",
    Mark(b"CanonicalRequest:", rb"\bCanonicalRequest:"),
    Mark(b"StringToSign:", rb"\bStringToSign:"),
    Mark(b"Signature:", rb"(?<![\w-])Signature:"),
)
