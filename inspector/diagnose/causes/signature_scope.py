"""Credential scope.

The scope says for which day, region and service a signature was made; the signing key is derived from it. A scope that
differs from the request is seen in the bytes; one that was signed otherwise than it is written is proved.
"""

from __future__ import annotations

from inspector.diagnose.causes.wording import REGION
from inspector.diagnose.finding import Cause, Fault

CAUSES = (
    Cause(
        slug="scope-wrong-region",
        title="Signed for another region than the endpoint's",
        fault=Fault.CONFIGURATION,
        fix="Set the region to the one in the endpoint's name: us-west-004 for s3.us-west-004.backblazeb2.com.",
        fixes=REGION,
        about="Many SDKs fall back to us-east-1 where no region is set, and some read AWS_DEFAULT_REGION but not"
        " AWS_REGION. AWS refuses a wrong region. Whether B2 compares it with the endpoint's is not documented; one"
        " report says that it does not. Where another region gives the client's signature than the one the scope"
        " names, the signer and whoever wrote the header disagree, and no server can accept that.",
        sources=("s3fs#1186", "EvaporateJS#364", "picgo-plugin-s3#23", "capcom6/mariadb-backup-s3#7"),
    ),
    Cause(
        slug="scope-region-typo",
        title="The region is misspelt",
        fault=Fault.CONFIGURATION,
        fix="Write the region as it stands in the endpoint's name, with hyphens and all three digits: us-west-004.",
        fixes=REGION,
        about="us_west_004, US-WEST-004, us-west-4: each is another text, and the signing key is derived from the"
        " text.",
        sources=("aws/aws-cli#2954", "minio: isValidRegion"),
    ),
    Cause(
        slug="scope-wrong-service",
        title="Signed for another service than S3",
        fault=Fault.CLIENT,
        fix="Sign for the service s3.",
        fixes={
            "curl": "curl --aws-sigv4 aws:amz:us-west-004:s3 …: the fourth word is the service.",
            "boto3": 'SigV4Auth(credentials, "s3", region) where botocore.auth is used by hand; S3SigV4Auth also'
            " follows S3's rule for paths.",
        },
        about="The third part of the scope is not s3. Generic signers take the service from the host's first label or"
        " from a setting, and a host that is not AWS's misleads them. For another service they also encode"
        " the path twice and tidy it up, as all services but S3 want it.",
        sources=("versity/versitygw: credentials_incorrect_service",),
        leads_to=("path-double-encoded", "path-slashes-merged", "path-dot-segments", "query-encoding"),
    ),
    Cause(
        slug="scope-terminator",
        title="The scope does not end with aws4_request",
        fault=Fault.CLIENT,
        fix="End the credential scope, and the derivation of the signing key, with the text aws4_request.",
        about="The last part of the scope is the constant aws4_request, in lower case. Another one is a home-made"
        " signer's slip.",
        sources=("versity/versitygw: invalid_terminal",),
    ),
    Cause(
        slug="scope-date-mismatch",
        title="The scope is of another day than the timestamp",
        fault=Fault.CLIENT,
        fix="Take the clock once, in UTC, and use that moment for x-amz-date and for the scope.",
        about="The scope's date must be the first eight digits of x-amz-date. They differ where one is local time,"
        " where the clock is read twice around midnight, or where a signing key is cached beyond its day.",
        sources=("versity/versitygw: date_mismatch", "lakeFS#2465", "AWS documentation: Troubleshoot SigV4"),
        leads_to=("clock-skew",),
    ),
    Cause(
        slug="scope-date-format",
        title="The scope's date was written in another form when it was signed",
        fault=Fault.CLIENT,
        fix="Write the date as eight digits, YYYYMMDD, wherever it is used: in the Credential, in the string to sign"
        " and as the first message of the key's derivation.",
        about="The scope has the form YYYYMMDD/region/service/aws4_request. Signers that format the date twice write it"
        " with hyphens, as a whole timestamp or without leading zeros in one of the places.",
    ),
)
