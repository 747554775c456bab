"""One suite for every adapter of the Channel port, against the live sandbox: access and the shop. Files beside it go on with goods,
orders, parcels, pushes and trouble."""

from dataclasses import replace

import pytest

from app.channels.channel import AccessEnded, AccessExpired
from app.core.errors import ProviderError
from tests.channels.stage import Scene, staged

every = staged()
with_tokens = staged(lambda one: one.adapter.profile.tokens)


# --- access
@every
def test_a_seller_says_yes_and_their_shop_is_known(scene: Scene) -> None:
    address = scene.adapter.consent_url(scene.app, "a-state-of-ours", scene.stage.typed(scene))
    answer = scene.stage.consent(scene, address, True)
    assert "a-state-of-ours" in answer.values()
    authorised = scene.connect()
    shop = scene.channel().shop()
    assert shop.id == authorised.shop.id and scene.names_shop(authorised)
    assert shop.name == authorised.shop.name == scene.doc["name"]
    assert shop.currency in ("", scene.doc["currency"])
    assert scene.adapter.profile.kind == scene.stage.kind


@every
def test_secrets_stay_out_of_what_is_printed(scene: Scene) -> None:
    authorised = scene.connect()
    printed = repr(authorised) + repr(scene.app)
    for secret in (authorised.tokens.access, authorised.tokens.refresh, authorised.shop.secret, scene.app.secret):
        assert not secret or secret not in printed


@every
def test_a_seller_who_says_no_opens_nothing(scene: Scene) -> None:
    answer = {**scene.stage.typed(scene), **scene.agree(allow=False)}
    with pytest.raises(ProviderError) as caught:
        scene.adapter.authorise(scene.app, answer)
    assert caught.value.permanent and not isinstance(caught.value, AccessExpired)


@with_tokens
def test_a_code_opens_once(scene: Scene) -> None:
    answer = scene.agree()
    assert scene.adapter.authorise(scene.app, answer)
    with pytest.raises(ProviderError) as caught:
        scene.adapter.authorise(scene.app, answer)
    assert caught.value.permanent
    assert answer.get("code", "…") not in str(caught.value)


@every
def test_refreshed_tokens_open_the_shop(scene: Scene) -> None:
    old = scene.connect().tokens
    new = scene.adapter.refresh(scene.app, old)
    assert new.owner == old.owner and new.access
    assert scene.channel(new).shop().id == scene.connect().shop.id
    if scene.adapter.profile.tokens:
        assert new.until is not None and new.access != old.access


@staged(lambda one: one.single_use_refresh)
def test_a_refresh_token_is_good_for_one_refresh(scene: Scene) -> None:
    old = scene.connect().tokens
    new = scene.adapter.refresh(scene.app, old)
    with pytest.raises(AccessEnded):
        scene.adapter.refresh(scene.app, old)
    assert scene.channel(new).shop().name


@staged(lambda one: one.expire is not None)
def test_an_expired_token_asks_for_a_refresh_which_helps(scene: Scene) -> None:
    tokens = scene.connect().tokens
    scene.stage.expire(scene)  # type: ignore[misc]
    with pytest.raises(AccessExpired) as caught:
        scene.channel().warehouses()
    assert not caught.value.permanent and tokens.access not in str(caught.value)
    assert scene.channel(scene.adapter.refresh(scene.app, tokens)).warehouses()


@every
def test_access_that_was_taken_back_is_over(scene: Scene) -> None:
    tokens = scene.connect().tokens
    scene.door(f"market/shops/{scene.stage.kind}/{scene.doc['id']}/end-access")
    with pytest.raises((AccessExpired, AccessEnded)) as caught:
        scene.channel().shop()
    if isinstance(caught.value, AccessExpired):
        with pytest.raises(AccessEnded):
            scene.adapter.refresh(scene.app, tokens)


@staged(lambda one: one.consent_to is not None)
def test_one_yes_may_open_several_shops_that_stay_apart(scene: Scene) -> None:
    first = scene.doc
    scene.product(title="Of the first")
    second = scene.open()
    address = scene.adapter.consent_url(scene.app, "several", scene.stage.typed(scene))
    answer = scene.stage.consent_to(scene, address, [first["id"], second["id"]])  # type: ignore[misc]
    opened = {one.shop.id: one for one in scene.adapter.authorise(scene.app, answer)}
    assert set(opened) == {first["id"], second["id"]}
    titles = {}
    for shop_id, one in opened.items():
        scene.authorised = one
        titles[shop_id] = {listing.title for listing in scene.channel().listings().items}
    assert titles == {first["id"]: {"Of the first"}, second["id"]: set()}
    fresh = scene.adapter.refresh(scene.app, opened[first["id"]].tokens)
    if opened[first["id"]].tokens.owner == opened[second["id"]].tokens.owner:
        opened[second["id"]] = replace(opened[second["id"]], tokens=fresh)
    scene.authorised = opened[second["id"]]
    assert scene.channel().shop().id == second["id"]


@every
def test_one_shop_is_not_another(scene: Scene) -> None:
    mine = scene.channel()
    scene.product()
    scene.open()
    other = scene.product()
    assert len(mine.listings().items) == 2
    assert all(one.title for one in mine.listings().items)
    theirs = scene.place(1)
    assert [one.id for one in mine.orders(*scene.window()).items] == []
    assert scene.order(theirs)["state"] == "to_ship" and other["id"]


# --- the shop
@every
def test_warehouses_are_named_and_one_is_the_usual(scene: Scene) -> None:
    scene.open(warehouses=2)
    found = scene.channel().warehouses()
    assert sum(one.default for one in found) == 1
    assert len({one.id for one in found}) == len(found)
    selling = [one for one in found if one.sells]  # a place for returns holds nothing to sell
    assert len(selling) == (2 if scene.adapter.profile.many_warehouses else 1)
