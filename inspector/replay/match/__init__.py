"""Two requests, one question: what a call asks of S3 or B2, whatever client, host, spelling or framing asks it."""
