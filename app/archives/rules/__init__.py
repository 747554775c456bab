"""What leaves with an archive, and what never does: a decision for every workspace table, and every column of those that leave.

A test compares them with the schema, so whoever adds a table or a column decides here too.
"""

from app.archives.rules.community import COMMUNITY
from app.archives.rules.outside import OUTSIDE
from app.archives.rules.rule import DERIVED, PLACE, PRIVATE, REASONS, SECRET, Rule
from app.archives.rules.selling import SELLING
from app.archives.rules.team import TEAM

RULES: dict[str, Rule] = {rule.table: rule for rule in (*TEAM, *SELLING, *OUTSIDE, *COMMUNITY)}

__all__ = ["DERIVED", "PLACE", "PRIVATE", "REASONS", "RULES", "SECRET", "Rule"]
