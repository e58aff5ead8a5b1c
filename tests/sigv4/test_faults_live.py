"""Faults planted in the calls of real SDKs, outside of the code under test, and found: first, or both of two.

A proxy alters bytes on their way, a secret is spoilt before the client gets it, a client has a wrong setting. Nothing
here knows how a hypothesis is made; a fault has the name of its cause, and that is what `examine` has to say.
"""

from __future__ import annotations

import datetime
import functools
import http.client
import io
import os
import shutil
import subprocess
import sysconfig
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import boto3
import botocore.auth
import botocore.exceptions
import minio
import pytest
import urllib3
from botocore import UNSIGNED
from botocore.config import Config
from conftest import KEYS
from support.recorded import recording_stage
from support.tamper import Alter, Flight, TamperingProxy, through, untouched

from inspector.demo.certificates import Certificates
from inspector.demo.server import RcloneServer
from inspector.diagnose.examine import Diagnosis, examine
from inspector.diagnose.finding import Certainty
from inspector.sigv4.key import Key
from inspector.store.reader import Recording
from inspector.view.examination import Examiner

HOST = "s3.us-west-004.backblazeb2.com"
KEY_ID = "004a1b2c3d4e5f60000000007"
SECRET = "K004q8Hx2m/5vR7t+1wZ3bD6fG9jL0p"
KEY = Key(KEY_ID, SECRET.encode())
OTHER = Key("004a1b2c3d4e5f60000000008", b"K004another/secret+of/theirs123", "profile old")

Operation = Callable[[Any], object]


def put(client: Any) -> object:
    return client.put_object(
        Bucket="photos", Key="a b//c+d.txt", Body=b"hello\n", ContentType="text/plain", Metadata={"by": "me  too"}
    )


def get(client: Any) -> object:
    return client.get_object(Bucket="photos", Key="a b//c/d.txt", Range="bytes=0-9")


def head(client: Any) -> object:
    return client.head_object(Bucket="photos", Key="a.txt")


def dots(client: Any) -> object:
    return client.get_object(Bucket="photos", Key="a/b/./c.txt")


def listing(client: Any) -> object:
    return client.list_objects_v2(Bucket="photos", Prefix="a b/", Delimiter="/")


# Faults on the way


def line(name: bytes, *values: bytes) -> Alter:
    """The header has these lines instead of its own; none: it is gone."""
    return lambda flight: flight.with_header(name, *values)


def target(change: Callable[[bytes], bytes]) -> Alter:
    return lambda flight: replace(flight, target=change(flight.target))


def replaced(old: bytes, new: bytes) -> Alter:
    return target(lambda text: text.replace(old, new))


def after(name: bytes, text: bytes) -> Alter:
    """The header's value has something behind it."""
    return lambda flight: flight.with_header(name, flight.get(name) + text)


def method(name: bytes) -> Alter:
    return lambda flight: replace(flight, method=name)


def body(text: bytes) -> Alter:
    return lambda flight: replace(flight, body=text).with_header(b"Content-Length", b"%d" % len(text))


def behind_a_balancer(flight: Flight) -> Flight:
    return flight.with_header(b"Host", b"10.0.0.7:8080").with_header(b"X-Forwarded-Host", flight.get(b"host"))


def first_slash_merged(flight: Flight) -> Flight:
    return replace(flight, target=flight.target.replace(b"//", b"/"))


@dataclass(frozen=True)
class Fault:
    """A fault. `settings` are the client's own; `hosts` are those of other calls of the session."""

    cause: str
    alter: Alter = untouched
    ask: Operation = put
    settings: Mapping[str, Any] = field(default_factory=dict)
    hosts: tuple[bytes, ...] = ()
    certainty: Certainty = Certainty.PROVED


