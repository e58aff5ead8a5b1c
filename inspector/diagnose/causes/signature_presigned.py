"""Presigned URLs and upload forms.

A presigned URL carries its signature in its query; whoever has it may make this one request, with this method, to this
host and path, for a while. A form carries a policy instead, signed as it stands.
"""

from __future__ import annotations

from inspector.diagnose.finding import Cause, Fault

_NEW = "Make the URL when it is needed, for as long as it is needed."

CAUSES = (
    Cause(
        slug="presign-expired",
        title="The presigned URL has expired",
        fault=Fault.CLIENT,
        fix=f"{_NEW} Seven days are the most.",
        fixes={
            "boto3": 'client.generate_presigned_url("get_object", Params={…}, ExpiresIn=seconds)',
            "aws-cli": "aws s3 presign s3://BUCKET/KEY --expires-in SECONDS",
            "js": "getSignedUrl(client, command, { expiresIn: seconds })",
            "go": "presigner.PresignGetObject(ctx, input, s3.WithPresignExpires(duration))",
            "java": "GetObjectPresignRequest.builder().signatureDuration(Duration.ofHours(1))",
            "rclone": "rclone link --expire 1h remote:bucket/key",
            "s3cmd": "s3cmd signurl s3://BUCKET/KEY +SECONDS",
            "minio": "client.presigned_get_object(bucket, key, expires=timedelta(hours=1)); mc share download --expire"
            " 1h",
        },
        about="The URL was used later than X-Amz-Date plus X-Amz-Expires. It lay in a cache, a mail or a page for too"
        " long, or the maker's clock is behind. B2 answers UnauthorizedAccess: Request has expired given timestamp.",
        sources=("Palmr#208", "localstack: expired"),
    ),
    Cause(
        slug="presign-not-yet",
        title="The presigned URL is dated in the future",
        fault=Fault.CLOCK,
        fix="Set the clock of the machine that makes the URLs by NTP, and date them in UTC.",
        about="X-Amz-Date lies ahead of the server's clock by more than servers allow.",
        sources=("versity/versitygw: presigned tests",),
    ),
    Cause(
        slug="presign-too-long",
        title="The presigned URL is meant to live longer than a week",
        fault=Fault.CLIENT,
        fix="Ask for 604800 seconds at most. For links that last use a public bucket, or a server that redirects to a"
        " fresh URL.",
        fixes={
            "boto3": "ExpiresIn=604800 at most.",
            "js": "expiresIn: 604800 at most.",
            "aws-cli": "--expires-in 604800 at most.",
        },
        about="X-Amz-Expires is limited to seven days by SigV4.",
        sources=("noobaa#8857", "AWS documentation: X-Amz-Expires"),
    ),
    Cause(
        slug="presign-method",
        title="The URL was signed for another method than it was used with",
        fault=Fault.CLIENT,
        fix="Sign a URL for each method that is used: one for GET does not serve HEAD or PUT.",
        fixes={
            "boto3": 'client.generate_presigned_url("head_object", …) for HEAD, "put_object" for PUT.',
            "js": "getSignedUrl(client, new HeadObjectCommand(…)) for HEAD.",
        },
        about="The method is the first line of what is signed. Players and download managers ask with HEAD first;"
        " Cloudflare turns HEAD into GET on its way to the origin.",
        sources=("rustfs#5840", "adobe/S3Mock#125", "hf_transfer#1", "streamio-ffmpeg#236", "multistore#95"),
    ),
    Cause(
        slug="presign-header-required",
        title="The URL was signed for headers that the request does not bring",
        fault=Fault.CLIENT,
        fix="Send the headers that X-Amz-SignedHeaders names, with the signed values, or sign the URL without them.",
        fixes={
            "js": "getSignedUrl(client, command, { unhoistableHeaders }) and { signableHeaders } say what is signed as"
            " a header; then fetch with the same headers.",
            "boto3": "Leave ContentType, ACL and Metadata out of Params, or have the uploader send them.",
        },
        about="Content-Type, x-amz-acl or x-amz-meta-* were given when the URL was made, so they are part of it, and"
        " whoever uses it must send them exactly so.",
        sources=("aws/aws-sdk-js#457", "boto/boto3#3335", "minio/minio#5630", "minio/minio#9564"),
    ),
    Cause(
        slug="presign-param-missing",
        title="Parameters of the presigned URL are missing",
        fault=Fault.CLIENT,
        fix="Use the URL whole: quote it in the shell (an & ends a command there), and do not rebuild it from parts.",
        fixes={"curl": "curl 'URL', between single quotes."},
        about="X-Amz-Algorithm, X-Amz-Credential, X-Amz-Date, X-Amz-Expires, X-Amz-SignedHeaders and X-Amz-Signature"
        " must all be there.",
        sources=("localstack: missing_sig_param",),
        leads_to=("auth-missing", "auth-malformed"),
    ),
    Cause(
        slug="presign-both-auth",
        title="The request carries two authorizations",
        fault=Fault.CLIENT,
        fix="Send a presigned URL without an Authorization header: take the default header of the HTTP client off this"
        " request.",
        fixes={
            "js": "axios.put(url, body, { headers: { Authorization: undefined } }), or an axios instance of its own.",
        },
        about="An HTTP client with a default Authorization (its own API's bearer token) sends it along. S3 takes one"
        " mechanism at a time.",
        sources=("localstack: same_header_and_qs",),
        leads_to=("auth-foreign", "auth-malformed"),
    ),
    Cause(
        slug="presign-host-changed",
        title="The presigned URL was used with another host than it was signed for",
        fault=Fault.CLIENT,
        fix="Make the URL with the endpoint that its user will reach: the host cannot be replaced afterwards.",
        fixes={
            "boto3": "A second client with endpoint_url set to the public name, for generate_presigned_url alone.",
            "js": "A second S3Client with the public endpoint, for getSignedUrl alone.",
            "minio": "A second Minio(public_endpoint, region=…) for presigning: with a region it asks nobody.",
        },
        about="URLs made with an internal name (minio:9000, localhost) and then edited, or served under a name of one's"
        " own by a CDN. The host is signed.",
        sources=("minio/minio#6853",),
    ),
    Cause(
        slug="presign-param-added",
        title="Parameters were added to the presigned URL",
        fault=Fault.CLIENT,
        fix="Give parameters such as response-content-disposition when the URL is made; append nothing to it.",
        about="Everything in the query is signed but the signature itself.",
        sources=("netbox#23051",),
    ),
    Cause(
        slug="presign-url-mangled",
        title="The presigned URL was escaped or rewritten on its way",
        fault=Fault.CLIENT,
        fix="Pass the URL as text that nobody escapes: in HTML take it from the DOM, in JSON from a parser, in shells"
        " between single quotes.",
        about="&amp; for & (taken from HTML source), \\u0026 (taken from JSON source), %26 (encoded as a value), or the"
        " whole URL in lower case.",
        sources=("rtMedia#1664",),
        leads_to=(
            *("presign-param-missing", "auth-missing", "auth-malformed", "query-tail-on-signature", "date-format"),
            *("scope-wrong-service", "scope-terminator", "scope-date-mismatch", "impl-signature-encoding"),
            *("scope-wrong-region", "scope-region-typo", "key-id-malformed"),
        ),
    ),
    Cause(
        slug="post-policy-bytes",
        title="Another text was signed than the policy that is in the form",
        fault=Fault.CLIENT,
        fix="Encode the policy once, in plain base64 without line breaks, sign that text and put that same text into"
        " the form.",
        about="The signature of a form is over the base64 text as it stands. Signed was the JSON itself, a text with"
        " line breaks or in the URL's alphabet, or the policy was serialised a second time.",
        sources=("sigv4-post-example", "ember-uploader#58", "floci#3081"),
    ),
    Cause(
        slug="post-policy-fields",
        title="The form is not what its policy allows",
        fault=Fault.CLIENT,
        fix="Give each field of the form a condition in the policy and the other way round, and put the file last.",
        fixes={
            "boto3": "client.generate_presigned_post(bucket, key, Fields=…, Conditions=…): send all returned fields."
        },
        about="A field is missing or has no condition, a value does not fit, the policy has expired, the file stands"
        " before other fields, or its size is out of range. B2 does not support POST Object at all.",
        sources=("ceph/s3-tests: test_post_object", "localstack: post snapshots", "aws/aws-sdk-php#1142"),
    ),
)
