"""The program that every tool records and replays: boto3, path style, 533 calls. It is run as a process of its own.

    EP=http://127.0.0.1:5000 python workload.py
        200 PUT and 200 GET of 1 KiB, 100 HEAD, 20 LIST; an upload of three parts in three threads and its download; an
        object written over and read; a presigned GET; DeleteObjects
    EP=http://127.0.0.1:5000 python workload.py race
        8 threads, 10 rounds of 8 PUTs each

The last line of its output is JSON: how many calls, how long, the latencies, what was wrong by operation. With
RECORDER=vcrpy or cassetter it plays from CASSETTE in MODE, inside of the program.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import sys
import time
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
from botocore.config import Config

BUCKET = "bench"
PART = 5 << 20
KIB = 1024


class Workload:
    """Makes calls, notes how long each took and whether its answer was right."""

    def __init__(self) -> None:
        config = Config(
            s3={"addressing_style": "path"},
            retries={"total_max_attempts": 1},
            max_pool_connections=20,
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        self.s3 = boto3.client(
            "s3",
            endpoint_url=os.environ["EP"],
            region_name="us-east-1",
            aws_access_key_id=os.environ.get("KEY", "bench"),
            aws_secret_access_key="secret",
            config=config,
        )
        self.latencies: list[float] = []
        self.wrong: Counter[str] = Counter()

    def call(self, name: str, right: Any = None, **arguments: Any) -> Any:
        """One call; `right` says whether its answer is."""
        began = time.perf_counter()
        try:
            answer = getattr(self.s3, name)(Bucket=BUCKET, **arguments)
            if "Body" in answer:
                answer["read"] = answer["Body"].read()
            if right is not None and not right(answer):
                self.wrong[name] += 1
        except Exception as error:
            self.wrong[name] += 1
            print(f"{name}: {type(error).__name__}: {str(error)[:160]}", file=sys.stderr)
            answer = {}
        self.latencies.append(time.perf_counter() - began)
        return answer

    def play(self) -> None:
        """All of it."""
        self.call("create_bucket")
        for number in range(200):
            self.call("put_object", lambda a: a["ETag"], Key=f"k/{number:05}", Body=body(number))
        for number in range(200):
            self.call("get_object", lambda a, n=number: a["read"] == body(n), Key=f"k/{number:05}")
        for number in range(100):
            self.call("head_object", lambda a: a["ContentLength"] == KIB, Key=f"k/{number:05}")
        for number in range(20):
            self.call("list_objects_v2", lambda a: a["KeyCount"] == 10, Prefix=f"k/{number:04}")
        self.multipart()
        for text in (b"first", b"second"):
            self.call("put_object", Key="over", Body=text)
            self.call("get_object", lambda a, t=text: a["read"] == t, Key="over")
        self.presigned()
        doomed = [{"Key": f"k/{number:05}"} for number in range(10)]
        self.call("delete_objects", lambda a: len(a["Deleted"]) == 10, Delete={"Objects": doomed})

    def multipart(self) -> None:
        """Three parts in three threads, and the whole."""
        upload = self.call("create_multipart_upload", Key="large").get("UploadId", "none")

        def part(number: int) -> dict[str, Any]:
            data = part_body(number)
            answer = self.call("upload_part", Key="large", UploadId=upload, PartNumber=number, Body=data)
            return {"PartNumber": number, "ETag": answer.get("ETag", '"none"')}

        with ThreadPoolExecutor(3) as threads:
            parts = list(threads.map(part, (1, 2, 3)))
        done = {"Parts": parts}
        self.call("complete_multipart_upload", Key="large", UploadId=upload, MultipartUpload=done)
        whole = b"".join(map(part_body, (1, 2, 3)))
        self.call("get_object", lambda a: a["read"] == whole, Key="large")

    def presigned(self) -> None:
        """A URL that is signed anew in each run."""
        url = self.s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "over"})
        began = time.perf_counter()
        try:
            if urllib.request.urlopen(url, timeout=20).read() != b"second":
                self.wrong["presigned GET"] += 1
        except Exception as error:
            self.wrong["presigned GET"] += 1
            print(f"presigned: {type(error).__name__}: {str(error)[:160]}", file=sys.stderr)
        self.latencies.append(time.perf_counter() - began)

    def race(self) -> None:
        """640 uploads, eight at once."""
        self.call("create_bucket")

        def thread(number: int) -> None:
            for turn in range(10):
                for each in range(8):
                    key = f"race/{number}/{turn}/{each}"
                    self.call("put_object", lambda a: a["ETag"], Key=key, Body=key.encode())

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(thread, range(8)))


def body(number: int) -> bytes:
    """A kibibyte of its own."""
    return ((b"%05d " % number) * 171)[:KIB]


def part_body(number: int) -> bytes:
    """Five mebibytes that cannot be compressed, the same in each run."""
    return random.Random(number).randbytes(PART)


def recorder() -> contextlib.AbstractContextManager[Any]:
    """What records inside of the program, where one was asked for."""
    kind, cassette, mode = (os.environ.get(name, "") for name in ("RECORDER", "CASSETTE", "MODE"))
    if kind == "vcrpy":
        import vcr

        return vcr.VCR(record_mode=mode).use_cassette(cassette)
    if kind == "cassetter":
        import cassetter

        return cassetter.use_cassette(cassette, record_mode=mode)
    return contextlib.nullcontext()


def main() -> None:
    """Run, and tell."""
    work = Workload()
    with recorder():
        began = time.perf_counter()
        work.race() if "race" in sys.argv else work.play()
        took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    told = {"calls": len(work.latencies), "seconds": took, "wrong": dict(work.wrong), "peak": peak}
    print(json.dumps(told | {"latencies": sorted(work.latencies)}))


if __name__ == "__main__":
    main()
