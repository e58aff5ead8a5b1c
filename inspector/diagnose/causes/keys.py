"""Keys that B2 does not take.

The code is InvalidAccessKeyId each time. The sentence tells an id that is none from one that B2 does not know; the
id's own shape, the host's cluster and the calls before tell the rest. See also `key-id-malformed`, `key-swapped` and
`key-wrong-cluster` among the causes of signatures.
"""

from __future__ import annotations

from inspector.diagnose.causes.wording import CREDENTIALS
from inspector.diagnose.finding import Cause, Fault

CAUSES = (
    Cause(
        slug="key-master",
        title="The master application key was used, which the S3 API does not take",
        fault=Fault.CONFIGURATION,
        fix="Make an application key in B2's console (Application Keys, Add a New Application Key) and use its keyID"
        " (25 characters) and applicationKey (31 characters that begin with K).",
        fixes=CREDENTIALS,
        about="The id of an account's master key is the account's own id: 12 hex digits. The native API takes it, the"
        " S3 API answers 403 InvalidAccessKeyId, Malformed Access Key Id. Application keys have 25 characters: the"
        " cluster (3), the account (12), a running number (10).",
        sources=(
            "timmyomahony/craft-remote-backup#11",
            "muxinc/next-video#216",
            "backblaze.com/docs/cloud-storage-s3-compatible-app-keys",
        ),
        leads_to=("key-id-malformed",),
    ),
    Cause(
        slug="key-foreign-cloud",
        title="The key id is one of another cloud",
        fault=Fault.CONFIGURATION,
        fix="Give the client B2's key explicitly, or name a profile that has it: AWS_ACCESS_KEY_ID, ~/.aws/credentials"
        " and the role of a machine are read before anything that names B2.",
        fixes={
            **CREDENTIALS,
            "boto3": 'boto3.Session(profile_name="b2").client("s3", …), or unset AWS_ACCESS_KEY_ID and'
            " AWS_SECRET_ACCESS_KEY; without either boto3 asks the instance's metadata.",
            "aws-cli": "aws --profile b2 …; `aws configure list` says where the key is read from.",
            "rclone": "env_auth = false, access_key_id = KEY_ID and secret_access_key = APPLICATION_KEY in"
            " rclone.conf.",
        },
        about="SDKs look for credentials in many places, and take the first: the environment, the default profile, the"
        " role of the machine or the container. B2 answers such an id 403 InvalidAccessKeyId, Malformed Access Key Id."
        " Whose an id is is told by its shape: AKIA… and ASIA… are AWS's, GOOG… Google's, DO… DigitalOcean's.",
        sources=("docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html",),
        leads_to=("key-id-malformed",),
    ),
    Cause(
        slug="key-unknown",
        title="B2 does not know the key",
        fault=Fault.CONFIGURATION,
        fix="Look for the keyID on the console's page App Keys (or `b2 key list`): a key that was deleted or has"
        " expired is gone. Make a new one, and look whether it is meant to expire (validDurationInSeconds).",
        fixes=CREDENTIALS,
        about="The id is well-formed and names the cluster that was asked, and B2 answers 403 InvalidAccessKeyId, The"
        " key '…' is not valid: it was deleted, it has expired, a digit is wrong, or it is of another account. Where"
        " the id's first three digits are another cluster's than the endpoint's, the cause is key-wrong-cluster.",
        sources=("peak/s5cmd#269",),
    ),
)
