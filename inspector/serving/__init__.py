"""A server on this machine that answers from recorded calls, as an endpoint and as a proxy, and never dials out."""
