"""How a recording is told from any other SQLite file; apart from the schema, which needs sqlite-utils."""

APPLICATION_ID = 0x42324953
"""`PRAGMA application_id` of a recording ("B2IS")."""

SCHEMA_VERSION = 1
"""`PRAGMA user_version`; a file with a higher one was written by a newer program."""
