"""Do endpoint, region and key speak of the same place?"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from inspector.doctor.line import Line, bad, ok, warn
from inspector.doctor.setup import Setting, Setup, host_of
from inspector.native.ids import CLUSTERS, cluster_of_host, cluster_of_region, read_key_id, region_of_host

_SHAPE = "https://s3.us-west-004.backblazeb2.com"
_B2 = (".backblazeb2.com", ".backblaze.com")


def endpoint(setup: Setup) -> Iterator[Line]:
    """Each endpoint that a program may take, and whether there is one at all."""
    if not setup.endpoints:
        yield from _missing(setup)
    for setting in setup.endpoints:
        wrong = [*_wrong(setting)]
        yield from wrong
        if not wrong:
            yield ok("endpoint", f"{setting.place}: {_shown(setting.value)}")
    if setup.endpoints and setup.environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        yield bad(
            "endpoint-ignored",
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true: SDKs leave the endpoint out and call AWS",
            "Unset AWS_IGNORE_CONFIGURED_ENDPOINT_URLS.",
        )
    yield from _differing(setup)


def _missing(setup: Setup) -> Iterator[Line]:
    keys = [key for pair in setup.credentials if (key := read_key_id(pair.key_id.strip())) is not None]
    if not keys:
        return
    region = keys[0].region or "REGION"
    yield warn(
        "endpoint-missing",
        "no endpoint is set: a program that names none itself sends these keys to AWS",
        f"Set AWS_ENDPOINT_URL_S3=https://s3.{region}.backblazeb2.com, or name the endpoint in the program.",
    )


def _wrong(setting: Setting) -> Iterator[Line]:
    value, host = setting.value.strip(), host_of(setting.value)
    if setting.value != value:
        yield bad("endpoint-whitespace", f"{setting.place} has white space round it", "Take it out.")
    if "://" not in value:
        yield bad(
            "endpoint-no-scheme",
            f"{setting.place}={_shown(value)} has no scheme",
            f"Write https:// before it: {_SHAPE}.",
        )
    elif not host:
        yield bad("endpoint-unreadable", f"{setting.place} is no URL", f"Write it as {_SHAPE}.")
    if host.endswith(_B2):
        yield from _b2(setting, value, host)
    elif host:
        yield from _foreign(setting, host)


def _b2(setting: Setting, value: str, host: str) -> Iterator[Line]:
    if value.lower().startswith("http://"):
        yield bad(
            "endpoint-http", f"{setting.place} says http://, and B2's S3 API is https only", f"Write https://{host}."
        )
    region = region_of_host(host)
    if region is None:
        cluster = cluster_of_host(host)
        fix = f"Use https://s3.{CLUSTERS[cluster]}.backblazeb2.com." if cluster in CLUSTERS else f"Use one as {_SHAPE}."
        yield bad("endpoint-not-s3", f"{setting.place}: {host} is no S3 endpoint of B2", fix)
        return
    if region not in CLUSTERS.values():
        yield warn(
            "endpoint-region-unknown",
            f"{setting.place}: no region {region} is known here",
            "Copy the endpoint from the bucket's page. A region with a typing error has no address.",
        )
    if not host.startswith("s3."):
        yield bad(
            "endpoint-with-bucket",
            f"{setting.place}: {host} has a bucket before `s3.`",
            f"Write https://s3.{region}.backblazeb2.com; SDKs put the bucket there themselves.",
        )
    if "://" in value and urlsplit(value).path.strip("/"):
        yield bad(
            "endpoint-with-path",
            f"{setting.place} has a path behind the host",
            f"Write https://s3.{region}.backblazeb2.com; SDKs put bucket and key there themselves.",
        )


def _foreign(setting: Setting, host: str) -> Iterator[Line]:
    yield warn(
        "endpoint-not-b2",
        f"{setting.place}: {host} is no host of B2",
        f"For B2: {_SHAPE} (its region). Recording another host takes --host '{host}'.",
    )


def _differing(setup: Setup) -> Iterator[Line]:
    hosts = {host_of(setting.value): setting for setting in setup.endpoints}
    if len(hosts) > 1:
        yield warn(
            "endpoints-differ",
            " and ".join(setting.place for setting in hosts.values()) + " name different hosts",
            f"SDKs take {setup.endpoints[0].place}; remove the others.",
        )


def _shown(url: str) -> str:
    """The endpoint without a user and password that someone may have written into it."""
    return url.rpartition("@")[2] if "@" in url else url


def region(setup: Setup) -> Iterator[Line]:
    """The region that is signed for, against the endpoint's."""
    wanted = setup.endpoint_region
    if wanted is None:
        yield from _without_endpoint(setup)
        return
    if not setup.regions:
        yield warn(
            "region-missing",
            "no region is set",
            f"Set AWS_DEFAULT_REGION={wanted}: without one some SDKs refuse, and boto3 presigns by SigV2.",
        )
    for setting in setup.regions:
        yield _compared(setting, wanted)
    yield from _unread(setup, wanted)


def _compared(setting: Setting, wanted: str) -> Line:
    if setting.value == wanted:
        return ok("region", f"{setting.place}: {setting.value}, as the endpoint's")
    # B2 was reported to take other regions in a scope (capcom6/mariadb-backup-s3#7), so this alone breaks no call.
    return warn(
        "region-differs",
        f"{setting.place}={setting.value}, the endpoint is of {wanted}",
        f"Set it to {wanted}: us-east-1 makes boto3 presign by SigV2, which B2 refuses.",
    )


def _unread(setup: Setup, wanted: str) -> Iterator[Line]:
    """botocore reads AWS_DEFAULT_REGION alone (botocore/configprovider.py), other SDKs AWS_REGION."""
    environ = setup.environ
    places = {setting.place for setting in setup.regions}
    if "AWS_REGION" in places and places == {"AWS_REGION"}:
        yield warn(
            "region-not-for-boto3",
            "AWS_REGION is set, AWS_DEFAULT_REGION is not: boto3 reads the latter alone",
            f"Set AWS_DEFAULT_REGION={wanted} too.",
        )
    both = environ.get("AWS_REGION"), environ.get("AWS_DEFAULT_REGION")
    if all(both) and both[0] != both[1]:
        yield warn(
            "regions-differ",
            "AWS_REGION and AWS_DEFAULT_REGION differ: one program reads this, another that",
            f"Set both to {wanted}.",
        )


def _without_endpoint(setup: Setup) -> Iterator[Line]:
    for setting in setup.regions:
        if cluster_of_region(setting.value) in CLUSTERS and not setup.endpoints:
            yield warn(
                "region-without-endpoint",
                f"{setting.place}={setting.value} is a region of B2, and no endpoint is set",
                f"Set AWS_ENDPOINT_URL_S3=https://s3.{setting.value}.backblazeb2.com: a region alone leads to AWS.",
            )
