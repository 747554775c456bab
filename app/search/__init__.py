"""One box for a workspace: its orders, products and buyers. A door; nobody imports it.

Owns: nothing. Emits: nothing. Listens: nothing.
"""
