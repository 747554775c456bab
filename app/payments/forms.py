"""What the pages about money send."""

from collections.abc import Iterable, Mapping

from app.payments.countries import CODES


def country(form: Mapping[str, str]) -> str:
    """The country for a new account; empty for what Stripe does not offer."""
    chosen = form.get("country", "")
    return chosen if chosen in CODES else ""


def likely_country(languages: Iterable[str]) -> str:
    """The first country that the browser's languages name: GB for en-GB."""
    for language in languages:
        region = language.replace("_", "-").rpartition("-")[2].upper()
        if region in CODES and "-" in language:
            return region
    return ""
