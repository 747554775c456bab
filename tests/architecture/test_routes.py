"""Each route says who may call it, and what it says is one of three things."""

from typing import Any

from app.core.permissions import GRANTS, Permission, Role

NOT_OURS = {"assets.dist", "static"}


def endpoints(app: Any) -> list[tuple[str, Any]]:
    return [(name, view) for name, view in app.view_functions.items() if name not in NOT_OURS]


def test_every_route_declares_its_access(app: Any) -> None:
    undeclared = [name for name, view in endpoints(app) if not hasattr(view, "access")]
    assert undeclared == []


def test_workspace_routes_require_a_permission_and_others_do_not(app: Any) -> None:
    wrong = []
    for rule in app.url_map.iter_rules():
        access = getattr(app.view_functions[rule.endpoint], "access", None)
        in_workspace = rule.rule.startswith("/w/<workspace>")
        if rule.endpoint not in NOT_OURS and in_workspace != isinstance(access, Permission):
            wrong.append((rule.rule, access))
    assert wrong == []


def test_reading_changes_nothing(app: Any) -> None:
    """A route either answers GET or changes something, never both under one name."""
    wrong = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if {"GET", "POST"} <= (rule.methods or set()) and rule.endpoint not in NOT_OURS
    ]
    assert wrong == []


def test_roles_contain_each_other() -> None:
    assert GRANTS[Role.OWNER] > GRANTS[Role.ADMIN] > GRANTS[Role.MEMBER] > GRANTS[Role.VIEWER]


def test_permissions_are_alphabetical_and_all_granted_to_owners() -> None:
    assert [p.value for p in Permission] == sorted(p.value for p in Permission)
    assert set(Permission) == GRANTS[Role.OWNER]
