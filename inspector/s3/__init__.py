"""What S3 traffic means: operations, addressing, error bodies, clients. Bytes in, facts out; no IO."""
