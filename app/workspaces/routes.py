"""Creating and switching workspaces, team, invitations, audit trail."""

from flask import Blueprint

blueprint = Blueprint("workspaces", __name__)
