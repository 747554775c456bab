"""Answering a dispute: words and papers, once, in time, together with the other sellers of the cart."""

import io
from datetime import timedelta
from typing import Any

import pikepdf
import pytest
from PIL import Image

from app.core import db, storage
from app.payments import actions, evidence
from app.payments.models import DisputeFile

from .conftest import Market, Seller
from .test_disputes import dispute, sold


def pdf(pages: int = 1, password: str = "") -> bytes:
    buffer = io.BytesIO()
    with pikepdf.new() as made:
        for _ in range(pages):
            made.add_blank_page()
        made.save(buffer, encryption=pikepdf.Encryption(owner=password, user=password) if password else None)
    return buffer.getvalue()


def png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 60), (200, 40, 90)).save(buffer, "PNG")
    return buffer.getvalue()


class Desk:
    """The page of a seller's one dispute, as a person uses it."""

    def __init__(self, market: Market, seller: Seller, workspace: Any, person: Any) -> None:
        self.market, self.seller, self.person = market, seller, person
        self.client = market.world.sign_in(market.client.application.test_client(), person)
        self.url = f"/w/{workspace.slug}/payouts/disputes/{self.row.id}"

    @property
    def row(self) -> Any:
        return self.market.disputes(self.seller)[0]

    @property
    def files(self) -> list[Any]:
        return self.market.rows(DisputeFile, self.seller)

    def page(self) -> str:
        return str(self.client.get(self.url).text)

    def post(self, path: str = "/evidence", **form: Any) -> Any:
        config = self.client.application.config
        config["WTF_CSRF_ENABLED"] = False
        try:
            return self.client.post(self.url + path, data=form, content_type="multipart/form-data")
        finally:
            config["WTF_CSRF_ENABLED"] = True


def desk(market: Market, *, inquiry: bool = False) -> tuple[Desk, str]:
    seller, cart, _ = sold(market)
    found = dispute(market, cart, inquiry=inquiry)
    market.deliver_new()
    return Desk(market, seller, market.world.north, market.world.alice), found


def at_stripe(market: Market, dispute_id: str) -> Any:
    return market.sandbox.client.v1.disputes.retrieve(dispute_id)


def test_a_draft_stays_here_and_what_is_handed_in_reaches_the_bank_once(market: Market) -> None:
    ours, found = desk(market)
    assert "Not handed in yet" in ours.page()
    ours.post(text="Sent on May 3rd.", do="save")
    ours.post(text="Sent on May 3rd.", kind="shipping_documentation", file=(io.BytesIO(pdf()), "proof.pdf"), do="save")
    market.run()
    assert at_stripe(market, found).status == "needs_response" and "Sent on May 3rd." in ours.page()
    answer = ours.post(text="Sent on May 3rd, signed for on the 5th.", do="hand-in")
    assert answer.status_code == 303 and "Handed in" in ours.page()
    market.run()
    there = at_stripe(market, found)
    assert there.status == "under_review" and there.evidence_details.submission_count == 1
    assert there.evidence.uncategorized_text == "Sent on May 3rd, signed for on the 5th."
    kept = market.sandbox.client.v1.files.retrieve(there.evidence.shipping_documentation)
    assert (kept.filename, kept.purpose, kept.type) == ("proof.pdf", "dispute_evidence", "pdf")
    assert ours.row.status == "under_review" and "The bank has your evidence" in ours.page()
    for again in (ours.post(text="More", do="save"), ours.post(f"/files/{ours.files[0].id}/remove")):
        assert again.status_code == 409 and "handed in already" in again.text
    assert not actions.send_evidence(found)
    assert at_stripe(market, found).evidence_details.submission_count == 1


def test_a_winning_answer_brings_the_money_back(market: Market) -> None:
    ours, _ = desk(market)
    before = market.balance(ours.seller, "disputes")
    ours.post(text="winning_evidence", do="hand-in")
    market.run()
    market.deliver_new()
    assert before == 2000 and market.balance(ours.seller, "disputes") == 0
    assert ours.row.status == "won" and "The bank decided for you" in ours.page()


def test_an_inquiry_is_answered_too(market: Market) -> None:
    ours, found = desk(market, inquiry=True)
    ours.post(text="It was a gift.", do="hand-in")
    market.run()
    assert at_stripe(market, found).status == "warning_under_review"


def test_papers_of_one_kind_become_one_file(market: Market) -> None:
    ours, found = desk(market)
    sent = [("a.pdf", pdf(2)), ("b.png", png())]
    for name, data in sent:
        ours.post(text="", kind="receipt", file=(io.BytesIO(data), name), do="save")
    ours.post(text="", kind="refund_policy", file=(io.BytesIO(png()), "policy.png"), do="hand-in")
    uploaded: list[bytes] = []
    real = evidence.combined
    market.patch.setattr(evidence, "combined", lambda papers: uploaded.append(real(papers)) or uploaded[-1])
    market.run()
    there = at_stripe(market, found).evidence
    assert there.receipt and there.refund_policy and there.receipt != there.refund_policy
    with pikepdf.open(io.BytesIO(uploaded[0])) as whole:
        assert len(whole.pages) == 3
    assert len(uploaded) == 1 and there.uncategorized_text is None


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("movie.gif", b"GIF89a" + b"0" * 50, "PDF, JPEG and PNG"),
        ("page.pdf", b"<script>alert(1)</script>", "PDF, JPEG and PNG"),
        ("cut.pdf", pdf()[:60], "damaged"),
        ("locked.pdf", pdf(password="x"), "needs a password"),
        ("cut.png", png()[:60], "damaged"),
        ("huge.pdf", b"%PDF-" + b"0" * evidence.MOST_BYTES, "4.5 MB"),
    ],
    ids=["gif", "html", "cut pdf", "locked pdf", "cut png", "too large"],
)
def test_what_no_bank_can_read_is_refused_and_not_kept(market: Market, name: str, data: bytes, words: str) -> None:
    ours, _ = desk(market)
    refused = ours.post(text="I typed this.", kind="receipt", file=(io.BytesIO(data), name), do="hand-in")
    assert refused.status_code == 422 and words in refused.text and "I typed this." in refused.text
    assert ours.files == [] and ours.row.evidence_text == "" and ours.row.evidence_given_at is None


