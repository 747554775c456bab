"""Grants: who may have what, from when to when, and why.

Owns: grants. Emits: GrantChanged. Listens: nothing.
"""
