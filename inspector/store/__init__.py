"""The recording: one SQLite file with any number of sessions. The only room that knows sqlite-utils."""
