"""`ui.<name>(…)` in every template: the macros of `templates/components/`, with the page's context.

A top-level `{% from … import … %}` does not run when jinja2-fragments renders one block; a global does.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import Environment, meta, pass_context
from jinja2.nodes import Macro
from jinja2.runtime import Context


class Components:
    """Looks a macro up by name. Raises AttributeError for a name no component file defines."""

    def __init__(self, environment: Environment, folder: Path) -> None:
        self._environment = environment
        self._template_of = {
            macro.name: f"components/{path.name}"
            for path in sorted(folder.glob("*.html"))
            for macro in self._macros(path)
        }
        self._names = frozenset(name for path in folder.glob("*.html") for name in self._wanted(path))
        self._modules: dict[str, tuple[dict[str, Any], Any]] = {}

    def _macros(self, path: Path) -> list[Macro]:
        return [node for node in self._environment.parse(path.read_text()).body if isinstance(node, Macro)]

    def _wanted(self, path: Path) -> set[str]:
        """What a component file takes from the page around it."""
        return meta.find_undeclared_variables(self._environment.parse(path.read_text()))

    def __getattr__(self, name: str) -> Callable[..., str]:
        template = self._template_of.get(name)
        if template is None:
            raise AttributeError(f"ui has no {name!r}; the macros are in templates/components/")

        @pass_context
        def render(context: Context, *args: Any, **kwargs: Any) -> str:
            return getattr(self._module(context, template), name)(*args, **kwargs)

        return render

    def _module(self, context: Context, template: str) -> Any:
        """Made once for a page, whose loops and includes have a context each, of nothing but what components take from it; a
        page with the very same values may share it."""
        given = {name: context[name] for name in self._names if name in context}
        before = self._modules.get(template)
        if (
            before is not None
            and before[0].keys() == given.keys()
            and all(before[0][one] is given[one] for one in given)
        ):
            return before[1]
        made = self._environment.get_template(template).make_module(given)
        self._modules[template] = (given, made)
        return made


def init_components(app: Flask, folder: Path | None = None) -> None:
    """Give templates the global `ui`; call it after `init_assets`, since icons need `asset`."""
    root = folder or Path(app.root_path) / (app.template_folder or "templates") / "components"
    app.jinja_env.globals["ui"] = Components(app.jinja_env, root.resolve())
