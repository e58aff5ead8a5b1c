"""Checksums and Content-MD5.

What B2 makes of the digests that clients send along. From the end of 2024 SDKs sent checksums by default; B2 refused
those headers by name until about July 2025 and takes them since, so the answer decides, not the header. The sentences
are told where B2 said them.
"""

from __future__ import annotations

from collections.abc import Mapping

from inspector.diagnose.causes.wording import CHECKSUMS
from inspector.diagnose.finding import Cause, Fault

MINIO = "With minio-go SendContentMd5: true in PutObjectOptions; with mc: mc cp --md5, which its help no longer names."

CYBERDUCK = "Take the newest connection profile for Backblaze B2 (S3), which leaves these headers out."
"""iterate-ch/profiles#89."""

ON_UPLOAD: Mapping[str, str] = {**CHECKSUMS, "minio": MINIO, "cyberduck": CYBERDUCK}

CONTENT_MD5 = {
    "boto3": "put_object(..., ContentMD5=base64.b64encode(hashlib.md5(body).digest()).decode()); or leave"
    " request_checksum_calculation at its default, which sends a CRC32.",
    "aws-cli": 'aws s3api put-object --content-md5 "$(openssl md5 -binary FILE | base64)" …; or take'
    " request_checksum_calculation = when_required out of ~/.aws/config.",
    "js": "new PutObjectCommand({ ..., ContentMD5: md5InBase64 }); or leave requestChecksumCalculation at its default.",
    "go": "ContentMD5: aws.String(md5InBase64) in the s3.PutObjectInput.",
    "java": "PutObjectRequest.builder().contentMD5(md5InBase64)",
    "php": "'ContentMD5' => base64_encode(md5($body, true))",
    "ruby": "put_object(..., content_md5: Digest::MD5.base64digest(body))",
    "dotnet": "new PutObjectRequest { MD5Digest = md5InBase64 }",
    "rclone": "disable_checksum = false in rclone.conf, which is the default.",
    "minio": MINIO,
}
"""Where the Content-MD5 of an upload goes."""

