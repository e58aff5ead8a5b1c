"""Second witness.

What the client's own log shows. `explain ID --debug-log FILE` takes a debug log of botocore, the AWS CLI, s3cmd,
aws-crt or the AWS SDKs for Java and Go, and sets what it says was signed beside what arrived. No secret is needed for
that.
"""

from __future__ import annotations

from inspector.diagnose.finding import Cause, Fault

CAUSES = (
    Cause(
        slug="log-differs",
        title="The client's own log shows other text signed than arrived",
        fault=Fault.PATH,
        fix="Find what stands between the signer and this recorder and changes that text: a proxy, a load balancer, or"
        " the client's own HTTP library.",
        about="An SDK's debug log holds the canonical request that it signed. Where a line of it differs from the one"
        " that the recorded bytes give, that line was changed after it was signed, or the signer wrote it by another"
        " rule than it was sent by.",
    ),
)
