"""Ways to B2.

Endpoints, schemes, certificates, browsers' preflights, and what stands between a program and B2.
"""

from __future__ import annotations

from inspector.diagnose.causes.wording import PATH_STYLE, REGION
from inspector.diagnose.finding import Cause, Fault

CAUSES = (
    Cause(
        slug="http-not-https",
        title="B2 does not answer plain http",
        fault=Fault.CONFIGURATION,
        fix="Begin the endpoint with https://.",
        fixes=REGION,
        about="An endpoint with http://, or without a scheme in a program that then takes http: B2's port 80 is closed,"
        " the connection is refused or hangs.",
        sources=("sergix44/xbackbone#423", "wayjam/picgo-plugin-s3#18"),
    ),
    Cause(
        slug="endpoint-without-scheme",
        title="The endpoint's host stands where the bucket should",
        fault=Fault.CONFIGURATION,
        fix="Write the endpoint with its scheme: https://s3.us-west-004.backblazeb2.com, with your region.",
        fixes=REGION,
        about="Without https:// before it some programs take the endpoint for the first part of a path. Most cannot"
        " send anything then (unsupported protocol scheme), and a recorder sees nothing of it.",
        sources=("eduardolat/pgbackweb#97",),
    ),
    Cause(
        slug="endpoint-host-unknown",
        title="No host of that name exists",
        fault=Fault.CONFIGURATION,
        fix="Copy the endpoint from the bucket's page in B2's console: https://s3.REGION.backblazeb2.com.",
        fixes=REGION,
        about="The name of the endpoint is not in the DNS: a region that does not exist, a placeholder that was not"
        " filled in, a region without its number, or bucket and endpoint in each other's place. B2's regions are"
        " us-west-000, -001, -002, -004, us-east-005 and eu-central-003; new ones may follow.",
        sources=("a public file",),
    ),
    Cause(
        slug="old-ca-store",
        title="The certificate was not accepted as valid",
        fault=Fault.CONFIGURATION,
        fix="Update the runtime or its CA certificates (ca-certificates, certifi), and look at the clock; do not switch"
        " verification off.",
        about="A store of trusted authorities that is too old does not know B2's current chain, and a clock that is off"
        " makes every certificate expired or not yet valid.",
        sources=("wayjam/picgo-plugin-s3#23",),
    ),
    Cause(
        slug="bucket-with-dots-tls",
        title="B2's certificate does not cover bucket names with dots as host names",
        fault=Fault.CONFIGURATION,
        fix="Address the bucket in the path, or take a name without dots.",
        fixes=PATH_STYLE,
        about="The wildcard *.s3.REGION.backblazeb2.com stands for one label only (RFC 6125 §6.4.3).",
        sources=("boto/boto3#1756",),
    ),
    Cause(
        slug="recorder-not-trusted",
        title="The program does not trust the recorder's certificate",
        fault=Fault.CONFIGURATION,
        fix="Start it by `b2-inspector run --as PROGRAM -- CMD`, or hand it the authority that `b2-inspector info`"
        " names as its CA bundle; programs that pin certificates cannot be recorded.",
        fixes={
            "boto3": "AWS_CA_BUNDLE=FILE, or verify=FILE in boto3.client; REQUESTS_CA_BUNDLE counts, too.",
            "aws-cli": "AWS_CA_BUNDLE=FILE, or ca_bundle = FILE in ~/.aws/config.",
            "js": "NODE_EXTRA_CA_CERTS=FILE",
            "go": "SSL_CERT_FILE=FILE on Linux; on macOS and Windows Go asks the system's store.",
            "java": "-Djavax.net.ssl.trustStore=FILE",
            "curl": "curl --cacert FILE, or CURL_CA_BUNDLE=FILE",
            "rclone": "--ca-cert FILE, or SSL_CERT_FILE=FILE",
            "s3cmd": "ca_certs_file = FILE in ~/.s3cfg.",
        },
        about="The recorder reads https with certificates of an authority of its own. A program that looks for trust"
        " in a store of its own does not know it, and breaks the connection off during the handshake.",
    ),
    Cause(
        slug="cors-native-rules",
        title="The bucket's CORS rules were made in the console or by the native API",
        fault=Fault.CONFIGURATION,
        fix="Clear them first (b2 bucket update --cors-rules '[]' BUCKET), then PutBucketCors; or keep them there, with"
        " s3_… operations in allowedOperations.",
        about="The S3 calls about CORS do not touch rules of the native API's kind, not even to read them.",
        sources=("a public file",),
    ),
    Cause(
        slug="cors-preflight-refused",
        title="No CORS rule of the bucket allows what the browser asks",
        fault=Fault.CONFIGURATION,
        fix="Give the bucket a CORS rule with the page's origin, allowedOperations s3_put, s3_get and s3_head (as"
        " needed), allowedHeaders * and exposeHeaders etag.",
        about="The browser asks by OPTIONS before it sends. Without Access-Control-Allow-Origin in the answer it sends"
        " nothing, and the program sees no status, only a network error. The console's presets are for downloads.",
        sources=("tabloy/keygate#9", "itcon-pty-au/typingmind-cloud-backup#83", "abhay-ramesh/pushduck#64"),
    ),
    Cause(
        slug="cors-max-age",
        title="MaxAgeSeconds is more than a day",
        fault=Fault.CONFIGURATION,
        fix="Write a MaxAgeSeconds of 86400 at most.",
        about="B2 refuses CORS rules that browsers may remember for more than 86,400 seconds. Its words have not been"
        " published.",
    ),
    Cause(
        slug="content-disposition-invalid",
        title="The Content-Disposition is not well formed",
        fault=Fault.CLIENT,
        fix='Put the file name between quotes: attachment; filename="name (2).png"; names beyond ASCII as'
        " filename*=UTF-8''… in percent-encoding.",
        about="B2 reads the value strictly (RFC 6266): a file name without quotes must be a token, without spaces,"
        " brackets, colons or the like. AWS does not look.",
        sources=("kyantech/Palmr#262", "Chocobozzz/PeerTube#6161", "gliterd/laravel-backblaze-b2#22"),
    ),
    Cause(
        slug="expect-continue-stall",
        title="The client waited for a 100 Continue, and the call broke off",
        fault=Fault.PATH,
        fix="Let proxies and load balancers pass Expect: 100-continue on and answer it; or keep the client from"
        " sending it.",
        fixes={
            "curl": "curl -H 'Expect:' …",
            "go": "The http.Transport's ExpectContinueTimeout says how long Go waits.",
            "java": "ApacheHttpClient.builder().expectContinueEnabled(false)",
        },
        about="boto3 sends Expect: 100-continue with every body and waits about a second for the answer (measured);"
        " something between that keeps the answer back makes each upload slow, or break.",
        sources=("iterate-ch/cyberduck#16107",),
    ),
    Cause(
        slug="proxy-scheme-changes-sdk",
        title="Over plain http the SDK sends uploads in another form than over https",
        fault=Fault.CONFIGURATION,
        fix="Record over https: b2-inspector run -- CMD, with the endpoint that the program uses in production.",
        about="With an http:// endpoint botocore 1.36 and later send x-amz-checksum-crc32 and a Content-Length, with"
        " https:// aws-chunked with a trailer and no Content-Length (measured). A failure that is looked at through an"
        " http endpoint may be another one.",
    ),
)
