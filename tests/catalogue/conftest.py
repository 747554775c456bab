"""Alice in the editor of one draft."""

from typing import Any

import pytest

from tests.catalogue.editing import Editor
from tests.world import World


@pytest.fixture
def editor(world: World, client: Any) -> Editor:
    return Editor(world, client)
