"""Who sent a request. Each User-Agent is one that was seen, with where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.s3.clients import PRODUCTS, client_of

SEEN = [
    # on loopback
    (
        "Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux#6.18 md/arch#x86_64 lang/python#3.11.7 md/pyimpl#CPython "
        "m/Z,e,b,E cfg/retry-mode#standard",
        "boto3 1.44.5",
    ),
    ("Botocore/1.44.5 ua/2.1 os/linux#6.18 md/arch#x86_64 lang/python#3.11.7", "botocore 1.44.5"),
    ("MinIO (Linux; x86_64) minio-py/7.2.20", "minio-py 7.2.20"),
    ("MinIO (Linux; x86_64) minio-py/7.2.20 myapp/1.0", "minio-py 7.2.20"),
    ("rclone/v1.75.2", "rclone 1.75.2"),
    ("object_store/0.14.2", "object_store 0.14.2"),
    ("curl/7.88.1", "curl 7.88.1"),
    ("python-requests/2.34.2", "python-requests 2.34.2"),
    ("Python-urllib/3.11", "Python-urllib 3.11"),
    # the older forms of botocore's own templates
    ("Boto3/1.26.0 Python/3.8.10 Linux/5.4 Botocore/1.29.0 Resource", "boto3 1.26.0"),
    ("aws-cli/1.29.0 Python/3.8.10 Linux/5.4 botocore/1.31.0", "aws-cli 1.29.0"),
    ("aws-cli/2.23.1 md/awscrt#0.23.4 ua/2.0 os/linux#6.1 md/arch#x86_64 lang/python#3.12.6", "aws-cli 2.23.1"),
    # hashicorp/terraform-provider-aws#33936, hashicorp/terraform#5020
    (
        "APN/1.0 HashiCorp/1.0 Terraform/1.0.11 (+https://www.terraform.io) terraform-provider-aws/dev "
        "(+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.21.1 os/macos lang/go#1.20.8",
        "Terraform 1.0.11",
    ),
    ("aws-sdk-go/1.1.0 (go1.5.2; darwin; amd64)", "aws-sdk-go 1.1.0"),
    # kahing/goofys#698
    ("goofys/0.24.0-829d8e5ce20f aws-sdk-go/1.38.7 (go1.18.2; linux; amd64)", "goofys 0.24.0-829d8e5ce20f"),
    # langfuse/langfuse#15684
    ("aws-sdk-js/3.1074.0 ua/2.1 os/darwin#25.6.0 lang/js md/nodejs#24.18.0 api/s3#3.1074.0", "aws-sdk-js 3.1074.0"),
    # elastio/ssstar#122, awslabs/coldsnap#397
    ("ssstar, aws-sdk-rust/0.56.0 os/linux lang/rust/1.71.0", "aws-sdk-rust 0.56.0"),
    ("aws-sdk-rust/1.3.6 os/linux lang/rust/1.88.0", "aws-sdk-rust 1.3.6"),
    # logs and tests in public repositories
    ("aws-sdk-ruby3/3.171.0 ruby/3.2.2 x86_64-linux aws-sdk-s3/1.120.0", "aws-sdk-ruby3 3.171.0"),
    ("aws-sdk-php/3.212.2 OS/Linux/5.10.25-linuxkit lang/php/8.0.18 GuzzleHttp/7", "aws-sdk-php 3.212.2"),
    ("aws-sdk-cpp/1.7.176 Linux/3.10.0-957.27.2.el7.x86_64 x86_64 GCC/8.3.1", "aws-sdk-cpp 1.7.176"),
    (
        "aws-sdk-dotnet-45/3.3.110.30 aws-sdk-dotnet-core/3.3.104.32 .NET_Runtime/4.0 OS/Microsoft_Windows_NT_6.2",
        "aws-sdk-dotnet-45 3.3.110.30",
    ),
    ("backblaze-b2/2.13.0 python/3.11.7", "b2sdk 2.13.0"),
    # iterate-ch/cyberduck#14527
    ("Cyberduck/8.6.0.39818 (Windows 10/10.0.22621.0) (amd64)", "Cyberduck 8.6.0.39818"),
    # s3fs-fuse/s3fs-fuse#383, #397
    ("s3fs/1.91 (commit hash 36dda16; OpenSSL)", "s3fs 1.91"),
    # awslabs/mountpoint-s3#29 quotes Hadoop's
    ("Hadoop 3.3.4, aws-sdk-java/1.12.262", "aws-sdk-java 1.12.262"),
    # restic/restic#4768
    ("Go-http-client/2.0", "Go-http-client 2.0"),
    # made up: shapes rather than products
    ("MinIO (linux; amd64) minio-go/v7.0.66", "minio-go 7.0.66"),
    ("MinIO (linux; amd64) minio-go/v7.0.66 mc/RELEASE.2024-01-01T00-00-00Z", "mc RELEASE.2024-01-01T00-00-00Z"),
    ("My Tool", "My"),
    ("vodka/vodka", "vodka vodka"),
    ("s3cmd/2.4.0", "s3cmd 2.4.0"),
    ("", None),
    (" ", None),
    ("\xff", "\ufffd"),
]


@pytest.mark.parametrize(("user_agent", "client"), SEEN)
def test_the_most_telling_product_names_the_client(user_agent: str, client: str | None) -> None:
    assert client_of(user_agent.encode("latin-1")) == client


def test_a_browser_lets_the_sdk_say_its_name_in_another_header() -> None:
    browser = b"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_12_6) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/64.0"
    assert client_of(browser, b"aws-sdk-js/3.729.0 ua/2.1 os/macOS") == "aws-sdk-js 3.729.0"
    assert client_of(browser) == "Mozilla 5.0"
    assert client_of(None, b"aws-sdk-js/3.729.0") == "aws-sdk-js 3.729.0"
    assert client_of(None) is None


def test_tokens_of_the_table_are_as_they_are_looked_up() -> None:
    assert all(token == token.lower() for token, _ in PRODUCTS)
    assert len({token for token, _ in PRODUCTS}) == len(PRODUCTS)


@given(st.binary(), st.binary())
def test_any_header_has_a_short_name(user_agent: bytes, other: bytes) -> None:
    client = client_of(user_agent, other)
    assert client is None or 0 < len(client.encode()) <= 256


def test_an_endless_header_is_named_by_its_beginning() -> None:
    assert client_of(b"x" * 1_000_000) == "x" * 64
