"""The native API.

What B2's own API (JSON) says, to b2sdk, the b2 command line, rclone's b2 remote and others. Every code is B2's own; a
sentence is quoted where an answer with it has been published.
"""

from __future__ import annotations

from inspector.diagnose.finding import Cause, Fault

SDK_PYTHON = "Backblaze/b2-sdk-python: interpret_b2_error"
SDK_TYPESCRIPT = "backblaze-labs/b2-sdk-typescript: errors"
B2_ACCOUNT = {
    "b2sdk": "b2_api.authorize_account(application_key_id, application_key); with the command line b2 account authorize"
    " KEY_ID APPLICATION_KEY.",
    "rclone": "account = KEY_ID and key = APPLICATION_KEY in the b2 remote of rclone.conf.",
    "restic": "export B2_ACCOUNT_ID=KEY_ID B2_ACCOUNT_KEY=APPLICATION_KEY",
}
CAPS = "Raise the cap on the page Caps & Alerts of B2's console (it takes up to ten minutes), or wait for 00:00 GMT."


def _of(
    slug: str, title: str, fault: Fault, fix: str, about: str, *sources: str, fixes: dict[str, str] | None = None
) -> Cause:
    return Cause(slug, title, fault, fix, fixes or {}, about, sources)


CLIENT, CONFIGURATION, SERVER = Fault.CLIENT, Fault.CONFIGURATION, Fault.SERVER

