"""A door: the operator's pages under /admin, health and metrics, the style guide.

Owns no tables: it shows the inbox, the outbox and the schedule of core, and the fee rules of payments, and sends operators'
wishes there. What an operator does is written into the audit trail of the platform's own workspace.
"""
