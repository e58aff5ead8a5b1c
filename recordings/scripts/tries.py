"""What the sessions of failures share: a client, and calls whose errors are part of the story."""

import sys

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

ENDPOINT = "https://s3.us-west-004.backblazeb2.com"
PLAIN = {"request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"}


def client(retries=1, region="us-west-004", **given):
    """boto3 as B2's users make it."""
    retry = {"total_max_attempts": retries, "mode": "standard"}
    config = Config(s3={"addressing_style": "path"}, retries=retry, **(PLAIN | given.pop("config", {})))
    return boto3.client("s3", endpoint_url=ENDPOINT, region_name=region, config=config, **given)


def attempt(call, **arguments):
    """Make a call; say how it went."""
    try:
        answer = call(**arguments)
        if hasattr(answer, "get") and "Body" in answer:
            answer["Body"].read()
        return answer
    except (ClientError, BotoCoreError, OSError) as error:
        print(f"  {type(error).__name__}: {error}", file=sys.stderr)
        return {}
