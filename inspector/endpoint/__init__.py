"""A place on this machine that speaks S3 for B2: what a client signed is checked, and signed again for the upstream."""
