"""Path.

S3's rule: the path is percent-decoded once, then each byte outside of letters, digits and `-._~/` is encoded once, in
capitals. Nothing is normalised, for keys may hold `//` and `..`. Other AWS services follow another rule, and most
differences come from signers that follow that one, or from proxies that clean paths up.
"""

from __future__ import annotations

from inspector.diagnose.causes.wording import PATH_STYLE
from inspector.diagnose.finding import Cause, Fault

_RAW = (
    "Pass the path on as it came: in nginx a proxy_pass without a path of its own and merge_slashes off; in Apache"
    " AllowEncodedSlashes NoDecode and nocanon; in Envoy and Istio no path normalisation."
)
_ENCODE = "Percent-encode each byte of the key but A-Z a-z 0-9 - . _ ~ and /, once, and send and sign that same text."

CAUSES = (
    Cause(
        slug="path-double-encoded",
        title="The path was percent-encoded twice on one side",
        fault=Fault.CLIENT,
        fix="Sign by S3's rule: encode the path once. Generic signers have a switch for it.",
        fixes={
            "boto3": "With botocore by hand: S3SigV4Auth, not SigV4Auth.",
            "js": "new SignatureV4({ uriEscapePath: false, … })",
            "go": "v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })",
            "java": "AwsV4HttpSigner with DOUBLE_URL_ENCODE set to false.",
        },
        about="Every AWS service but S3 wants the path encoded once more, so that %20 becomes %2520. A generic signer"
        " used for S3, or a gateway that signs for another service, does that. It shows only on keys that have"
        " something to encode.",
        sources=("envoyproxy/envoy#35023", "aws/aws-sdk-go-v2#833", "aws/aws-sdk-go-v2#3349", "amplify-js#11538"),
    ),
    Cause(
        slug="path-unencoded",
        title="Characters were signed as they are that the rule percent-encodes",
        fault=Fault.CLIENT,
        fix=_ENCODE,
        about="Letters that are legal in a URL as they are (@ = : * ( ) ' ! , ; $ &) must still be encoded in the"
        " canonical path. Signers that use their language's URL functions leave some of them bare.",
        sources=("envoyproxy/envoy#42165", "pocketbase#6654", "curl/curl#13754", "k6-jslib-aws#78", "s3gof3r#110"),
    ),
    Cause(
        slug="path-case",
        title="The path was signed in small letters or in capitals",
        fault=Fault.CLIENT,
        fix="Sign the path as it is sent: keys are told apart by case, and only host and header names are lowered.",
        about="A signer, or a URL class below it, lowers the whole URL, not its host alone. It shows on keys that have"
        " capitals. Sent in small letters and signed with capitals, the capitals cannot be known again.",
    ),
    Cause(
        slug="path-of-another-call",
        title="The path that was signed is that of another call",
        fault=Fault.CLIENT,
        fix="Sign each request, or URL, for the very object that it asks for: a signature is good for one path.",
        about="A presigned URL whose key was edited, an Authorization header that was kept and sent with the next"
        " request, or a signer that saw the path of another request than the one that went out.",
    ),
    Cause(
        slug="path-js-encode",
        title="The path was encoded by encodeURI or encodeURIComponent",
        fault=Fault.CLIENT,
        fix="Encode ! ' ( ) * after encodeURIComponent, too.",
        fixes={
            "js": 'encodeURIComponent(segment).replace(/[!\'()*]/g, c => "%" + c.charCodeAt(0).toString(16)'
            ".toUpperCase())",
        },
        about="JavaScript's functions leave !'()* bare, since an older RFC allowed them; encodeURI leaves more.",
        sources=("zirkelc/aws-signature-v4#13",),
    ),
    Cause(
        slug="path-plus",
        title="A plus sign in the path was read as a space, or not encoded",
        fault=Fault.CLIENT,
        fix="In a path + is a plus sign: write it as %2B, and a space as %20.",
        about="Form encoding, where + means a space, holds for queries of forms only. Who applies it to a path signs"
        " another key than is sent.",
        sources=("minio/minio-dart#114", "mhart/aws4#115", "ngx_aws_auth#87", "minio/minio-java#261"),
    ),
    Cause(
        slug="path-space",
        title="A space in the path was encoded as in a form, or not at all",
        fault=Fault.CLIENT,
        fix="Write a space in a path as %20.",
        about="One side has +, %20 or a bare space where the other has another of them.",
        sources=("s3tools/s3cmd#780", "ceph#10919", "minio/minio#4162", "minio/minio#6548"),
    ),
    Cause(
        slug="path-tilde",
        title="A tilde was percent-encoded on one side",
        fault=Fault.CLIENT,
        fix="Leave ~ as it is: it needs no encoding (RFC 3986 §2.3).",
        about="Encoders that are older than RFC 3986 write %7E. S3's rule leaves the tilde bare.",
        sources=("net-amazon-s3#64", "net-amazon-s3#119"),
    ),
    Cause(
        slug="path-hex-case",
        title="Percent-escapes were signed in lower case",
        fault=Fault.CLIENT,
        fix="Write the two hex digits of an escape in capitals: %2F, not %2f.",
        about="%2f and %2F name the same byte, and are different text. The canonical path has capitals.",
        sources=("nginx-s3-gateway#578",),
    ),
    Cause(
        slug="path-over-encoded",
        title="Characters were percent-encoded that need none",
        fault=Fault.CLIENT,
        fix=_ENCODE,
        about="The signer encoded letters, digits or -._~, or kept such escapes as they came (%61 for a). S3's rule"
        " decodes first.",
        sources=("nginx-s3-gateway#578",),
    ),
    Cause(
        slug="path-slash-encoded",
        title="Slashes of the key were percent-encoded",
        fault=Fault.CLIENT,
        fix="Leave the slashes of a key as they are, in the URL and in the canonical path.",
        about="S3's rule keeps / between the parts of a key. An encoder for single segments, applied to the whole key,"
        " writes %2F (or %252F).",
        sources=("tigrisdata/storage#101", "aws/aws-sdk-net#244"),
    ),
    Cause(
        slug="path-unicode",
        title="Letters beyond ASCII were signed in another encoding or normal form",
        fault=Fault.CLIENT,
        fix="Encode keys as UTF-8, and bring them into one Unicode normal form (NFC) before they are used.",
        about="é is one code point or two (NFC, NFD), and other bytes in Latin-1. Clients that change the form change"
        " the key, so that it is mostly met as a 404; as a bad signature only where something in between does it.",
        sources=("aws/aws-sdk-kotlin#200", "jamhall/s3rver#513", "fog#2790", "gumroad#6137"),
    ),
    Cause(
        slug="path-slashes-merged",
        title="Slashes that follow each other were made one",
        fault=Fault.PATH,
        fix=_RAW,
        about="A key may hold //, or begin with /. nginx (merge_slashes), Traefik, Istio (MERGE_SLASHES) and some HTTP"
        " libraries make one slash of them, and then another key is asked for than was signed. Keys without double"
        " slashes avoid the whole trouble.",
        sources=("versity/versitygw#2274", "aws/aws-sdk-java-v2#3749", "s3-operator#132", "cognitect-labs/aws-api#53"),
    ),
    Cause(
        slug="path-dot-segments",
        title="Segments . and .. were resolved on one side only",
        fault=Fault.CLIENT,
        fix="Send keys that hold . or .. as segments as they are (curl: --path-as-is), or do without such keys.",
        fixes={"curl": "curl --path-as-is …"},
        about="To S3 these are names like any other. URL libraries and proxies resolve them, as a browser would.",
        sources=("requests-aws4auth#31", "fog-aws#133", "aws/aws-sdk-java-v2#3534"),
    ),
    Cause(
        slug="path-trailing-slash",
        title="A slash at the path's end is there on one side only",
        fault=Fault.CLIENT,
        fix="Send the path exactly as it was signed: folder/ and folder are two keys.",
        about="A router or a URL library added the slash, or took it off.",
        sources=("aws-c-auth: get-slash vectors",),
    ),
    Cause(
        slug="path-empty",
        title="The root was signed as an empty path",
        fault=Fault.CLIENT,
        fix="Sign / where the path is empty.",
        about="A request for the root has the path /, also where the URL ends behind the host.",
        sources=("aws-c-auth: get-slash vectors",),
    ),
    Cause(
        slug="path-prefix-stripped",
        title="Something took a prefix off the path after it was signed",
        fault=Fault.PATH,
        fix="Give the storage a host name of its own instead of a path below another one; a signature covers the whole"
        " path.",
        about="The client signed /storage/bucket/key, and /bucket/key arrived: a route that strips the prefix it"
        " matched.",
        sources=("minio/minio#5947", "minio/minio#10162", "minio/minio#15281", "gaul/s3proxy#645"),
    ),
    Cause(
        slug="path-prefix-added",
        title="Something put a prefix before the path after it was signed",
        fault=Fault.PATH,
        fix="Let the client address the whole path itself, or let what adds the prefix sign again.",
        about="The client signed /key, and /prefix/key arrived: a rewrite rule, a CDN's origin path, or a proxy that"
        " puts the bucket there.",
        sources=("gaul/s3proxy#645", "seaweedfs: verify()"),
    ),
    Cause(
        slug="path-bucket-missing",
        title="The bucket stands in the path on one side only",
        fault=Fault.CLIENT,
        fix="Sign the path that is sent: with the bucket in path style, without it where the host names the bucket.",
        fixes=PATH_STYLE,
        about="Host and path do not belong to the same addressing style: the bucket is in both, or in neither.",
        sources=("s3tools/s3cmd#675",),
    ),
)
