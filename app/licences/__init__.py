"""Licences: keys for programs, one for each unit that was bought, and the seats that programs take with them.

A key is generated or comes from the seller's own list. Whether it is good is computed each time it is asked for: from the grant
that paid for it (a refund or dispute ends it and its undoing restores it), from its own disabling, and from its expiry; nothing
about money is copied. Only a refund of some units closes single keys. Who bought before a product had keys gets theirs by the seller's press. Programs ask over /api/v1/licences (docs/licences.md), and
check files signed with Ed25519 without asking.

Owns: licence_offers, licence_terms, licence_stock, licences, licence_activations, licence_events, licence_signers.
Emits: LicenceChanged. Listens: access.GrantChanged (a restored purchase gets the key it is owed).
"""