def client_of(proxy: TamperingProxy, **settings: Any) -> Any:
    """A boto3 client that goes through the proxy."""
    given = {"endpoint": f"http://{HOST}", "region": "us-west-004", "secret": SECRET, "key": KEY_ID, **settings}
    config = Config(
        proxies={"http": proxy.url, "https": proxy.url},
        retries={"total_max_attempts": 1},
        request_checksum_calculation="when_required",
        s3={"addressing_style": given.get("style", "path")},
        signature_version=given.get("version", "s3v4"),
    )
    client = boto3.client(
        "s3",
        endpoint_url=given["endpoint"],
        region_name=given["region"],
        aws_access_key_id=given["key"],
        aws_secret_access_key=given["secret"],
        aws_session_token=given.get("token"),
        config=config,
        verify=str(given["verify"]) if "verify" in given else None,
    )
    if "service" in given:
        client.meta.events.register("before-sign.s3", functools.partial(_serve, given["service"]))
    return client


def _serve(name: str, request: Any, **_: Any) -> None:
    request.context["signing"] = {**request.context.get("signing", {}), "signing_name": name}


def arrived(alter: Alter, ask: Operation, settings: Mapping[str, Any]) -> Flight:
    """The call as it came out of the proxy, and was refused."""
    with TamperingProxy(alter) as proxy:
        client = client_of(proxy, **settings)
        with pytest.raises(botocore.exceptions.ClientError):
            ask(client)
        client.close()
    return proxy.arrived[0]


def told(found: Diagnosis) -> str:
    """What was found, for who reads a test that fails."""
    return f"{found.verification.verdict}: {[(one.cause, str(one.certainty), one.summary) for one in found.findings]}"


ON_THE_WAY = (
    Fault("host-rewritten", behind_a_balancer),
    Fault("host-rewritten", line(b"Host", b"10.0.0.7"), hosts=(HOST.encode(),)),
    Fault(
        "host-rewritten",
        line(b"Host", HOST.encode()),
        settings={"endpoint": "http://files.example.com"},
        hosts=(b"files.example.com",),
    ),
    Fault("host-port-dropped", line(b"Host", b"minio.local"), settings={"endpoint": "http://minio.local:9000"}),
    Fault("host-port-dropped", line(b"Host", HOST.encode()), settings={"endpoint": f"http://{HOST}:8080"}),
    Fault("host-default-port-included", after(b"Host", b":80")),
    Fault("host-default-port-included", after(b"Host", b":443")),
    Fault("host-case-dot-ipv6", line(b"Host", HOST.upper().encode())),
    Fault("host-case-dot-ipv6", after(b"Host", b".")),
    Fault(
        "host-vhost-vs-path",
        lambda flight: replace(flight.with_header(b"Host", HOST.encode()), target=b"/photos" + flight.target),
        settings={"style": "virtual"},
    ),
    Fault(
        "host-vhost-vs-path",
        lambda flight: replace(
            flight.with_header(b"Host", b"photos." + HOST.encode()), target=flight.target.removeprefix(b"/photos")
        ),
    ),
    Fault(
        "path-prefix-stripped",
        target(lambda text: text.removeprefix(b"/storage")),
        settings={"endpoint": f"http://{HOST}/storage"},
    ),
    Fault(
        "path-prefix-stripped",
        lambda flight: replace(
            flight.with_header(b"X-Forwarded-Prefix", b"/tenants/7"), target=flight.target.removeprefix(b"/tenants/7")
        ),
        settings={"endpoint": f"http://{HOST}/tenants/7"},
    ),
    Fault("path-prefix-added", target(lambda text: b"/s3" + text)),
    Fault("path-slashes-merged", replaced(b"//", b"/"), get),
    # urllib3 resolves dot segments in what it asks a plain proxy for, after botocore has signed them.
    Fault("path-dot-segments", untouched, dots),
    Fault("path-double-encoded", replaced(b"%", b"%25")),
    Fault("path-plus", replaced(b"%20", b"+")),
    Fault("path-trailing-slash", target(lambda text: text + b"/")),
    Fault("query-param-added", target(lambda text: text + b"?v=1")),
    Fault("query-param-added", target(lambda text: text + b"&utm_source=mail"), listing),
    Fault("query-param-removed", replaced(b"&encoding-type=url", b""), listing),
    Fault("query-param-removed", replaced(b"&delimiter=%2F", b""), listing),
    Fault("query-double-encoded", replaced(b"%", b"%25"), listing),
    Fault("query-encoding", replaced(b"%20", b"+"), listing),
    Fault("hdr-content-type", line(b"Content-Type", b"text/plain; charset=utf-8")),
    Fault("hdr-content-type", line(b"Content-Type")),
    Fault("hdr-duplicated", line(b"x-amz-meta-by", b"me  too", b"me  too")),
    Fault("hdr-range-removed", line(b"Range"), get, certainty=Certainty.CERTAIN),
    Fault("hdr-signed-absent", line(b"x-amz-meta-by"), certainty=Certainty.CERTAIN),
    Fault("hdr-unsigned-amz", line(b"x-amz-acl", b"public-read"), certainty=Certainty.LIKELY),
    Fault("method-changed", method(b"GET"), head),
    Fault("method-changed", method(b"POST")),
    Fault("payload-unsigned-vs-hash", line(b"X-Amz-Content-SHA256", b"UNSIGNED-PAYLOAD")),
    Fault("payload-body-altered", body(b"hullo\n"), certainty=Certainty.CERTAIN),
    Fault("auth-missing", line(b"Authorization"), certainty=Certainty.LIKELY),
)

