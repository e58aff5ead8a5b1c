"""Buckets, objects and uploads.

What is not there, is in the way, or may not be called so; parts that do not fit together. Answers to HEAD have no body,
but the length of one: B2's errors have 115 bytes beside their code and message, so the length often tells the sentence.
"""

from __future__ import annotations

from inspector.diagnose.finding import Cause, Fault

LARGE_FILES = "docs: cloud-storage-create-large-files-with-the-native-api"

CHUNKS = {
    "boto3": "TransferConfig(multipart_threshold=100_000_000, multipart_chunksize=100_000_000) with upload_file.",
    "aws-cli": "aws configure set default.s3.multipart_chunksize 100MB",
    "js": "new Upload({ client, params, partSize: 100_000_000 }) of @aws-sdk/lib-storage.",
    "go": "manager.NewUploader(client, func(u *manager.Uploader) { u.PartSize = 100_000_000 })",
    "rclone": "chunk_size = 100M in rclone.conf, or --s3-chunk-size 100M.",
    "s3cmd": "s3cmd --multipart-chunk-size-mb=100 put …",
    "minio": "client.put_object(…, part_size=100_000_000)",
    "obstore": "obstore.put(store, path, file, chunk_size=100_000_000)",
}
"""How large the parts of an upload are."""

CAUSES = (
    Cause(
        slug="no-such-bucket",
        title="There is no such bucket",
        fault=Fault.CONFIGURATION,
        fix="Look at the name, its case, and the region: a bucket is reached through the endpoint of its own region"
        " alone. With the bucket in the host name, leave it out of the path.",
        about="The name is wrong, the bucket is in another region or of another account, or the name was read from the"
        " wrong place: with the bucket in the host the first label is the bucket, with it in the path the first"
        " segment. A client that does both doubles it.",
        sources=("B2's API introduction",),
    ),
    Cause(
        slug="no-such-key",
        title="There is no such file",
        fault=Fault.UNKNOWN,
        fix="List the bucket with the name's beginning as prefix and compare byte by byte: case, a slash in front, +"
        " and %20. List versions (ListObjectVersions): a file whose newest version is a hide marker is not there.",
        fixes={
            "boto3": "See which names there are: s3.list_object_versions(Bucket=BUCKET, Prefix=BEGINNING_OF_THE_KEY)."
            " Compare case, a slash in front, + and %20; a name whose newest version is a delete marker is not there.",
            "aws-cli": "See which names there are: aws s3api list-object-versions --bucket BUCKET --prefix"
            " BEGINNING_OF_THE_KEY. A name whose newest version is a delete marker is not there.",
            "rclone": "See which names there are: rclone lsf REMOTE:BUCKET/FOLDER --s3-versions",
        },
        about="404 NoSuchKey, Key not found. To a HEAD it is a 404 whose Content-Length is 137. Clients that look"
        " before they write ask so on purpose, and then nothing is wrong. A delete without a version hides: the"
        " versions stay.",
        sources=("kopia/kopia#5329",),
    ),
    Cause(
        slug="signature-mismatch",
        title="By its length the answer says that the signature does not match",
        fault=Fault.UNKNOWN,
        fix="Give `b2-inspector explain` the secret (AWS_SECRET_ACCESS_KEY, --profile): it says what was signed"
        " instead. Or ask again with GET, whose answer has a body.",
        about="An answer to HEAD has no body; B2 still sends the Content-Length of the error it would have sent. 163 ="
        " 115 + 21 + 27 is SignatureDoesNotMatch, Signature validation failed. What was signed otherwise is told by the"
        " other causes.",
        sources=("backblaze-b2-samples/cloudflare-b2#5", "minio/mc#5072"),
    ),
    Cause(
        slug="head-404-403-no-body",
        title="An answer to HEAD has no body, and its length fits no sentence that is known",
        fault=Fault.UNKNOWN,
        fix="Ask again with GET and the same key: its answer has code and message. `b2-inspector replay ID` sends the"
        " call again.",
        fixes={
            "boto3": 's3.get_object(Bucket=B, Key=K, Range="bytes=0-0") says what head_object cannot.',
            "aws-cli": "aws s3api get-object --bucket B --key K --range bytes=0-0 /dev/null",
            "curl": "curl without -I: GET instead of HEAD.",
        },
        about="SDKs show only 403 Forbidden, 404 Not Found or 400 Bad Request. B2's error bodies have 115 bytes beside"
        " their code and message, and answers to HEAD carry that length.",
        sources=("kahing/goofys#739", "minio/mc#5072", "cloudyr/aws.s3#404"),
    ),
    Cause(
        slug="bucket-name-taken",
        title="A bucket of that name is there already",
        fault=Fault.CONFIGURATION,
        fix="Choose another name: bucket names are shared by all accounts of B2. If it is yours, leave the creation"
        " out.",
        fixes={"rclone": "Nothing need be done; no_check_bucket = true saves the call."},
        about="BucketAlreadyOwnedByYou says that it is yours, BucketAlreadyExists that it is anyone's. rclone makes the"
        " bucket before its first upload, and takes no notice of the answer.",
        sources=("apidocs/b2-create-bucket",),
    ),
    Cause(
        slug="bucket-not-empty",
        title="The bucket is not empty",
        fault=Fault.CLIENT,
        fix="Delete every version, not only what lists show, and abort unfinished uploads; then delete the bucket.",
        fixes={
            "boto3": 'boto3.resource("s3", …).Bucket(B).object_versions.delete(), then abort what'
            " list_multipart_uploads shows.",
            "aws-cli": "aws s3api list-object-versions and delete-objects, list-multipart-uploads and"
            " abort-multipart-upload; `aws s3 rb --force` leaves versions.",
            "rclone": "rclone delete REMOTE:BUCKET, rclone backend cleanup-hidden REMOTE:BUCKET (old versions),"
            " rclone backend cleanup -o max-age=0s REMOTE:BUCKET (unfinished uploads), rclone rmdir REMOTE:BUCKET.",
        },
        about="Old versions, hide markers and unfinished uploads keep a bucket from being deleted. Lists without"
        " versions show none of them.",
        sources=("backblaze-labs/b2-sdk-typescript",),
    ),
    Cause(
        slug="bucket-name-invalid",
        title="B2 does not take this name for a bucket",
        fault=Fault.CLIENT,
        fix="Use 6 to 63 letters, digits and hyphens, none of the latter at an end, and not b2- in front.",
        about="S3 allows names of three characters, B2 wants six. Names that begin with b2- are B2's own.",
        sources=("backblaze-labs/b2-sdk-typescript src/internal/b2-naming.ts", "apidocs/b2-create-bucket"),
    ),
    Cause(
        slug="key-name-invalid",
        title="B2 does not take this name for a file",
        fault=Fault.CLIENT,
        fix="Use at most 1,024 bytes of UTF-8, and no control characters.",
        about="The limit is in bytes: a letter beyond ASCII takes two to four. The native API also refuses a slash at"
        " either end, and two in a row.",
        sources=("backblaze-labs/b2-sdk-typescript src/internal/b2-naming.ts",),
    ),
    Cause(
        slug="metadata-too-large",
        title="Name and metadata together are too large",
        fault=Fault.CLIENT,
        fix="Shorten the x-amz-meta-* headers: name and metadata have 7,000 bytes together, 2,048 with encryption or in"
        " a bucket with Object Lock. Keep longer things in a file of their own.",
        about="Which of the two limits holds depends on the bucket, which the request does not say: default encryption"
        " counts.",
        sources=("apidocs/b2-upload-file", "apidocs/b2-start-large-file"),
    ),
    Cause(
        slug="invalid-part",
        title="The parts that are to be put together are not those that were uploaded",
        fault=Fault.CLIENT,
        fix="Name every part with the ETag that its upload was answered with, in ascending order. In browsers add ETag"
        " to the bucket's CORS rule as an exposed header, else scripts cannot read it.",
        fixes={
            "js": 'CORS rule: "ExposeHeaders": ["ETag"]; in Node nothing but the ETags that uploadPart returned.',
        },
        about="CompleteMultipartUpload lists part numbers and ETags. <ETag>undefined</ETag> comes from browsers that"
        " may not read the header; another ETag from a part that was sent twice; a missing part from one that failed.",
        sources=("cloudreve/cloudreve#1315",),
    ),
    Cause(
        slug="entity-too-small",
        title="A part that is not the last is too small",
        fault=Fault.CLIENT,
        fix="Make every part but the last at least 5,000,000 bytes at B2 (5,242,880 at AWS); 100 MB is what B2"
        " recommends.",
        fixes=CHUNKS,
        about="It is said when the upload is completed, though the part went up before. The recording has the sizes.",
        sources=(LARGE_FILES, "AmazonS3/latest/userguide/qfacts.html"),
    ),
    Cause(
        slug="no-such-upload",
        title="The upload is over, or was never begun",
        fault=Fault.CLIENT,
        fix="Begin a new upload. Do not keep upload ids longer than the bucket's lifecycle keeps unfinished uploads,"
        " and let one process complete or abort each.",
        about="It was completed or aborted, cancelled by a lifecycle rule, or begun in another bucket. A complete that"
        " is tried again after it worked is answered so, too. The id itself names bucket and day: see `decoded`.",
        sources=("AmazonS3/latest/API/ErrorResponses.html",),
    ),
    Cause(
        slug="part-number-range",
        title="Parts have numbers from 1 to 10,000",
        fault=Fault.CLIENT,
        fix="Make parts larger, so that there are at most 10,000, and count from 1.",
        fixes=CHUNKS,
        about="Part numbers begin at 1. With parts of 5 MB the 10,000 are used up at 50 GB.",
        sources=("apidocs/s3-upload-part-copy", LARGE_FILES),
    ),
    Cause(
        slug="single-put-too-big",
        title="A single PUT takes at most 5 GB",
        fault=Fault.CLIENT,
        fix="Upload it in parts.",
        fixes=CHUNKS,
        about="One PutObject or UploadPart carries at most 5 GB; a file in parts has up to 10 TB. What B2 says to more"
        " is not published; one report had a plain 500.",
        sources=("timmyomahony/craft-remote-backup#21",),
    ),
    Cause(
        slug="copy-source-too-large",
        title="The source is too large for a single copy",
        fault=Fault.CLIENT,
        fix="Copy it in parts (UploadPartCopy): more than 5 GB needs that.",
        fixes={
            "boto3": "s3.copy(source, bucket, key) instead of s3.copy_object(…): it copies in parts.",
            "aws-cli": "aws s3 cp s3://A/x s3://B/x instead of aws s3api copy-object.",
            "rclone": "--s3-copy-cutoff 4G",
        },
        about="A CopyObject takes sources of at most 5 GB, as a single PUT does.",
        sources=("Backblaze/b2-sdk-python b2sdk/exception.py",),
    ),
    Cause(
        slug="copy-source-encoding",
        title="x-amz-copy-source is not percent-encoded once, segment by segment",
        fault=Fault.CLIENT,
        fix="Write BUCKET/KEY with each segment of the key percent-encoded once, the slashes left as they are.",
        fixes={
            "js": "CopySource: `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`",
            "rust": 'copy_source(format!("{bucket}/{}", urlencoding::encode(key).replace("%2F", "/")))',
            "go": 'CopySource: aws.String(bucket + "/" + (&url.URL{Path: key}).EscapedPath())',
            "boto3": 'CopySource={"Bucket": b, "Key": k}: boto3 encodes it; a string must be encoded already.',
        },
        about="The header is decoded once by the server. Left raw, a + or a space becomes another name; encoded twice,"
        " or with %2F for its slashes, it names nothing that is there. The answer is Key not found.",
        sources=("awslabs/aws-sdk-rust#1357", "aws/aws-sdk-js#1821", "minio/minio-js#985"),
    ),
    Cause(
        slug="xml-malformed",
        title="The server cannot read the request's XML",
        fault=Fault.CLIENT,
        fix="Look at the body (`b2-inspector show ID --body request`): elements that are missing, of another call, or"
        " empty where one is demanded.",
        about="400 MalformedXML: not well-formed, or not what the call's schema has. An empty list where one element is"
        " the least is the usual case.",
        sources=("backblaze-labs/b2-mcp#201",),
    ),
    Cause(
        slug="lifecycle-xml-malformed",
        title="The lifecycle configuration is none that B2 can read",
        fault=Fault.CLIENT,
        fix="To have no rules delete the configuration (DeleteBucketLifecycle) instead of writing an empty one.",
        fixes={
            "boto3": "s3.delete_bucket_lifecycle(Bucket=B)",
            "aws-cli": "aws s3api delete-bucket-lifecycle --bucket B",
            "js": "new DeleteBucketLifecycleCommand({ Bucket })",
        },
        about="A LifecycleConfiguration without any Rule is answered 400 MalformedXML.",
        sources=("backblaze-labs/b2-mcp#201",),
    ),
    Cause(
        slug="lifecycle-none",
        title="The bucket has no lifecycle rules",
        fault=Fault.UNKNOWN,
        fix="Nothing need be done: take 404 NoSuchLifecycleConfiguration for an empty list.",
        about="S3 answers 404 where a bucket has no lifecycle configuration, and so does B2.",
        sources=("apidocs/s3-get-lifecycle-configuration",),
    ),
    Cause(
        slug="live-read-part-size-invalid",
        title="The part size of a Live Read upload is no number",
        fault=Fault.CLIENT,
        fix="Send a number of bytes from 5000000 to 5368709120.",
        about="Live Read lets others read an upload while it goes on; its parts have one size, which the first call"
        " names.",
        sources=("apidocs/s3-create-multipart-upload",),
    ),
    Cause(
        slug="live-read-part-size-small",
        title="The part size of a Live Read upload is too small",
        fault=Fault.CLIENT,
        fix="Send at least 5000000 in x-backblaze-live-read-part-size.",
        about="Parts of Live Read uploads have the limits of all parts: 5,000,000 bytes at least.",
        sources=("apidocs/s3-create-multipart-upload",),
    ),
    Cause(
        slug="live-read-part-size-large",
        title="The part size of a Live Read upload is too large",
        fault=Fault.CLIENT,
        fix="Send at most 5368709120 in x-backblaze-live-read-part-size.",
        about="Parts of Live Read uploads have at most 5,368,709,120 bytes.",
        sources=("apidocs/s3-create-multipart-upload",),
    ),
    Cause(
        slug="live-read-part-mismatch",
        title="A part of a Live Read upload has another size than the upload",
        fault=Fault.CLIENT,
        fix="Give every part but the last the size that x-backblaze-live-read-part-size named.",
        about="Readers of an upload that goes on find their place by the size of its parts, so all but the last have"
        " the same.",
        sources=("apidocs/s3-upload-part",),
    ),
    Cause(
        slug="unfinished-multipart-left",
        title="An upload was begun, and neither completed nor aborted",
        fault=Fault.CLIENT,
        fix="Abort it (ListMultipartUploads, AbortMultipartUpload), and give the bucket a lifecycle rule"
        " AbortIncompleteMultipartUpload for those to come.",
        fixes={
            "aws-cli": "aws s3api list-multipart-uploads --bucket B; aws s3api abort-multipart-upload …",
            "rclone": "rclone backend cleanup -o max-age=1h REMOTE:BUCKET",
        },
        about="Its parts are stored, and billed, and keep the bucket from being deleted. `b2-inspector stats --cost`"
        " counts such parts of a recording.",
        sources=("apidocs/s3-get-lifecycle-configuration",),
    ),
)
