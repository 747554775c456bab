"""`make bench`: ratios of our pages to a floor measured beside them in the same run."""

import os

import psycopg
from sqlalchemy import select

from tests import conftest


def main() -> None:
    conftest._prepare_worker("bench")
    import wsgi
    from app.catalogue.models import Product
    from app.core import db
    from tests.bench import channels, crowd, delivery, forum, licences, load, pages, served, shipping, stamping
    from tests.world import World

    world = World()
    shop = world.shop(world.north)
    load.fill(os.environ["DATABASE_ADMIN_URL"], world.north.id, shop.id, world.fay.id)
    with db.workspace(world.north.id) as session:
        product = session.scalars(select(Product.slug).order_by(Product.id).limit(1)).one()
    url = os.environ["DATABASE_URL"].replace("postgresql+psycopg://", "postgresql://", 1)
    seller, buyer = world.sign_in(wsgi.app.test_client(), world.alice), wsgi.app.test_client()
    print(f"{'page':<44}{'ms':>8}{'floor':>8}{'ratio':>7}{'SQL':>5}")
    for name, client, path in (
        ("order list, 50 of 100,000 orders", seller, f"/w/{world.north.slug}/orders?view=all"),
        ("sent orders, 50 of 98,000 shipped", seller, f"/w/{world.north.slug}/orders?view=sent"),
        ("delivered parcels, 50 of 98,000", seller, f"/w/{world.north.slug}/shipping?view=delivered"),
        ("product page", buyer, f"/s/{shop.slug}/{product}"),
        ("discovery search among 20,000 products", buyer, "/discover?q=copper+lantern"),
    ):
        row = pages.measure(name, client, path, url)
        print(f"{row.name:<44}{row.page_ms:>8.1f}{row.floor_ms:>8.1f}{row.ratio:>7.2f}{row.statements:>5}")
    token = seller.get_cookie("session", domain="localhost").value
    stamping.report()
    delivery.report(world)
    licences.report(world)
    shipping.report(world)
    channels.report(world, os.environ["DATABASE_ADMIN_URL"])
    forum.report(world, os.environ["DATABASE_ADMIN_URL"], url)
    db.engine().dispose()
    with served.server() as (address, pid):
        figures = served.intake(address)
        print(
            f"webhook intake at 100/s: p50 {figures['p50']:.1f} ms, p99 {figures['p99']:.1f} ms over {figures['sent']:.0f}"
        )
        figures = served.fan_out(address, pid, world.north.id, f"session={token}")
        print(
            f"one fact to 1,000 streams: {figures['heard']:.0f} heard, p50 {figures['p50']:.0f} ms, p99 {figures['p99']:.0f} ms,"
            f" {figures['kb']:.0f} KB a stream"
        )
        crowd.report(address, world)
    with psycopg.connect(os.environ["DATABASE_ADMIN_URL"], autocommit=True) as connection:
        print(
            "database size:",
            connection.execute("select pg_size_pretty(pg_database_size(current_database()))").fetchone()[0],
        )  # type: ignore[index]


if __name__ == "__main__":
    main()
