"""AWS SDK for Go with `aws.LogSigning` (version 2) or `aws.LogDebugWithSigning` (1), and its heirs.

aws/signer/v4/v4.go, logSignInfoMsg: one message with both texts under headings; the URL behind them where one was
presigned, and no signature otherwise. https://github.com/aws/aws-sdk-go-v2/blob/main/aws/signer/v4/v4.go
"""

from __future__ import annotations

from inspector.formats.debuglog.shape import Mark, Shape

SHAPE = Shape(
    "aws-sdk-go",
    Mark(b"---[ CANONICAL STRING", rb"---\[ CANONICAL STRING +\]-+"),
    Mark(b"---[ STRING TO SIGN", rb"---\[ STRING TO SIGN +\]-+"),
    Mark(b"---[ SIGNED URL", rb"---\[ SIGNED URL +\]-+"),
)