SPOILT = {
    "key-secret-whitespace": (SECRET + "\n", SECRET + "\r\n", SECRET + " ", " " + SECRET, "\ufeff" + SECRET),
    "key-secret-url-encoded": (quote(SECRET, safe=""),),
    "key-secret-plus-as-space": (SECRET.replace("+", " "),),
    "key-secret-truncated": (SECRET[:-1], SECRET[1:], SECRET.partition("/")[0], SECRET.partition("+")[0]),
    "key-secret-escaped": (f'"{SECRET}"', f"'{SECRET}'", SECRET.replace("/", "\\/")),
    "key-swapped": (KEY_ID,),
    "key-other-profile": (OTHER.secret.decode(),),
}
IN_THE_KEY = (
    *(Fault(cause, settings={"secret": secret}) for cause, secrets in SPOILT.items() for secret in secrets),
    Fault("key-swapped", settings={"secret": KEY_ID, "key": SECRET}, certainty=Certainty.CERTAIN),
    Fault("key-id-empty", settings={"key": ""}),
    Fault("key-id-malformed", settings={"key": f"{KEY_ID} "}),
)

IN_THE_SETTINGS = (
    Fault("scope-wrong-region", settings={"region": "us-east-1"}, certainty=Certainty.LIKELY),
    Fault("scope-region-typo", settings={"region": "us-west-4"}, certainty=Certainty.LIKELY),
    Fault("scope-wrong-service", settings={"service": "b2"}, certainty=Certainty.CERTAIN),
    Fault("token-extra", settings={"token": "FwoGZXIvYXdzEXAMPLE"}, certainty=Certainty.LIKELY),
    Fault("sigv2-used", settings={"version": "s3"}, certainty=Certainty.CERTAIN),
    Fault("auth-missing", settings={"version": UNSIGNED}, certainty=Certainty.LIKELY),
)

SINGLES = ON_THE_WAY + IN_THE_KEY + IN_THE_SETTINGS


@pytest.mark.parametrize("fault", SINGLES, ids=lambda fault: fault.cause)
def test_a_fault_is_found_first(fault: Fault) -> None:
    """Its cause leads the findings, as sure as it can be, and nothing else is proved beside it."""
    keys = (KEY, OTHER)
    found = examine(arrived(fault.alter, fault.ask, fault.settings).call(keys, fault.hosts), keys)
    assert found.findings, told(found)
    first, *others = found.findings
    assert (first.cause, first.certainty) == (fault.cause, fault.certainty), told(found)
    assert not [one for one in others if one.certainty is Certainty.PROVED], told(found)
    assert SECRET not in told(found)


