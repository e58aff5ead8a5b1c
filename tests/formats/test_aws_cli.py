"""Calls as lines for the AWS command line."""

from __future__ import annotations

import shlex

import pytest
from botocore import xform_name
from support.calls import call

from inspector.formats.out.aws_cli import aws_line, option
from inspector.formats.out.python import HEADER_ARGUMENTS, QUERY_ARGUMENTS
from inspector.formats.out.shown import shown
from inspector.wire.exchange import Exchange


def line(body_file: str | None = None, body: bytes | None = None, **given: object) -> str | None:
    each = call(**given)  # type: ignore[arg-type]
    exchange = Exchange("uid", each.request, each.timing, each.response)
    return aws_line(shown(exchange, each.facts, body, None), body_file)


@pytest.mark.parametrize("name", sorted({*HEADER_ARGUMENTS.values(), *QUERY_ARGUMENTS.values(), "MultipartUpload"}))
def test_options_are_spelled_as_botocore_spells_them(name: str) -> None:
    """aws-cli names them by `xform_name`."""
    assert option(name) == "--" + xform_name(name, "-")


def test_a_put_with_its_body_in_a_file() -> None:
    """Metadata as JSON, quoted for a shell."""
    words = shlex.split(
        line(
            "/tmp/1.body",
            headers=((b"Content-Type", b"image/jpeg"), (b"x-amz-meta-a", b"it's")),
            facts={"region": "eu-central-003", "key": b"a b.jpg"},
            body=b"x",
        )
        or ""
    )
    assert words[:3] == ["aws", "s3api", "put-object"]
    assert words[words.index("--endpoint-url") + 1] == "https://s3.eu-central-003.backblazeb2.com"
    assert words[words.index("--key") + 1] == "a b.jpg"
    assert words[words.index("--metadata") + 1] == '{"a": "it\'s"}'
    assert words[words.index("--body") + 1] == "/tmp/1.body"


def test_a_get_names_where_the_answer_goes() -> None:
    """aws-cli demands a file."""
    text = line(method=b"GET", facts={"operation": "GetObject"}) or ""
    assert text.endswith(" /dev/stdout")


def test_what_aws_cli_cannot_say_is_no_line() -> None:
    """Rather than one that does something else."""
    assert line(facts={"operation": None}) is None
    assert line(facts={"operation": "b2_list_buckets", "api": "b2"}) is None
