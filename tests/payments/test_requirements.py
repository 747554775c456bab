"""What Stripe asks for, in words, the most urgent first."""

from datetime import UTC, datetime

import pytest

from app.payments import requirements


def test_each_thing_is_named_once_with_its_urgency() -> None:
    found = requirements.asked(
        {
            "past_due": ["person_1Ab.verification.document"],
            "currently_due": ["individual.dob.day", "individual.dob.month", "person_2Xy.verification.document"],
            "pending_verification": ["company.tax_id"],
            "eventually_due": ["individual.dob.day", "moon.phase"],
            "deadline": 1767225600,
        }
    )
    assert [(one.thing, one.state) for one in found] == [
        ("an identity document", "Overdue"),
        ("your date of birth", "Needed now"),
        ("the company's tax number", "Being checked"),
        ("moon: phase", "Needed later"),
    ]
    assert found[1].by == datetime(2026, 1, 1, tzinfo=UTC) and found[0].by is None


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (None, ""),
        ("requirements.past_due", "overdue"),
        ("rejected.fraud", "suspects fraud"),
        ("rejected.new_kind", "Stripe closed this account."),
        ("tea_break.long", "tea break, long"),
    ],
)
def test_a_stopped_account_says_why(reason: str | None, words: str) -> None:
    said = requirements.stopped({"disabled_reason": reason})
    assert words in said and bool(said) == bool(reason)
