"""What B2's native API (JSON) means: its operations and its errors. Bytes in, facts out; no IO."""
