"""The forum's tables. Counts are changed in the transaction of what they count; numbers of posts have no gaps of their own making."""

from app.forum.models.community import Answer, CategoryProduct, Community, ForumCategory, ForumPerson
from app.forum.models.finding import DefaultView, ForumView, HiddenTag, Save
from app.forum.models.moderation import Appeal, Flag, Moderation
from app.forum.models.reading import Draft, Following, Reading
from app.forum.models.threads import ForumPicture, Poll, PollOption, PollVote, Post, Revision, Thread, Vote

__all__ = [
    "Answer",
    "Appeal",
    "CategoryProduct",
    "Community",
    "DefaultView",
    "Draft",
    "Flag",
    "Following",
    "ForumCategory",
    "ForumPerson",
    "ForumPicture",
    "ForumView",
    "HiddenTag",
    "Moderation",
    "Poll",
    "PollOption",
    "PollVote",
    "Post",
    "Reading",
    "Revision",
    "Save",
    "Thread",
    "Vote",
]
