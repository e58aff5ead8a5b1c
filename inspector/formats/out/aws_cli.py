"""A call as a line of the AWS command line: `aws s3api`, with the arguments that boto3 has.

Facts
-----
aws-cli makes its options from the same service model as boto3: `ContentType` is `--content-type`, lists and structures
are JSON, and calls with a streamed answer (GetObject) name an output file at the end
(docs.aws.amazon.com/cli/latest/reference/s3api/). A body comes from a file.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator

from inspector.formats.out.python import arguments, method
from inspector.formats.out.shown import Shown

_STREAMED = frozenset(("GetObject",))
_NO_METHOD = frozenset(("PostObject", "OptionsObject"))
_OUTPUT = "/dev/stdout"


def aws_line(call: Shown, body_file: str | None) -> str | None:
    """The command; None where aws-cli has none. `body_file` names the file with the body."""
    operation = call.facts.operation
    if operation is None or call.facts.api != "s3" or operation in _NO_METHOD:
        return None
    region = call.facts.region or "us-west-004"
    words = ["aws", "s3api", method(operation).replace("_", "-")]
    words += ["--endpoint-url", f"{call.request.scheme}://s3.{region}.backblazeb2.com", "--region", region]
    words += _options(call, body_file)
    if operation in _STREAMED:
        words.append(_OUTPUT)
    return " ".join(map(shlex.quote, words))


def option(name: str) -> str:
    """The option of an argument: `SSECustomerKeyMD5` is `--sse-customer-key-md5`, as botocore spells it."""
    spaced = re.sub(r"(.)([A-Z][a-z]+)", r"\1-\2", name)
    return "--" + re.sub(r"([a-z0-9])([A-Z])", r"\1-\2", spaced).lower()


def _options(call: Shown, body_file: str | None) -> Iterator[str]:
    for name, value in arguments(call):
        if name == "Body":
            continue
        if value is True or value is False:
            yield option(name) if value else f"--no-{option(name)[2:]}"
            continue
        yield option(name)
        yield json.dumps(value) if isinstance(value, (dict, list)) else str(value)
    if body_file is not None:
        yield from ("--body", body_file)
