"""What is wrong with a set-up, and what no public trace of B2 settles."""
