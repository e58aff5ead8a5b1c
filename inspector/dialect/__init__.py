"""How B2 answers: what it refuses, in its own words and bytes, for a local S3 server that stands in for it."""
