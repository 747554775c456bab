"""WooCommerce as the sandbox speaks it: products and variations, four ways to count stock, batches, pages and their headers."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.channels.woocommerce import recorded
from tests.letters import postbox
from tests.sandbox.conftest import Sandbox
from tests.sandbox.woocommerce import Box, Doc, Site


@pytest.fixture(scope="module")
def letters() -> Iterator[Box]:
    with postbox(Box()) as one:
        yield one


@pytest.fixture
def site(sandbox: Sandbox, letters: Box) -> Site:
    letters.found.clear()
    letters.status = 200
    doc = sandbox.post("market/shops", platform="woocommerce", name="Northlight", identifier="northlight")
    return Site(sandbox.url, letters, doc).keys()


def alike(said: Any, known: Any, where: str = "") -> list[str]:
    """Members of a recorded answer that the sandbox leaves out or has of another type."""
    if isinstance(known, dict):
        if not isinstance(said, dict):
            return [where]
        return [one for name in known for one in alike(said.get(name, KeyError), known[name], f"{where}.{name}")]
    if isinstance(known, list):
        if not isinstance(said, list):
            return [where]
        return alike(said[0], known[0], f"{where}[0]") if known and said else []
    plain = (str, bool, int, type(None))
    return [] if known is None or said is None or (type(said) is type(known) and isinstance(said, plain)) else [where]


LEFT_OUT = (
    "featured", "catalog_visibility", "description", "short_description", "price_html", "total_sales", "download_limit",
    "download_expiry", "external_url", "button_text", "sold_individually", "shipping_required", "shipping_taxable", "reviews_allowed",
    "average_rating", "rating_count", "related_ids", "upsell_ids", "cross_sell_ids", "purchase_note", "categories", "tags",
    "menu_order", "images", "image", "attributes[0].id", "variations",
)  # fmt: skip


def missing(said: Doc, known: Doc) -> list[str]:
    return [one for one in alike(said, known) if not one.lstrip(".").startswith(LEFT_OUT)]


# --- what they look like
def test_products_look_as_recorded(site: Site) -> None:
    site.simple(None)
    site.product()
    variable, simple = site.get("/products")
    assert missing(simple, recorded("product_simple")) == []
    assert missing(variable, recorded("products_list")[0]) == []
    (first, *_) = site.get(f"/products/{variable['id']}/variations")
    assert missing(first, recorded("variations_list")[0]) == []
    assert (simple["type"], variable["type"], variable["sku"]) == ("simple", "variable", "")
    assert variable["attributes"][0]["options"] == ["A4", "A3"] and variable["regular_price"] == ""
    assert (simple["price"], variable["price"], first["regular_price"]) == ("12.00", "42.00", "56.00")


def test_a_moment_is_said_twice_and_without_a_zone(site: Site) -> None:
    site.private(gmt_offset=5.5)
    made = site.simple()
    found = site.get(f"/products/{made['id']}")
    local, gmt = found["date_modified"], found["date_modified_gmt"]
    assert len(local) == len(gmt) == 19 and local != gmt


@pytest.mark.parametrize(
    ("currency", "decimals", "written"),
    [("USD", None, "42.00"), ("VND", None, "4200"), ("VND", 2, "4200.00"), ("KWD", None, "4.200")],
)
def test_money_has_the_decimals_that_the_shop_chose(
    site: Site, currency: str, decimals: int | None, written: str
) -> None:
    private = {} if decimals is None else {"decimals": decimals}
    doc = site.door(
        "market/shops", platform="woocommerce", name="Other", identifier="other", currency=currency, private=private
    )
    other = Site(site.sandbox, site.box, doc).keys()
    other.simple(price=4200)
    assert other.get("/products")[0]["regular_price"] == written
    changed = other.send("PUT", f"/products/{other.get('/products')[0]['id']}", {"regular_price": "26"})
    assert float(changed["price"]) == 26


# --- four ways to count
def test_a_counted_product_takes_an_absolute_number_also_zero(site: Site) -> None:
    made = site.simple(5)
    for number in (7, 0):
        said = site.send("PUT", f"/products/{made['id']}", {"manage_stock": True, "stock_quantity": number})
        assert (said["manage_stock"], said["stock_quantity"]) == (True, number) and site.stock(made) == number
    assert said["stock_status"] == "outofstock"
    assert [one["amount"] for one in site.effects("stock_set")] == [7, 0]


def test_an_uncounted_product_has_no_number_and_takes_none_alone(site: Site) -> None:
    made = site.simple(None)
    path = f"/products/{made['id']}"
    said = site.send("PUT", path, {"stock_quantity": 7})
    assert (said["manage_stock"], said["stock_quantity"], said["stock_status"]) == (False, None, "instock")
    assert site.send("PUT", path, {"manage_stock": True, "stock_quantity": 7})["stock_quantity"] == 7
    assert site.send("PUT", path, {"manage_stock": False})["stock_quantity"] is None


def test_variations_may_sell_from_one_number_on_the_parent(site: Site) -> None:
    made = site.product()
    path = f"/products/{made['id']}"
    site.door(f"woocommerce/{site.doc['id']}/products/{made['id']}/share-stock", stock=12)
    parent, kinds = site.get(path), site.get(f"{path}/variations")
    assert (parent["manage_stock"], parent["stock_quantity"]) == (True, 12)
    assert [(one["manage_stock"], one["stock_quantity"]) for one in kinds] == [("parent", 12)] * 2
    site.place("TEN-A4", 5)
    assert {one["stock_quantity"] for one in site.get(f"{path}/variations")} == {7}
    assert site.send("PUT", path, {"stock_quantity": 3})["stock_quantity"] == 3
    alone = {"manage_stock": True, "stock_quantity": 2}
    own = site.send("PUT", f"{path}/variations/{kinds[0]['id']}", alone)
    assert (own["manage_stock"], own["stock_quantity"]) == (True, 2)
    assert site.get(f"{path}/variations/{kinds[1]['id']}")["stock_quantity"] == 3


def test_orders_take_stock_and_a_variation_counts_for_itself(site: Site) -> None:
    made = site.product()
    site.place("TEN-A4", 3)
    kinds = {one["sku"]: one["stock_quantity"] for one in site.get(f"/products/{made['id']}/variations")}
    assert kinds == {"TEN-A4": 7, "TEN-A3": 10} and site.get(f"/products/{made['id']}")["manage_stock"] is False


@pytest.mark.parametrize(
    "body",
    [
        {"stock_quantity": "7", "manage_stock": True}, {"stock_quantity": 1.5}, {"manage_stock": "yes"}, {"regular_price": 12},
        {"regular_price": "cheap"}, {"status": "sold"},
    ],
    ids=str,
)  # fmt: skip
def test_a_change_of_the_wrong_type_is_refused(site: Site, body: Doc) -> None:
    made = site.simple()
    said = site.no(400, "PUT", f"/products/{made['id']}", body)
    assert said["code"] == "rest_invalid_param" and site.stock(made) == 5 and site.effects("stock_set") == []


# --- batches
def test_a_batch_may_fail_in_part_inside_an_answer_of_200(site: Site) -> None:
    good, gone = site.simple(), site.product({"sku": "OLD", "title": "", "price": 100, "stock": 1})
    site.door(f"{site.base}/products/{gone['id']}/state", state="deleted")
    wish = [
        {"id": int(gone["id"]), "stock_quantity": 3}, {"id": int(good["id"]), "stock_quantity": 3},
        {"id": 999_999, "stock_quantity": 3}, {"id": int(good["id"]), "stock_quantity": "three"},
    ]  # fmt: skip
    said = site.send("POST", "/products/batch", {"update": wish})["update"]
    assert [one.get("error", {}).get("code") for one in said] == [
        "woocommerce_rest_product_invalid_id", None, "woocommerce_rest_product_invalid_id", "rest_invalid_param",
    ]  # fmt: skip
    assert [one["id"] for one in said] == [one["id"] for one in wish]
    assert (site.stock(good), site.stock(gone)) == (3, 1) and len(site.effects("stock_set")) == 1


def test_variations_have_a_batch_of_their_own(site: Site) -> None:
    made, other = site.product(), site.product(title="Other")
    foreign = int(other["skus"][0]["id"])
    wish = [{"id": int(one["id"]), "stock_quantity": 4, "manage_stock": True} for one in made["skus"]]
    said = site.send(
        "POST", f"/products/{made['id']}/variations/batch", {"update": [*wish, {"id": foreign, "stock_quantity": 1}]}
    )
    assert [one.get("stock_quantity") for one in said["update"]] == [4, 4, None]
    assert (
        said["update"][2]["error"]["code"] == "woocommerce_rest_product_variation_invalid_id"
        and site.stock(other) == 10
    )


def test_a_batch_takes_a_hundred_and_not_more(site: Site) -> None:
    said = site.no(413, "POST", "/products/batch", {"update": [{"id": number} for number in range(101)]})
    assert said["message"] == "Unable to accept more than 100 items for this request."
    assert (
        len(site.send("POST", "/products/batch", {"update": [{"id": number} for number in range(100)]})["update"])
        == 100
    )


def test_a_body_that_is_no_json_is_refused(site: Site) -> None:
    made = site.simple()
    answer = site.http.put(
        site.url(f"/products/{made['id']}"),
        data=b"{",
        auth=(site.key, site.secret),
        headers={"X-Forwarded-Proto": "https"},
        timeout=20,
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "rest_invalid_json")


# --- lists
def test_lists_say_how_many_there_are_and_where_to_go_on(site: Site) -> None:
    site.door(f"{site.base}/products", count=25, skus_each=1, stock=3)
    answer = site.raw("GET", "/products", per_page=10, page=2, order="asc", orderby="id")
    assert (answer.headers["X-WP-Total"], answer.headers["X-WP-TotalPages"]) == ("25", "3") and len(answer.json()) == 10
    links = {name: url for url, name in (part.split("; rel=") for part in answer.headers["Link"].split(", "))}
    assert set(links) == {'"first"', '"prev"', '"next"', '"last"'}
    following = parse_qs(urlsplit(links['"next"'].strip("<>")).query)
    assert following["page"] == ["3"] and following["per_page"] == ["10"] and "oauth_nonce" not in following
    last = site.raw("GET", "/products", per_page=10, page=3)
    assert 'rel="next"' not in last.headers["Link"] and len(last.json()) == 5
    assert site.get("/products", per_page=10, page=9) == []
    assert [one["id"] for one in site.get("/products", per_page=5, offset=20, order="asc")] == sorted(
        one["id"] for one in site.get("/products", per_page=5, page=5, order="asc")
    )
    assert len(site.get("/products")) == 10


@pytest.mark.parametrize(
    "query",
    [{"per_page": 101}, {"per_page": 0}, {"page": 0}, {"orderby": "luck"}, {"status": "old"}, {"include": "x"}],
    ids=str,
)
def test_parameters_that_make_no_sense_are_refused(site: Site, query: Doc) -> None:
    said = site.no(400, "GET", "/products", **query)
    (name,) = query
    assert said["code"] == "rest_invalid_param" and name in said["data"]["params"]


def test_products_are_found_by_what_they_are(site: Site) -> None:
    mug, print_ = site.simple(), site.product()
    site.door(f"{site.base}/products/{mug['id']}/state", state="inactive")

    def ids(**query: Any) -> list[str]:
        return [str(one["id"]) for one in site.get("/products", order="asc", **query)]

    assert ids() == [mug["id"], print_["id"]] and ids(status="draft") == [mug["id"]] == ids(type="simple")
    assert ids(type="variable") == ids(search="galax") == ids(include=print_["id"]) == [print_["id"]]
    (kind,) = site.get("/products", sku="TEN-A3")
    assert (kind["type"], str(kind["parent_id"])) == ("variation", print_["id"]) and ids(sku="MUG") == [mug["id"]]
    assert ids(sku="NOTHING") == []


def test_a_deleted_product_leaves_the_lists_and_stays_in_the_trash(site: Site) -> None:
    made = site.simple()
    site.send("DELETE", f"/products/{made['id']}", None)
    assert site.get("/products") == [] and site.get(f"/products/{made['id']}")["status"] == "trash"
    assert site.get("/products", status="trash")[0]["id"] == int(made["id"])
    assert site.no(404, "GET", "/products/999999")["code"] == "woocommerce_rest_product_invalid_id"
    assert site.no(404, "PUT", f"/products/{made['id']}", {"stock_quantity": 1})["code"].endswith("invalid_id")


# --- trouble
def test_a_host_may_answer_with_a_page(site: Site) -> None:
    made = site.simple()
    site.door("faults", kind="503", path="/woocommerce/*", times=2)
    answer = site.raw("PUT", f"/products/{made['id']}", {"stock_quantity": 1})
    assert (
        answer.status_code == 503 and answer.headers["Content-Type"].startswith("text/html") and "<h1>" in answer.text
    )
    assert site.raw("GET", "/products").status_code == 503 and site.stock(made) == 5
    assert site.raw("GET", "/products").status_code == 200


def test_a_tired_host_says_so_in_html(site: Site) -> None:
    site.door("faults", kind="429", path="/woocommerce/*")
    answer = site.raw("GET", "/products")
    assert answer.status_code == 429 and answer.headers["Content-Type"].startswith("text/html")
    site.door("faults", kind="500", path="/woocommerce/*")
    assert site.raw("GET", "/products").json()["code"] == "internal_server_error"
