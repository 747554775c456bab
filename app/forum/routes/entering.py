"""Each page of a community is read as its visitor or its member, whichever the person is."""

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any

from app.core.errors import NotFound
from app.core.web import access
from app.forum.queries import places
from app.forum.queries.places import Place

View = Callable[..., Any]
Find = Callable[..., Place]


def _entered(name: str, find: Find) -> Callable[[View], View]:
    """The part of the address called `name` says which community; the view gets it as `place`, in its scope."""

    def decorate(view: View) -> View:
        wanted = signature(view).parameters

        @wraps(view)
        def inside(**kwargs: Any) -> Any:
            person = access.viewer()
            place = find(kwargs[name], access.owner_id(), person is not None)
            with places.entered(place):
                return view(place=place, **{key: value for key, value in kwargs.items() if key in wanted})

        # A form shown again passes all that its address holds; what the view takes is chosen above.
        inside.__signature__ = Signature([Parameter("kwargs", Parameter.VAR_KEYWORD)])  # type: ignore[attr-defined]
        return inside

    return decorate


in_community = _entered("community", places.by_slug)
in_thread = _entered("thread_id", places.by_thread)
of_post = _entered("post_id", places.by_post)
of_workspace = _entered("workspace_id", places.of_workspace)


def person(place: Place) -> Any:
    """Who is signed in; routes that need somebody declare `@signed_in`, so there is one. Raises NotFound otherwise."""
    if place.user_id is None:
        raise NotFound
    return place.user_id
