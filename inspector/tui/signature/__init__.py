"""The signature view: what was signed, what is on the wire, what the server expects."""
