"""Credentials that are left in bytes: found whatever they are wrapped in, and replaced there."""
