"""Delivery of what grants allow: the library, each purchase and its buyers' own copies, signed links, limits, the log; sharing and leaks.

Owns: downloads, copies, traces, positions, library marks, allowances, sightings, locks, updates. Emits: CopyMoved, TraceEnded. Listens: FileAdded.
"""
