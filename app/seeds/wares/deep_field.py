"""Deep Field Prints: prints of the sky and of rockets, wallpapers and a booklet."""

from app.seeds import art
from app.seeds.wares.ware import Ware

HUBBLE, ROCKET = "hubble_deep_field.jpg", "rocket.jpg"
SIZES = (("A4", 0), ("A3", 1400), ("A2", 3600))
LINEN, DUSK, SAGE, CLAY, FOG = (216, 208, 196), (86, 92, 112), (188, 198, 182), (206, 168, 146), (222, 224, 226)


def _print(
    title: str,
    words: str,
    box: art.Box,
    wall: art.Colour,
    price: int = 3200,
    stock: int = 24,
    name: str = HUBBLE,
    **more: object,
) -> Ware:
    tone = more.pop("tone", None)
    return Ware(
        title,
        words,
        "prints",
        price,
        [
            (f"{title}, framed on a wall", lambda: art.framed_print(name, box, wall, tone)),  # type: ignore[arg-type]
            (f"{title}, the whole sheet", lambda: art.plain_print(name, box, (1024, 1280))),
        ],
        tags=("space", "wall art", "giclée"),
        weight_g=180,
        stock=stock,
        option="Size",
        values=SIZES,
        **more,  # type: ignore[arg-type]
    )


BOOKLET: list[tuple[str, str, str, art.Box]] = [
    (
        "Start with the empty parts",
        "The darkest squares took longest to expose. Follow one from edge to edge and count what you did not see at first: the faintest smudges are galaxies whose light left before the Earth was made.",
        HUBBLE,
        (0.55, 0.0, 0.95, 0.45),
    ),
    (
        "Colour is distance, mostly",
        "Space stretches light on its way, and stretched light is redder. So the small red dots are often the far ones, and the wide blue swirls are our neighbours.",
        HUBBLE,
        (0.15, 0.0, 0.45, 0.4),
    ),
    (
        "Shapes tell stories",
        "A clean spiral has been left alone. A smear has met somebody. Look for pairs: most of them are falling towards each other, slowly.",
        HUBBLE,
        (0.35, 0.1, 0.6, 0.4),
    ),
    (
        "Scale, for a moment",
        "The whole picture covers a thirteen-millionth of the sky. You could hide it behind a grain of sand at arm's length.",
        HUBBLE,
        (0.1, 0.5, 0.6, 1.0),
    ),
    (
        "How it got up there",
        "Somebody had to carry the telescope. Every picture of the deep sky begins with fire and noise near a beach.",
        ROCKET,
        (0.1, 0.0, 0.75, 1.0),
    ),
]


WARES = [
    _print(
        "Ten thousand galaxies",
        "The Hubble eXtreme Deep Field, printed with twelve pigment inks on 310 g cotton rag. Every speck of light is a galaxy.\n\nNumbered and rolled in tissue.",
        (0.0, 0.0, 0.8, 1.0),
        LINEN,
        4200,
    ),
    _print(
        "Quiet corner of the sky",
        "A patch the size of a grain of sand held at arm's length. Soft blacks, warm whites, no hot pixels.",
        (0.05, 0.45, 0.45, 1.0),
        SAGE,
    ),
    _print(
        "The red giants",
        "A crop around the brightest ember of the field. Looks best above a dark sideboard.",
        (0.15, 0.0, 0.5, 0.5),
        DUSK,
    ),
    _print(
        "Spiral, blue", "One small spiral, enlarged until you can count its arms.", (0.35, 0.1, 0.62, 0.45), FOG, 2800
    ),
    _print(
        "Ember and dust",
        "Orange stars in front of blue galaxies: near and far in one frame.",
        (0.5, 0.4, 0.9, 0.95),
        CLAY,
    ),
    _print(
        "North by night",
        "The upper edge of the field, where it is almost empty. A print for bedrooms.",
        (0.55, 0.0, 1.0, 0.55),
        DUSK,
        2900,
    ),
    _print(
        "Lift-off",
        "Rocket, tower, first second. Printed from the original launch photograph.",
        (0.1, 0.0, 0.75, 1.0),
        LINEN,
        3600,
        12,
        ROCKET,
    ),
    _print(
        "Lift-off in blue",
        "The same launch as a cyanotype. Deep Prussian blue, hand-torn edge.",
        (0.15, 0.0, 0.7, 1.0),
        FOG,
        3900,
        8,
        ROCKET,
        tone=(38, 84, 158),
    ),
    _print(
        "Lift-off in rust",
        "The same launch in iron and clay tones.",
        (0.15, 0.0, 0.7, 1.0),
        CLAY,
        3900,
        3,
        ROCKET,
        tone=(176, 92, 52),
    ),
    _print(
        "Deep field, sepia",
        "The whole field as an old plate might have seen it.",
        (0.1, 0.05, 0.9, 0.95),
        LINEN,
        3400,
        15,
        tone=(146, 112, 74),
    ),
    Ware(
        "Deep field wallpapers",
        "The whole field for desktop, tablet and phone, at full sharpness. Three files, yours for good.",
        "digital-art",
        700,
        [("Galaxies on a desktop screen", lambda: art.plain_print(HUBBLE, (0, 0.1, 1, 0.75), (1024, 640)))],
        ("wallpaper", "space"),
        [("Deep field wallpapers.zip", lambda: art.wallpapers("Deep field", HUBBLE, (0, 0, 1, 1)))],
    ),
    Ware(
        "Launch day wallpapers",
        "Three cuts of the launch photograph, sized for desktop, tablet and phone.",
        "digital-art",
        600,
        [("Rocket at lift-off", lambda: art.plain_print(ROCKET, (0, 0, 1, 1), (1024, 678)))],
        ("wallpaper", "rocket"),
        [("Launch day wallpapers.zip", lambda: art.wallpapers("Launch day", ROCKET, (0.1, 0, 0.8, 1)))],
    ),
    Ware(
        "How to read a deep field",
        "A small book about one picture: what the colours mean, how far is far, and where to look first. Five plates, PDF.",
        "books",
        900,
        [("Cover: a blue spiral among stars", lambda: art.framed_print(HUBBLE, (0.3, 0.05, 0.6, 0.45), (44, 50, 68)))],
        ("booklet", "astronomy", "pdf"),
        [("How to read a deep field.pdf", lambda: art.booklet("How to read a deep field", BOOKLET))],
    ),
    Ware(
        "Ten thousand galaxies, print and file",
        "The A3 print in a tube, and the full file at once, so the wall can wait but the screen need not.",
        "prints",
        5200,
        [("Print with a screen beside it", lambda: art.framed_print(HUBBLE, (0.2, 0.2, 0.9, 1.0), SAGE))],
        ("space", "bundle"),
        [("Ten thousand galaxies.jpg", lambda: art.plain_print(HUBBLE, (0, 0, 1, 1), (2000, 1744)))],
        weight_g=320,
        stock=18,
    ),
]
