"""s3cmd with `--debug`.

S3/Crypto.py, sign_request_v4: `debug("Canonical Request:\\n%s\\n----------------------")`, then
`debug("signature-v4 headers: %s")` with the Authorization among them. The string to sign is never printed.
"""

from __future__ import annotations

from inspector.formats.debuglog.shape import Mark, Shape

SHAPE = Shape(
    "s3cmd",
    Mark(b"Canonical Request:", rb"(?<!AWS4 )\bCanonical Request:"),
    signature=Mark(b"signature-v4 headers: ", rb"signature-v4 headers: .*?Signature=(?=[0-9a-f]{64}\b)", inline=True),
)
