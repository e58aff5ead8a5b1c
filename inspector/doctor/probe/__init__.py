"""What no public trace of B2 settles, asked of the live service by harmless signed requests."""
