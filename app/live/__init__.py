"""A door: server-sent events. Says what changed, never what it is; pages re-read their own blocks (ARCHITECTURE.md §10). Posts of
the forum are the exception: they look the same to every reader, so they are drawn once and sent."""
