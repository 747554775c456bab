"""VAT numbers as their countries write them: the shape only, since no register is asked."""

import re

PATTERNS = {
    "AT": (r"U\d{8}", "ATU12345678"),
    "BE": (r"[01]\d{9}", "BE0123456789"),
    "BG": (r"\d{9,10}", "BG123456789"),
    "CH": (r"E\d{9}(MWST|TVA|IVA)?", "CHE123456789"),
    "CY": (r"\d{8}[A-Z]", "CY12345678X"),
    "CZ": (r"\d{8,10}", "CZ12345678"),
    "DE": (r"\d{9}", "DE123456789"),
    "DK": (r"\d{8}", "DK12345678"),
    "EE": (r"\d{9}", "EE123456789"),
    "EL": (r"\d{9}", "EL123456789"),
    "ES": (r"[A-Z0-9]\d{7}[A-Z0-9]", "ESX1234567X"),
    "FI": (r"\d{8}", "FI12345678"),
    "FR": (r"[A-HJ-NP-Z0-9]{2}\d{9}", "FR12345678901"),
    "GB": (r"(\d{9}|\d{12}|(GD|HA)\d{3})", "GB123456789"),
    "HR": (r"\d{11}", "HR12345678901"),
    "HU": (r"\d{8}", "HU12345678"),
    "IE": (r"(\d{7}[A-W][A-I]?|\d[A-Z+*]\d{5}[A-W])", "IE1234567T"),
    "IT": (r"\d{11}", "IT12345678901"),
    "LT": (r"(\d{9}|\d{12})", "LT123456789"),
    "LU": (r"\d{8}", "LU12345678"),
    "LV": (r"\d{11}", "LV12345678901"),
    "MT": (r"\d{8}", "MT12345678"),
    "NL": (r"[A-Z0-9+*]{10}\d{2}", "NL123456789B01"),
    "NO": (r"\d{9}(MVA)?", "NO123456789MVA"),
    "PL": (r"\d{10}", "PL1234567890"),
    "PT": (r"\d{9}", "PT123456789"),
    "RO": (r"\d{2,10}", "RO12345678"),
    "SE": (r"\d{12}", "SE123456789012"),
    "SI": (r"\d{8}", "SI12345678"),
    "SK": (r"\d{10}", "SK1234567890"),
    "XI": (r"(\d{9}|\d{12})", "XI123456789"),
}
"""Prefix → what follows it, and an example."""
LONGEST = 20


def tidy(typed: str) -> str:
    """«DE 123.456.789» as DE123456789."""
    return re.sub(r"[^A-Z0-9+*]", "", typed.upper())[:LONGEST]


def problem(number: str) -> str:
    """Why a tidied number cannot be right, in words; empty when its shape fits."""
    known = PATTERNS.get(number[:2])
    if known is None:
        return "Start it with the two letters of its country, like DE123456789 or GB123456789."
    pattern, example = known
    return "" if re.fullmatch(pattern, number[2:]) else f"Numbers of {number[:2]} look like {example}."
