"""Where buyers talk about a product: doors that app/wiring.py opens, because the forum and reviews stand beside downloads."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.access.models import Grant
from app.catalogue.models import Product
from app.core.actor import Actor
from app.downloads.models import Update


@dataclass
class _Doors:
    """`questions`: the page where a product is asked about, empty when nothing can be asked. `posts`: the place where news of a
    product would be posted, by its name, empty without one. `announce` posts them once and returns their page. `review`:
    what the buyer of a purchase said or may say about it, for the reviews' own template, None without."""

    questions: Callable[[Product], str] = lambda product: ""
    posts: Callable[[Product], str] = lambda product: ""
    review: Callable[[Grant], Any] = lambda grant: None
    announce: Callable[[Actor, Update], str] = lambda actor, update: ""


doors = _Doors()
