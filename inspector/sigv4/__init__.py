"""Who signed a request and how: authorizations read, canonical requests computed."""
