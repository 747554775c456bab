"""Reads of the operator's pages, by noun; all in the system scope."""
