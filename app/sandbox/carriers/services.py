"""The services that can be bought, what they cost, and what each provider calls them."""

from dataclasses import dataclass

USPS, UPS, DHL = "USPS", "UPS", "DHLExpress"
EASYPOST, SHIPPO, SHIPSTATION = "easypost", "shippo", "shipstation"


@dataclass(frozen=True, slots=True)
class Carrier:
    """`divisor` is cubic inches per pound of dim weight; `weighs_from` the volume up to which only weight counts."""

    name: str
    divisor: int
    weighs_from: int
    heaviest_oz: int
    origins: tuple[str, ...]
    codes: dict[str, str]
    account_type: str
    billed_on_scan: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """Cents: `base` + `by_zone` × zone + `by_lb` × pounds (ounces count for `by_oz`). `names` are (code, name)."""

    carrier: str
    abroad: bool
    base: float
    by_zone: float
    by_lb: float
    days: tuple[int, int]
    names: dict[str, tuple[str, str]]
    by_oz: float = 0
    guaranteed: bool = False


CARRIERS = {
    USPS: Carrier(
        USPS, 166, 1728, 70 * 16, ("US",), {EASYPOST: "USPS", SHIPPO: "usps", SHIPSTATION: "stamps_com"}, "UspsAccount"
    ),
    UPS: Carrier(UPS, 139, 0, 150 * 16, (), {EASYPOST: "UPS", SHIPPO: "ups", SHIPSTATION: "ups"}, "UpsAccount"),
    DHL: Carrier(
        DHL,
        139,
        0,
        150 * 16,
        (),
        {EASYPOST: "DHLExpress", SHIPPO: "dhl_express", SHIPSTATION: "dhl_express"},
        "DhlExpressAccount",
        billed_on_scan=True,
    ),
}


def _names(easypost: str, shippo: str, shipstation: str, said: str) -> dict[str, tuple[str, str]]:
    return {EASYPOST: (easypost, said), SHIPPO: (shippo, said), SHIPSTATION: (shipstation, said)}


SERVICES = (
    Service(
        USPS, False, 400, 19, 0, (2, 5),
        _names("GroundAdvantage", "usps_ground_advantage", "usps_ground_advantage", "Ground Advantage"), by_oz=8.5,
    ),
    Service(
        USPS, False, 610, 18, 60, (1, 3),
        _names("Priority", "usps_priority", "usps_priority_mail", "Priority Mail"),
    ),
    Service(
        USPS, False, 2675, 120, 260, (1, 2),
        _names("Express", "usps_priority_express", "usps_priority_mail_express", "Priority Mail Express"), guaranteed=True,
    ),
    Service(
        USPS, True, -1900, 290, 0, (8, 21),
        _names("FirstClassPackageInternationalService", "usps_first_class_package_international_service",
               "usps_first_class_package_international", "First-Class Package International"), by_oz=42,
    ),
    Service(
        USPS, True, -1200, 430, 390, (6, 10),
        _names("PriorityMailInternational", "usps_priority_mail_international", "usps_priority_mail_international",
               "Priority Mail International"),
    ),
    Service(UPS, False, 835, 42, 75, (1, 5), _names("Ground", "ups_ground", "ups_ground", "UPS Ground")),
    Service(
        UPS, False, 1980, 110, 190, (2, 2),
        _names("2ndDayAir", "ups_second_day_air", "ups_2nd_day_air", "UPS 2nd Day Air"), guaranteed=True,
    ),
    Service(
        UPS, False, 4120, 260, 340, (1, 1),
        _names("NextDayAir", "ups_next_day_air", "ups_next_day_air", "UPS Next Day Air"), guaranteed=True,
    ),
    Service(
        UPS, True, 400, 410, 360, (4, 7),
        _names("Expedited", "ups_expedited", "ups_worldwide_expedited", "UPS Worldwide Expedited"),
    ),
    Service(
        DHL, True, 900, 420, 420, (2, 4),
        _names("ExpressWorldwideNonDoc", "dhl_express_worldwide", "dhl_express_worldwide", "DHL Express Worldwide"),
        guaranteed=True,
    ),
)  # fmt: skip


def service_named(provider: str, code: str) -> Service | None:
    """The service a provider knows by `code`."""
    return next((one for one in SERVICES if one.names[provider][0] == code), None)


def carrier_named(provider: str, code: str) -> Carrier | None:
    """The carrier a provider knows by `code`, in any case."""
    return next((one for one in CARRIERS.values() if one.codes[provider].lower() == code.lower()), None)
