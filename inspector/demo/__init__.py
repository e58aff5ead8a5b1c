"""The demo's parts: a local S3 server, a certificate for it, and a script that calls it."""
