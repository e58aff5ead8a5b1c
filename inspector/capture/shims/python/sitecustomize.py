# ruff: noqa: UP031, UP036
# Found first on PYTHONPATH by the Python that a recorded program runs on, whatever its version: so this file keeps to
# what Python 2.7 can read. It hands over to `b2_inspector_clients`, then to the sitecustomize that it hides.
import os
import sys


def _start():  # type: () -> None
    import b2_inspector_clients  # type: ignore[import-not-found,unused-ignore]

    b2_inspector_clients.install()


def _hidden_path():  # type: () -> list[str]
    here = os.path.realpath(os.path.dirname(__file__))
    return [entry for entry in sys.path if os.path.realpath(entry or ".") != here]


def _run_hidden():  # type: () -> None
    """The sitecustomize that would have run without this one; its errors are Python's to report, as ever."""
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    spec = PathFinder.find_spec("sitecustomize", _hidden_path())
    if spec is not None and spec.loader is not None:
        module = module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


def _run_hidden_python2():  # type: () -> None
    import imp

    try:
        file, path, description = imp.find_module("sitecustomize", _hidden_path())
    except ImportError:
        return
    imp.load_module("sitecustomize", file, path, description)  # type: ignore[arg-type]


if sys.version_info >= (3, 7):
    try:
        _start()
    except Exception as error:
        if os.environ.get("B2_INSPECTOR_DEBUG"):
            sys.stderr.write("b2-inspector: some clients are not recorded: %r\n" % (error,))
if sys.version_info >= (3, 5):
    _run_hidden()
else:
    _run_hidden_python2()
