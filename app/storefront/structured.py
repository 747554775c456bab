"""Structured data for search engines (schema.org), built from the same figures that the page shows."""

from typing import Any

from app.catalogue.models import Media, Product, Shop
from app.catalogue.queries import picture_url
from app.core.web.urls import absolute
from app.storefront.queries.pages import Choice

BASE = "https://schema.org"
PICTURE_WIDTH = 1200


def product_data(shop: Shop, product: Product, choices: list[Choice], pictures: list[Media]) -> dict[str, Any]:
    """A Product with one Offer per variant."""
    url = absolute(f"/s/{shop.slug}/{product.slug}")
    return {
        "@context": BASE,
        "@type": "Product",
        "@id": url,
        "name": product.title,
        "description": product.description[:5000] or product.title,
        "url": url,
        "image": [absolute(picture_url(picture, PICTURE_WIDTH)) for picture in pictures if picture.renditions],
        "brand": {"@type": "Brand", "name": shop.name},
        "offers": [_offer(shop, url, choice) for choice in choices],
    }


def path_data(shop: Shop, product: Product) -> dict[str, Any]:
    """The way from the shop to the product, as the page's breadcrumbs show it."""
    steps = [(shop.name, f"/s/{shop.slug}")]
    if product.category:
        steps.append((product.category.name, f"/discover?category={product.category.slug}"))
    steps.append((product.title, f"/s/{shop.slug}/{product.slug}"))
    return {
        "@context": BASE,
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "item": absolute(path)}
            for position, (name, path) in enumerate(steps, 1)
        ],
    }


def _offer(shop: Shop, url: str, choice: Choice) -> dict[str, Any]:
    sold_out = choice.sold_out or shop.state != "open"
    return {
        "@type": "Offer",
        "url": f"{url}?variant={choice.variant.id}",
        "sku": choice.variant.sku,
        "name": choice.label,
        "price": f"{choice.variant.price.decimal:f}",
        "priceCurrency": choice.variant.currency,
        "availability": f"{BASE}/{'OutOfStock' if sold_out else 'InStock'}",
        "itemCondition": f"{BASE}/NewCondition",
        "seller": {"@type": "Organization", "name": shop.name},
    }


def shop_data(shop: Shop) -> dict[str, Any]:
    return {
        "@context": BASE,
        "@type": "Store",
        "name": shop.name,
        "description": shop.tagline or shop.about[:300] or shop.name,
        "url": absolute(f"/s/{shop.slug}"),
    }


def site_data() -> dict[str, Any]:
    """The marketplace and its search box."""
    return {
        "@context": BASE,
        "@type": "WebSite",
        "name": "Guildhall",
        "url": absolute("/"),
        "potentialAction": {
            "@type": "SearchAction",
            "target": absolute("/discover?q={search_term_string}"),
            "query-input": "required name=search_term_string",
        },
    }
