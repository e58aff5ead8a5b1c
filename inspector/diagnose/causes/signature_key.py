"""Key id, secret and token.

A signature is made with the secret and names the key id. When one of the two is another than B2 knows, everything else
may be right and the call is still refused. With the secret at hand these are proved: the spoilt secret gives the very
signature that the client sent. No secret is ever shown.
"""

from __future__ import annotations

from inspector.diagnose.causes.wording import CREDENTIALS
from inspector.diagnose.finding import Cause, Fault

CAUSES = (
    Cause(
        slug="key-id-empty",
        title="The credential names no key id",
        fault=Fault.CONFIGURATION,
        fix="Set the key id: the variable or setting that should hold it is empty where the program runs.",
        fixes=CREDENTIALS,
        about="The Credential begins with a slash: a date, a region and a service, and no key id before them. Mostly a"
        " variable that is set on one machine and not on the other, or that the shell expanded to nothing. B2 answers"
        " AuthorizationHeaderMalformed.",
        sources=("backblaze-b2-samples/b2-browser-upload#3",),
    ),
    Cause(
        slug="key-id-malformed",
        title="The key id is none that B2's S3 API takes",
        fault=Fault.CONFIGURATION,
        fix="Make an application key in B2's console (Application Keys, Add a New Application Key) and use its keyID"
        " and applicationKey. The master application key works with the native API alone.",
        fixes=CREDENTIALS,
        about="B2 answers InvalidAccessKeyId, Malformed Access Key Id. Most often the id of the master application key"
        " (12 hex digits, the account's id) stands there; else a space or line feed came along when the id was"
        " pasted, or the key is one of another cloud. Ids of application keys have 25 characters in every example that"
        " was published; that is a habit, not a rule.",
        sources=(
            "AlistGo/alist#8364",
            "timmyomahony/craft-remote-backup#11",
            "muxinc/next-video#216",
            "postman-app-support#7882",
        ),
    ),
    Cause(
        slug="key-swapped",
        title="Key id and application key are swapped",
        fault=Fault.CONFIGURATION,
        fix="Put the keyID where the access key id belongs, and the applicationKey where the secret belongs. If an"
        " application key was sent as an id it stood in clear text: delete that key and make a new one.",
        fixes=CREDENTIALS,
        about="An application key (31 characters that begin with K) stands in the place of its id, or the id was used"
        " as the secret. The names mislead: B2 says keyID and applicationKey, S3 tools say access key and secret.",
        sources=("hubrick/vertx-s3-client#13",),
        leads_to=("auth-malformed", "key-id-malformed"),
    ),
    Cause(
        slug="key-wrong-cluster",
        title="The key belongs to another cluster than the endpoint",
        fault=Fault.CONFIGURATION,
        fix="Use the endpoint of the account's own region: it stands beside each bucket in B2's console. An account has"
        " one region.",
        about="The first three digits of a key id are its cluster, the last three of an endpoint's region are its own:"
        " 004 belongs to s3.us-west-004. B2 answers InvalidAccessKeyId where it does not know the key. The shape of"
        " key ids is that of published examples, so where B2 says nothing of the key this is a hint.",
        sources=("peak/s5cmd#269", "s3ql/s3ql#443"),
    ),
    Cause(
        slug="key-wrong-secret",
        title="The client signed with another secret than the one at hand",
        fault=Fault.CONFIGURATION,
        fix="Look at which secret the client really reads: environment variables win over profiles, and a running"
        " program keeps the one it started with. An application key is shown once, when it is made; when in doubt"
        " make a new one.",
        fixes=CREDENTIALS,
        about="Nothing that was tried gives the client's signature. When other calls show that this side reads the"
        " client's requests aright, or the first chunk of a stream, which no header has a part in, fails too, the"
        " secret is what is left. A secret that is neither at hand nor a spoilt form of one at hand cannot be found,"
        " only inferred.",
        sources=("repost.aws: S3 presigned URL signature mismatch", "versity/versitygw: incorrect_secret_key"),
    ),
    Cause(
        slug="key-secret-whitespace",
        title="White space came along with the secret",
        fault=Fault.CONFIGURATION,
        fix="Take the white space off the secret where it is stored: write files with `printf %s`, not `echo`, and trim"
        " what is read from files, secret stores and CI variables.",
        fixes={
            **CREDENTIALS,
            "boto3": "Pass aws_secret_access_key=secret.strip(), or store the secret without a line feed.",
        },
        about="A line feed, carriage return, space, byte order mark or no-break space stands at an end of the secret:"
        " from `echo secret | base64` in a Kubernetes manifest, a file with Windows line ends, a copied cell. The"
        " percent sign that zsh prints where a line feed is missing is copied like that, too.",
        sources=("aws/aws-sdk-js#86", "pacu#137", "benrady/learnjs#14"),
    ),
    Cause(
        slug="key-secret-url-encoded",
        title="The secret was percent-encoded or decoded",
        fault=Fault.CONFIGURATION,
        fix="Use the secret as B2 showed it: encode it only inside of a URL, and let whatever reads the URL decode it"
        " once.",
        fixes=CREDENTIALS,
        about="A secret that stands in a connection string (s3://KEY:SECRET@bucket) must be percent-encoded there and"
        " decoded before use. Half of that gives a secret with %2F or %2B in it, or one whose own % was decoded.",
        sources=("magJ/iam-jdbc-driver#1", "aws/aws-sdk-js-v3#3629", "Backblaze/B2_Command_Line_Tool#793"),
    ),
    Cause(
        slug="key-secret-plus-as-space",
        title="A plus sign in the secret was taken for a space, or a space for a plus",
        fault=Fault.CONFIGURATION,
        fix="Pass the secret outside of URLs and forms, or write its + as %2B there; making another key whose secret"
        " has no + helps at once.",
        fixes=CREDENTIALS,
        about="Form decoding turns + into a space. A secret that went through a web form, a query string or a"
        " connection string loses its plus signs that way.",
        sources=("aws/aws-cli#602", "aws/aws-cli#6751", "aloneguid/storage#153"),
    ),
    Cause(
        slug="key-secret-escaped",
        title="Quotes or escapes of a shell or a file became part of the secret, or ate part of it",
        fault=Fault.CONFIGURATION,
        fix="In a shell put the secret between single quotes; in .env files, INI files and Docker's --env-file write it"
        " without quotes, and comments on lines of their own.",
        fixes=CREDENTIALS,
        about="What reads the setting does not take off the quotes, or the comment, that the writer put there"
        " (Docker's --env-file, INI files), or a shell ate $x or a backslash between double quotes, or JSON's \\/ was"
        " not undone.",
        sources=("nginx-aws-auth-module#12", "cloudyr/aws.s3#423"),
    ),
    Cause(
        slug="key-secret-mistyped",
        title="The secret was mistyped",
        fault=Fault.CONFIGURATION,
        fix="Copy the secret in one piece from where it is stored; one that is lost is made anew, as B2 shows an"
        " application key once.",
        fixes=CREDENTIALS,
        about="One character is missing, doubled, in the other case, changed places with its neighbour or was taken for"
        " one that looks alike (0 and O, 1, l and I); or the whole secret was pasted twice, or lost its case to a form"
        " or a database that does not keep it.",
        sources=("signatures that one slip on the secret reproduces",),
    ),
    Cause(
        slug="key-secret-unset",
        title="No secret was filled in: a placeholder was used as one",
        fault=Fault.CONFIGURATION,
        fix="Set the secret where the program runs, and let the program stop at once when it is missing: the variable"
        " is not set there, its name is written otherwise, or nothing expands the reference in that file.",
        fixes=CREDENTIALS,
        about="A program that finds no secret often has a word for that, None, undefined, null, and signs with the"
        " word; files that nothing expands keep the reference, such as ${AWS_SECRET_ACCESS_KEY} between single quotes;"
        " and what is copied from the log of a CI service may be its mask, ***.",
        sources=("signatures that a placeholder in the place of the secret reproduces",),
    ),
    Cause(
        slug="key-secret-truncated",
        title="Part of the secret was lost",
        fault=Fault.CONFIGURATION,
        fix="Copy the whole secret again. A double click selects only up to a / or +, a # begins a comment in many"
        " files, and splitting at = cuts a secret that holds one.",
        fixes=CREDENTIALS,
        about="The first or last character is gone, or everything from a /, +, = or # on.",
        sources=("mhart/aws4#22",),
    ),
    Cause(
        slug="key-secret-base64",
        title="The secret was encoded in base64, or decoded from it",
        fault=Fault.CONFIGURATION,
        fix="Use the secret as it stands. Kubernetes wants base64 under `data:` and decodes it once; under"
        " `stringData:` it wants plain text.",
        fixes=CREDENTIALS,
        about="Application keys look like base64 and are not: they are used as text, byte for byte. Encoded once too"
        " often, or decoded once, they are another secret.",
    ),
    Cause(
        slug="key-other-profile",
        title="Signed with the secret of another key",
        fault=Fault.CONFIGURATION,
        fix="Bring key id and secret together again: both from one profile, or both from the environment. Restart what"
        " still holds the old pair.",
        fixes={
            **CREDENTIALS,
            "aws-cli": "`aws configure list` says where each half is read from; name one source with --profile NAME,"
            " and unset AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        },
        about="The call names one key id, and another secret of yours gives its signature. Mostly the id comes from the"
        " environment and the secret from a profile, or a key was replaced and one half of the old one is cached.",
        sources=("aws/aws-cli#602",),
    ),
    Cause(
        slug="token-missing",
        title="A session token belongs to this key, and did not come",
        fault=Fault.CLIENT,
        fix="Send x-amz-security-token with temporary keys of AWS. For B2 use an application key, which has no token.",
        fixes=CREDENTIALS,
        about="Key ids that begin with ASIA are temporary keys of AWS and are worth nothing without their token; or the"
        " token is listed as signed and was lost on the way. B2 makes no such keys.",
        sources=("AWS documentation: Signing AWS API requests, temporary credentials", "zirkelc/aws-signature-v4#12"),
    ),
    Cause(
        slug="token-unsigned",
        title="The session token is sent, and what was signed does not agree about it",
        fault=Fault.CLIENT,
        fix="Set x-amz-security-token before signing, so that it is among the signed headers; some services other than"
        " S3 want it added after.",
        about="S3 wants every x-amz-* header signed, the token too. Signers that were written for a service that wants"
        " it added afterwards leave it out.",
        sources=("estivensh/aws-kmp#63", "versity/versitygw#1538"),
    ),
    Cause(
        slug="token-extra",
        title="A session token is sent to a server that has none to give",
        fault=Fault.CONFIGURATION,
        fix="Unset AWS_SESSION_TOKEN (and aws_session_token in the profile) where B2's keys are used.",
        fixes={
            "boto3": 'Unset AWS_SESSION_TOKEN, or use boto3.Session(profile_name="b2") with a profile of its own.',
            "aws-cli": "unset AWS_SESSION_TOKEN, or aws --profile b2 with no aws_session_token in it.",
            "rclone": "Take session_token out of rclone.conf, and unset AWS_SESSION_TOKEN where env_auth = true.",
            "go": 'An empty third argument of credentials.NewStaticCredentialsProvider(keyID, applicationKey, "").',
        },
        about="B2 has no STS: application keys come without a token. One that is sent all the same is left over from"
        " AWS credentials in the environment, and then the key id may be AWS's, too.",
        sources=("s3-lite-client#50", "zirkelc/aws-signature-v4#12"),
    ),
)
