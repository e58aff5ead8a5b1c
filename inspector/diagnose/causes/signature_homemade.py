"""Home-made signers.

A large share of questions about signatures come from those who write the signer themselves. Each row is a slip that
was met; with the secret at hand the search shows which one it is. `b2-inspector sigv4 FILE` and `explain --steps`
print every value from the canonical request to the signature, to set against one's own.
"""

from __future__ import annotations

from inspector.diagnose.finding import Cause, Fault

_AWS = "AWS documentation: Troubleshoot SigV4 signing"


def _slip(slug: str, title: str, fix: str, about: str = "", sources: tuple[str, ...] = (_AWS,)) -> Cause:
    return Cause(slug, title, Fault.CLIENT, fix, about=about, sources=sources)


CAUSES = (
    _slip(
        "impl-hex-chain",
        "The digests of the key's derivation were turned into text before they became keys",
        "Use the 32 raw bytes of each HMAC as the key of the next one; only the last, the signature, is written in"
        " hex.",
        "Many HMAC functions return hex by default (PHP's hash_hmac without its last argument, CryptoJS's toString).",
    ),
    _slip(
        "impl-no-AWS4-prefix",
        "The secret was not prefixed with AWS4",
        'Begin the key\'s derivation with HMAC("AWS4" + secret, date).',
    ),
    _slip(
        "impl-scope-order",
        "The signing key was made of the right words in the wrong order, or without one of them",
        "Derive in this order: date, region, service, aws4_request.",
    ),
    _slip(
        "impl-creq-not-hashed",
        "The string to sign does not end with the hash of the canonical request",
        "End the string to sign with the hex SHA-256 of the canonical request, not with its text.",
    ),
    _slip(
        "impl-crlf",
        "Something else than a single line feed stands between the lines that were signed",
        "Join lines with \\n: not with CRLF, not with CR, and not with the two characters \\ and n.",
        "Here-documents with Windows line ends, CHAR(13) in SQL, single quotes in PHP and shells.",
    ),
    _slip(
        "impl-no-blank-line",
        "There is not exactly one empty line between the canonical headers and their list",
        "End each header line with \\n and write one \\n more before the list of names.",
    ),
    _slip(
        "impl-trailing-newline",
        "A line end stands after the last line that was signed",
        "End canonical request and string to sign without a line feed: in shells printf %s, not echo.",
    ),
    _slip(
        "impl-hash-dressed",
        "A hash was signed with what the tool that made it prints beside it",
        "Take the 64 digits alone: sha256sum | cut -d' ' -f1, or openssl dgst -sha256 -r | cut -d' ' -f1.",
        "sha256sum prints two spaces and a hyphen behind a hash, openssl '(stdin)= ' or 'SHA2-256(stdin)= ' before it.",
    ),
    _slip(
        "impl-text-dressed",
        "The lines of a text that was signed are indented, or the text stands between quotes",
        "Put the text together with printf '%s\\n', or in a here-document that begins at the first column.",
        "Indentation in a here-document or a text block is part of the text, and so are quotes within quotes.",
    ),
    _slip(
        "impl-part-missing",
        "A line, or a word of the scope, is missing from what was signed",
        "Write all six parts of the canonical request and all four lines of the string to sign; an empty query is an"
        " empty line.",
    ),
    _slip(
        "impl-hash-uppercase",
        "A hash was signed in upper-case hex",
        "Write hashes in lower-case hex.",
        ".NET's BitConverter and Convert.ToHexString, and SQL's hex functions, write capitals.",
    ),
    _slip(
        "impl-signature-encoding",
        "The signature is not written in lower-case hex",
        "Write the signature as 64 hex digits in lower case; base64 belongs to SigV2.",
    ),
    _slip(
        "impl-host-as-uri",
        "The host, or the whole URL, was signed in the line of the path",
        "Sign the path alone in the second line, beginning with /, and the query in the third.",
        sources=(_AWS, "whosebug 6328044"),
    ),
    _slip(
        "impl-header-case",
        "Header names were signed in capitals",
        "Write the names of canonical headers, and their list, in lower case.",
    ),
    _slip(
        "impl-header-format",
        "The header lines, or the list of their names, were written otherwise",
        "Write each header as name:value, without a space after the colon, and the list joined by semicolons.",
    ),
    _slip(
        "impl-method-lower",
        "The method was signed in lower case",
        "Sign the method in capitals, as it is sent.",
    ),
    _slip(
        "impl-utf16",
        "Text was turned into UTF-16, or given a byte order mark, before it was hashed or signed",
        "Turn text into UTF-8 without a byte order mark before hashing.",
        "Encoding.Unicode in .NET and NVARCHAR in SQL Server are UTF-16.",
        sources=(_AWS, "whosebug 6328044"),
    ),
    _slip(
        "impl-algorithm",
        "Another name of the algorithm stands in the string to sign",
        "Begin the string to sign with AWS4-HMAC-SHA256, as in the Authorization header.",
        sources=("minio/minio#14592",),
    ),
)
