"""Tessera: seamless textures in packs of a few colours."""

from app.seeds import art
from app.seeds.wares.ware import Key, Ware

BRICK, GRASS, GRAVEL = "brick.png", "grass.png", "gravel.png"


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


WEAVE = Ware(
    "Weave, the texture mixer",
    "A small program that bends two of my textures into a third one that still repeats. It runs on your own computer and"
    " asks nobody for permission twice: the key works offline for a month at a time.\n\nOne key for three devices, the"
    " studio's for twenty. Move it to a new machine whenever you like.",
    "textures",
    3900,
    [
        ("Weave, showing gravel on a sphere", lambda: art.sphere(GRAVEL, (20, 34, 44), (188, 226, 232))),
        ("What Weave made of bricks and moss", lambda: art.tiled(BRICK, (18, 44, 30), (196, 232, 190), 3)),
    ],
    ("program", "seamless", "mixer"),
    [("Weave 2.1.zip", lambda: art.program("weave.py", "Weave 2.1"))],
    option="For",
    values=(("One person", 0), ("A studio", 9000)),
    key=Key("WEAVE", 3, (("A studio", 20),)),
)

WARES = [
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
    WEAVE,
]
