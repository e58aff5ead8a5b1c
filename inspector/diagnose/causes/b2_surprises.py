"""Surprises on calls that went well.

What B2 does otherwise than AWS without saying so. Never more than a hint.
"""

from __future__ import annotations

from inspector.diagnose.finding import Cause, Fault

CAUSES = (
    Cause(
        slug="delete-only-hides",
        title="The delete only hid the file; its versions stay, and are billed",
        fault=Fault.CONFIGURATION,
        fix="Set the bucket's lifecycle to keep only the last version, or delete with a versionId (capability"
        " deleteFiles).",
        fixes={
            "boto3": "s3.delete_object(Bucket=…, Key=…, VersionId=…) for each version that list_object_versions gives.",
            "aws-cli": "aws s3api delete-object --bucket … --key … --version-id …",
            "js": "new DeleteObjectCommand({ Bucket, Key, VersionId })",
            "go": "VersionId in the s3.DeleteObjectInput.",
            "terraform": "force_destroy = true deletes all versions of a bucket before the bucket itself.",
        },
        about="B2 keeps versions of every file, in every bucket. A delete without a version puts a marker on top:"
        " listings do not show the file any more, and it still takes room.",
        sources=("EnterpriseDB/barman#1197", "parse-community/parse-server-s3-adapter#111", "papra-hq/papra#1354"),
    ),
    Cause(
        slug="etag-not-md5",
        title="The ETag is not the MD5 of the file",
        fault=Fault.CLIENT,
        fix="Do not compare it with an MD5; compare sizes, or a checksum of your own in x-amz-meta-….",
        about="Files that were uploaded in parts have an ETag of the form …-N, over the MD5s of the parts, even where"
        " there is one part.",
    ),
    Cause(
        slug="content-type-normalised",
        title="B2 writes the Content-Type without white space",
        fault=Fault.CLIENT,
        fix="Compare media types by their parts, not as text.",
        about="What was stored as text/plain; charset=utf-8 comes back as text/plain;charset=utf-8.",
    ),
    Cause(
        slug="lifecycle-reads-back-double",
        title="One rule of B2's comes back as two",
        fault=Fault.CLIENT,
        fix="Expect it where configurations are compared, in Terraform plans above all.",
        about="A rule that hides files after some days is told in S3's words by two rules on the same prefix:"
        " Expiration after Days, and ExpiredObjectDeleteMarker.",
        sources=("apidocs/s3-get-lifecycle-configuration",),
    ),
    Cause(
        slug="put-retry-duplicates",
        title="The same upload was made twice, and left two versions",
        fault=Fault.CLIENT,
        fix="Let the bucket's lifecycle keep only the last version.",
        about="Where the answer to an upload is lost, the SDK sends it again, and B2 keeps both. The same holds for a"
        " program that uploads what is there already.",
        sources=("backblaze-labs/b2-sdk-typescript",),
    ),
    Cause(
        slug="range-zero-ignored",
        title="A range over the whole file is answered 200, not 206",
        fault=Fault.CLIENT,
        fix="Take a 200 for the whole file, or name the last byte: bytes=0-N.",
        about="Range: bytes=0- gives the whole file with status 200 and without Content-Range. Seen at the download"
        " hosts in 2023, and confirmed by Backblaze; players and CDN workers that insist on 206 stumble over it.",
        sources=("backblaze-b2-samples/cloudflare-b2#7",),
    ),
)
