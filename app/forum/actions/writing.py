"""The scope in which the forum is written."""

from typing import Any

from app.core import db


def writing() -> Any:
    """As the workspace, on behalf of the same person.

    Visitors read in the scope `community`, which cannot write. Whoever hands a row to an action could read it there, or is
    a member; what is written then, counts of others' rows among it, is the workspace's own.
    """
    scope = db.scope()
    return db.workspace(db.current_workspace(), scope.user_id if scope else None)
