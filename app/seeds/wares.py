"""What the demo's three shops sell: forty products, in the sellers' own words. Prices in minor units (US cents)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from app.seeds import art

HUBBLE, ROCKET, CUP = "hubble_deep_field.jpg", "rocket.jpg", "coffee.png"
Art = Callable[[], bytes]


@dataclass(frozen=True)
class Ware:
    """`pictures` are (alt text, maker); `files` are (name, maker); `sizes` add to the price in minor units."""

    title: str
    words: str
    category: str
    price: int
    pictures: list[tuple[str, Art]]
    tags: tuple[str, ...] = ()
    files: list[tuple[str, Art]] = field(default_factory=list)
    weight_g: int = 0
    stock: int = 0
    option: str = ""
    values: tuple[tuple[str, int], ...] = ()

    @property
    def ships(self) -> bool:
        return self.weight_g > 0

    @property
    def downloads(self) -> bool:
        return bool(self.files)


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


DEEP_FIELD = [
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


def _pack(
    title: str, words: str, name: str, shades: list[tuple[str, art.Colour, art.Colour]], price: int, *tags: str
) -> Ware:
    _, dark, light = shades[0]
    return Ware(
        title,
        words
        + f"\n\n{len(shades)} colours, each seamless, as PNG at 512 and 1024 px, with a height map. Licence for any project.",
        "textures",
        price,
        [
            (f"{title} on a sphere", lambda: art.sphere(name, dark, light)),
            (f"{title}, repeated", lambda: art.tiled(name, dark, light)),
        ],
        ("seamless", "png", *tags),
        [(f"{title}.zip", lambda: art.texture_pack(title, name, shades))],
    )


BRICK, GRASS, GRAVEL = "brick.png", "grass.png", "gravel.png"
TESSERA = [
    _pack(
        "Terracotta brick",
        "A mill wall at noon. Warm, dry, a little uneven.",
        BRICK,
        [("terracotta", (58, 22, 14), (232, 148, 110)), ("rose", (74, 34, 34), (236, 180, 168))],
        1200,
        "brick",
        "wall",
    ),
    _pack(
        "Whitewashed brick",
        "Lime over brick, worn at the edges.",
        BRICK,
        [("chalk", (150, 142, 132), (252, 250, 245)), ("putty", (120, 110, 98), (238, 230, 214))],
        1200,
        "brick",
        "wall",
    ),
    _pack(
        "Midnight brick",
        "For alleys, clubs and the parts of a level nobody should see clearly.",
        BRICK,
        [("midnight", (10, 12, 22), (98, 108, 140)), ("ink", (6, 10, 16), (70, 96, 112))],
        1400,
        "brick",
        "dark",
    ),
    _pack(
        "Glazed green brick",
        "Underground station tiles, somewhere between bottle and moss.",
        BRICK,
        [("bottle", (8, 34, 24), (120, 190, 150)), ("mint", (30, 70, 60), (196, 236, 216))],
        1400,
        "brick",
        "tile",
    ),
    _pack(
        "Summer lawn",
        "Cut on Friday. Reads as grass from one metre and from a hundred.",
        GRASS,
        [("lawn", (22, 44, 10), (156, 196, 84)), ("shade", (10, 32, 18), (86, 142, 84))],
        900,
        "grass",
        "nature",
    ),
    _pack(
        "Dry steppe",
        "Late August, no rain since May.",
        GRASS,
        [("straw", (80, 60, 24), (236, 212, 142)), ("ochre", (84, 50, 14), (226, 178, 96))],
        900,
        "grass",
        "desert",
    ),
    _pack(
        "Frosted meadow",
        "The same meadow at six in the morning in January.",
        GRASS,
        [("frost", (84, 104, 112), (240, 248, 250))],
        900,
        "grass",
        "winter",
    ),
    _pack(
        "Alien turf",
        "Violet, for planets with a different sun.",
        GRASS,
        [("violet", (32, 12, 58), (190, 140, 240)), ("coral", (66, 12, 30), (255, 150, 130))],
        1100,
        "grass",
        "sci-fi",
    ),
    _pack(
        "River gravel",
        "Washed stones from a shallow bend.",
        GRAVEL,
        [("river", (34, 36, 40), (206, 208, 204)), ("sand", (78, 62, 44), (236, 222, 196))],
        1000,
        "gravel",
        "ground",
    ),
    _pack(
        "Lava field",
        "Cooled last week. Keep walking.",
        GRAVEL,
        [("basalt", (8, 6, 8), (96, 86, 86)), ("ember", (20, 4, 2), (236, 96, 36))],
        1300,
        "gravel",
        "volcanic",
    ),
    _pack(
        "Sea glass",
        "A beach where the bottles went.",
        GRAVEL,
        [("aqua", (8, 60, 70), (176, 236, 228)), ("amber", (74, 38, 6), (250, 206, 130))],
        1300,
        "gravel",
        "beach",
    ),
    _pack(
        "Everything stone",
        "All three stones in quiet greys: the pack to start with.",
        GRAVEL,
        [
            ("slate", (20, 22, 28), (182, 190, 200)),
            ("warm grey", (40, 36, 32), (214, 206, 196)),
            ("cold grey", (30, 36, 42), (196, 208, 216)),
        ],
        2400,
        "gravel",
        "bundle",
    ),
    _pack(
        "Everything wall",
        "Nine walls from one, in colours that sit together.",
        BRICK,
        [
            ("oat", (96, 78, 56), (240, 226, 200)),
            ("sage", (50, 62, 46), (200, 212, 186)),
            ("plum", (44, 20, 40), (202, 160, 190)),
        ],
        2600,
        "brick",
        "bundle",
    ),
    _pack(
        "Tiny planet ground",
        "Toy colours for low-poly worlds.",
        GRASS,
        [("candy", (214, 90, 130), (255, 214, 226)), ("mint", (60, 150, 120), (210, 250, 226))],
        1000,
        "grass",
        "stylised",
    ),
]


def _cup(
    title: str, words: str, box: art.Box, ground: art.Colour, price: int, stock: int, tone: art.Colour | None = None
) -> Ware:
    return Ware(
        title,
        words,
        "ceramics",
        price,
        [(f"{title} from above", lambda: art.studio(CUP, box, ground, tone))],
        ("ceramic", "cup", "handmade"),
        weight_g=420,
        stock=stock,
    )


def _cat(
    title: str,
    words: str,
    box: art.Box,
    ground: art.Colour,
    price: int,
    stock: int,
    tone: art.Colour | None = None,
    round_: bool = True,
) -> Ware:
    return Ware(
        title,
        words,
        "stickers",
        price,
        [(f"Sticker of a tabby cat: {title.lower()}", lambda: art.sticker(box, ground, tone, round_))],
        ("cat", "sticker", "vinyl"),
        weight_g=12,
        stock=stock,
    )


WHOLE, CLOSE, RIM = (0.12, 0.0, 0.88, 1.0), (0.25, 0.1, 0.75, 0.8), (0.0, 0.15, 0.6, 0.95)
KILN = [
    _cup(
        "Espresso cup, oxblood",
        "Thrown on the wheel, dipped twice, fired at 1,240 °C. Holds 90 ml and the heat. Saucer included.",
        WHOLE,
        (236, 228, 216),
        2800,
        14,
    ),
    _cup(
        "Espresso cup, moss",
        "The oxblood cup in a wood-ash green that breaks brown at the rim.",
        WHOLE,
        (226, 230, 216),
        2800,
        9,
        (92, 112, 72),
    ),
    _cup(
        "Espresso cup, night",
        "Cobalt over black clay. No two dry the same way.",
        WHOLE,
        (216, 222, 234),
        3000,
        5,
        (52, 74, 128),
    ),
    _cup("Flat white cup, sand", "Wider, for milk. 160 ml.", CLOSE, (240, 232, 220), 3200, 11, (190, 150, 104)),
    _cup("Saucer, oxblood", "A spare for the one that will break.", RIM, (238, 230, 222), 1400, 20),
    _cup(
        "Breakfast set for two",
        "Two cups, two saucers, one small spoon rest, packed in wool.",
        (0.05, 0.0, 0.95, 1.0),
        (232, 224, 210),
        9800,
        4,
    ),
    _cat(
        "Staring contest",
        "She will win. Matt vinyl, 70 mm, safe for bottles and laptops.",
        (0.18, 0.0, 0.74, 0.9),
        (247, 222, 214),
        400,
        120,
    ),
    _cat("Pink nose", "The best part, enlarged. 60 mm.", (0.42, 0.4, 0.78, 0.95), (222, 236, 228), 400, 80),
    _cat("One green eye", "For watching the fridge. 60 mm.", (0.22, 0.1, 0.55, 0.6), (226, 226, 240), 400, 64),
    _cat(
        "Disco tabby",
        "Screen printed in two inks that glow under black light. 80 mm.",
        (0.15, 0.0, 0.8, 1.0),
        (250, 232, 190),
        600,
        40,
        (226, 84, 150),
        False,
    ),
    _cat(
        "Blue hour tabby",
        "The calm sister of Disco tabby. 80 mm.",
        (0.15, 0.0, 0.8, 1.0),
        (206, 222, 240),
        600,
        2,
        (60, 120, 190),
        False,
    ),
    _cat(
        "Whole litter",
        "All five stickers in a paper sleeve, one of them twice.",
        (0.05, 0.0, 0.95, 1.0),
        (240, 226, 244),
        1800,
        30,
    ),
]
