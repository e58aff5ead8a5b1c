"""The Python shim stays out of the way of the program it runs in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from inspector.capture.environment import PRELOAD, PYTHON_SHIM


def python(code: str, *path: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    inherited = plain | {
        "PYTHONPATH": os.pathsep.join([str(PYTHON_SHIM), *map(str, path)]),
        "B2_INSPECTOR_ACTIVE": "1",
        "B2_INSPECTOR_DEBUG": "1",
        "HTTPS_PROXY": "http://127.0.0.1:9",
    }
    return subprocess.run(
        [sys.executable, "-c", code], env=inherited | environ, capture_output=True, text=True, timeout=60, check=False
    )


def test_hidden_sitecustomize_runs(tmp_path: Path) -> None:
    """The user's own sitecustomize runs as ever, and is the module that the program finds."""
    (tmp_path / "sitecustomize.py").write_text("MINE = 'mine'")
    done = python("import sitecustomize; print(sitecustomize.MINE)", tmp_path)
    assert (done.stdout, done.stderr) == ("mine\n", "")


def test_error_of_a_hidden_sitecustomize_is_reported(tmp_path: Path) -> None:
    """What Python says of a broken sitecustomize it says with us too, and goes on."""
    (tmp_path / "sitecustomize.py").write_text("raise RuntimeError('of mine')")
    done = python("print('ran')", tmp_path)
    assert done.stdout == "ran\n"
    assert "of mine" in done.stderr


def test_nothing_is_imported_for_its_own_sake() -> None:
    """A program that uses none of the clients pays for none of them."""
    heavy = "{'urllib3', 'aiohttp', 'ssl', 'http.client', 'typing', 'urllib.parse'}"
    done = python(f"import sys; print({heavy} & set(sys.modules))")
    assert done.stdout == "set()\n"


def test_without_a_recorder_it_does_nothing() -> None:
    """PYTHONPATH alone, without the marker, changes nothing."""
    done = python("import urllib3; print(type(urllib3.PoolManager()).__name__)", B2_INSPECTOR_ACTIVE="")
    assert (done.stdout, done.stderr) == ("PoolManager\n", "")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("urllib3.PoolManager()", "RecordedPoolManager"),
        ("type('Mine', (urllib3.PoolManager,), {})()", "Mine"),
        ("urllib3.ProxyManager('http://127.0.0.1:1')", "ProxyManager"),
        ("__import__('requests').Session().adapters['https://'].poolmanager", "PoolManager"),
        ("__import__('botocore.httpsession').httpsession.URLLib3Session()._manager", "PoolManager"),
    ],
)
def test_who_gets_the_proxy(code: str, expected: str) -> None:
    """A PoolManager that the program makes goes through the proxy; subclasses, requests and botocore choose."""
    script = f"import urllib3; made = {code}; assert isinstance(made, urllib3.PoolManager); print(type(made).__name__)"
    done = python(script)
    assert (done.stdout, done.stderr) == (f"{expected}\n", "")


def test_failing_patch_leaves_the_program_alone(tmp_path: Path) -> None:
    """A library whose inside looks different is left unpatched; the program goes on, and debugging says why."""
    package = tmp_path / "aiohttp"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "client.py").write_text("VALUE = 1")
    code = "import aiohttp.client; print(aiohttp.client.VALUE)"
    done = python(code, tmp_path)
    assert done.stdout == "1\n"
    assert "aiohttp.client is not recorded" in done.stderr
    assert python(code, tmp_path, B2_INSPECTOR_DEBUG="").stderr == ""


def old_pythons() -> list[Path]:
    """Pythons of pyenv, where a developer has them: the shim is read by whatever the program runs on."""
    return sorted(Path("~/.pyenv/versions").expanduser().glob("*/bin/python"))


@pytest.mark.slow
@pytest.mark.parametrize("interpreter", old_pythons(), ids=lambda path: path.parent.parent.name)
def test_every_python_starts(interpreter: Path, tmp_path: Path) -> None:
    """From 2.7 on, Python starts without a word and runs the sitecustomize that ours hides."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.stdout.write('hidden ')")
    environ = dict.fromkeys(("B2_INSPECTOR_ACTIVE", "B2_INSPECTOR_DEBUG"), "1")
    environ["PYTHONPATH"] = f"{PYTHON_SHIM}{os.pathsep}{tmp_path}"
    done = subprocess.run(
        [str(interpreter), "-c", "print('ran')"], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("hidden ran\n", "")


def test_shims_are_part_of_the_package() -> None:
    """They lie inside the package, so that a wheel has them."""
    assert PRELOAD.is_file()
    assert (PYTHON_SHIM / "sitecustomize.py").is_file()
