"""The rules of lint: level, words, era and sources of each. What sees them is in `heads`, `bodies` and `uploads`."""

from __future__ import annotations

from inspector.diagnose.lint.model import Level, LintRule

ERROR, WARNING, NOTE = Level.ERROR, Level.WARNING, Level.NOTE

CALLS_PAGE = "backblaze.com/docs/cloud-storage-call-the-s3-compatible-api"
API_PAGE = "backblaze.com/docs/cloud-storage-s3-compatible-api"
NAMING = "backblaze-labs/b2-sdk-typescript: b2-naming.ts"
LARGE_FILES = "backblaze.com/docs/cloud-storage-create-large-files-with-the-native-api"
AS_LISTED = "as B2's documentation listed its calls in 2026"
AS_DOCUMENTED = "as B2's documentation stood in 2026"
CHECKSUM_ERA = "refused until about July 2025, taken since"

RULES = (
    # Calls
    LintRule(
        "unsupported-subresource",
        ERROR,
        "A call that is not among those that B2 lists",
        "Do without the call, or set the thing up in B2's console or by its native API.",
        AS_LISTED,
        (CALLS_PAGE,),
    ),
    LintRule("post-object", ERROR, "A browser's form upload", "Presign a PUT instead.", "2021 to 2026",
             ("knadh/listmonk#617", "safebucket/safebucket#1278")),
    LintRule("object-tagging-call", ERROR, "Tags are written, or a bucket's read", "Do not tag.", AS_LISTED,
             ("stv0g/gose#42",)),
    LintRule("tagging-stub", WARNING, "Tags are read: B2 always answers an empty set",
             "Keep in x-amz-meta-… headers what tags should say.", AS_DOCUMENTED, ("stv0g/gose#42",), refused=False),
    LintRule("unknown-call", WARNING, "A call that neither AWS nor B2 documents",
             "Find out what the client wants by it; B2 answers 501 to what it does not know.", AS_LISTED,
             (CALLS_PAGE,)),
    LintRule("object-lock-existing-bucket", WARNING, "Object Lock is configured by PutObjectLockConfiguration",
             "Create the bucket with Object Lock, or switch it on by the native b2_update_bucket: B2 refuses this on a"
             " bucket that was made without.", "June 2026", ("backblaze-labs/b2-mcp#22", "backblaze-labs/b2-mcp#26")),
    # Headers
    LintRule("tagging-header", ERROR, "An upload or copy carries tags (x-amz-tagging)",
             "Leave the tags out; even an empty header is refused.", "still refused in 2026",
             ("Intrinsec/s3proxy#34", "velero-io/velero-plugin-for-aws#299")),
    LintRule("tagging-directive", NOTE, "x-amz-tagging-directive is ignored", "Nothing need be done.", AS_DOCUMENTED,
             ("apidocs/s3-copy-object",), refused=False),
    LintRule("conditional-write", ERROR, "A write with If-None-Match or If-Match",
             "Switch conditional writes off and lock by other means.", "501 in 2025 and 2026",
             ("sathinduga/obsidian-s3-sync-and-backup#78", "influxdata/influxdb#27260")),
    LintRule("storage-class", ERROR, "A storage class other than STANDARD", "Send none, or STANDARD.", AS_DOCUMENTED,
             ("gobackup/gobackup#155",)),
    LintRule("sse-kms", ERROR, "Encryption under a KMS key", "Ask for AES256, or for nothing.", AS_DOCUMENTED,
             (API_PAGE,)),
    LintRule("sse-c-headers", WARNING, "Headers of a customer's own key that are not complete",
             "Send algorithm (AES256), key and the key's MD5 together.", AS_DOCUMENTED, (API_PAGE,)),
    LintRule("canned-acl-unsupported", ERROR, "A canned ACL other than private and public-read",
             "Send no x-amz-acl; make the bucket private or public.", "2022 to 2026",
             ("saltbo/zpan#126", "webrecorder/browsertrix#3495")),
    LintRule("acl-of-the-bucket", NOTE, "A canned ACL on an object: it must be the bucket's own, else B2 refuses it",
             "Send no x-amz-acl; objects have their bucket's ACL.", "2024", ("AzuraCast/AzuraCast#7322",)),
    LintRule("acl-grants-xml", ERROR, "Grants, in headers or XML", "Send a canned ACL: private or public-read.",
             AS_DOCUMENTED, (API_PAGE,)),
    LintRule("object-acl-mismatch", WARNING, "PutObjectAcl: an object's ACL is always its bucket's",
             "Leave the call out; make the bucket private or public.", AS_DOCUMENTED, (API_PAGE,)),
    LintRule("header-not-documented", WARNING, "A header that B2's documentation does not know",
             "Leave it out: B2 refuses headers by name.", AS_DOCUMENTED, ("iterate-ch/cyberduck#16107",)),
    LintRule("expected-bucket-owner", NOTE, "x-amz-expected-bucket-owner: B2 compares it with its own account id",
             "Leave it out, or name B2's account id (12 hex digits); another one is answered 403.", AS_DOCUMENTED,
             ("apidocs/s3-put-object",)),
    # Checksums
    LintRule("b2-checksum-unsupported", NOTE, "Checksum headers that newer SDKs send by default",
             "Where B2 refuses them: checksums only when required.", CHECKSUM_ERA,
             ("aws/aws-sdk-js-v3#6810", "tus/tusd#1302")),
    LintRule("checksum-refused", ERROR, "Checksum headers that B2 refused in these very calls",
             "Tell the SDK to send checksums only where an operation demands them.", CHECKSUM_ERA,
             ("aws/aws-sdk-js-v3#6810", "tus/tusd#1302"), cause="b2-checksum-unsupported"),
    LintRule("trailer-upload", NOTE, "Uploads in aws-chunked with a checksum in the trailer",
             "Where B2 refuses them: checksums only when required.",
             "refused until about July 2025; errors about trailers until January 2026",
             ("tailscale/tailscale#16124", "benbjohnson/litestream#918")),
    LintRule("chunk-signed-unknown", NOTE, "Chunks with signatures of their own: nothing published says that B2 checks"
             " them", "Sign UNSIGNED-PAYLOAD over https, or the body's hash, to be sure.", "open in 2026",
             ("Genbox/SimpleS3#55",)),
    LintRule("object-lock-missing-md5", ERROR, "An upload with Object Lock parameters and without any digest",
             "Send Content-MD5, or leave the SDK's checksum on.", "2023 to 2026",
             ("sebastianfeldmann/phpbu#320", "drakkan/sftpgo#1336")),
    LintRule("presigned-put-empty-crc32", WARNING, "A presigned URL with the CRC32 of an empty body",
             "Presign with checksums only when required.", "JavaScript SDK since 3.729", ("aws/aws-sdk-js-v3#6810",)),
    # Who signs, and how
    LintRule("sigv2-used", ERROR, "Signed by SigV2", "Sign by SigV4, for the bucket's region.", "always",
             ("nfrastack/db-backup#57", "Backblaze/b2-sdk-python#136")),
    LintRule("sigv4a-used", ERROR, "Signed by SigV4A", "Sign by SigV4, for the bucket's region.", AS_DOCUMENTED,
             (API_PAGE,)),
    LintRule("token-extra", ERROR, "A session token: B2 has no STS and no roles",
             "Use an application key of B2's, without AWS_SESSION_TOKEN.", AS_DOCUMENTED, (API_PAGE,)),
    LintRule("auth-missing", ERROR, "An unsigned call: B2 takes those on objects of public buckets alone",
             "Sign the call.", "always", ("kahing/goofys#739",)),
    LintRule("presign-too-long", ERROR, "A presigned URL for more than 7 days", "Ask for 604800 seconds at most.",
             "always", ("AWS documentation: X-Amz-Expires",)),
    # Places and names
    LintRule("http-not-https", ERROR, "Plain http to B2, whose port 80 is closed", "Begin the endpoint with https://.",
             "always", ("sergix44/xbackbone#423",)),
    LintRule("http-elsewhere", WARNING, "Plain http: B2 takes https alone", "Begin B2's endpoint with https://.",
             "always", ("sergix44/xbackbone#423",), refused=False),
    LintRule("bucket-with-dots-tls", WARNING, "A bucket with dots as a host name: B2's certificate covers one label",
             "Address the bucket in the path, or take a name without dots.", "always", ("boto/boto3#1756",)),
    LintRule("bucket-name-invalid", ERROR, "A bucket name that B2 does not have",
             "6 to 63 letters, digits and hyphens, not beginning with b2-.", AS_DOCUMENTED, (NAMING,)),
    LintRule("key-name-invalid", ERROR, "A key over 1,024 bytes, or with control characters", "Rename the files.",
             AS_DOCUMENTED, (NAMING,)),
    LintRule("key-name-odd", NOTE, "A key with // or a slash at either end, which B2's native API does not take",
             "Write keys without them where the native API or the b2 command line shall read them.", "2025",
             ("Backblaze/B2_Command_Line_Tool#1090",)),
    # Sizes
    LintRule("metadata-too-large", ERROR, "More metadata than B2 stores",
             "7,000 bytes of names and values at most, 2,048 with encryption or Object Lock.", AS_DOCUMENTED,
             ("apidocs/b2-upload-file",)),
    LintRule("part-number-range", ERROR, "A part number over 10,000", "Larger parts.", AS_DOCUMENTED, (LARGE_FILES,)),
    LintRule("entity-too-small", ERROR, "A part under 5,000,000 bytes that is not the last",
             "Parts of 5 MB at least; 100 MB are recommended.", AS_DOCUMENTED, (LARGE_FILES,)),
    LintRule("single-put-too-big", ERROR, "More than 5 GB in one request", "Upload in parts.", AS_DOCUMENTED,
             (LARGE_FILES,)),
    # What B2 reads more strictly, or does otherwise
    LintRule("content-disposition-invalid", ERROR, "A Content-Disposition that B2's strict reader does not take",
             'Put the file name between quotes: attachment; filename="name (2).png".', "2021 to 2026",
             ("kyantech/Palmr#262", "Chocobozzz/PeerTube#6161")),
    LintRule("lifecycle-unsupported", ERROR, "A lifecycle configuration with what B2 does not have",
             "Prefix rules with Days, each Expiration with its ExpiredObjectDeleteMarker twin.", AS_DOCUMENTED,
             ("apidocs/s3-put-lifecycle-configuration",)),
    LintRule("cors-max-age", ERROR, "A CORS rule with MaxAgeSeconds over 86400", "Write 86400 at most.", "2026",
             ("a public file",)),
    LintRule("delete-only-hides", NOTE, "Deletes without a version: B2 hides the file and keeps (and bills) it",
             "Lifecycle: keep only the last version; or delete by versionId.", "always",
             ("EnterpriseDB/barman#1197",), refused=False),
    LintRule("range-zero-ignored", NOTE, "Range: bytes=0- may be answered 200 with the whole file",
             "Take a 200, or name the last byte.", "2023, at the download hosts",
             ("backblaze-b2-samples/cloudflare-b2#7",), refused=False),
)  # fmt: skip

BY_SLUG = {rule.slug: rule for rule in RULES}