CAUSES = (
    _of(
        "native-bad-auth-token",
        "The token is not one that this host accepts",
        CLIENT,
        "Authorize again (b2_authorize_account), and use the apiUrl and token of that answer together.",
        "Key id and application key that do not belong together, or a token of another cluster or account.",
        "Backblaze/B2_Command_Line_Tool#645",
        fixes=B2_ACCOUNT,
    ),
    _of(
        "native-expired-auth-token",
        "The token is too old",
        CLIENT,
        "Call b2_authorize_account again; for uploads b2_get_upload_url or b2_get_upload_part_url.",
        "Account tokens live 24 hours, upload tokens as long or until an upload with them fails. Clients are meant to"
        " renew them by themselves.",
        "backblaze.com/docs/cloud-storage-native-api-error-handling-and-status-codes",
        SDK_TYPESCRIPT,
    ),
    _of(
        "native-unauthorized-empty",
        "B2 refused without a word",
        CONFIGURATION,
        "Check key id and application key; with a key that is restricted to a bucket name it: bucketId or bucketName.",
        "401 unauthorized with an empty message is the answer to wrong credentials, and to b2_list_buckets by a key"
        " that is restricted to a bucket and does not name it.",
        "franciscop/backblaze#3",
        "Backblaze/B2_Command_Line_Tool#313",
        "Backblaze/b2-sdk-java#59",
        fixes=B2_ACCOUNT,
    ),
    _of(
        "native-key-unauthorized-capability",
        "The key may not do this, or not in this bucket",
        CONFIGURATION,
        "Make a key with the capability that the call needs (b2 key create), for this bucket or for all.",
        "401 unauthorized on a call after a good authorization: a capability is missing, or the key is restricted to"
        " another bucket or prefix. b2sdk adds a sentence of its own that lists what the key may.",
        "Backblaze/B2_Command_Line_Tool#472",
        "Backblaze/b2-sdk-python#497",
    ),
    _of(
        "native-account-id-invalid",
        "What was sent as accountId is no account's id",
        CLIENT,
        "Send the accountId of b2_authorize_account's answer; it is not the key id.",
        "The id of an application key stands where the account's id should.",
        "watchfulli/XCloner-Wordpress#227",
        "Darksonn/backblaze-b2-rs#12",
    ),
    _of(
        "native-api-version",
        "The key is of a newer kind than the API's version that the client speaks",
        CLIENT,
        "Take a newer client (API version 4), or a key for one bucket or for all.",
        "Keys for several buckets are unknown to /b2api/v1 to v3.",
        "rclone/rclone#9031",
        "home-assistant/core#167469",
    ),
    _of(
        "native-download-cap",
        "The day's cap for downloads or Class B transactions is reached",
        CONFIGURATION,
        CAPS,
        "A limit that the account has set, or that of an account without a payment method: 1 GB and 2,500 Class B"
        " transactions a day.",
        "alangrainger/share-note#63",
    ),
    _of(
        "native-storage-cap",
        "The cap for storage is reached",
        CONFIGURATION,
        "Raise the cap on the page Caps & Alerts of B2's console, or delete versions that are no longer needed.",
        "Code storage_cap_exceeded, in older documents cap_exceeded. Hidden versions and unfinished large files count.",
        SDK_PYTHON,
    ),
    _of(
        "native-transaction-cap",
        "The day's cap for transactions is reached",
        CONFIGURATION,
        CAPS,
        "Code transaction_cap_exceeded: Class B or C transactions of the day.",
        SDK_PYTHON,
    ),
    _of(
        "native-too-many-requests",
        "This call was made too often",
        CLIENT,
        "Wait as Retry-After says, and longer each time; cache what lists give.",
        "Some calls have a limit of their own, which the message names: 200 a minute for b2_list_file_names in 2020,"
        " 60 for b2_list_buckets in 2024.",
        "rclone/rclone#3990",
        "iterate-ch/cyberduck#15692",
        fixes={"rclone": "--fast-list, fewer --checkers, --tpslimit 10."},
    ),
    _of(
        "native-pod-busy",
        "The place of the upload is busy: B2 asks for a new upload URL",
        SERVER,
        "Call b2_get_upload_url (b2_get_upload_part_url) again and upload there: this is how B2 spreads load.",
        "503 on an upload is part of the protocol. Clients that send again to the same URL go on failing.",
        "ShareX/ShareX#4187",
        "WWBN/AVideo#2585",
        "fog/fog-backblaze#11",
    ),
    _of(
        "native-internal-error",
        "Something went wrong inside B2",
        SERVER,
        "Send the call again, after a pause; give the incident's id to Backblaze's support if it stays.",
        "500 internal_error, with the id of an incident.",
        "Backblaze/b2-sdk-python#72",
    ),
    _of(
        "native-email-unverified-500",
        "The account's e-mail address may not be verified",
        CONFIGURATION,
        "Verify the address in B2's console, then create the bucket again.",
        "A new account got 500 internal incident to every b2_create_bucket until its address was verified (2024).",
        "Backblaze/terraform-provider-b2#71",
    ),
    _of(
        "native-sha1-mismatch",
        "The SHA-1 that was sent is not that of the data",
        CLIENT,
        "Send the file again; compute X-Bz-Content-Sha1 over the very bytes that are sent.",
        "The body was changed on its way, or while it was read.",
        "rclone/rclone#400",
    ),
    _of(
        "native-upload-token-concurrent",
        "Two uploads use one upload URL at once",
        CLIENT,
        "Get an upload URL for each thread.",
        "An upload URL and its token are for one upload at a time.",
        "rclone/rclone#400",
    ),
    _of(
        "native-large-file-parts",
        "A large file needs at least two parts",
        CLIENT,
        "Upload small files by b2_upload_file.",
        "A rule of the native API, as it was seen in 2019.",
        "minio/minio#8080",
    ),
    _of(
        "native-copy-too-big",
        "The file is too large for one copy",
        CLIENT,
        "Copy it in parts: b2_start_large_file, b2_copy_part, b2_finish_large_file.",
        "b2_copy_file takes up to 5 GB.",
        "Backblaze/b2-sdk-python: exception.py",
    ),
    _of(
        "native-file-not-found",
        "There is no file of that name, or it is hidden",
        CLIENT,
        "Compare the name with a listing: case, slashes, encoding (%2F, + for a space).",
        "404 not_found. A file on which a hide marker lies is answered the same.",
        "Backblaze/b2-sdk-python: exception.py",
    ),
    _of(
        "native-file-not-present",
        "The file or version is not there any more",
        CLIENT,
        "Read the listing again before the next try.",
        "file_not_present to b2_delete_file_version, no_such_file and already_hidden to b2_hide_file.",
        SDK_PYTHON,
    ),
    _of(
        "native-duplicate-bucket",
        "The bucket's name is taken",
        CLIENT,
        "Take another name: they are shared by all accounts.",
        "Bucket names are global at B2.",
        "zaxbux/backblaze-b2-php: API-Error-Codes",
    ),
    _of(
        "native-too-many-buckets",
        "The account has as many buckets as it may have",
        CONFIGURATION,
        "Delete buckets, or ask Backblaze's support for more.",
        "Code too_many_buckets.",
        "zaxbux/backblaze-b2-php: API-Error-Codes",
    ),
    _of(
        "native-missing-part",
        "The list of parts does not match what was uploaded",
        CLIENT,
        "Read b2_list_parts, upload what is missing, and finish with the SHA-1s in the order of the parts.",
        "missing_part or part_sha1_mismatch to b2_finish_large_file.",
        SDK_PYTHON,
    ),
    _of(
        "native-email-or-payment",
        "A public bucket needs a verified e-mail address and a payment history",
        CONFIGURATION,
        "Verify the address and add a payment method in B2's console, or keep the bucket private.",
        "email_not_verified or no_payment_history.",
        SDK_PYTHON,
    ),
    _of(
        "native-range",
        "The range lies outside of the file",
        CLIENT,
        "Ask for bytes that the file has; its size is in b2_get_file_info.",
        "416 range_not_satisfiable.",
        SDK_PYTHON,
    ),
    _of(
        "native-method",
        "The call takes another HTTP method",
        CLIENT,
        "POST for calls, GET for downloads and b2_authorize_account.",
        "405 method_not_allowed.",
        SDK_TYPESCRIPT,
    ),
    _of(
        "native-timeout",
        "The body came too slowly",
        Fault.UNKNOWN,
        "Get a new upload URL and send the file again, in smaller parts on a slow line.",
        "408 request_timeout.",
        SDK_TYPESCRIPT,
    ),
    _of(
        "native-conflict",
        "The bucket was changed by somebody else meanwhile",
        CLIENT,
        "Read the bucket again and send the update with its new revision.",
        "409 conflict: ifRevisionIs did not hold.",
        SDK_PYTHON,
        SDK_TYPESCRIPT,
    ),
    _of(
        "native-bad-bucket-id",
        "No bucket has this id or name",
        CLIENT,
        "Take the id from b2_list_buckets; a bucket that was made anew has a new one.",
        "bad_bucket_id, invalid_bucket_id, bad_bucket_name or invalid_bucket_name.",
        SDK_PYTHON,
    ),
    _of(
        "native-bucket-not-listed",
        "The account has no such bucket, or the key may not see it",
        CLIENT,
        "Compare the name with b2_list_buckets (b2 bucket list); a key that is restricted to buckets sees those alone.",
        "b2_list_buckets for one name answers 200 with an empty list; b2sdk then raises NonExistentBucket, and no call"
        " has failed.",
        SDK_PYTHON,
    ),
    _of(
        "native-unknown-field",
        "The call does not know a field of the JSON that was sent",
        CLIENT,
        "Take the field out or spell it right; the Java class in the sentence says which request is meant.",
        "A field of another call or API version, a wrong name, or an answer's shape sent as a request.",
        "coryrwest/B2.NET#41",
        "backblaze-labs/b2-mcp#26",
    ),
    _of(
        "native-required-field",
        "A field that the call needs is missing or null",
        CLIENT,
        "Send the field that the sentence names.",
        "400 bad_request with the name of the field.",
        "WWBN/AVideo#1623",
    ),
    _of(
        "native-bad-query-string",
        "A parameter of the query has no equals sign",
        CLIENT,
        "Leave empty parameters out, or write NAME=.",
        "b2_list_file_names?bucketId=…&prefix&delimiter=/ is refused for its bare prefix.",
        "apache/opendal#5997",
    ),
    _of(
        "native-file-name-backslash",
        "A file name with a backslash",
        CLIENT,
        "Write paths with /.",
        "Refused in 2018; rclone's manual says that backslashes have been allowed since May 2020.",
        "duplicati/duplicati#3214",
    ),
    _of(
        "native-lifecycle-rule-empty",
        "A lifecycle rule says nothing but a prefix",
        CLIENT,
        "Give the rule daysFromHidingToDeleting, daysFromUploadingToHiding or"
        " daysFromStartingToCancelingUnfinishedLargeFiles.",
        "A rule must say what happens after how many days.",
        "Backblaze/terraform-provider-b2#101",
    ),
    _of(
        "native-missing-header",
        "A header that the call needs is missing",
        CLIENT,
        "Send the header that the sentence names; for Content-Length a body whose length is known.",
        "Seen with bodies that were streamed in chunks, without Content-Length.",
        "yakovkhalinsky/backblaze-b2#31",
    ),
    _of(
        "native-sse-algorithm",
        "The bucket's default encryption names no algorithm that B2 has",
        CLIENT,
        'Send {"mode": "SSE-B2", "algorithm": "AES256"}.',
        "defaultServerSideEncryption of mode SSE-B2 needs its algorithm.",
        "backblaze-labs/b2-mcp: request-shape.contract.live.test.ts",
    ),
    _of(
        "native-file-lock-disable",
        "Object Lock cannot be switched off again",
        CLIENT,
        "Make another bucket without it.",
        "fileLockEnabled: false for a bucket that has it.",
        "Backblaze/b2-sdk-python: exception.py",
    ),
    _of(
        "native-file-lock-replication",
        "The bucket is a source of a replication and cannot get Object Lock",
        CLIENT,
        "Remove the replication first.",
        "Object Lock cannot be switched on for a bucket from which files are replicated.",
        "Backblaze/b2-sdk-python: exception.py",
    ),
    _of(
        "native-file-lock-restricted",
        "A restricted bucket cannot get Object Lock",
        CLIENT,
        "Use another bucket.",
        "Object Lock cannot be switched on for buckets of the type restricted.",
        "Backblaze/b2-sdk-python: exception.py",
    ),
    _of(
        "native-file-locked",
        "Object Lock or a legal hold keeps the file, or the key may not change that",
        CONFIGURATION,
        "Wait until retainUntilTimestamp, lift the legal hold, or, in governance mode, send bypassGovernance with a key"
        " that has this capability. Nothing undoes compliance mode.",
        "403 access_denied to b2_delete_file_version, b2_update_file_retention and b2_update_file_legal_hold; b2sdk"
        " makes RetentionWriteError of it.",
        "Backblaze/b2-sdk-python: raw_api.py",
    ),
    _of(
        "native-customer-key",
        "The file has a key of the customer's (SSE-C), and it was not sent, or another one",
        CLIENT,
        "Send the key that the file was uploaded with: EncryptionSetting(EncryptionMode.SSE_C, …) to read and to copy.",
        "403 access_denied to downloads, b2_copy_file and b2_copy_part; b2sdk makes SSECKeyError of it.",
        "Backblaze/b2-sdk-python: raw_api.py",
    ),
    _of(
        "cors-operation-name",
        "A CORS rule names an operation that does not exist",
        CLIENT,
        "Write s3_get, s3_head, s3_put, s3_post or s3_delete (or b2_download_file_by_name and its kin).",
        "Operations of native CORS rules are called s3_put and the like, not as the console shows them.",
        "a public file",
    ),
)
