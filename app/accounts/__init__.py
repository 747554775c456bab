"""People and how they prove who they are.

Owns: users, user_sessions, session_transfers, passkeys, passkey_challenges, sign_in_codes, identities, sign_in_attempts.
Emits: SessionsEnded. Listens: nothing.
"""
