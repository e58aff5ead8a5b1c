"""How a recording is told from any other SQLite file; apart from the schema, which needs sqlite-utils."""

APPLICATION_ID = 0x42324953
"""`PRAGMA application_id` of a recording ("B2IS")."""

SCHEMA_VERSION = 2
"""`PRAGMA user_version`; a file with a higher one was written by a newer program."""

OLDEST_READABLE = 1
"""Files with this schema and later ones are read as they are: what they lack is empty."""

FIRST_WITH_FORWARDED = 2
"""The schema that has the table `forwarded`."""
