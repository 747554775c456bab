"""Structured data for search engines (schema.org) about what everybody may read, made of what the page shows."""

from collections.abc import Sequence
from typing import Any

from app.core.web.urls import absolute
from app.forum import text
from app.forum.models import ForumPerson, Post, Thread
from app.forum.queries.places import Place
from app.forum.queries.posts import PostView, ThreadPage
from app.forum.queries.questions import Entry

BASE = "https://schema.org"
MOST_WORDS = 5_000
"""Characters of a post's text."""


def faq(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """The FAQ of a product's page; nothing when it has none."""
    if not entries:
        return []
    return [{"@context": BASE, "@type": "FAQPage", "mainEntity": [_question(one) for one in entries]}]


def _question(one: Entry) -> dict[str, Any]:
    return {
        "@type": "Question",
        "name": one.thread.title,
        "acceptedAnswer": {"@type": "Answer", "text": _words(one.post), "url": _url(one.post)},
    }


def thread(place: Place, row: Thread, page: ThreadPage) -> list[dict[str, Any]]:
    """A question with its answers where one was asked, else a discussion. Nothing for what not everybody may read."""
    if row.category.audience != "public" or row.category.archived_at or row.state != "visible":
        return []
    shown = [one for one in page.posts if one.post.state == "visible"]
    first = next((one for one in shown if one.post.number == 1), None)
    if first is None:
        return []
    rest = [one for one in shown if one.post.number != 1]
    asked = row.category.product_id is not None or row.accepted_id is not None
    return [_asked(row, first, rest) if asked else _discussion(place, row, first, rest)]


def _asked(row: Thread, first: PostView, rest: Sequence[PostView]) -> dict[str, Any]:
    chosen = [_answer(one) for one in rest if one.accepted]
    return {
        "@context": BASE,
        "@type": "QAPage",
        "mainEntity": {
            "@type": "Question",
            "name": row.title,
            **_said(first),
            "answerCount": max(row.posts - 1, 0),
            **({"acceptedAnswer": chosen[0]} if chosen else {}),
            "suggestedAnswer": [_answer(one) for one in rest if not one.accepted],
        },
    }


def _answer(one: PostView) -> dict[str, Any]:
    return {"@type": "Answer", **_said(one)}


def _discussion(place: Place, row: Thread, first: PostView, rest: Sequence[PostView]) -> dict[str, Any]:
    return {
        "@context": BASE,
        "@type": "DiscussionForumPosting",
        "headline": row.title,
        **_said(first),
        "commentCount": max(row.posts - 1, 0),
        "isPartOf": {"@type": "WebPage", "name": place.community.name, "url": absolute(place.path)},
        "comment": [{"@type": "Comment", **_said(one)} for one in rest],
    }


def _said(one: PostView) -> dict[str, Any]:
    return {
        "text": _words(one.post),
        "author": _author(one.author),
        "datePublished": one.post.created_at.isoformat(),
        **({"dateModified": one.post.edited_at.isoformat()} if one.post.edited_at else {}),
        "upvoteCount": max(one.post.score, 0),
        "url": _url(one.post),
    }


def _author(person: ForumPerson | None) -> dict[str, Any]:
    return {"@type": "Person", "name": person.name if person else "Somebody"}


def _words(post: Post) -> str:
    """The text without its marks."""
    return text.words(post.html)[:MOST_WORDS]


def _url(post: Post) -> str:
    start = absolute(f"/threads/{post.thread_id}")
    return start if post.number == 1 else f"{start}?at={post.number}#post-{post.number}"
