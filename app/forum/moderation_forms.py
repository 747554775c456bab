"""What pages of moderation send."""

from typing import Any

from wtforms import Form, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from app.forum.decisions import FLAG_REASONS, LENGTHS, REASONS

WORDS = Length(max=2000)


class DecisionForm(Form):
    """`came_from` is queue or thread: where the moderator goes on."""

    verb = StringField("Decision", [InputRequired("Choose what to do.")])
    version = IntegerField("Version", [Optional()])
    came_from = StringField("Back to", [Optional(), Length(max=10)])


class ReasonedForm(DecisionForm):
    reason = SelectField("Reason", [InputRequired("Choose a reason.")], choices=list(REASONS.items()))
    words = TextAreaField("In your words", [Optional(), WORDS])

    def validate_words(self, field: Any) -> None:
        if self.reason.data == "other" and not (field.data or "").strip():
            raise ValidationError("Say in a few words what is wrong. The person reads it.")


class BarForm(ReasonedForm):
    length = SelectField("For how long", choices=[(key, words) for key, (words, _) in LENGTHS.items()])


class LiftForm(DecisionForm):
    words = TextAreaField("Why", [Optional(), WORDS])


class FlagForm(Form):
    reason = SelectField(
        "What is wrong with it?", [InputRequired("Choose a reason.")], choices=list(FLAG_REASONS.items())
    )
    words = TextAreaField("In your words", [Optional(), Length(max=500)])


class AppealForm(Form):
    words = TextAreaField("Your words to the team", [InputRequired("Write why you see it differently."), WORDS])


class AnswerForm(Form):
    outcome = SelectField("Answer", choices=[("uphold", "The decision stays"), ("grant", "Undo it")])
    words = TextAreaField("Your words to the person", [InputRequired("Say why: the person reads it."), WORDS])
