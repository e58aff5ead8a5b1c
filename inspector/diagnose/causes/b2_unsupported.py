"""What B2's S3-compatible API does not have.

Calls, headers and values that AWS knows and B2 refuses.
"""

from __future__ import annotations

from inspector.diagnose.finding import Cause, Fault

CAUSES = (
    Cause(
        slug="conditional-write",
        title="B2 has no conditional writes",
        fault=Fault.CONFIGURATION,
        fix="Switch conditional writes off in the program and use another lock; If-Match and If-None-Match work on"
        " reads alone.",
        fixes={
            "terraform": 'use_lockfile = false in backend "s3".',
            "boto3": "Leave IfNoneMatch and IfMatch out of put_object and complete_multipart_upload.",
            "aws-cli": "No --if-none-match and --if-match.",
            "js": "Leave IfNoneMatch and IfMatch out of PutObjectCommand.",
            "go": "Leave IfNoneMatch and IfMatch out of the s3.PutObjectInput.",
            "obstore": 'S3Store(..., conditional_put="disabled") or the variable AWS_CONDITIONAL_PUT=disabled; write'
            ' with mode="overwrite".',
        },
        about="A PUT with If-None-Match or If-Match is answered 501, not ignored. Terraform's use_lockfile, Lance,"
        " ZeroFS and others that keep locks or logs in a bucket need it.",
        sources=(
            "sathinduga/obsidian-s3-sync-and-backup#78",
            "hashicorp/terraform#37143",
            "lance-format/lance#5614",
            "Barre/ZeroFS#95",
            "influxdata/influxdb#27260",
        ),
    ),
    Cause(
        slug="post-object",
        title="B2 does not take browser form uploads",
        fault=Fault.CLIENT,
        fix="Upload by a presigned PUT URL instead of a form with a policy.",
        fixes={
            "boto3": 's3.generate_presigned_url("put_object", Params={"Bucket": …, "Key": …}) in the place of'
            " generate_presigned_post.",
            "js": "getSignedUrl(client, new PutObjectCommand({ Bucket, Key })) in the place of createPresignedPost.",
            "minio": "client.presigned_put_object(bucket, key) in the place of presigned_post_policy.",
            "go": "s3.NewPresignClient(client).PresignPutObject(…) in the place of PresignPostObject.",
            "php": "$s3->createPresignedRequest($s3->getCommand('PutObject', …), '+1 hour') in the place of"
            " PostObjectV4.",
        },
        about="POST Object, the multipart/form-data upload with a policy, is answered 501.",
        sources=("knadh/listmonk#617", "safebucket/safebucket#1278", "rhnvrm/simples3#17"),
    ),
    Cause(
        slug="api-call-not-supported",
        title="B2 does not have this call",
        fault=Fault.CLIENT,
        fix="Do without the call; set the thing up in B2's console or by its native API, if B2 has it at all.",
        about="B2's S3-compatible API lists the calls that it has; the others are answered 501.",
        sources=("knadh/listmonk#617", "minio/minio#12552", "appleboy/docker-backup-database#14"),
    ),
    Cause(
        slug="unsupported-subresource",
        title="The call is not among those that B2 lists",
        fault=Fault.CLIENT,
        fix="Remove the argument or resource that makes the call; B2's own event notifications, replication and bucket"
        " settings stand in B2's console and native API.",
        fixes={
            "terraform": "Take the aws_s3_bucket_… resource for it out, or manage the bucket with Backblaze's own"
            " provider (b2_bucket).",
            "rclone": "no_check_bucket = true in rclone.conf keeps rclone from creating and probing buckets.",
        },
        about="Website, policy, notification, accelerate, request payment, replication, analytics, metrics, inventory,"
        " intelligent tiering, ownership controls, public access block, torrent, select, restore, object attributes:"
        " none of these is listed. B2's words for most of them have not been published.",
        sources=("backblaze.com/docs/cloud-storage-call-the-s3-compatible-api",),
    ),
    Cause(
        slug="object-tagging-call",
        title="B2 has no tags",
        fault=Fault.CLIENT,
        fix="Do not tag; x-amz-meta-… headers of an upload can say what tags said.",
        fixes={
            "terraform": "No tags in aws_s3_object and aws_s3_bucket, no default_tags in the provider.",
            "aws-cli": "With aws s3 cp between buckets --copy-props metadata-directive.",
        },
        about="PutObjectTagging, DeleteObjectTagging and bucket tags are not supported. GetObjectTagging answers, and"
        " the set is always empty.",
        sources=("stv0g/gose#42",),
    ),
    Cause(
        slug="storage-class",
        title="B2 knows one storage class, STANDARD",
        fault=Fault.CONFIGURATION,
        fix="Send no storage class, or STANDARD.",
        fixes={
            "boto3": 'Leave StorageClass out, or StorageClass="STANDARD".',
            "aws-cli": "No --storage-class, or --storage-class STANDARD.",
            "rclone": "storage_class empty in rclone.conf.",
            "restic": "restic -o s3.storage-class=STANDARD …",
            "s3cmd": "No --storage-class, and storage_class empty in ~/.s3cfg.",
            "js": 'Leave StorageClass out, or StorageClass: "STANDARD".',
            "go": "Leave StorageClass out of the s3.PutObjectInput.",
        },
        about="x-amz-storage-class with any other class is refused.",
        sources=("gobackup/gobackup#155",),
    ),
    Cause(
        slug="sse-kms",
        title="B2 has no KMS keys",
        fault=Fault.CONFIGURATION,
        fix="Ask for AES256, or for nothing (new buckets encrypt with SSE-B2 anyway).",
        fixes={
            "boto3": 'ServerSideEncryption="AES256", no SSEKMSKeyId.',
            "aws-cli": "--sse AES256, no --sse-kms-key-id.",
            "js": 'ServerSideEncryption: "AES256", no SSEKMSKeyId.',
            "rclone": "server_side_encryption = AES256 in rclone.conf, sse_kms_key_id empty.",
            "terraform": 'No kms_key_id in backend "s3"; sse_algorithm = "AES256" in aws_s3_bucket_…encryption….',
        },
        about="x-amz-server-side-encryption: aws:kms and the headers about KMS keys are not supported, only AES256"
        " (SSE-B2) and keys of one's own (SSE-C). B2's words have not been published.",
        sources=("backblaze.com/docs/cloud-storage-s3-compatible-api",),
    ),
    Cause(
        slug="sse-c-headers",
        title="The headers of a customer's own key are not all there, or do not fit each other",
        fault=Fault.CLIENT,
        fix="Send algorithm (AES256), key (32 bytes in base64) and the key's MD5 (base64) with every call about the"
        " file, and for copies the x-amz-copy-source-… set, too.",
        fixes={
            "boto3": 'SSECustomerAlgorithm="AES256", SSECustomerKey=key (32 bytes); boto3 adds the MD5.',
            "aws-cli": "--sse-c AES256 --sse-c-key fileb://key.bin",
        },
        about="SSE-C takes three headers, on uploads, parts, downloads and heads alike, and https. What B2 says where"
        " one is missing has not been published.",
        sources=("backblaze.com/docs/cloud-storage-use-sse-with-customer-managed-keys-ssec",),
    ),
    Cause(
        slug="canned-acl-unsupported",
        title="The canned ACL is not the bucket's own",
        fault=Fault.CONFIGURATION,
        fix="Send no x-amz-acl, or the bucket's own value, and make the bucket public or private as it shall be.",
        fixes={
            "boto3": "Leave ACL= out of put_object, create_multipart_upload and ExtraArgs.",
            "aws-cli": "No --acl.",
            "js": "Leave ACL out of PutObjectCommand; multer-s3: no acl.",
            "go": "Leave ACL out of the s3.PutObjectInput.",
            "rclone": 'acl = (empty) in rclone.conf, or --s3-acl "".',
            "php": "Flysystem and Laravel: no 'visibility'; otherwise leave 'ACL' out of putObject.",
            "ruby": "No acl:; Paperclip: s3_permissions as the bucket is, private or public-read.",
            "s3cmd": "Neither --acl-public nor --acl-private.",
            "terraform": 'No acl in aws_s3_object and backend "s3".',
        },
        about="B2 knows private and public-read, and objects always have their bucket's ACL: private on a public bucket"
        " is refused, and so is public-read on a private one.",
        sources=("saltbo/zpan#126", "AzuraCast/AzuraCast#7322", "webrecorder/browsertrix#3495"),
    ),
    Cause(
        slug="object-acl-mismatch",
        title="An object cannot have another ACL than its bucket",
        fault=Fault.CONFIGURATION,
        fix="Do not set the object's ACL; make the bucket public or private.",
        fixes={"rclone": 'acl = (empty) in rclone.conf, or --s3-acl "".', "boto3": "Leave put_object_acl out."},
        about="B2's introduction says that setting another ACL than the bucket's results in a 403; its words have not"
        " been published.",
        sources=("backblaze.com/docs/cloud-storage-s3-compatible-api",),
    ),
    Cause(
        slug="acl-grants-xml",
        title="B2 takes canned ACLs only, no grants",
        fault=Fault.CONFIGURATION,
        fix="Send x-amz-acl: private or public-read instead of grants or an AccessControlPolicy.",
        fixes={
            "boto3": 'put_bucket_acl(Bucket=…, ACL="private") without AccessControlPolicy= and Grant…=.',
            "aws-cli": "--acl private instead of --grants, --grant-read or --access-control-policy.",
        },
        about="x-amz-grant-… headers and ACLs in XML are not supported.",
        sources=("backblaze.com/docs/cloud-storage-s3-compatible-api",),
    ),
    Cause(
        slug="public-bucket-needs-payment",
        title="A public bucket needs a verified e-mail address and a payment history",
        fault=Fault.CONFIGURATION,
        fix="Verify the address and add a payment method in B2's console, or keep the bucket private.",
        about="B2's native API says so by the codes email_not_verified and no_payment_history. Its S3 words have not"
        " been published.",
        sources=("Backblaze/b2-sdk-python: exception.py",),
    ),
    Cause(
        slug="lifecycle-unsupported",
        title="The lifecycle configuration uses something that B2 does not have",
        fault=Fault.CONFIGURATION,
        fix="Write rules of a prefix and Days; give each Expiration of Days a twin with ExpiredObjectDeleteMarker true"
        " on the same prefix.",
        fixes={
            "terraform": "filter { prefix = … }, expiration { days = … } and a second rule with"
            " expiration { expired_object_delete_marker = true }; no transition, no newer_noncurrent_versions.",
        },
        about="Transitions, Expiration by Date, ExpiredObjectDeleteMarker false, NewerNoncurrentVersions, Status"
        " Disabled, filters by anything but a prefix, prefixes that overlap, an Expiration without its twin.",
        sources=("apidocs/s3-put-lifecycle-configuration",),
    ),
)
