"""Money with Stripe: seller accounts, payments, transfers, refunds, disputes, payouts, fees, the ledger.

Owns: seller_accounts, payments, payment_parts, transfers, transfer_reversals, refunds, disputes, payouts, fee_rules,
ledger_transactions, ledger_entries. Emits: PaymentOpened, PaymentProcessing, PaymentPaid, PaymentEnded, RefundChanged,
DisputeChanged, SellerAccountChanged. Listens: nothing.
"""
