"""Findings: what is wrong with a call, how sure that is, whose fault it is, and the fix."""
