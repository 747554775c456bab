"""Parcels, rates, labels, tracking, returns: from a paid order to the buyer's door.

Owns carrier accounts, packages, service rules, parcels, quotes, labels, batches, manifests, tracking, returns.
Emits ParcelChanged, LabelChanged, LabelSettled, BatchMoved, ReturnChanged. Listens to OrderCancelled and RefundChanged of orders.
"""