def test_nothing_is_handed_in_empty_too_long_or_too_late(market: Market) -> None:
    ours, found = desk(market)
    assert ours.post(text=" ", do="hand-in").status_code == 422
    assert ours.post(text="x" * (evidence.MOST_TEXT + 1), do="hand-in").status_code == 422
    with db.at(ours.row.evidence_due_at + timedelta(minutes=1)):
        late = ours.post(text="Too late", do="hand-in")
        assert late.status_code == 409 and "takes no more evidence" in late.text
        assert "Too late to answer" in ours.page()
    market.run()
    assert ours.row.evidence_given_at is None and at_stripe(market, found).status == "needs_response"


def test_a_removed_file_is_gone_and_a_kept_one_comes_as_a_download(market: Market) -> None:
    ours, _ = desk(market)
    ours.post(text="", kind="receipt", file=(io.BytesIO(png()), "rechnung «x».png"), do="save")
    (file,) = ours.files
    got = ours.client.get(f"{ours.url}/files/{file.id}")
    assert got.data == png() and got.headers["Content-Disposition"].startswith("attachment")
    ours.post(f"/files/{file.id}/remove")
    market.run()
    assert ours.files == [] and not storage.exists(file.storage_key)
    assert ours.client.get(f"{ours.url}/files/{file.id}").status_code == 404


def test_viewers_see_members_wait_and_strangers_find_nothing(market: Market) -> None:
    ours, _ = desk(market)
    for person in (market.world.vera, market.world.bob):
        theirs = Desk(market, ours.seller, market.world.north, person)
        assert "Owners and admins of this workspace can answer it" in theirs.page()
        assert theirs.post(text="Not me", do="hand-in").status_code == 403
    stranger = Desk(market, ours.seller, market.world.north, market.world.charlie)
    assert stranger.client.get(stranger.url).status_code == 404
    elsewhere = stranger.client.get(stranger.url.replace(market.world.north.slug, market.world.other.slug))
    assert elsewhere.status_code == 404 and ours.row.evidence_text == ""


def test_a_cart_of_two_sellers_is_answered_when_both_did(market: Market) -> None:
    one, two = market.seller(), market.seller(market.world.other)
    cart = market.paid((one, 1000, 50), (two, 3000, 150))
    found = dispute(market, cart)
    market.deliver_new()
    first = Desk(market, one, market.world.north, market.world.alice)
    second = Desk(market, two, market.world.other, market.world.charlie)
    first.post(text="Mine was sent.", kind="receipt", file=(io.BytesIO(pdf()), "one.pdf"), do="hand-in")
    market.run()
    assert at_stripe(market, found).status == "needs_response" and "it waits for their answer" in first.page()
    second.post(text="Mine was downloaded.", kind="receipt", file=(io.BytesIO(png()), "two.png"), do="hand-in")
    market.run()
    there = at_stripe(market, found)
    assert there.status == "under_review" and there.evidence_details.submission_count == 1
    assert "Mine was sent." in there.evidence.uncategorized_text
    assert "Mine was downloaded." in there.evidence.uncategorized_text
    assert first.row.evidence_sent_at and second.row.evidence_sent_at


def test_what_one_seller_said_goes_out_before_the_last_day_without_the_other(market: Market) -> None:
    one, two = market.seller(), market.seller(market.world.other)
    cart = market.paid((one, 1000, 50), (two, 3000, 150))
    found = dispute(market, cart)
    market.deliver_new()
    ours = Desk(market, one, market.world.north, market.world.alice)
    ours.post(text="Mine was sent.", do="hand-in")
    market.run()
    with db.at(ours.row.evidence_due_at - timedelta(hours=11)):
        actions.reconcile()
        market.run(only="payments.send_evidence")
    assert at_stripe(market, found).evidence.uncategorized_text == "Mine was sent."
    assert ours.row.evidence_sent_at is not None
    silent = Desk(market, two, market.world.other, market.world.charlie)
    assert silent.row.evidence_sent_at is None


def test_a_lost_answer_submits_no_second_time(market: Market) -> None:
    ours, found = desk(market)
    ours.post(text="Sent.", do="hand-in")
    market.lose_answers("/v1/disputes/*")
    market.run()
    assert ours.row.evidence_sent_at is None
    market.retry_due()
    assert ours.row.evidence_sent_at and at_stripe(market, found).evidence_details.submission_count == 1


def test_a_dispute_answered_elsewhere_says_so(market: Market) -> None:
    ours, found = desk(market)
    ours.post(text="Sent.", do="hand-in")
    market.sandbox.client.v1.disputes.update(found, {"evidence": {"uncategorized_text": "From the dashboard"}})
    market.run()
    assert ours.row.status == "under_review" and "did not take your evidence" in ours.page()
    assert at_stripe(market, found).evidence.uncategorized_text == "From the dashboard"
