"""Delivery of what grants allow: the page of a purchase, signed links, limits, the log.

Owns: downloads. Emits: nothing. Listens: nothing.
"""
