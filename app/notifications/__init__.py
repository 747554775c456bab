"""News to people: e-mail today; inbox, bundling and push have their place here.

Owns: nothing yet (mails are core's). Emits: nothing. Listens: orders' OrderPaid, OrderRefunded, OrderFulfilled by mail templates.
"""
