"""Where buyers talk about a product: doors that app/wiring.py opens, because the forum stands beside downloads."""

from collections.abc import Callable
from dataclasses import dataclass

from app.catalogue.models import Product
from app.core.actor import Actor
from app.downloads.models import Update


@dataclass
class _Doors:
    """`questions`: the page where a product is asked about, empty when nothing can be asked. `posts`: the place where news of a
    product would be posted, by its name, empty without one. `announce` posts them once and returns their page."""

    questions: Callable[[Product], str] = lambda product: ""
    posts: Callable[[Product], str] = lambda product: ""
    announce: Callable[[Actor, Update], str] = lambda actor, update: ""


doors = _Doors()
