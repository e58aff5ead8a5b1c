"""Other schemes, and none.

B2's S3-compatible API takes SigV4 and nothing else, but for GET and HEAD of objects in public buckets.
"""

from __future__ import annotations

from inspector.diagnose.causes.wording import CREDENTIALS, SIGV4
from inspector.diagnose.finding import Cause, Fault

CAUSES = (
    Cause(
        slug="sigv2-used",
        title="Signed with SigV2, which B2 does not take",
        fault=Fault.CONFIGURATION,
        fix="Sign with SigV4, and set the region. boto3 presigns with SigV2 where the region is unset or us-east-1:"
        ' Config(signature_version="s3v4").',
        fixes=SIGV4,
        about="Authorization: AWS KEYID:SIGNATURE, or AWSAccessKeyId and Signature in the URL: the scheme before SigV4."
        " Old tools use it by default, and boto3 for presigned URLs where the region is unset or us-east-1. B2 answers"
        " that the V2 signature authorization mechanism is not supported, or treats a URL as unauthenticated. With the"
        " secret at hand it is verified all the same, to tell a right secret from a wrong one.",
        sources=("Backblaze/b2-sdk-python#136", "nfrastack/db-backup#57", "B2 API documentation: supports only v4"),
    ),
    Cause(
        slug="sigv4a-used",
        title="Signed with SigV4A, which only AWS is known to take",
        fault=Fault.CONFIGURATION,
        fix="Address the bucket by its name, not by the ARN of a multi-region access point, so that SigV4 is used.",
        fixes={
            "boto3": 'Config(signature_version="s3v4")',
            "java": "Address the bucket by its name, not by a multi-region ARN, and leave sigv4aSigningRegionSet and"
            " AwsV4aHttpSigner out.",
        },
        about="AWS4-ECDSA-P256-SHA256 signs with a key pair derived from the secret, for several regions at once. No"
        " answer of B2's to it is known.",
        sources=("aws-c-auth: v4a vectors", "mhart/aws4#160"),
    ),
    Cause(
        slug="auth-missing",
        title="The request is not signed",
        fault=Fault.CONFIGURATION,
        fix="Give the client its credentials; only objects in public buckets can be read without.",
        fixes={
            **CREDENTIALS,
            "aws-cli": "Leave --no-sign-request out, and run `aws configure`.",
            "curl": 'Add --user "$KEY_ID:$APPLICATION_KEY" --aws-sigv4 aws:amz:us-west-004:s3.',
            "obstore": "Leave skip_signature=True out, and pass access_key_id and secret_access_key.",
        },
        about="No Authorization header and no signature in the URL: the SDK found no credentials and went on without,"
        " or an HTTP library dropped the header on a redirect. B2 says: Unauthenticated requests are not allowed for"
        " this api; or, for an object, that the bucket is not authorized.",
        sources=("kahing/goofys#739", "backblaze-labs/genblaze#246"),
    ),
    Cause(
        slug="auth-foreign",
        title="Authorized by something that the S3 API does not know",
        fault=Fault.CLIENT,
        fix="Sign with SigV4 at s3.REGION.backblazeb2.com; tokens of b2_authorize_account are for the native API's"
        " hosts.",
        fixes=CREDENTIALS,
        about="Basic, Bearer, or a token of B2's native API. The S3-compatible API takes signatures only; the native"
        " API is another one, at other hosts, with the same application keys.",
    ),
    Cause(
        slug="auth-malformed",
        title="The authorization cannot be read",
        fault=Fault.CLIENT,
        fix="Write: AWS4-HMAC-SHA256 Credential=KEYID/YYYYMMDD/REGION/s3/aws4_request, SignedHeaders=a;b, Signature=64"
        " hex digits.",
        about="A component is missing, empty or separated by something else than a comma, or the credential does not"
        " have its five parts. The finding says which part, and where.",
        sources=("versity/versitygw: MalformedAuth",),
    ),
)
