"""Bodies of any size, of which only what is seen is read."""
