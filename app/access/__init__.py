"""Grants: who may have what, from when to when, and why.

Each paid line of an order of our own is one grant of its product, shipped or downloaded: it is what opens buyers' rooms and
makes somebody a verified buyer. `Grant.downloads` says which of them have files to hand over as well. A line's grant ends when
all its money has really gone back, or while the bank contests the payment, and returns when that is undone; while some of
the money stays paid, so does the grant, whatever the units. A seller may stop one as well; each reason is held apart, so that
undoing one never undoes another. Orders of a platform grant nothing: their buyer is nobody we know.

What a seller tells everybody who has a product (`BuyerNote`) is read by the same rule: while a grant is open.

Owns: grants, notes to buyers. Emits: GrantChanged. Listens: nothing.
"""
