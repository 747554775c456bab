"""Buyers of the sandbox: invented names and addresses in the country of the shop."""

from app.sandbox.stripe.scope import Scope

from . import ids, store
from .store import Doc

NAMES = (
    "Ines Okafor",
    "Leo Brandt",
    "Priya Raman",
    "Sofia Lindqvist",
    "Mateo Rossi",
    "Hana Sato",
    "Noah Fischer",
    "Amara Diallo",
)
PLACES = {
    "US": (("418 Juniper St", "Portland", "OR", "97209", "+15035550142"), ("77 Harbor Ave", "Austin", "TX", "78756", "+15125550119")),
    "GB": (("12 Lantern Row", "Bristol", "", "BS1 4DJ", "+441174960123"), ("3 Quay Street", "Leeds", "", "LS1 5PL", "+441134960188")),
    "DE": (("Torstraße 88", "Berlin", "", "10119", "+493055501234"), ("Marktgasse 5", "Leipzig", "", "04109", "+493415550123")),
    "ID": (("Jl. Kemang Raya 24", "Jakarta Selatan", "DKI Jakarta", "12730", "+622155501234"),
           ("Jl. Dago 101", "Bandung", "Jawa Barat", "40132", "+622255501234")),
    "VN": (("45 Nguyễn Huệ", "Quận 1", "TP. Hồ Chí Minh", "700000", "+842855501234"),
           ("9 Hàng Bạc", "Hoàn Kiếm", "Hà Nội", "100000", "+842455501234")),
    "SG": (("21 Tiong Bahru Rd", "Singapore", "", "168732", "+6565550123"), ("8 Kim Keat Ln", "Singapore", "", "328867", "+6565550188")),
    "MY": (("15 Jalan Bukit", "Kuala Lumpur", "WP", "50200", "+60355501234"), ("2 Lebuh Pantai", "George Town", "Penang", "10300", "+6045550123")),
    "TH": (("101 Sukhumvit 24", "Bangkok", "Khlong Toei", "10110", "+6625550123"), ("7 Nimman Rd", "Chiang Mai", "Mueang", "50200", "+6653550123")),
    "PH": (("18 Mabini St", "Quezon City", "Metro Manila", "1100", "+63255501234"), ("4 Session Rd", "Baguio", "Benguet", "2600", "+63745550123")),
}  # fmt: skip


def somebody(scope: Scope, shop: Doc) -> Doc:
    """{buyer, recipient}: the next of a few people, who live where the shop is."""
    turn = store.following(scope, "buyer", 1)
    name, places = NAMES[turn % len(NAMES)], PLACES.get(shop["region"], PLACES["US"])
    line1, city, region, postcode, phone = places[turn % len(places)]
    country = shop["region"] if shop["region"] in PLACES else "US"
    handle = name.lower().replace(" ", ".")
    return {
        "buyer": {"id": ids.new(scope, shop["platform"], "buyer"), "name": name, "email": f"{handle}@buyers.example"},
        "recipient": {
            "name": name, "line1": line1, "line2": "", "city": city, "region": region, "postcode": postcode,
            "country": country, "phone": phone,
        },
    }  # fmt: skip
