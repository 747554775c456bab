"""Marketplaces and shops of the seller's own: connect, listings, orders in, stock and tracking out.

Owns: channel_grants, channel_connections, channel_listings, channel_orders, channel_runs. Emits: ConnectionChanged, ListingChanged.
Listens: StockChanged, OrderFulfilled.
"""
