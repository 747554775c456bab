"""One order book: lines, states, fulfilments, notes, timeline, refunds by line.

Owns: order_groups, orders, order_lines, fulfilments, order_notes, order_events. Emits: OrderPlaced, OrderPaid,
OrderChanged, OrderCancelled, OrderFulfilled, OrderRefunded. Listens: payments' PaymentPaid, PaymentFailed, PaymentExpired,
RefundChanged, DisputeChanged; its own OrderPaid, which members hear of.
"""
