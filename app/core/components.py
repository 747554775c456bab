"""`ui.<name>(…)` in every template: the macros of `templates/components/`, with the page's context.

A top-level `{% from … import … %}` does not run when jinja2-fragments renders one block; a global does.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from flask import Flask
from jinja2 import Environment, pass_context
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
        self._modules: WeakKeyDictionary[Context, dict[str, Any]] = WeakKeyDictionary()

    def _macros(self, path: Path) -> list[Macro]:
        return [node for node in self._environment.parse(path.read_text()).body if isinstance(node, Macro)]

    def __getattr__(self, name: str) -> Callable[..., str]:
        template = self._template_of.get(name)
        if template is None:
            raise AttributeError(f"ui has no {name!r}; the macros are in templates/components/")

        @pass_context
        def render(context: Context, *args: Any, **kwargs: Any) -> str:
            return getattr(self._module(context, template), name)(*args, **kwargs)

        return render

    def _module(self, context: Context, template: str) -> Any:
        made = self._modules.setdefault(context, {})
        if template not in made:
            made[template] = self._environment.get_template(template).make_module(context.get_all())
        return made[template]


def init_components(app: Flask, folder: Path | None = None) -> None:
    """Give templates the global `ui`; call it after `init_assets`, since icons need `asset`."""
    root = folder or Path(app.root_path) / (app.template_folder or "templates") / "components"
    app.jinja_env.globals["ui"] = Components(app.jinja_env, root.resolve())
