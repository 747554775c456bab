"""Archives: everything a workspace owns, or a person's own data, as one zip; and such a zip brought into an empty workspace.

Owns: archives (made, kept for seven days), imports (checked, then brought in), and the rules of what may leave. Emits:
ArchiveMoved, OwnArchiveMoved.
"""
