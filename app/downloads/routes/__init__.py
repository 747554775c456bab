"""HTTP of the library: for buyers, for the bytes themselves, and for sellers."""

from flask import Blueprint

blueprint = Blueprint("downloads", __name__)

from app.downloads.routes import copies, leaks, library, looking, news, notes, sellers, sending, sharing, updates  # noqa: E402, F401  (each adds its routes)
