"""News to people: one inbox for everything they are told, what they choose to hear, mail bundled by windows, and its sending;
pushes to the browsers that asked for them.

Owns: inbox_items, notification_choices, mail_windows, push_devices, push_messages, quiet_hours. Emits: InboxChanged.
Listens: SessionsEnded; others call `actions.tell`.
"""