CAUSES = (
    Cause(
        slug="checksum-header-put",
        title="B2 refused the checksum that the SDK adds to uploads",
        fault=Fault.CONFIGURATION,
        fix="Tell the SDK to send checksums only where an operation demands them.",
        fixes=ON_UPLOAD,
        about="Newer SDKs add x-amz-checksum-crc32 (or another x-amz-checksum-… header) to every upload: JavaScript"
        " v3.729, Java v2.30, Go service/s3 1.73 and their contemporaries of January 2025. B2 refused it by name until"
        " about July 2025.",
        sources=("aws/aws-sdk-js-v3#6810", "timmyomahony/craft-remote-backup#63", "concourse/s3-resource#192"),
        leads_to=("b2-checksum-unsupported",),
    ),
    Cause(
        slug="checksum-sdk-algorithm-header",
        title="B2 refused the header in which the SDK names its checksum's algorithm",
        fault=Fault.CONFIGURATION,
        fix="Tell the SDK to send checksums only where an operation demands them.",
        fixes=CHECKSUMS,
        about="x-amz-sdk-checksum-algorithm goes with every upload of boto3 1.36, the AWS CLI 2.23, Terraform 1.6 and"
        " later ones. Over https botocore sends the checksum itself in a trailer, so this is the header that B2 names.",
        sources=(
            "aws/aws-cli#9214",
            "home-assistant/core#143995",
            "hashicorp/terraform#34099",
            "velero-io/velero#7534",
        ),
        leads_to=("b2-checksum-unsupported",),
    ),
    Cause(
        slug="checksum-algorithm-header",
        title="B2 refused a multipart upload that declares a checksum algorithm",
        fault=Fault.CONFIGURATION,
        fix="Tell the client to send Content-MD5 instead, or checksums only where an operation demands them.",
        fixes=ON_UPLOAD,
        about="x-amz-checksum-algorithm stands in CreateMultipartUpload of minio-go without SendContentMd5 and of"
        " boto3's upload_file since 1.36. Programs on minio-go have settings of their own: Gitea"
        " MINIO_CHECKSUM_ALGORITHM = md5, Mimir -…s3.send-content-md5.",
        sources=("root-gg/plik#508", "t2bot/matrix-media-repo#414", "siderolabs/omni#1114"),
        leads_to=("b2-checksum-unsupported",),
    ),
    Cause(
        slug="checksum-mode-header",
        title="B2 refused a download that asks for checksums",
        fault=Fault.CONFIGURATION,
        fix="Tell the SDK to ask for checksums only where an operation demands them.",
        fixes={
            **CHECKSUMS,
            "terraform": "AWS_RESPONSE_CHECKSUM_VALIDATION=when_required; skip_s3_checksum does not reach downloads.",
        },
        about="x-amz-checksum-mode: ENABLED goes with GET and HEAD of SDKs that validate what they download. On HEAD"
        " there is no sentence, but the length of one: 198 bytes.",
        sources=("vatesfr/xen-orchestra#8358", "hashicorp/terraform#36704", "minio/mc#5072"),
        leads_to=("b2-checksum-unsupported",),
    ),
    Cause(
        slug="trailer-upload",
        title="B2 refused an upload with its checksum in a trailer",
        fault=Fault.CONFIGURATION,
        fix="Tell the SDK to send checksums only where an operation demands them, or send a body with Content-Length.",
        fixes=CHECKSUMS,
        about="x-amz-trailer announces a checksum behind an aws-chunked body, without a Content-Length. B2 refused the"
        " header in the spring of 2025 (a reporter found a file of no bytes left behind) and reads such bodies since"
        " the autumn.",
        sources=("tailscale/tailscale#16124",),
        leads_to=("b2-checksum-unsupported",),
    ),
    Cause(
        slug="when-required-not-enough",
        title="The operation sends a checksum whatever the setting says",
        fault=Fault.CONFIGURATION,
        fix="Delete one by one, or send Content-MD5 in the checksum's place by a hook of the SDK.",
        fixes={
            "boto3": 'Delete one by one, or in client.meta.events.register("before-sign.s3.DeleteObjects", hook) take'
            " the x-amz-checksum-crc32 and x-amz-sdk-checksum-algorithm out and put Content-MD5 in.",
            "js": 'client.middlewareStack.add(next => async args => …, { step: "build" }): take out x-amz-checksum-*'
            " and x-amz-sdk-checksum-algorithm, put in Content-MD5.",
        },
        about="DeleteObjects, PutObjectAcl, PutBucketLifecycleConfiguration, PutBucketCors, PutObjectRetention and"
        " others are marked in AWS's model as demanding a checksum. SDKs used to send Content-MD5 there and send a"
        " CRC32 now, with when_required too (measured with boto3 1.44 and JavaScript 3.1169).",
        sources=("aws/aws-sdk-js-v3#6920",),
        leads_to=("b2-checksum-unsupported",),
    ),
    Cause(
        slug="tagging-header",
        title="B2 refuses uploads that carry object tags",
        fault=Fault.CONFIGURATION,
        fix="Switch tags off; x-amz-meta-… headers can say what tags said.",
        fixes={
            "boto3": "Leave Tagging= out of put_object, copy_object and ExtraArgs; Metadata={…} can take its place.",
            "aws-cli": "No --tagging; with aws s3 cp between buckets --copy-props metadata-directive.",
            "js": "Leave Tagging out of PutObjectCommand and CreateMultipartUploadCommand.",
            "go": "Leave Tagging out of the s3.PutObjectInput.",
            "minio": "Leave tags= out of put_object and copy_object; with mc: no --tags.",
            "terraform": "No tags in aws_s3_object, no default_tags in the provider.",
        },
        about="x-amz-tagging is refused, even when it is empty (still so in 2026); x-amz-tagging-directive is ignored.",
        sources=("Intrinsec/s3proxy#34", "velero-io/velero-plugin-for-aws#299", "apidocs/s3-copy-object"),
    ),
    Cause(
        slug="unsupported-header",
        title="B2 refuses a header of this call",
        fault=Fault.CLIENT,
        fix="Stop the client from sending the header that the sentence names.",
        about="B2 does not ignore the headers of AWS's that it has no use for: it refuses the call and names one.",
        sources=("iterate-ch/cyberduck#16107",),
    ),
    Cause(
        slug="request-body-too-small",
        title="Fewer bytes of the body reached B2 than were announced",
        fault=Fault.UNKNOWN,
        fix="Send the part again from a body that can be rewound; look for what re-frames or cuts bodies on the way.",
        fixes={
            "go": "Hand over an io.ReadSeeker (bytes.Reader, *os.File), so that a retry begins at the start; newer"
            " releases of the SDK.",
        },
        about="Content-Length, or x-amz-decoded-content-length of an aws-chunked body, promised more than came: a"
        " reader ended early, a connection was cut, a retry sent a stream that was read already, or chunks were counted"
        " wrongly. Some reports have no cause to this day.",
        sources=("tus/tusd#1302", "wal-g/wal-g#1741", "velero-io/velero#9184"),
    ),
    Cause(
        slug="presigned-put-empty-crc32",
        title="The presigned URL carries the checksum of an empty body",
        fault=Fault.CONFIGURATION,
        fix="Tell the SDK that presigns to send checksums only where an operation demands them.",
        fixes=CHECKSUMS,
        about="The presigner of AWS's JavaScript SDK puts x-amz-checksum-crc32=AAAAAA== into the URL of a PUT, the"
        " CRC32 of nothing, as the body is not known yet: wrong for every body. With WHEN_REQUIRED it is not there"
        " (measured with 3.1169).",
        sources=("aws/aws-sdk-js-v3#6810",),
    ),
    Cause(
        slug="object-lock-missing-md5",
        title="A bucket with Object Lock wants a Content-MD5, and the upload has none",
        fault=Fault.CLIENT,
        fix="Send Content-MD5, or leave the SDK's own checksum on.",
        fixes=CONTENT_MD5,
        about="A bucket with a default retention, or an upload with x-amz-object-lock-… headers, wants a digest. It is"
        " the other side of when_required: botocore since 1.36 then sends neither a CRC32 nor a Content-MD5.",
        sources=("sebastianfeldmann/phpbu#320", "drakkan/sftpgo#1336", "vatesfr/xen-orchestra#7195"),
    ),
    Cause(
        slug="object-lock-md5-or-checksum",
        title="An upload with Object Lock parameters has neither Content-MD5 nor a checksum",
        fault=Fault.CLIENT,
        fix="Send Content-MD5, or leave the SDK's own checksum on.",
        fixes=CONTENT_MD5,
        about="As object-lock-missing-md5, in other words, which AWS uses, too.",
        sources=("zmanda/amanda#275",),
    ),
    Cause(
        slug="bad-digest",
        title="Content-MD5 or a checksum header is not that of the body",
        fault=Fault.CLIENT,
        fix="Compute the digest of the very bytes that are sent, and send it in base64 (not in hex).",
        about="The body was changed after it was hashed, by the program or by something between, or the digest is one"
        " of another form. What B2 says to it has not been published; the finding compares the recorded bytes.",
        sources=("AWS documentation: error code BadDigest",),
    ),
    Cause(
        slug="trailer-malformed",
        title="B2 could not read the trailer behind an aws-chunked body",
        fault=Fault.UNKNOWN,
        fix="Tell the SDK to send checksums only where an operation demands them; look for what re-frames the body.",
        fixes=CHECKSUMS,
        about="A trailer that is announced and does not come, or comes unannounced, or a frame that something between"
        " has touched. Seen at B2 from December 2025 to January 2026; Litestream switched aws-chunked off for it.",
        sources=("benbjohnson/litestream#918", "benbjohnson/litestream#941", "benbjohnson/litestream#947"),
        leads_to=("chunk-framing",),
    ),
    Cause(
        slug="aws-chunk-too-large",
        title="A chunk of the aws-chunked body is larger than B2 takes",
        fault=Fault.CONFIGURATION,
        fix="Do without aws-chunked: checksums only where an operation demands them; or chunks of 1 MiB at most.",
        fixes=CHECKSUMS,
        about="The limit of 1 MiB is that of a chunk of the frame, not of a part. Reported once, in September 2025.",
        sources=("benbjohnson/litestream#747", "benbjohnson/litestream#796"),
        leads_to=("chunk-framing",),
    ),
)
