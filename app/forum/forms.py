"""What pages of the forum send."""

from uuid import UUID

from wtforms import BooleanField, Form, IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

AUDIENCES = [
    ("public", "Everybody"),
    ("customers", "Everybody who bought something here"),
    ("buyers", "Buyers of certain products"),
    ("team", "The team"),
]
WRITERS = [("everyone", "Everybody who may enter"), ("team", "The team")]
STATES = [("open", "Open"), ("closed", "Closed for new posts")]
ENDS = [(0, "When I close it"), (1, "In a day"), (3, "In three days"), (7, "In a week"), (30, "In a month")]
KEY = Length(max=64)


class PollForm(Form):
    poll_question = StringField("Question", [Optional(), Length(max=300)])
    poll_options = TextAreaField("Options", [Optional(), Length(max=4000)])
    poll_many = BooleanField("Several options may be chosen")
    poll_days = SelectField("Ends", choices=ENDS, coerce=int, default=0)


class ThreadForm(PollForm):
    category = StringField("Category", [InputRequired("Choose a category.")])
    title = StringField("Title", [InputRequired("Say in a few words what it is about.")])
    body = TextAreaField("Text", [InputRequired("Write something first.")])
    tags = StringField("Tags", [Optional(), Length(max=200)])
    key = StringField("Key", [Optional(), KEY])


class QuestionForm(Form):
    title = StringField("Your question", [InputRequired("Type your question first.")])
    body = TextAreaField("Details", [Optional()])
    key = StringField("Key", [Optional(), KEY])


class ReplyForm(Form):
    body = TextAreaField("Your reply", [InputRequired("Write something first.")])
    parent = StringField("In reply to", [Optional(), Length(max=36)])
    key = StringField("Key", [Optional(), KEY])


class EditForm(Form):
    body = TextAreaField("Text", [InputRequired("Write something first.")])
    reason = StringField("Why you change it", [Optional(), Length(max=200)])
    version = IntegerField("Version", [InputRequired("Open the form again.")])


class RenameForm(Form):
    title = StringField("Title", [InputRequired("Say in a few words what it is about.")])
    tags = StringField("Tags", [Optional(), Length(max=200)])
    reason = StringField("Why you change it", [Optional(), Length(max=200)])
    version = IntegerField("Version", [InputRequired("Open the form again.")])


class NameForm(Form):
    name = StringField("Name", [InputRequired("Say what you want to be called.")])
    handle = StringField("Handle", [InputRequired("Choose what others call you by.")])


class VoteForm(Form):
    value = IntegerField("Vote", [InputRequired("Vote for it or against it."), NumberRange(-1, 1)])


class CommunityForm(Form):
    name = StringField("Name", [InputRequired("Give the community a name."), Length(min=3, max=80)])
    slug = StringField("Address", [Optional(), Length(max=60)])
    about = TextAreaField("About", [Optional(), Length(max=2000)])
    rules = TextAreaField("Rules", [Optional(), Length(max=4000)])
    state = SelectField("State", choices=STATES, default="open")
    version = IntegerField("Version", [Optional()])


class CategoryForm(Form):
    name = StringField("Name", [InputRequired("Give the category a name."), Length(min=3, max=80)])
    about = StringField("About", [Optional(), Length(max=300)])
    audience = SelectField("Who may enter", choices=AUDIENCES, default="public")
    writes = SelectField("Who starts threads", choices=WRITERS, default="everyone")
    products = SelectMultipleField("Products", coerce=lambda given: UUID(str(given)), validate_choice=False)
    version = IntegerField("Version", [Optional()])


class ViewForm(Form):
    """`filters` is the query string of a list; `category` its slug."""

    name = StringField("Name", [InputRequired("Give the view a name.")])
    filters = StringField("Filters", [Optional(), Length(max=1000)])
    category = StringField("Category", [Optional(), Length(max=100)])
    opens = BooleanField("Open this community with it")
