"""The site as an app: its manifest, its service worker, the page for when there is no network, and the doors of its shortcuts.

Owns, emits and listens to nothing.
"""
