"""aws-crt, the C runtime that signs for S3 clients of several SDKs, at INFO of AuthSigning (`init_logging`).

aws-c-auth, source/signing.c: "Signing successfully built canonical request for algorithm SigV4, with contents \\n...",
the same of the string-to-sign, and the "final authorization value".
"""

from __future__ import annotations

from inspector.formats.debuglog.shape import Mark, Shape

SHAPE = Shape(
    "aws-crt",
    Mark(b"built canonical request for", rb"successfully built canonical request for algorithm \S+ with contents"),
    Mark(b"built string-to-sign via", rb"successfully built string-to-sign via algorithm \S+ with contents"),
    Mark(
        b"built final authorization value via",
        rb"successfully built final authorization value via algorithm \S+ with contents",
    ),
)
