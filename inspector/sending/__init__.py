"""A small HTTP/1.1 client of our own: a request's head goes out byte for byte, the answer is read by h11."""
