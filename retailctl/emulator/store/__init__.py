"""What survives: one folder with a SQLite file for documents and a tree of files for blobs. Knows nothing of HTTP."""
