"""One adapter per kind of file that can be stamped."""
