"""News to people: one inbox for everything they are told, what they choose to hear, mail bundled by windows, and its sending.

Owns: inbox_items, notification_choices, mail_windows. Emits: InboxChanged. Listens: nothing; others call `actions.tell`.
"""
