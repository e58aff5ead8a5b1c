"""Where credentials stand in what is said: the tables that redaction reads.

SigV4 and SigV2 authorizations are not among them: a signature proves a secret and does not hold it. Neither are key
ids, nor the MD5 of an SSE-C key: they tell keys apart, which is what one inspects.
"""

from __future__ import annotations

import re

HEADERS = frozenset(
    (
        b"x-amz-security-token",
        b"x-amz-s3session-token",
        b"x-amz-server-side-encryption-customer-key",
        b"x-amz-copy-source-server-side-encryption-customer-key",
        b"x-bz-server-side-encryption-customer-key",  # the native API's SSE-C
        b"x-api-key",
        b"x-auth-token",
        b"x-vault-token",
    )
)
"""Headers (lower case) whose whole value is a secret."""

SCHEMES = frozenset((b"basic", b"bearer", b"digest", b"negotiate", b"ntlm", b"oauth", b"token", b"apikey"))
"""Authorization schemes (lower case) whose name may stay; where a value begins with none of them, all of it goes."""

QUERY = HEADERS | {b"authorization", b"authorizationtoken", b"applicationkey"}
"""Query parameters (lower case) whose value is a secret: presigned URLs carry headers as parameters."""

URL_HINTS = tuple(
    name + equals for name in (b"token", b"authorization", b"-key", b"applicationkey") for equals in (b"=", b"%3d")
)
"""Lower-case bytes one of which stands in every URL that holds such a parameter."""

BODY_FIELD = re.compile(r"(?is).*(?:token|secret|password|accesskey|applicationkey|customer-?key)")
"""Names of JSON keys, XML elements and form fields whose value is a secret.

B2's native API: authorizationToken, applicationKey, customerKey (SSE-C), hmacSha256SigningSecret (event
notifications). STS: SecretAccessKey, SessionToken, and WebIdentityToken or LDAPPassword of those who ask. POST uploads:
x-amz-security-token, x-amz-server-side-encryption-customer-key. `NOT_SECRET` are those that end alike.
"""

NOT_SECRET = re.compile(r"(?i)(?:aws)?accesskey|next.*token|.*continuation-?token|.*pagination-?token|x-amz-meta-.*")


def is_secret_field(name: str) -> bool:
    """Whether the value of a JSON key, XML element or form field of this name is a secret."""
    return BODY_FIELD.fullmatch(name) is not None and NOT_SECRET.fullmatch(name) is None
