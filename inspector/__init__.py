"""Record, inspect and replay what S3 SDKs say to Backblaze B2."""

__version__ = "0.1.0"
