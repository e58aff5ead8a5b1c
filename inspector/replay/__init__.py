"""Calls out of a recording sent again: what is sent, what is carried on from answer to request, what came of it."""
