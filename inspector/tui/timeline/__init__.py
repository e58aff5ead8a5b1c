"""The timeline: lanes of calls in a window of time."""
