"""Payload, chunks and trailers.

`x-amz-content-sha256` holds the body's hash, or a word that says how the body is signed: not at all, or in chunks of
which each has a signature of its own. The word is signed with the headers; the body is checked against it.
"""

from __future__ import annotations

from inspector.diagnose.causes.wording import CHECKSUMS
from inspector.diagnose.finding import Cause, Fault

CAUSES = (
    Cause(
        slug="payload-body-altered",
        title="The body is not the one whose hash was signed",
        fault=Fault.CLIENT,
        fix="Send the bytes that were hashed: serialise once, and hand that same buffer to signer and HTTP library;"
        " look for middleware and proxies that rewrite bodies.",
        about="The hash in x-amz-content-sha256 and that of the recorded body differ. Where the signature verifies, the"
        " head is untouched and the body alone was changed. AWS answers XAmzContentSHA256Mismatch.",
        sources=("lua-resty-aws#2", "aws/aws-sdk-js-v3#6893", "versity/versitygw: incorrect_payload_hash"),
    ),
    Cause(
        slug="payload-gzip",
        title="The body's hash was taken over another form of it",
        fault=Fault.CLIENT,
        fix="Compress, convert and format the body first; hash and send the result.",
        about="The signed hash is that of the body before it was compressed or after it was decompressed, with other"
        " line ends, another encoding, or JSON and XML formatted otherwise.",
    ),
    Cause(
        slug="payload-empty-hash",
        title="The hash of an empty body was signed, and there is a body",
        fault=Fault.CLIENT,
        fix="Hash the body before signing, or sign UNSIGNED-PAYLOAD over https.",
        fixes={"curl": "-H 'x-amz-content-sha256: UNSIGNED-PAYLOAD', which curl then signs."},
        about="e3b0c442… is the SHA-256 of nothing: the signer ran before the body was set, or had a stream that was"
        " read to its end.",
        sources=("lua-resty-aws#2", "minio: skipContentSha256Cksum"),
    ),
    Cause(
        slug="payload-unsigned-vs-hash",
        title="The last line that was signed is another one than the request says",
        fault=Fault.CLIENT,
        fix="Sign the very text that is sent in x-amz-content-sha256; in a presigned URL UNSIGNED-PAYLOAD.",
        about="UNSIGNED-PAYLOAD, the body's hash and the hash of nothing are mistaken for each other, in presigned URLs"
        " above all, where S3 wants UNSIGNED-PAYLOAD and generic signers write the hash of an empty body.",
        sources=("aws-request-signer#13", "amplify-js#14604"),
    ),
    Cause(
        slug="payload-header-typo",
        title="x-amz-content-sha256 is neither a hash nor a known word",
        fault=Fault.CLIENT,
        fix="Send 64 hex digits in lower case, UNSIGNED-PAYLOAD, or one of the STREAMING-… words.",
        about="Base64, capitals, a misspelt word, or the text `undefined`.",
        sources=("arnemolland/sigv4#8",),
    ),
    Cause(
        slug="payload-hash-missing",
        title="The request does not say how its payload is signed",
        fault=Fault.CLIENT,
        fix="Send x-amz-content-sha256, and sign it along.",
        fixes={
            "curl": "-H 'x-amz-content-sha256: UNSIGNED-PAYLOAD', which curl then signs; older ones do not send the"
            " header by themselves.",
        },
        about="S3 wants x-amz-content-sha256 in every request that is signed in its header; other services do without."
        " Some servers take the body's own hash for it. What B2 does is not documented.",
        sources=("AWS documentation: Authenticating Requests, Authorization header",),
    ),
    Cause(
        slug="payload-retry-different",
        title="An attempt was sent with another body than the one that was signed",
        fault=Fault.CLIENT,
        fix="Rewind the stream before each attempt, or hand over bytes or a file that can be read again.",
        about="The first attempt consumed the stream, and the next one sends the rest of it, or nothing, under the"
        " first one's hash.",
        sources=("wojtekmach/req#564",),
    ),
    Cause(
        slug="chunk-signature",
        title="The signature of a chunk does not match",
        fault=Fault.CLIENT,
        fix="Sign each chunk over the signature before it, the hash of nothing and the hash of its own data.",
        about="Each chunk of STREAMING-AWS4-HMAC-SHA256-PAYLOAD signs: the algorithm's name, timestamp, scope, the"
        " signature before it (the first one: that of the Authorization header), the hash of nothing, the hash of its"
        " data. The finding names the first chunk that breaks the chain, and where its data begins.",
        sources=("gaul/s3proxy#205", "gaul/s3proxy#1027", "trinodb/aws-proxy#102", "aws-sdk-ios#174"),
    ),
    Cause(
        slug="chunk-data-altered",
        title="The data of a chunk is not what was signed",
        fault=Fault.PATH,
        fix="Look for what rewrites bodies between the signer and here: compression, line ends, an antivirus, a"
        " gateway.",
        about="One chunk does not match its signature, and the next one goes on from that very signature: so the signer"
        " made it, over other data.",
    ),
    Cause(
        slug="chunk-seed-replaced",
        title="The chunks go on from another signature than the header's",
        fault=Fault.PATH,
        fix="What signs the headers again must sign the chunks again, too, or send the payload unsigned.",
        about="A proxy or gateway put a signature of its own into the Authorization header and left the chunks as they"
        " were, whose chain begins with the client's.",
        sources=("clyso/chorus#265",),
    ),
    Cause(
        slug="chunk-framing",
        title="The aws-chunked framing is broken",
        fault=Fault.CLIENT,
        fix="Write each chunk as its size in hex, CRLF, data, CRLF, and end with a chunk of size 0; chunks of 8 KiB to"
        " 1 MiB, but for the last.",
        fixes={
            "js": "new S3Client({ requestStreamBufferSize: 64 * 1024 }) gathers small writes of a stream into chunks"
            " that are large enough.",
        },
        about="A size that is no hex number, a missing CRLF, no final chunk, chunks under 8 KiB before the last (AWS"
        " refuses them), or over 1 MiB (B2 has said: exceeds 1 MiB maximum).",
        sources=("versity/versitygw: signed_streaming", "s3s: aws_chunked_stream", "benbjohnson/litestream#747"),
        leads_to=("chunk-signature", "chunk-data-altered", "chunk-decoded-length"),
    ),
    Cause(
        slug="chunk-decoded-length",
        title="The announced length is not that of the payload",
        fault=Fault.CLIENT,
        fix="Send x-amz-decoded-content-length with the payload's length, and Content-Length with that of the frame.",
        about="Two lengths describe a body in chunks: the payload's own, and the one with sizes and signatures.",
        sources=("versity/versitygw: decoded_content_length_mismatch",),
    ),
    Cause(
        slug="chunk-mode-mismatch",
        title="x-amz-content-sha256 and the body's framing do not belong together",
        fault=Fault.CLIENT,
        fix="Send the STREAMING-… word that fits the frame, with Content-Encoding: aws-chunked, or a plain body with"
        " its hash.",
        fixes=CHECKSUMS,
        about="The word says signed chunks and the chunks carry no signatures, or the other way round; or nothing says"
        " that there is a frame, and a server would store it as data: an object that begins with a hex number and"
        " chunk-signature=.",
        sources=("multistore#92", "s3-orchestrator#1536", "seaweedfs#6517"),
    ),
    Cause(
        slug="trailer-signature",
        title="The signature of the trailers does not match",
        fault=Fault.CLIENT,
        fix="Sign the trailers as lines name:value, each with a line feed, over the last chunk's signature.",
        about="x-amz-trailer-signature covers AWS4-HMAC-SHA256-TRAILER, timestamp, scope, the signature of the final"
        " chunk and the hash of the trailer lines.",
        sources=("versity/versitygw: trailer tests", "aws-c-auth: trailer vectors"),
    ),
    Cause(
        slug="trailer-missing",
        title="Announced trailers and those that came differ",
        fault=Fault.CLIENT,
        fix="Announce in x-amz-trailer exactly what is sent behind the last chunk.",
        fixes=CHECKSUMS,
        about="A trailer is announced and does not come, comes unannounced, or should be signed and is not. A proxy"
        " that takes the frame off loses the trailers with it.",
        sources=("versity/versitygw: trailer tests",),
    ),
    Cause(
        slug="trailer-checksum",
        title="The checksum in the trailers is not that of the payload",
        fault=Fault.CLIENT,
        fix="Compute the checksum over the payload as it is sent, without its frame, and send its bytes in base64.",
        fixes=CHECKSUMS,
        about="Either the payload was changed on its way, or the checksum is one of another algorithm or form (hex for"
        " base64, bytes in the wrong order).",
        sources=("versity/versitygw: trailer tests",),
    ),
    Cause(
        slug="b2-checksum-unsupported",
        title="B2 does not take a checksum header that newer SDKs send by default",
        fault=Fault.CONFIGURATION,
        fix="Tell the SDK to send checksums only where an operation demands them.",
        fixes=CHECKSUMS,
        about="Since the beginning of 2025 AWS's SDKs add a CRC32 to every upload and ask for one on every download. B2"
        " answered InvalidArgument: Unsupported header 'x-amz-checksum-crc32' (or x-amz-sdk-checksum-algorithm,"
        " x-amz-trailer, x-amz-checksum-mode). Reports of 2024 and 2025; later ones show the headers accepted."
        " DeleteObjects sends its checksum whatever the setting. It is not a fault of the signature, though tools"
        " report it as one.",
        sources=(
            "home-assistant/core#143995",
            "iterate-ch/cyberduck#16107",
            "jschneier/django-storages#1498",
            "diced/zipline#746",
            "minio/mc#5072",
        ),
    ),
)
