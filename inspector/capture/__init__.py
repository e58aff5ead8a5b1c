"""Getting clients to come through the recorder, and to trust it."""