@pytest.mark.parametrize("hours", [-25, -1, 0.5, 7])
def test_a_clock_that_is_wrong(hours: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """The signature is right, and of another hour."""
    real = botocore.auth.get_current_datetime
    shift = datetime.timedelta(hours=hours)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *given, **more: real(*given, **more) + shift)
    found = examine(arrived(untouched, put, {}).call([KEY]), [KEY])
    assert found.verification.verdict == "verified"
    assert found.findings[0].cause == "clock-skew", told(found)


# URLs


@dataclass(frozen=True)
class Url:
    """A presigned URL as it is used: `mangle` is what happened to it, `method` and `headers` what it is sent with."""

    cause: str
    mangle: Callable[[str], str] = str
    method: str = "GET"
    operation: str = "get_object"
    arguments: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    expires: int = 600


URLS = (
    Url("presign-method", method="HEAD"),
    Url("presign-method", operation="put_object"),
    Url("query-param-added", lambda url: url + "&utm_source=mail"),
    Url("query-tail-on-signature", lambda url: url + "?1592345"),
    Url("query-tail-on-signature", lambda url: url[:-3]),
    Url("query-double-encoded", lambda url: url.replace("%2F", "%252F")),
    Url("presign-url-mangled", lambda url: url.replace("&", "&amp;")),
    Url("path-plus", lambda url: url.replace("%20", "+")),
    Url("host-rewritten", settings={"endpoint": "http://minio:9000"}),
    Url("impl-signature-encoding", lambda url: url[:-64] + url[-64:].upper()),
    Url("key-secret-whitespace", settings={"secret": SECRET + "\n"}),
    Url("presign-too-long", expires=8 * 86_400),
    Url("sigv2-used", settings={"version": "s3"}),
    Url("presign-header-required", method="PUT", operation="put_object", arguments={"ContentType": "image/png"}),
    Url("presign-both-auth", headers={"Authorization": f"AWS4-HMAC-SHA256 Credential={KEY_ID}/20260101/x/s3/y"}),
)


