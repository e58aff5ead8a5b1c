"""What people paste, a URL or a curl command line, as the request that it makes: not a byte decoded."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.errors import UsageError
from inspector.formats.address import looks_like_address, read_address

HOST = "s3.us-west-004.backblazeb2.com"

URLS = [
    (f"https://{HOST}/b/a%20b%2Fc?x=1&y", (HOST, 443, b"/b/a%20b%2Fc?x=1&y", HOST.encode())),
    (f"https://{HOST}:443", (HOST, 443, b"/", HOST.encode())),
    (f"http://{HOST}:9000?acl", (HOST, 9000, b"/?acl", f"{HOST}:9000".encode())),
    (f"HTTPS://user:pass@{HOST.upper()}/b/k#part", (HOST, 443, b"/b/k", HOST.upper().encode())),
    ("http://[::1]:8080/b/ü+k", ("::1", 8080, "/b/ü+k".encode(), b"[::1]:8080")),
    (f"  https://{HOST}/b//../k\n", (HOST, 443, b"/b//../k", HOST.encode())),
]
CURLS = [
    (f"curl https://{HOST}/k", b"GET", {}, b""),
    (f"curl -sSLI 'https://{HOST}/k'", b"HEAD", {}, b""),
    (f"curl -XPUT -H 'A: 1' -H \"B:2\" -H 'Accept:' -H 'X-Empty;' https://{HOST}/k", b"PUT",
     {b"A": b"1", b"B": b"2", b"X-Empty": b""}, b""),
    (f"curl --request DELETE --url https://{HOST}/k --max-time 5 -o out", b"DELETE", {}, b""),
    (f"curl https://{HOST}/k -d a=1 -d b=2", b"POST",
     {b"Content-Type": b"application/x-www-form-urlencoded"}, b"a=1&b=2"),
    (f"curl https://{HOST}/k --json '{{}}'", b"POST", {b"Content-Type": b"application/json"}, b"{}"),
    (f"curl 'https://{HOST}/k' \\\n  -H 'Content-Type: x/y' \\\n  --data-raw $'a\\nb\\'c' --compressed", b"POST",
     {b"Content-Type": b"x/y"}, b"a\nb'c"),
    (f"curl -T file -A me -u KEY:SECRET --aws-sigv4 aws:amz:us-west-004:s3 https://{HOST}/k", b"PUT",
     {b"User-Agent": b"me"}, b""),
]  # fmt: skip


@pytest.mark.parametrize(("url", "wanted"), URLS)
def test_a_url(url: str, wanted: tuple[str, int, bytes, bytes]) -> None:
    """Target and Host line as a client sends them: nothing put in order, a usual port left out, no fragment."""
    request, body = read_address(url)

    assert (request.host, request.port, request.target, request.signed_host) == wanted
    assert (request.method, body) == (b"GET", b"")


@pytest.mark.parametrize(("line", "method", "headers", "body"), CURLS)
def test_a_curl_command_line(line: str, method: bytes, headers: dict[bytes, bytes], body: bytes) -> None:
    """Options with and without values, single or in a bundle; what curl adds for an option is added."""
    request, sent = read_address(line)

    assert (request.method, request.target, sent) == (method, b"/k", body)
    assert dict(request.headers) == {b"Host": HOST.encode(), **headers}


def test_data_of_a_get_goes_into_the_query() -> None:
    """As curl's -G does it."""
    request, body = read_address(f"curl -G https://{HOST}/k?a=1 -d b=2")

    assert (request.method, request.target, body) == (b"GET", b"/k?a=1&b=2", b"")


@pytest.mark.parametrize(
    "text",
    [
        "https://",
        "ftp://host/x",
        "https://[::1/x",
        "https://host:port/x",
        "curl ",
        "curl 'https://host",
        "curl -d @file https://host/",
        "curl -X 'A B' https://host/",
    ],
)
def test_what_makes_no_request_is_refused(text: str) -> None:
    """With what is wrong and an example."""
    with pytest.raises(UsageError):
        read_address(text)


def test_a_secret_in_a_command_line_is_not_repeated() -> None:
    """-u holds one."""
    with pytest.raises(UsageError) as refused:
        read_address("curl -u KEY:SECRET 'ftp://host/'")
    assert "SECRET" not in str(refused.value)


@given(st.text(st.characters(exclude_categories=())))
def test_no_text_is_too_strange(text: str) -> None:
    """It is read, or refused as a mistake of the user's."""
    for line in (f"curl {text}", f"https://{text}"):
        assert looks_like_address(line)
        with contextlib.suppress(UsageError):
            read_address(line)
