"""Caps.

What an account may use in a day, or store. B2 answers 403 AccessDenied as to a key that may not; only the sentence
differs. SDKs do not try again. Caps are counted by transaction classes: A is free, B is reading, C is listing and
everything about buckets.
"""

from __future__ import annotations

from inspector.diagnose.finding import Cause, Fault

CAPS = "backblaze.com/docs/cloud-storage-data-caps-and-alerts"
RAISE = "Raise it on the console's page Caps & Alerts, which takes up to ten minutes to count"
RESET = "or wait: caps of a day begin anew at 00:00 GMT"

CAUSES = (
    Cause(
        slug="cap-transactions",
        title="The day's cap of transactions is reached",
        fault=Fault.CONFIGURATION,
        fix=f"{RAISE}, {RESET}. `b2-inspector stats --cost` shows which calls were waste: lists for one key, HEADs"
        " before reads.",
        fixes={
            "rclone": f"{RAISE}, {RESET}. --fast-list and --no-traverse list less; --s3-no-head and --s3-no-head-object"
            " leave HEADs out.",
            "restic": f"{RAISE}, {RESET}. Fewer, larger packs make fewer calls: --pack-size 64.",
        },
        about="2,500 transactions of class B (reading) and as many of class C (listing, buckets) a day are free, and a"
        " cap may be set beyond that. Transaction cap exceeded comes until the day ends; uploads are class A and go"
        " on.",
        sources=(CAPS, "backblaze.com/cloud-storage/transaction-pricing"),
    ),
    Cause(
        slug="cap-download",
        title="The day's cap of downloads is reached: bytes, or transactions of class B",
        fault=Fault.CONFIGURATION,
        fix=f"{RAISE}, {RESET}. Put a CDN before files that many people read.",
        about="GET and HEAD are refused while lists and uploads go on: that tells a cap from a missing right. HEAD"
        " shows only 403 Forbidden, with a Content-Length of 259. Free are 1 GB a day and 2,500 transactions of class"
        " B.",
        sources=(CAPS, "alangrainger/share-note#63"),
    ),
    Cause(
        slug="cap-storage",
        title="The cap of stored bytes is reached",
        fault=Fault.CONFIGURATION,
        fix="Raise the storage cap on the console's page Caps & Alerts (or add a way to pay), or delete old versions:"
        " hidden ones and unfinished uploads count. Waiting does not help.",
        fixes={
            "rclone": "Raise the storage cap, or: rclone backend cleanup-hidden REMOTE:BUCKET, rclone cleanup"
            " REMOTE:BUCKET (unfinished uploads).",
        },
        about="Uploads are refused, reading goes on. The free 10 GB count every version, hidden ones too.",
        sources=(CAPS,),
    ),
)
