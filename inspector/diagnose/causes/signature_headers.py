"""Method and headers.

Each header in SignedHeaders is part of what is signed, its value trimmed and its inner spaces made one. Whatever
happens to such a header between signer and server breaks the signature; headers that are not listed may change freely,
but S3 wants `host` and every `x-amz-*` listed.
"""

from __future__ import annotations

from inspector.diagnose.finding import Cause, Fault

_UNTOUCHED = "Let whatever stands in between pass the header on unchanged, or leave it out of what is signed."

CAUSES = (
    Cause(
        slug="method-changed",
        title="The request was signed with another method than it arrived with",
        fault=Fault.PATH,
        fix="Let caches pass HEAD on as HEAD, and follow redirects by signing again.",
        about="A cache asked with GET for what the client asked with HEAD (Cloudflare does), or a redirect (301, 302,"
        " 303) turned a POST or PUT into a GET. For presigned URLs see presign-method.",
        sources=("multistore#95", "RFC 9110 §15.4"),
    ),
    Cause(
        slug="hdr-accept-encoding-changed",
        title="Accept-Encoding was changed after it was signed",
        fault=Fault.PATH,
        fix="Keep Accept-Encoding out of the signed headers, or go to B2 without the proxy that rewrites it"
        " (Cloudflare does).",
        fixes={
            "go": "Take Accept-Encoding off the request in a Finalize middleware before the step `Signing`, and put it"
            " back behind it; aws-sdk-go-v2#1816 shows one.",
            "rclone": "sign_accept_encoding = false (--s3-sign-accept-encoding=false), or use_accept_encoding_gzip ="
            " false.",
        },
        about="The AWS SDK for Go v2, and what is built on it, signs Accept-Encoding, mostly `identity` or `gzip`."
        " CDNs write their own: `gzip, br` at Cloudflare, `gzip(gfe)` at Google. Python's SDK leaves the header"
        " unsigned, which is why it works with the same key behind the same proxy.",
        sources=(
            "aws/aws-sdk-go-v2#1816",
            "rclone/rclone#6670",
            "rclone/rclone#8206",
            "supabase/storage#729",
            "cloudflare-b2#4",
            "cloudflare-b2-proxy#15",
        ),
    ),
    Cause(
        slug="hdr-conditional-stripped",
        title="A signed conditional header did not arrive",
        fault=Fault.PATH,
        fix="Keep If-None-Match, If-Modified-Since and their like out of what is signed, or turn caching off for these"
        " requests.",
        about="Caches answer or take out conditions themselves: Cloudflare does so with If-None-Match and"
        " If-Modified-Since. B2 then says that the header is listed in signed headers, but is not present.",
        sources=("cloudflare-b2#15", "cloudflare-b2#27", "pdx-tools#311"),
    ),
    Cause(
        slug="hdr-range-removed",
        title="A signed Range did not arrive",
        fault=Fault.PATH,
        fix="Keep Range out of what is signed, or let the cache pass it on.",
        about="Caches fetch whole objects and cut the range themselves. AWS counts an absent header as empty; B2 says"
        " that it is listed and not present.",
        sources=("aws/aws-sdk-go-v2#2722", "aws4fetch#5", "aws4fetch#39", "aws/aws-cli#9682"),
    ),
    Cause(
        slug="hdr-forwarded-signed",
        title="A header that proxies write is among the signed ones",
        fault=Fault.CLIENT,
        fix="Sign only host, content-type and x-amz-*; take X-Forwarded-*, CF-*, Via and X-Real-IP off before signing.",
        about="A worker or gateway that signs the request it received signs these along, and the next proxy appends to"
        " them.",
        sources=("aws4fetch#77", "toolhive#4670", "rancher/rancher#17983"),
    ),
    Cause(
        slug="hdr-expect",
        title="Expect is among the signed headers",
        fault=Fault.CLIENT,
        fix="Leave Expect out of what is signed.",
        about="Expect: 100-continue is settled hop by hop: proxies (this recorder too) answer it and take it out.",
        sources=("golang/go#13893", "minio/minio#1030", "Arsenal#300"),
    ),
    Cause(
        slug="hdr-hop-by-hop",
        title="A header that holds for one connection only is among the signed ones",
        fault=Fault.CLIENT,
        fix="Leave Connection, Keep-Alive, TE, Trailer, Transfer-Encoding and Upgrade out of what is signed.",
        about="Whoever passes a request on must take these out (RFC 9110 §7.6.1), and HTTP/2 has none of them; HTTP"
        " libraries add and change them behind the signer's back.",
        sources=("boto/botocore#3643", "aws/aws-cli#10123", "mcp-proxy-for-aws#313", "versity/versitygw#457"),
    ),
    Cause(
        slug="hdr-user-agent",
        title="User-Agent is among the signed headers",
        fault=Fault.CLIENT,
        fix="Leave User-Agent out of what is signed: proxies and HTTP libraries change it.",
        about="AWS's own SDKs leave it unsigned for that reason; some servers do not count it even where it is listed.",
        sources=("versity/versitygw#396",),
    ),
    Cause(
        slug="hdr-content-type",
        title="Content-Type was added, dropped or changed after it was signed",
        fault=Fault.CLIENT,
        fix="Set Content-Type explicitly, to the same value in what is signed and in what is sent.",
        fixes={
            "js": 'fetch(url, { headers: { "Content-Type": type } }) with the very type that was signed; axios and'
            " fetch add one of their own to a body without it.",
            "curl": "-H 'Content-Type: …' with the signed value, or -H 'Content-Type:' for none: -d adds"
            " application/x-www-form-urlencoded.",
        },
        about="HTTP libraries write a default (application/x-www-form-urlencoded, application/json), append ;"
        " charset=UTF-8 or change its case, after the signer has run.",
        sources=("aws/aws-sdk-js#244", "aws/aws-sdk-js-v3#1800", "aws/aws-sdk-js-v3#5268", "s3fs#134"),
    ),
    Cause(
        slug="hdr-content-length",
        title="Content-Length was another one when it was signed",
        fault=Fault.CLIENT,
        fix="Leave Content-Length out of what is signed, or sign the length of the body as it is sent.",
        about="Signed as 0 or -1 before the length was known, as the payload's length without its aws-chunked frame, or"
        " lost where something re-framed the body as chunked.",
        sources=("aws/aws-sdk-js#86", "aws/aws-sdk-js-v3#3829", "mcp-proxy-for-aws#313"),
    ),
    Cause(
        slug="hdr-retry-counter",
        title="The attempt counter of another attempt was signed",
        fault=Fault.CLIENT,
        fix="Sign each attempt with its own amz-sdk-request; update the SDK, or put retries of your own round the SDK,"
        " not below it.",
        about="amz-sdk-request says attempt=2; max=3, and the signature is the one for attempt=1.",
        sources=("aws/aws-sdk-go-v2#537", "aws/aws-sdk-ruby#2411"),
    ),
    Cause(
        slug="hdr-duplicated",
        title="A header stands several times, and was signed once or in another order",
        fault=Fault.CLIENT,
        fix="Set the header instead of adding it, so that it is sent once.",
        about="Repeated lines are signed as one, values joined by commas in their order. A retry that adds its headers"
        " once more to the same request object sends two of each.",
        sources=("s3backer#214", "curl/curl#11738", "aws/aws-sdk-js-v3#1800"),
    ),
    Cause(
        slug="hdr-whitespace",
        title="White space in a header's value was signed otherwise",
        fault=Fault.CLIENT,
        fix="Send values without spaces at their ends, without tabs and without several spaces in a row; encode"
        " metadata that holds them.",
        about="The rule trims a value and makes several spaces one. Signers differ over tabs, line folds and text"
        " between quotes, and servers do, too.",
        sources=("awslabs/aws-sdk-rust#248", "aws/aws-sdk-ruby#2758", "supabase#1396", "aws/aws-sdk-cpp#670"),
    ),
    Cause(
        slug="hdr-non-ascii",
        title="Letters beyond ASCII in a header were signed in another encoding",
        fault=Fault.CLIENT,
        fix="Percent-encode or base64-encode metadata that is not ASCII.",
        about="UTF-8, Latin-1 or RFC 2047: HTTP leaves the encoding of header values open, so signer and HTTP library"
        " choose differently.",
        sources=("aws/aws-sdk-js#820",),
    ),
    Cause(
        slug="hdr-percent-encoded",
        title="A header's value was percent-encoded or decoded on one side only",
        fault=Fault.CLIENT,
        fix="Encode the value once, before signing, and send that same text.",
        about="x-amz-copy-source is sent percent-encoded, and metadata often is. A library that encodes below the"
        " signer, or a proxy that decodes what it passes on, makes another value of it.",
    ),
    Cause(
        slug="hdr-empty-dropped",
        title="A signed header with an empty value did not arrive",
        fault=Fault.CLIENT,
        fix="Do not send, nor sign, headers without a value.",
        about="HTTP libraries and proxies drop empty headers, or write them; the signer saw it the other way.",
        sources=("s3fs#555", "ozone#11088"),
    ),
    Cause(
        slug="hdr-signed-absent",
        title="A header is listed as signed and did not come",
        fault=Fault.CLIENT,
        fix="Send every header that was signed; look which library or proxy takes it off.",
        about="AWS counts an absent header as empty and answers SignatureDoesNotMatch; B2 looks first and answers"
        " InvalidRequest: the header is listed in signed headers, but is not present.",
        sources=("versity/versitygw#457", "obsidian-livesync#958", "cloudflare-b2#15"),
    ),
    Cause(
        slug="hdr-value-changed",
        title="A signed header arrived with another value",
        fault=Fault.PATH,
        fix=_UNTOUCHED,
        about="The value that another call of the session had, or another one that is known for this header, gives the"
        " client's signature.",
    ),
    Cause(
        slug="hdr-added",
        title="A header of the list was not there when the request was signed",
        fault=Fault.CLIENT,
        fix="Set all headers before signing; sign last.",
        about="The header stands in the request and in the list of signed ones, and what was signed did without its"
        " line: it was set between two steps of the signer, or by something that also wrote the list anew.",
    ),
    Cause(
        slug="hdr-list-differs",
        title="The list of signed headers that was sent is not that of the headers that were signed",
        fault=Fault.CLIENT,
        fix="Build the list once, from the headers that are signed, and use it in the canonical request and in the"
        " Authorization header.",
        about="The list stands in both places, and in both it must name exactly the headers whose lines were signed.",
    ),
    Cause(
        slug="hdr-unsigned-amz",
        title="An x-amz-* header is sent that was not signed",
        fault=Fault.CLIENT,
        fix="Set every x-amz-* header before signing, so that it is among the signed ones.",
        about="S3 wants all of them covered. AWS answers AccessDenied and lists HeadersNotSigned; B2 says which header"
        " must be included in signature. A CDN may have added one (x-amz-cf-id).",
        sources=("deno_s3#47", "aws-api#35", "benji#309", "minio/minio#16893", "cloudyr/aws.s3#404"),
    ),
    Cause(
        slug="hdr-list-order",
        title="The list of signed headers is not as the rule wants it",
        fault=Fault.CLIENT,
        fix="List the names in lower case, sorted, each once, joined by semicolons, with host among them.",
        about="The list in the Authorization header must be the one in the canonical request, and host must be signed.",
        sources=("versity/versitygw", "minio: ErrUnsignedHeaders"),
    ),
)
