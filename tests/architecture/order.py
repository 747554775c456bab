"""The declared order of features (ARCHITECTURE.md §4). A feature may call those of a lower rank, never its own rank or above."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
RANKS = {
    "core": 0,
    "accounts": 1,
    "workspaces": 2,
    "billing": 3,
    "payments": 3,
    "catalogue": 3,
    "notifications": 3,
    "inventory": 4,
    "access": 4,
    "ai": 4,
    "licences": 5,
    "orders": 6,
    "storefront": 7,
    "shipping": 7,
    "downloads": 7,
    "channels": 7,
    "forum": 7,
    "memberships": 7,
    "affiliates": 7,
    "reviews": 7,
    "deals": 7,
    "content": 8,
    "archives": 9,
    "automations": 9,
    "analytics": 9,
    "admin": 10,
    "api": 10,
    "home": 10,
    "pwa": 10,
    "live": 10,
    "webhooks": 10,
    "search": 10,
    "wiring": 11,
    "navigation": 11,
    "cli": 11,
    "seeds": 11,
    "models": 11,
}
FACES = {"actions", "queries", "events", "models"}


@dataclass(frozen=True)
class Import:
    """One `import` of ours: from which file and feature, which dotted name, and whether it hides inside a function."""

    path: Path
    line: int
    feature: str
    target: str
    local: bool
    typing_only: bool

    @property
    def other(self) -> str:
        return self.target.split(".")[1]

    @property
    def where(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line} → {self.target}"


def sources() -> list[Path]:
    return sorted((ROOT / "app").rglob("*.py"))


def feature_of(path: Path) -> str:
    parts = path.relative_to(ROOT / "app").parts
    return parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[Import]:
    """Every import of `app.…` in a file, `from app.x import y` spelled out as app.x.y."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        for target in _targets(node):
            above = list(_ancestors(node, parents))
            local = any(isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)) for one in above)
            typing_only = any(isinstance(one, ast.If) and "TYPE_CHECKING" in ast.unparse(one.test) for one in above)
            yield Import(path, node.lineno, feature_of(path), target, local, typing_only)  # type: ignore[attr-defined]


def _targets(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names if alias.name.startswith("app.")]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        if node.module == "app":
            return [f"app.{alias.name}" for alias in node.names if alias.name != "create_app"]
        if node.module.startswith("app."):
            return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def _ancestors(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> Iterator[ast.AST]:
    while node in parents:
        node = parents[node]
        yield node
