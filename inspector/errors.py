"""The exceptions of b2-inspector: no message without the next step.

InspectorError
├── UsageError        the command line asks for something that cannot be    exit 2
│   └── FilterError   a filter that cannot be read
├── NothingMatched    the question was good, the answer is empty            exit 3
├── FormatError       a file of another program breaks off or says what cannot be   exit 1
├── RecordingError    the recording cannot be opened, read or written       exit 1
└── CaptureError      the recorder cannot start or go on                    exit 1
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process says when it ends; scripts rely on these numbers."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOTHING = 3
    DIFFERS = 4


class InspectorError(Exception):
    """Something went wrong that the user can do something about.

    `message` says what happened, `hint` what to do next.
    """

    exit_code = ExitCode.FAILED

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}"

    def __reduce__(self) -> tuple[type[InspectorError], tuple[str, str]]:
        return type(self), (self.message, self.hint)  # so that it passes from one process to another whole


class UsageError(InspectorError):
    """The command line asks for something that cannot be."""

    exit_code = ExitCode.USAGE


class FilterError(UsageError):
    """A filter that cannot be read; the hint names what comes nearest."""


class NothingMatched(InspectorError):
    """The question was good, the answer is empty."""

    exit_code = ExitCode.NOTHING


class FormatError(InspectorError):
    """A file of another program breaks off, or says what cannot be."""


class RecordingError(InspectorError):
    """The recording cannot be opened, read or written."""


class CaptureError(InspectorError):
    """The recorder cannot start, or cannot go on."""
