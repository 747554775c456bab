"""A door: verified receipts into the inbox, and their application."""
