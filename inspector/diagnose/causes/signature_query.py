"""Query.

The rule: each pair decoded once and encoded once (every byte but letters, digits and `-._~`), sorted by name, then by
value; a name without `=` gets one. Presigned URLs sign their query, so nothing may be added to them or taken off.
"""

from __future__ import annotations

from inspector.diagnose.finding import Cause, Fault

_ENCODE = "Percent-encode names and values once, each byte but A-Z a-z 0-9 - . _ ~, a space as %20, a slash as %2F."

CAUSES = (
    Cause(
        slug="query-unsorted",
        title="The parameters were signed in the order in which they are sent",
        fault=Fault.CLIENT,
        fix="Sort the encoded parameters by name, then by value, before signing.",
        fixes={"curl": "Sort the parameters in the URL: curl 7.88 signs the query as it is written."},
        about="The canonical query is sorted; the order in the URL does not matter to the server.",
        sources=("deno_aws_sign_v4#7", "aws-request-signer#9", "sksamuel/elastic4s#1326"),
    ),
    Cause(
        slug="query-sorted-as-strings",
        title="The parameters were sorted as whole strings, not by name and then by value",
        fault=Fault.CLIENT,
        fix="Sort pairs of encoded name and encoded value, not the texts name=value.",
        about="As text, a-b=1 stands before a=1, since - comes before =; by name a comes first. It shows only where one"
        " name is the beginning of another.",
        sources=("mhart/aws4#103", "amplify-js#3582", "requests-aws4auth#21"),
    ),
    Cause(
        slug="query-sort-case",
        title="The parameters were sorted without regard to case",
        fault=Fault.CLIENT,
        fix="Sort by the bytes of the names: capitals stand before small letters.",
        about="X-Amz-Date stands before acl, as its bytes do. Collations of a locale put it behind.",
        sources=("amazon-sp-api#151", "Arsenal#188"),
    ),
    Cause(
        slug="query-valueless",
        title="A parameter without a value was signed without =, or not at all",
        fault=Fault.CLIENT,
        fix="Sign ?uploads as uploads=, also where no = is sent.",
        about="Subresources (?acl, ?uploads, ?delete) are names without a value. The canonical query writes an = behind"
        " them all the same.",
        sources=("libvmod-awsrest#24", "curl/curl#8107", "aws-sdk-signers 0.2.0: changelog"),
    ),
    Cause(
        slug="query-encoding",
        title="Characters in the query were encoded by another rule, or not at all",
        fault=Fault.CLIENT,
        fix=_ENCODE,
        fixes={
            "boto3": 'urllib.parse.quote(value, safe="-_.~"), not quote_plus and not urlencode\'s default.',
            "curl": "Write prefix=a%2Fb, not prefix=a/b: curl signs the query as it is written.",
        },
        about="A + for a space, bare / * { } = : @, escapes in small letters, or ~ as %7E: form encoders differ from"
        " the rule in just these.",
        sources=("ozone#3726", "awslabs/aws-sdk-rust#330", "curl/curl#11794", "curl/curl#13058", "aws-sign-web#16"),
    ),
    Cause(
        slug="query-joined",
        title="Something else than an ampersand stands between the parameters that were signed",
        fault=Fault.CLIENT,
        fix="Join the sorted pairs with & alone, with none before the first and none behind the last.",
        about="A semicolon as in old HTML, &amp; out of an XML or HTML writer, a comma or nothing out of a language's"
        " own joining of lists.",
    ),
    Cause(
        slug="query-case",
        title="The parameters were signed in small letters",
        fault=Fault.CLIENT,
        fix="Sign names and values of parameters as they are sent; only the names of headers are lowered.",
        about="X-Amz-Date and uploadId keep their capitals in the canonical query, and so do values.",
    ),
    Cause(
        slug="query-double-encoded",
        title="The query was percent-encoded twice on one side",
        fault=Fault.CLIENT,
        fix="Hand the signed URL to the HTTP library as it is, in the form that says that it is encoded already.",
        fixes={
            "boto3": "With aiohttp: session.get(yarl.URL(url, encoded=True)).",
            "java": "URI.create(url), not UriComponentsBuilder…build().encode() or RestTemplate with a String.",
        },
        about="X-Amz-Credential holds %252F where %2F belongs: a URL library took the finished URL for raw text and"
        " encoded it once more.",
        sources=("localstack#10844", "localstack: double_encoded_credentials", "jumpstarter#662"),
        leads_to=("auth-malformed", "presign-param-missing"),
    ),
    Cause(
        slug="query-param-changed",
        title="A parameter was changed after the URL was signed",
        fault=Fault.CLIENT,
        fix="Sign a URL for each set of parameters: a presigned URL is good for the very values it was made with, its"
        " lifetime X-Amz-Expires among them.",
        about="Somebody gave a finished URL a longer life, another part number, another version or another name for the"
        " download. All of a presigned URL's query is signed.",
        sources=("AWS documentation: signing with query parameters",),
    ),
    Cause(
        slug="query-param-added",
        title="Parameters were added to the URL after it was signed",
        fault=Fault.PATH,
        fix="Add parameters before signing, or keep the cache buster or tracker away from signed URLs.",
        about="A CDN, a link tracker (utm_…), a cache buster (v, t, _) or middleware appended something. The signature"
        " covers the whole query, so that nothing may be added.",
        sources=("netbox#23051", "aws/aws-sdk-java-v2#3689", "aws/aws-sdk-go#3380"),
    ),
    Cause(
        slug="query-param-removed",
        title="A parameter was taken off the URL after it was signed",
        fault=Fault.PATH,
        fix="Pass the query on whole; make a CDN forward all parameters, not a list of known ones.",
        about="x-id, response-content-disposition, versionId or partNumber was signed and did not arrive: a cache key"
        " or an allow list of parameters cut it.",
        sources=("aws-cfml#12",),
    ),
    Cause(
        slug="query-tail-on-signature",
        title="Something stands behind the signature in the URL, or part of it is gone",
        fault=Fault.CLIENT,
        fix="Append nothing to a signed URL with a second ?, and cut it nowhere; take it from JSON or HTML by a"
        " parser.",
        about="X-Amz-Signature is mostly the last parameter, so whatever is glued to a URL lands on it: a second"
        " question mark with a cache buster, a quote or full stop of the text around it, a line break.",
        sources=("rtMedia#1664",),
    ),
    Cause(
        slug="query-semicolon",
        title="Semicolons stand bare in the query",
        fault=Fault.CLIENT,
        fix="Write the semicolons of X-Amz-SignedHeaders as %3B.",
        about="Some parsers split queries at semicolons, too, or drop a pair that holds one (Go since 1.17). Servers"
        " that use such a parser see a shorter list of signed headers, or none.",
        sources=("seaweedfs#10305", "minio/minio#19887", "aws/aws-sdk-net#1953"),
    ),
    Cause(
        slug="query-signature-included",
        title="X-Amz-Signature was among the parameters that were signed",
        fault=Fault.CLIENT,
        fix="Sign the query without X-Amz-Signature, and append that at the end; sign a fresh URL, never a signed one.",
        about="The signature cannot cover itself. Home-made signers leave it there empty, or sign a URL that carries an"
        " earlier signature.",
    ),
)
