"""Reads of what is known of platforms, by noun."""
