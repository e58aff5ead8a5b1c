"""The table of programs: how each is recognised, what it needs, and what is known not to work.

Each row was measured with the versions that docs/clients.md names, or names the public thread that it rests on.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from inspector.errors import UsageError


@dataclass(frozen=True, slots=True)
class Program:
    """A kind of program that `run` knows.

    `commands` are the names by which it is called, `suffixes` those of its files. `needs` are the variables that it
    gets beyond those that every program gets (`environment.EXTRAS`). `silent` says what to do when no call came,
    `refused` when it does not trust the recorder (`{bundle}` and `{preload}` stand for files); `notes` is said at the
    start.
    """

    name: str
    title: str
    commands: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


_GO_REFUSED = (
    "Go reads SSL_CERT_FILE on Linux and BSD alone (crypto/x509). On macOS and Windows it asks the system's own store: "
    "with an AWS SDK for Go use --as go-aws, else the program's own option for a CA file.",
)
_GO_LOOPBACK = "Go sends nothing to a loopback host through a proxy: use --connect-to with B2's host name instead."
_OWN_TRANSPORT = (
    "A program that builds an http.Transport without `Proxy: http.ProxyFromEnvironment` ignores HTTPS_PROXY: "
    "set it there for this run."
)

PROGRAMS = (
    Program(
        "python",
        "Python",
        commands=(
            *("python", "pypy", "py", "pyw", "ipython", "pytest", "b2", "b2v3", "b2v4"),
            *("uv", "uvx", "pipx", "poetry", "pdm", "pipenv", "hatch", "rye", "tox", "nox"),
        ),
        suffixes=(".py", ".pyw", ".pyz"),
        needs=("AWS_CA_BUNDLE", "PYTHONPATH"),
        silent=(
            "boto3, requests, httpx and b2sdk follow HTTPS_PROXY unless the program says otherwise: look for "
            "Config(proxies=...), session.trust_env = False, trust_env=False.",
            "urllib3, minio-py and aiohttp are brought in by a sitecustomize on PYTHONPATH; python -I, -E and -S and "
            "programs frozen by PyInstaller do not read it.",
        ),
        refused=(
            "A CA file named in the code (verify=, ca_certs=, cafile=) wins over the environment: drop it for this "
            "run, or name {bundle} there.",
        ),
    ),
    Program(
        "aws",
        "AWS CLI",
        commands=("aws", "awslocal"),
        needs=("AWS_CA_BUNDLE",),
        silent=("The AWS CLI follows HTTPS_PROXY: was there an --endpoint-url, and a command that talks to it?",),
        refused=("--ca-bundle on the command line wins over AWS_CA_BUNDLE: leave it out for this run.",),
    ),
    Program(
        "s3cmd",
        "s3cmd",
        commands=("s3cmd",),
        needs=("PYTHONPATH",),
        silent=(
            "s3cmd reads its proxy from .s3cfg alone; the sitecustomize on PYTHONPATH brings it in unless its Python "
            "runs with -I, -E or -S: then write proxy_host and proxy_port into a copy of .s3cfg and pass it by -c.",
        ),
        refused=("ca_certs_file in .s3cfg wins over SSL_CERT_FILE: pass --ca-certs={bundle}.",),
    ),
    Program(
        "node",
        "Node.js",
        commands=("node", "nodejs", "npm", "npx", "yarn", "pnpm", "tsx", "ts-node", "corepack"),
        suffixes=(".js", ".cjs", ".mjs", ".ts", ".mts", ".cts"),
        needs=("NODE_OPTIONS",),
        silent=(
            "A program that hands its SDK a proxy agent of its own goes where that agent points.",
            "Hosts on this machine (localhost, 127.*) are reached directly: use --connect-to with B2's host name.",
            "HTTP/2 by node:http2 and undici's own pools (not the built-in fetch) ignore the proxy.",
        ),
        refused=("A `ca:` option in the code wins over NODE_EXTRA_CA_CERTS: add the recorder's authority to it.",),
    ),
    Program(
        "deno",
        "Deno",
        commands=("deno",),
        needs=("NODE_OPTIONS",),
        silent=("Deno's fetch follows HTTPS_PROXY; npm packages come in by NODE_OPTIONS, which Deno 2 reads.",),
    ),
    Program(
        "bun",
        "Bun",
        commands=("bun", "bunx"),
        silent=(
            "Bun's fetch follows HTTPS_PROXY, its node:https does not, and Bun reads no NODE_OPTIONS: "
            "run `bun --preload {preload} SCRIPT`.",
        ),
    ),
    Program(
        "java",
        "Java",
        commands=("java", "javaw", "mvn", "mvnw", "gradle", "gradlew", "sbt", "kotlin", "scala", "jshell", "groovy"),
        suffixes=(".jar",),
        needs=("JAVA_TOOL_OPTIONS",),
        silent=(
            "The CRT client of the AWS SDK for Java does not work through the recorder: use the Apache, Netty or "
            "URL connection client for this run.",
            "A Gradle daemon that ran before keeps its old settings: use --no-daemon.",
        ),
        refused=("-Djavax.net.ssl.trustStore on the command line wins over JAVA_TOOL_OPTIONS: leave it out.",),
        notes=('Java says "Picked up JAVA_TOOL_OPTIONS" on stderr; that is how it gets the proxy.',),
    ),
    Program(
        "go",
        "Go",
        commands=("go",),
        suffixes=(".go",),
        silent=(_GO_LOOPBACK, _OWN_TRANSPORT),
        refused=_GO_REFUSED,
    ),
    Program(
        "go-aws",
        "Go with an AWS SDK on macOS or Windows",
        needs=("AWS_CA_BUNDLE",),
        silent=(_GO_LOOPBACK,),
        refused=(
            "AWS_CA_BUNDLE fails where the program brings an HTTP client of its own (aws-sdk-go#3618): use --as go.",
        ),
    ),
    Program(
        "terraform",
        "Terraform, OpenTofu",
        commands=("terraform", "tofu", "terragrunt"),
        silent=(_GO_LOOPBACK,),
        refused=(*_GO_REFUSED, "The S3 backend has an option for it: custom_ca_bundle."),
    ),
    Program(
        "rclone",
        "rclone",
        commands=("rclone",),
        silent=("--http-proxy on the command line wins over HTTPS_PROXY: leave it out for this run.", _GO_LOOPBACK),
        refused=("--ca-cert on the command line wins over RCLONE_CA_CERT: leave it out for this run.",),
    ),
    Program(
        "restic",
        "restic",
        commands=("restic",),
        needs=("RESTIC_CACERT",),
        silent=(_GO_LOOPBACK,),
        refused=(
            "restic before 0.16 reads no RESTIC_CACERT (restic#4384), and Go on macOS and Windows no SSL_CERT_FILE: "
            "pass --cacert {bundle}.",
        ),
    ),
    Program(
        "mc",
        "MinIO Client",
        commands=("mc", "mcli", "minio-mc"),
        silent=(_GO_LOOPBACK,),
        refused=(*_GO_REFUSED, "mc also reads ~/.mc/certs/CAs."),
    ),
    Program(
        "curl",
        "curl",
        commands=("curl",),
        silent=("--noproxy, --proxy or a proxy in ~/.curlrc wins over HTTPS_PROXY.",),
        refused=(
            "--cacert or a cacert in ~/.curlrc wins over CURL_CA_BUNDLE; curl on Windows (Schannel) reads neither.",
        ),
    ),
    Program(
        "wget",
        "wget",
        commands=("wget",),
        silent=("--no-proxy or use_proxy = off in ~/.wgetrc keeps wget from the proxy.",),
        refused=("wget built with GnuTLS (Debian, Ubuntu) reads no variable: pass --ca-certificate={bundle}.",),
    ),
    Program(
        "ruby",
        "Ruby",
        commands=("ruby", "irb", "rake", "rails", "bundle", "rspec"),
        suffixes=(".rb",),
        silent=(
            "The AWS SDK for Ruby ignores HTTPS_PROXY: give it `http_proxy: ENV['HTTPS_PROXY']`, for instance "
            "in Aws.config.update.",
        ),
        refused=("The AWS SDK for Ruby takes the CA file as an option: ssl_ca_bundle: ENV['SSL_CERT_FILE'].",),
    ),
    Program(
        "php",
        "PHP",
        commands=("php", "composer", "phpunit"),
        suffixes=(".php", ".phar"),
        silent=("Guzzle and the AWS SDK for PHP follow HTTPS_PROXY on the command line only, not under a web server.",),
        refused=("Set curl.cainfo and openssl.cafile: `php -d curl.cainfo={bundle} -d openssl.cafile={bundle}`.",),
    ),
    Program(
        "dotnet",
        ".NET",
        commands=("dotnet",),
        silent=("HttpClient follows HTTPS_PROXY unless its handler says UseProxy = false or names a proxy.",),
        refused=("On Linux .NET reads SSL_CERT_FILE; on macOS and Windows it asks the system's own store.",),
    ),
    Program(
        "rust",
        "Rust",
        commands=("cargo",),
        suffixes=(".rs",),
        silent=(
            "reqwest (object_store, obstore) follows HTTPS_PROXY; the AWS SDK for Rust only where its HTTP client is "
            "built with a proxy (aws-sdk-rust#169).",
        ),
        refused=("A program built with webpki-roots trusts nothing but the roots compiled into it.",),
    ),
    Program("perl", "Perl", commands=("perl",), suffixes=(".pl",), needs=("PERL_LWP_SSL_CA_FILE",)),
    Program(
        "shell",
        "a shell, or a program that is not known",
        commands=("sh", "bash", "zsh", "dash", "ksh", "fish", "pwsh", "powershell", "cmd", "make", "just", "task"),
        suffixes=(".sh", ".bash", ".zsh", ".fish", ".ps1", ".bat", ".cmd"),
        needs=("PYTHONPATH", "NODE_OPTIONS"),
        silent=(
            "What it starts gets the settings that harm nobody. Where that is a Java program say --as java; "
            "an s3 program in Go on macOS or Windows: --as go-aws.",
        ),
    ),
    Program(
        "container",
        "a container or another machine",
        commands=("docker", "podman", "nerdctl", "docker-compose", "kubectl", "ssh", "wsl", "vagrant"),
        silent=(
            "What runs in a container or on another machine gets neither this environment nor its files: pass "
            "HTTPS_PROXY, SSL_CERT_FILE and the file it names into it, and let the recorder listen where it can be "
            "reached from there (--listen).",
        ),
        notes=("A container or another machine does not inherit the recorder's settings.",),
    ),
)

BY_NAME = {program.name: program for program in PROGRAMS}
BY_COMMAND = {command: program for program in PROGRAMS for command in program.commands}
BY_SUFFIX = {suffix: program for program in PROGRAMS for suffix in program.suffixes}
UNKNOWN = BY_NAME["shell"]
"""What a program gets that is not known: the settings that harm nobody."""


def named(name: str) -> Program:
    """The program called `name` (`--as NAME`), by its own name or one of its commands.

    Raises UsageError, naming the nearest, where there is none.
    """
    wanted = name.strip().lower()
    program = BY_NAME.get(wanted) or BY_COMMAND.get(wanted)
    if program is None:
        nearest = difflib.get_close_matches(wanted, [*BY_NAME, *BY_COMMAND], n=1)
        guess = f"did you mean {nearest[0]}? " if nearest else ""
        raise UsageError(f"no program is called {name!r}", f"{guess}known are: {', '.join(BY_NAME)}")
    return program
