"""Recordings and files searched for credentials, and copied without them."""
