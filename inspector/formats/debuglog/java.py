"""AWS SDK for Java, at DEBUG of `software.amazon.awssdk.auth` or `.http.auth` (version 2), `com.amazonaws.auth` (1).

Version 2, DefaultV4RequestSigner (before 2.21 AbstractAws4Signer): `"AWS4 Canonical Request: " + canonicalRequest`,
then a line with its hash, then `"AWS4 String to sign: " + stringToSign`. Version 1, AWS4Signer: the same, with "Sign",
and both texts between '" and ". No signature is printed.
"""

from __future__ import annotations

from inspector.formats.debuglog.shape import Mark, Shape

SHAPE = Shape(
    "aws-sdk-java",
    Mark(b"AWS4 Canonical Request: ", rb"AWS4 Canonical Request: (?:'\")?", inline=True),
    Mark(b"AWS4 String to ", rb"AWS4 String to [Ss]ign: (?:'\")?", inline=True),
)
