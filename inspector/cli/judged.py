"""A recording for the verbs that take a filter: what a signature or a failure came to is found out where one asks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.store.reader import Recording

if TYPE_CHECKING:
    from inspector.store.judge import Judge


def judged_recording(path: Path, quiet: bool = False) -> Recording:
    """The recording, open for reading. The secrets are looked for when a filter is about what rests on them.

    `quiet`: it was said already which there are.

    Raises:
        RecordingError: the file cannot be opened.
    """
    return Recording(path, judge=lambda: _judge(path, quiet))


def _judge(path: Path, quiet: bool) -> Judge:
    """Few filters ask for it, so the others wait for none of this."""
    from inspector.cli.common import say
    from inspector.cli.keys import Keyring, keys_at_hand, usual_keys
    from inspector.cli.probed import probed_at_hand
    from inspector.view.judge import RecordedJudge

    ring = Keyring(usual_keys(os.environ)) if quiet else keys_at_hand((), secret_stdin=False)
    if not ring.names:
        say("no secret is at hand, so signatures stay unverified: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    return RecordedJudge(path, ring.for_call, probed_at_hand(os.environ))
