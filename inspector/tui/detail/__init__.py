"""The selected call: what was said, in tabs."""