@pytest.mark.parametrize("url", URLS, ids=lambda url: url.cause)
def test_a_url_that_is_used_otherwise(url: Url) -> None:
    """Browsers, mails and caches do to URLs what they were not signed for."""
    with TamperingProxy() as proxy:
        client = client_of(proxy, **url.settings)
        arguments = {"Bucket": "photos", "Key": "a b.txt", **url.arguments}
        signed = client.generate_presigned_url(url.operation, Params=arguments, ExpiresIn=url.expires)
        client.close()
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(proxy.url).port or 0, timeout=20)
        connection.putrequest(url.method, url.mangle(signed), skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": HOST, **url.headers}.items():
            connection.putheader(name, value)
        connection.endheaders()
        connection.getresponse().read()
        connection.close()
    found = examine(proxy.arrived[0].call([KEY]), [KEY])
    causes = [one.cause for one in found.findings if one.certainty >= Certainty.LIKELY]
    assert url.cause in causes[:1] or (url.cause == "presign-both-auth" and url.cause in causes), told(found)


# Two at once: every fault on the way with every other, and with every spoilt secret, is too much for each run.

AT_ONCE = {
    "host-rewritten": behind_a_balancer,
    "host-default-port-included": after(b"Host", b":443"),
    "path-slashes-merged": first_slash_merged,
    "path-double-encoded": replaced(b"%", b"%25"),
    "path-prefix-added": target(lambda text: b"/s3" + text),
    "query-param-added": target(lambda text: text + b"?v=1"),
    "hdr-content-type": line(b"Content-Type", b"text/plain; charset=utf-8"),
    "hdr-duplicated": line(b"x-amz-meta-by", b"me  too", b"me  too"),
    "method-changed": method(b"POST"),
    "payload-unsigned-vs-hash": line(b"X-Amz-Content-SHA256", b"UNSIGNED-PAYLOAD"),
    "payload-body-altered": lambda flight: replace(flight, body=b"hullo\n"),
}
OF_THE_CLIENT = {
    "key-secret-whitespace": {"secret": SECRET + "\n"},
    "key-secret-url-encoded": {"secret": quote(SECRET, safe="")},
    "key-secret-truncated": {"secret": SECRET[:-1]},
    "scope-wrong-region": {"region": "us-east-1"},
}
PAIRS = (
    ("host-rewritten", "path-slashes-merged"),
    ("host-rewritten", "hdr-content-type"),
    ("host-rewritten", "key-secret-truncated"),
    ("host-default-port-included", "path-prefix-added"),
    ("host-default-port-included", "key-secret-url-encoded"),
    ("path-slashes-merged", "query-param-added"),
    ("path-slashes-merged", "key-secret-whitespace"),
    ("path-double-encoded", "hdr-duplicated"),
    ("path-double-encoded", "payload-body-altered"),
    ("path-prefix-added", "method-changed"),
    ("query-param-added", "hdr-content-type"),
    ("query-param-added", "key-secret-whitespace"),
    ("hdr-content-type", "payload-unsigned-vs-hash"),
    ("hdr-duplicated", "key-secret-truncated"),
    ("method-changed", "scope-wrong-region"),
    ("key-secret-whitespace", "payload-body-altered"),
    ("key-secret-truncated", "scope-wrong-region"),
)


@pytest.mark.slow
@pytest.mark.parametrize("pair", PAIRS, ids="+".join)
def test_two_faults_are_found_together(pair: tuple[str, str]) -> None:
    """Neither explains the signature alone; both lead the findings."""
    flights = [AT_ONCE[cause] for cause in pair if cause in AT_ONCE]
    settings = {name: value for cause in pair for name, value in OF_THE_CLIENT.get(cause, {}).items()}
    together = functools.partial(functools.reduce, lambda flight, alter: alter(flight), flights)
    found = examine(arrived(lambda flight: together(flight), put, settings).call([KEY]), [KEY])
    assert {one.cause for one in found.findings[:2]} == set(pair), told(found)
    assert all(one.certainty >= Certainty.LIKELY for one in found.findings[:2])


# Other SDKs, who sign other headers


def by_minio(proxy: TamperingProxy, secret: str) -> None:
    pool = urllib3.ProxyManager(proxy.url, retries=False)
    client = minio.Minio(HOST, KEY_ID, secret, region="us-west-004", secure=False, http_client=pool)
    with suppress(minio.S3Error):
        client.put_object("photos", "a b//c+d.txt", io.BytesIO(b"hello"), 5, metadata={"by": "me"})


def by_rclone(proxy: TamperingProxy, secret: str) -> None:
    rclone = shutil.which("rclone", path=sysconfig.get_path("scripts")) or shutil.which("rclone")
    if rclone is None:
        pytest.skip("rclone is not installed here")
    settings = {
        "PROVIDER": "Other",
        "ACCESS_KEY_ID": KEY_ID,
        "SECRET_ACCESS_KEY": secret,
        "ENDPOINT": f"http://{HOST}",
        "REGION": "us-west-004",
    }
    environ = {f"RCLONE_S3_{name}": value for name, value in settings.items()}
    environ |= {"RCLONE_CONFIG": os.devnull, "HTTP_PROXY": proxy.url, "http_proxy": proxy.url}
    command = [rclone, "--retries", "1", "--low-level-retries", "1", "lsf", ":s3:photos/a b"]
    subprocess.run(command, env=os.environ | environ, capture_output=True, timeout=60, check=False)


ELSEWHERE = (
    (by_minio, Fault("key-secret-whitespace", settings={"secret": SECRET + "\n"})),
    (by_minio, Fault("host-rewritten", behind_a_balancer)),
    (by_minio, Fault("hdr-content-length", line(b"Content-Length", b"0"))),
    (by_minio, Fault("path-slashes-merged", first_slash_merged)),
    (by_minio, Fault("hdr-content-type", line(b"Content-Type", b"application/octet-stream; charset=UTF-8"))),
    (by_rclone, Fault("key-secret-whitespace", settings={"secret": SECRET + "\n"})),
    (by_rclone, Fault("hdr-accept-encoding-changed", line(b"Accept-Encoding", b"gzip, br"))),
    (by_rclone, Fault("hdr-accept-encoding-changed", line(b"Accept-Encoding"))),
    (by_rclone, Fault("hdr-accept-encoding-changed", after(b"Accept-Encoding", b",gzip(gfe)"))),
    (by_rclone, Fault("hdr-retry-counter", line(b"Amz-Sdk-Request", b"attempt=2; max=1"))),
)


@pytest.mark.slow
@pytest.mark.parametrize(("client", "fault"), ELSEWHERE, ids=lambda one: getattr(one, "cause", None))
def test_a_fault_is_found_in_calls_of_others(client: Callable[[TamperingProxy, str], None], fault: Fault) -> None:
    """minio-py signs the length of the body, rclone the encodings it accepts and the number of the attempt."""
    with TamperingProxy(fault.alter) as proxy:
        client(proxy, fault.settings.get("secret", SECRET))
    assert proxy.arrived
    for flight in proxy.arrived:
        found = examine(flight.call([KEY]), [KEY])
        assert found.findings[0].cause == fault.cause, told(found)
        assert found.findings[0].certainty is Certainty.PROVED


# The whole way: the client, what stands between, the recorder, a strict server, and the recording read again

WHOLE_WAY = (
    ("hdr-content-type", line(b"Content-Type", b"text/plain; charset=utf-8"), {}),
    ("query-param-added", target(lambda text: text + b"?v=1"), {}),
    ("path-slashes-merged", first_slash_merged, {}),
    ("hdr-duplicated", line(b"x-amz-meta-by", b"me  too", b"me  too"), {}),
    ("host-default-port-included", after(b"Host", b":443"), {}),
    ("key-secret-whitespace", untouched, {"secret": KEYS[1] + "\n"}),
    ("key-secret-truncated", untouched, {"secret": KEYS[1][:-1]}),
)


@pytest.mark.slow
def test_recorded_faults_are_found(rclone: RcloneServer, certificates: Certificates, tmp_path: Path) -> None:
    """A server that checks signatures refuses each of them; a genuine call passes, and is not accused."""
    key = Key(KEYS[0], KEYS[1].encode())
    route = [f"{HOST}:443:127.0.0.1:{rclone.port}"]
    with recording_stage(tmp_path, certificates, connect_to=route) as stage:
        onward = through((stage.proxy.host, stage.proxy.port), str(stage.proxy.authority.certificate))
        with TamperingProxy(onward=onward, certificates=certificates) as proxy:
            given = {"key": KEYS[0], "secret": KEYS[1], "endpoint": f"https://{HOST}", "verify": certificates.authority}
            client_of(proxy, **given).create_bucket(Bucket="photos")
            for _, alter, settings in WHOLE_WAY:
                proxy.alter = alter
                with pytest.raises(botocore.exceptions.ClientError, match="SignatureDoesNotMatch"):
                    put(client_of(proxy, **(given | settings)))
            proxy.alter = untouched
            client_of(proxy, **given).put_object(Bucket="photos", Key="a b/c+d.txt", Body=b"hello")
        calls = stage.calls(len(WHOLE_WAY) + 2)
        with Recording(stage.recording) as recording:
            examiner = Examiner(recording, lambda _: [key])
            found = [examiner.recorded(call.row.id) for call in calls]
    assert all(found)
    genuine, refused = [found[0], found[-1]], found[1:-1]
    assert [one and one.findings[0].cause for one in refused] == [cause for cause, _, _ in WHOLE_WAY]
    assert [(one and one.verification.verdict, one and one.findings) for one in genuine] == [("verified", ())] * 2


@pytest.mark.parametrize("ask", [put, get, head, listing], ids=lambda ask: ask.__name__)
def test_without_a_fault_nothing_is_proved(ask: Operation) -> None:
    """Where only the server says that something is wrong, no bytes are blamed."""
    found = examine(arrived(untouched, ask, {}).call([KEY, OTHER]), [KEY, OTHER])
    assert found.verification.verdict == "verified"
    assert {one.cause for one in found.findings} <= {"sig-ok-locally-but-403"}, told(found)
