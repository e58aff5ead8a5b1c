"""Two calls, or two sessions, beside each other."""
