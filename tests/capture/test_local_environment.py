"""What the stand-in for B2 takes over from the user's environment."""

from __future__ import annotations

import os

from inspector.capture.local import _without_aws


def test_the_users_aws_settings_are_not_the_stand_ins() -> None:
    """A profile that is not there, or a secret, must not reach it; all else does."""
    given = {"AWS_PROFILE": "gone", "AWS_SECRET_ACCESS_KEY": "secret", "PATH": "/bin"}
    nothing = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    assert _without_aws(given) == {"PATH": "/bin", "S3_UPLOAD_PART_MIN_SIZE": "5000000", **nothing}
