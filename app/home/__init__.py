"""Today: what a workspace's people see first. A door; nobody imports it.

Owns: nothing. Emits: nothing. Listens: nothing.
"""
