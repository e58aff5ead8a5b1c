"""What others captured, read into exchanges: .mitm flow files, HAR 1.2, raw HTTP."""
