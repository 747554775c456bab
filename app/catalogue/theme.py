"""A shop's colour: OKLCH hue and chroma, with lightness chosen so that text on it is always readable.

Buttons carry text in the opposite lightness, so its contrast with the accent must reach 4.5:1 (WCAG 2.2, 1.4.3).
OKLCH to sRGB after Björn Ottosson's «A perceptual color space for image processing».
"""

import math
from dataclasses import dataclass

READABLE = 4.5
LIGHTEST, DARKEST = 0.62, 0.2
MOST_CHROMA, MOST_RADIUS = 12, 24
ACCENT, ACCENT_DARK = 0.40, 0.82
"""Lightness of buttons on light and on dark pages; static/css/tokens.css says the same."""
SERIF = '"Newsreader","Iowan Old Style","Palatino Linotype",Georgia,serif'
FONTS = {
    "sans": "",
    "serif": f"--shop-font-display:{SERIF};--shop-font:{SERIF};",
    "modern": '--shop-font-display:"Inter",ui-sans-serif,system-ui,sans-serif;',
    "mono": '--shop-font-display:ui-monospace,"SF Mono","Cascadia Mono",Menlo,Consolas,monospace;',
}


@dataclass(frozen=True)
class Look:
    """Hue 0-359, chroma in hundredths as wished, radius in px, font as a key of FONTS."""

    hue: int
    chroma: int
    radius: int
    font: str


@dataclass(frozen=True)
class Guard:
    """Contrast of words on buttons, on light and dark pages; `toned` when the wished chroma had to come down."""

    light: float
    dark: float
    toned: bool

    @property
    def readable(self) -> bool:
        return min(self.light, self.dark) >= READABLE


def look(hue: object, chroma: object, radius: object, font: object) -> Look:
    """What was typed, or what a shop has by default; numbers that are none become the default."""
    name = str(font)
    return Look(
        _number(hue, 150) % 360,
        _number(chroma, 9),
        min(_number(radius, 10), MOST_RADIUS),
        name if name in FONTS else "sans",
    )


def _number(raw: object, fallback: int) -> int:
    text = str(raw).strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else fallback


def css(look: Look, selector: str = ":root") -> str:
    """One rule with the names that static/css/tokens.css reads, and nothing that a seller typed as text."""
    chroma = min(look.chroma, MOST_CHROMA) / 100
    return (
        f"{selector}{{--shop-hue:{look.hue};--shop-chroma:{chroma:.2f};--shop-radius:{look.radius / 16:.3f}rem;"
        f"{FONTS[look.font]}}}\n"
    )


def guard(look: Look) -> Guard:
    """The two buttons that the look makes, measured."""
    chroma = min(look.chroma, MOST_CHROMA) / 100
    light = _ratio(luminance(0.99, 0.005, look.hue), luminance(ACCENT, chroma, look.hue))
    dark = _ratio(luminance(ACCENT_DARK, chroma * 1.1, look.hue), luminance(0.19, 0.03, look.hue))
    return Guard(round(light, 1), round(dark, 1), look.chroma > MOST_CHROMA)


def _ratio(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def safe(hue: int, chroma: int) -> tuple[int, int, float]:
    """Hue 0-359, chroma 0-12 (hundredths), and the lightest lightness at which white text on it reads."""
    hue, chroma = hue % 360, min(max(chroma, 0), MOST_CHROMA)
    lightness = LIGHTEST
    while lightness > DARKEST and contrast_with_white(lightness, chroma / 100, hue) < READABLE:
        lightness -= 0.01
    return hue, chroma, round(lightness, 2)


def contrast_with_white(lightness: float, chroma: float, hue: float) -> float:
    return 1.05 / (luminance(lightness, chroma, hue) + 0.05)


def luminance(lightness: float, chroma: float, hue: float) -> float:
    """WCAG relative luminance, out-of-gamut channels clipped as browsers do."""
    red, green, blue = (min(max(value, 0.0), 1.0) for value in linear_srgb(lightness, chroma, hue))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear_srgb(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
