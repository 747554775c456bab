"""The house every feature stands on: settings, scoped sessions, outbox, jobs, audit, money, permissions, render.

Owns: outbox_events, outbox_jobs, schedule_slots, inbound_events, mails, audit_entries, data_keys, idempotency_keys.
Emits: nothing. Listens: nothing.
"""
