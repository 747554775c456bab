"""Who may import whom (ARCHITECTURE.md §4, rules 1-8)."""

import re

from tests.architecture.order import FACES, RANKS, ROOT, Import, feature_of, imports, sources

ALL = [one for path in sources() for one in imports(path)]
FEATURES = {path.name for path in (ROOT / "app").iterdir() if path.is_dir() and path.name != "__pycache__"}
INSIDE = {
    "routes": {"forms", "actions", "queries", "models", "events"},
    "handlers": {"actions", "models", "queries", "events"},
}


def across() -> list[Import]:
    """Imports between two features, sandbox and assembly aside."""
    return [one for one in ALL if one.feature != one.other and one.feature in RANKS and RANKS[one.feature] < 10]


PORTS = {"gateways": ("gateway",), "carriers": ("carrier",), "platforms": ("channel", "channel_facts", "order_facts")}
"""Folders of adapters, and the modules of each one's port."""


def test_every_feature_has_a_rank() -> None:
    assert FEATURES - {"sandbox"} <= set(RANKS)


def test_calls_go_down_only() -> None:
    wrong = [
        one.where
        for one in across()
        if RANKS[one.other] >= RANKS[one.feature] and not one.target.startswith(f"app.{one.other}.events")
    ]
    assert wrong == []


def test_only_faces_are_imported_across_features() -> None:
    wrong = [one.where for one in across() if one.other != "core" and one.target.split(".")[2] not in FACES]
    assert wrong == []


def test_no_import_hides_in_a_function_or_behind_type_checking() -> None:
    wrong = [one.where for one in across() if one.local or one.typing_only]
    assert wrong == []


def test_the_sandbox_stands_alone() -> None:
    assert [one.where for one in ALL if one.feature == "sandbox" and one.other != "sandbox"] == []
    assert [one.where for one in ALL if one.other == "sandbox" and one.feature not in ("sandbox", "cli")] == []


def test_the_application_never_imports_jobs() -> None:
    wrong = []
    for path in sources():
        text = path.read_text(encoding="utf-8")
        if feature_of(path) not in ("cli",) and any(
            line.startswith(("import jobs", "from jobs")) for line in text.splitlines()
        ):
            wrong.append(str(path))
    assert wrong == []


def test_adapters_know_their_port_and_core_only() -> None:
    for one in ALL:
        folder = one.path.parent.name
        if folder in PORTS and one.feature != "sandbox":
            own = {*PORTS[folder], folder}
            assert one.other == "core" or (one.feature == one.other and one.target.split(".")[2] in own), one.where
            assert "app.core.db" not in one.target, one.where


def test_web_objects_stay_at_the_edge() -> None:
    """flask's request, g and cookies appear only in routes, core/web and the doors (rule 7)."""
    wrong = []
    for path in sources():
        rel = path.relative_to(ROOT / "app").as_posix()
        if (
            rel.startswith(("core/web", "core/assets.py", "sandbox", "cli", "seeds"))
            or "routes" in rel
            or rel in ("wiring.py", "navigation.py")
        ):
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("from flask import") and {"request", "g", "session"} & set(
                line.replace(",", " ").split()
            ):
                wrong.append(f"{rel}: {line}")
    assert wrong == []


def test_refused_file_names() -> None:
    refused = {"utils", "helpers", "common", "misc", "manager", "base"}
    assert [str(path) for path in sources() if path.stem in refused and "sandbox" not in path.parts] == []


def test_a_feature_package_says_what_it_owns() -> None:
    silent = []
    for feature in FEATURES - {"sandbox", "cli", "seeds"}:
        text = (ROOT / "app" / feature / "__init__.py").read_text(encoding="utf-8")
        if not text.startswith('"""') or text.count("\n") > 15:
            silent.append(feature)
    assert silent == []


def test_nobody_filters_by_workspace_by_hand() -> None:
    """`where(… workspace_id == …)` in feature code would hide a missing policy (§7). Joins on it are fine."""
    allowed = {"catalogue/queries.py", "storefront"}
    wrong = []
    for path in sources():
        rel = path.relative_to(ROOT / "app").as_posix()
        if rel.startswith(("core", "sandbox", "cli", "seeds", *allowed)):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(r"where\(.*workspace_id == [a-z]", line) and "member" not in line.lower():
                wrong.append(f"{rel}:{number}: {line.strip()}")
    assert wrong == []
