"""Kiln & Whisker: cups off the wheel, and stickers of one cat."""

from app.seeds import art
from app.seeds.wares.ware import Ware

CUP = "coffee.png"
WHOLE, CLOSE, RIM = (0.12, 0.0, 0.88, 1.0), (0.25, 0.1, 0.75, 0.8), (0.0, 0.15, 0.6, 0.95)


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


WARES = [
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
