"""A door: server-sent events. Says what changed, never what it is; pages re-read their own blocks (ARCHITECTURE.md §10)."""
