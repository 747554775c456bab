"""Reviews: what those who paid for something say about it, and what its seller answers.

Who may: a buyer whose purchase (a grant) of the product is paid and with them, once per product however often they bought it.
A review hangs on its purchase, so it goes with it from a guest to an account; it counts while the money of one of its author's
purchases stays paid. No seller takes one away: they answer it, or report it to the platform (docs/decisions/0022).

Owns: reviews, review_tallies, review_reports, review_settings, review_reminders, review_optouts.
Emits: ReviewWritten, ReviewAnswered, ReviewReported, ReviewJudged, ReviewChanged. Listens: GrantChanged, and its own.
"""
