"""Host.

The Host line (in HTTP/2 `:authority`) is always signed. Whatever stands between client and server and addresses the
server by another name breaks the signature, unless it passes the client's Host line on.
"""

from __future__ import annotations

from inspector.diagnose.causes.wording import ENDPOINT, PATH_STYLE, REGION
from inspector.diagnose.finding import Cause, Fault

_KEEP_HOST = (
    "Let the proxy pass the client's Host line on (nginx: proxy_set_header Host $http_host; Apache: ProxyPreserveHost"
    " On; HAProxy, Caddy and Traefik do so by default), or let the client sign for the name the server is reached by."
)

CAUSES = (
    Cause(
        slug="host-rewritten",
        title="Another host was signed than the one that arrived",
        fault=Fault.PATH,
        fix=_KEEP_HOST,
        about="A reverse proxy, tunnel or ingress replaced the Host line with the name of its upstream, or the client"
        " signed for an internal name (minio:9000, localhost) and the request was sent elsewhere. B2's buckets are"
        " reached by B2's own names alone, so a name of one's own before B2 needs something that signs again.",
        sources=("minio/minio#6853", "minio/minio#7857", "minio/minio#9964", "aws/aws-sdk-js-v3#6618", "dioptra#347"),
    ),
    Cause(
        slug="host-port-dropped",
        title="The port was lost from the Host line",
        fault=Fault.PATH,
        fix="In nginx use proxy_set_header Host $http_host; $host is the name without its port.",
        about="The client signed host:port, as it must for any port but the scheme's own, and the port was gone when"
        " the request arrived.",
        sources=("minio/minio#8624", "minio/minio#5298", "fog-aws#755"),
    ),
    Cause(
        slug="host-default-port-included",
        title="Client and request disagree whether the default port belongs to the host",
        fault=Fault.CLIENT,
        fix="Leave :443 (https) and :80 (http) out of the endpoint.",
        fixes={
            "boto3": f'endpoint_url="{ENDPOINT}", without :443.',
            "aws-cli": f"--endpoint-url {ENDPOINT}, without :443.",
            "rclone": "endpoint = s3.us-west-004.backblazeb2.com, without :443.",
            "minio": 'Minio("s3.us-west-004.backblazeb2.com"), without :443.',
        },
        about="HTTP libraries leave a scheme's own port out of the Host line; a signer that takes the endpoint as"
        " written signs it. Then one side says host:443 and the other host.",
        sources=("aws/aws-cli#2883", "awslabs/aws-sdk-rust#1244", "velero-plugin-for-aws#327", "requests-aws4auth#79"),
    ),
    Cause(
        slug="host-vhost-vs-path",
        title="The bucket was signed in the host and sent in the path, or the other way round",
        fault=Fault.PATH,
        fix="Choose one style in the client, and take out the rule that rewrites the other into it.",
        fixes=PATH_STYLE,
        about="B2 takes both https://BUCKET.s3.REGION.backblazeb2.com/KEY and https://s3.REGION.backblazeb2.com/BUCKET/"
        "KEY. What was signed and what arrived differ in exactly that: a rewrite in between, or a client that builds"
        " its URL in one style and signs in the other.",
        sources=("s3tools/s3cmd#675", "s3tools/s3cmd#974", "rclone/rclone#8520"),
    ),
    Cause(
        slug="host-region-swapped",
        title="Signed for the endpoint of another region",
        fault=Fault.CONFIGURATION,
        fix="Configure the endpoint that the request is to go to, in one place.",
        fixes=REGION,
        about="Host and region that were signed are those of another endpoint: two settings disagree, or something"
        " sends the request on to another region.",
        sources=("S3-Uploads#749",),
    ),
    Cause(
        slug="host-case-dot-ipv6",
        title="The host was spelt otherwise when it was signed",
        fault=Fault.CLIENT,
        fix="Write the endpoint's host in lower case, without scheme, final dot and user information.",
        about="Capitals, a dot at the end, brackets round an IPv6 address, user:password@ or https:// before the host:"
        " signer and HTTP library clean them up differently.",
        sources=("boto/botocore: test_auth_sigv4, test_strips_http_auth",),
    ),
    Cause(
        slug="host-http2-authority",
        title="HTTP/2's :authority and the host that was signed differ",
        fault=Fault.CLIENT,
        fix="Sign the host that is sent as :authority, without the default port, and send no other Host line; or use"
        " HTTP/1.1.",
        fixes={
            "curl": "curl --http1.1 … rules HTTP/2 out.",
            "rclone": "disable_http2 = true in rclone.conf rules HTTP/2 out.",
        },
        about="HTTP/2 has no Host line: the host stands in :authority. A signer that looks for Host finds nothing, or"
        " one that was put there beside it with another value, or with :443.",
        sources=("s3s#539", "s3s#540", "awyeah-api#8", "aws/aws-sdk-js-v3#1524", "arrow-rs-object-store#49"),
    ),
    Cause(
        slug="host-redirect-followed",
        title="A redirect was followed with the signature made for another host",
        fault=Fault.CLIENT,
        fix="Sign again after a redirect, or configure the endpoint that it points to, so that there is none.",
        fixes={
            **REGION,
            "curl": "Do without -L and --location-trusted, and give the URL that the redirect points to.",
        },
        about="The first server answered 301 or 307, and the HTTP library sent the same Authorization to the other"
        " host. Its signature is for the first one.",
        sources=("aws4fetch#51", "minio/minio-go#867", "snowflake-connector-python#2900", "awscurl#117"),
        leads_to=("host-rewritten",),
    ),
)
