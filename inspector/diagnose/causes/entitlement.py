"""What a key may do.

B2 answers 403 AccessDenied to everything that a key may not do, and says `not entitled` whether it lacks a capability,
is limited to another bucket, or to names that begin otherwise. Which capability a call needs is documented for listing
buckets and deleting; for the rest it follows from the capabilities' names.
"""

from __future__ import annotations

from inspector.diagnose.finding import Cause, Fault

APP_KEYS = "backblaze.com/docs/cloud-storage-s3-compatible-app-keys"
CAPABILITIES = "backblaze.com/docs/cloud-storage-application-key-capabilities"
NAMES = "backblaze-labs/b2-sdk-typescript src/types/auth.ts"
NEW_KEY = "A key's capabilities cannot be changed: make a new one."
CREATE = "`b2 key create --bucket BUCKET NAME CAPABILITY,…` makes a key with exactly what it lists."

CAUSES = (
    Cause(
        slug="not-entitled",
        title="The key may not make this call",
        fault=Fault.CONFIGURATION,
        fix=f"Look what the key may do (`b2 key list --long`): capabilities, bucket, prefix of names. {NEW_KEY}"
        f" {CREATE}",
        about="B2 answers 403 AccessDenied: not entitled. The key and the signature are good. What is missing B2 does"
        " not say: the operation tells the capability that it needs, and calls of the same key that went well tell"
        " whether it is that, or the bucket, or the name.",
        sources=("rclone/rclone#4689", "eduardolat/pgbackweb#97", APP_KEYS),
    ),
    Cause(
        slug="not-entitled-bucket",
        title="The key is limited to another bucket",
        fault=Fault.CONFIGURATION,
        fix="Use the bucket that the key was made for, or make a key for this one. A key may name several buckets, or"
        f" none, which is all of them. {CREATE}",
        about="The same key could do the same in another bucket during this recording, so that it has the capability:"
        " what is left is its list of buckets.",
        sources=(APP_KEYS,),
    ),
    Cause(
        slug="not-entitled-list-buckets",
        title="The key may not list buckets",
        fault=Fault.CONFIGURATION,
        fix="Make the key with `Allow List All Bucket Names` (capability listAllBucketNames), or name the bucket in the"
        " tool's settings, so that it need not list.",
        fixes={
            "rclone": "Name the bucket: rclone lsd remote:BUCKET; `rclone lsd remote:` lists buckets.",
            "aws-cli": "aws s3 ls s3://BUCKET instead of `aws s3 ls`.",
            "cyberduck": "Put the bucket's name into the bookmark's field Path.",
            "s3cmd": "s3cmd ls s3://BUCKET instead of `s3cmd ls`.",
        },
        about="Many tools begin with ListBuckets (GET /), also those that were told a bucket. A key that is limited to"
        " buckets may do that only with listAllBucketNames.",
        sources=(APP_KEYS,),
    ),
    Cause(
        slug="not-entitled-name-prefix",
        title="The key may be limited to names that begin otherwise",
        fault=Fault.CONFIGURATION,
        fix="Use names, and prefixes of lists, that begin with the key's namePrefix (`b2 key list --long` shows it), or"
        " make a key without one.",
        about="A key can be limited to names with a prefix. Then a list without a prefix, or with one that begins"
        " otherwise, is refused like a write elsewhere: not entitled.",
        sources=("iterate-ch/cyberduck#14103", APP_KEYS),
    ),
    Cause(
        slug="not-entitled-create-bucket",
        title="The client makes the bucket before it uploads, and the key may not make buckets",
        fault=Fault.CONFIGURATION,
        fix="Tell the client that the bucket is there, or give the key writeBuckets.",
        fixes={
            "rclone": "no_check_bucket = true in rclone.conf, or --s3-no-check-bucket.",
            "restic": "Make the bucket in the console before `restic init`.",
        },
        about="A PUT of the bucket itself precedes the first upload; rclone does so with every bucket that it has not"
        " seen. Creating buckets needs writeBuckets, which keys that are limited to buckets do not have.",
        sources=("rclone/rclone#4689", "rclone/rclone#4703"),
    ),
    Cause(
        slug="not-entitled-read",
        title="The key may not read files",
        fault=Fault.CONFIGURATION,
        fix=f"Use a key with readFiles. {NEW_KEY} Or keep the client from reading back what it wrote.",
        fixes={"rclone": "--s3-no-head keeps rclone from reading back after an upload; else a key with readFiles."},
        about="A write-only key has no readFiles. HEAD needs it as GET does, and shows only 403 Forbidden, with a"
        " Content-Length of 139.",
        sources=(CAPABILITIES,),
    ),
    Cause(
        slug="not-entitled-write",
        title="The key may not write files",
        fault=Fault.CONFIGURATION,
        fix=f"Use a key with writeFiles (`Read and Write` or `Write Only` in the console). {NEW_KEY}",
        about="Uploads, every call of a multipart upload, copies and deletes without a version need writeFiles. A copy"
        " needs readFiles for its source, too.",
        sources=("eduardolat/pgbackweb#97", CAPABILITIES),
    ),
    Cause(
        slug="not-entitled-list",
        title="The key may not list files",
        fault=Fault.CONFIGURATION,
        fix=f"Use a key with listFiles. {NEW_KEY}",
        about="ListObjects, ListObjectVersions, ListMultipartUploads and ListParts need listFiles. A list without a"
        " prefix is refused, too, where the key is limited to a prefix.",
        sources=(CAPABILITIES,),
    ),
    Cause(
        slug="not-entitled-delete-version",
        title="The key may hide files, and not delete versions of them",
        fault=Fault.CONFIGURATION,
        fix="Give the key deleteFiles beside writeFiles. A delete without versionId needs writeFiles alone: it hides.",
        about="DeleteObject with a versionId, and DeleteObjects with versions in its body, delete for good and need"
        " deleteFiles. Without a version a hide marker is written, which needs writeFiles. Whether the key may is asked"
        " before Object Lock is.",
        sources=(APP_KEYS,),
    ),
    Cause(
        slug="not-entitled-lifecycle",
        title="The key may not read or write lifecycle rules",
        fault=Fault.CONFIGURATION,
        fix="Use a key with readBucketLifecycleRules and writeBucketLifecycleRules, or set the rules in the console.",
        about="Lifecycle rules belong to the bucket: a key that may do everything with files may not see them.",
        sources=(NAMES,),
    ),
    Cause(
        slug="not-entitled-object-lock-read",
        title="The key may not read or write locks or encryption",
        fault=Fault.CONFIGURATION,
        fix="Make the key with `b2 key create` (or b2_create_key) and name the capabilities: readBucketRetentions,"
        " readFileRetentions, readFileLegalHolds, readBucketEncryption, and the write… ones where they are written."
        " Keys made in the console do not get those of files' retentions.",
        about="Object Lock, retention, legal hold and default encryption each have capabilities of their own.",
        sources=("vatesfr/xen-orchestra#7195", NAMES),
    ),
    Cause(
        slug="cannot-access-bucket",
        title="The file is not there, and B2 says so only to keys that may list buckets",
        fault=Fault.CONFIGURATION,
        fix="Make a key with listBuckets beside its other capabilities, so that a missing file is answered 404"
        " NoSuchKey as clients expect.",
        about="A key without listBuckets that asks for a file that does not exist hears 403 AccessDenied, Cannot access"
        " bucket. Clients that probe for a file before they write it take that for a failure. Adding listBuckets alone"
        " cured it in the one report there is.",
        sources=("kopia/kopia#5329",),
    ),
    Cause(
        slug="bucket-not-s3-enabled",
        title="The bucket is older than B2's S3 API, and not reachable through it",
        fault=Fault.CONFIGURATION,
        fix="Make a new bucket and copy the files (`b2 sync`, or rclone with its b2 backend), or use the native API.",
        about="Buckets from before the S3 API began in 2020 have no S3 endpoint; the console shows none for them.",
        sources=("WWBN/AVideo#5884",),
    ),
    Cause(
        slug="expected-bucket-owner-mismatch",
        title="x-amz-expected-bucket-owner names another account",
        fault=Fault.CLIENT,
        fix="Leave x-amz-expected-bucket-owner (ExpectedBucketOwner) out, or set it to the account's id: 12 hex digits,"
        " those between the third and the last ten of any keyID. AWS account ids do not fit.",
        about="B2 compares the header with the bucket's account and answers 403 Access Denied where they differ.",
        sources=("www.backblaze.com/apidocs/s3-put-object", "www.backblaze.com/apidocs/s3-upload-part-copy"),
    ),
    Cause(
        slug="object-lock-protected",
        title="The version is under retention or a legal hold",
        fault=Fault.CONFIGURATION,
        fix="Wait until the retention ends, or lift the legal hold. In governance mode a key with bypassGovernance may"
        " send x-amz-bypass-governance-retention: true; in compliance mode nobody may.",
        fixes={
            "boto3": "s3.delete_object(…, VersionId=V, BypassGovernanceRetention=True)",
            "aws-cli": "aws s3api delete-object … --version-id V --bypass-governance-retention",
        },
        about="What B2's S3 API says to this has not been published. GetObjectRetention and GetObjectLegalHold show"
        " what holds the version.",
        sources=("Backblaze/B2_Command_Line_Tool#910",),
    ),
    Cause(
        slug="object-lock-existing-bucket",
        title="Object Lock cannot be switched on for an existing bucket through the S3 API",
        fault=Fault.CLIENT,
        fix="Switch it on in the console or with b2_update_bucket and fileLockEnabled=true (`b2 bucket update"
        " --file-lock-enabled BUCKET`), or make the bucket with x-amz-bucket-object-lock-enabled: true.",
        fixes={
            "boto3": "s3.create_bucket(Bucket=B, ObjectLockEnabledForBucket=True); for one that is there:"
            " b2 bucket update --file-lock-enabled B",
            "aws-cli": "aws s3api create-bucket --object-lock-enabled-for-bucket …; for one that is there: b2 bucket"
            " update --file-lock-enabled B",
        },
        about="PutObjectLockConfiguration on a bucket that was made without Object Lock is answered 400. The native API"
        " does it.",
        sources=("backblaze-labs/b2-mcp#22", "backblaze-labs/b2-mcp#26"),
    ),
)
