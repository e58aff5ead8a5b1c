"""From the proxy's hooks to rows: a sealed spool between two processes, and the writer that reads it.

    hooks ─▶ Link (proxy process) ─▶ spool ─▶ Assembler (writer process) ─▶ store.Writer

The proxy only copies bytes and appends them to a spool; hashing, redaction, facts and SQL happen in the writer.
"""
