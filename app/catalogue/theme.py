"""A shop's colour: OKLCH hue and chroma, with lightness chosen so that text on it is always readable.

Buttons carry white text, so the accent's contrast with white must reach 4.5:1 (WCAG 2.2, 1.4.3).
OKLCH to sRGB after Björn Ottosson's «A perceptual color space for image processing».
"""

import math

READABLE = 4.5
LIGHTEST, DARKEST = 0.62, 0.2
MOST_CHROMA = 12


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
