"""A new version goes live: what is open ends as a whole answer, not as a cut connection."""

from pathlib import Path

from tests.chaos.served import Browser, web
from tests.world import World


def test_streams_end_politely_when_the_server_goes(committed: None, world: World, tmp_path: Path) -> None:
    with web(tmp_path / "web.log") as served:
        browser = Browser(served, world, world.alice)
        stream = browser.get(f"/live?topic=workspace:{world.north.id}:orders", stream=True)
        pieces = stream.iter_content(None)
        assert next(pieces).startswith(b"retry:")
        served.worker.parent().terminate()
        assert b"".join(pieces) == b"", "the answer came to its end"
