"""Static files with a hash in their URL: bundles are joined at start-up, everything is cached by browsers for a year.

`asset("app.css")`, `asset("app.js")`, `asset("htmx.js")` are bundles; any other name is a path under `static/`.
In debug the files are looked at again on each call, so an edit shows on the next page load.
"""

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass, field
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, request

URL_PREFIX = "/static/dist/"
YEAR_SECONDS = 31_536_000

# Layer order is the cascade: a later layer wins over an earlier one whatever the selector weighs.
CSS_LAYERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("reset", ("vendor/modern-normalize.css",)),
    ("tokens", ("css/tokens.css",)),
    ("base", ("css/base.css",)),
    ("layout", ("css/layout/*.css",)),
    ("components", ("css/components/*.css",)),
    ("pages", ("css/pages/*.css",)),
    ("utilities", ("css/utilities.css",)),
    ("print", ("css/print.css",)),
)
JS_BUNDLES: dict[str, tuple[str, ...]] = {
    "htmx.js": (
        "vendor/htmx.min.js",
        "vendor/hx-csp.min.js",
        "vendor/hx-sse.min.js",
        "vendor/hx-preload.min.js",
        "vendor/hx-pending.min.js",
    ),
    "app.js": ("js/*.js",),
}
BUNDLES = ("app.css", *JS_BUNDLES)
COMPRESSIBLE = ("text/", "application/javascript", "image/svg+xml", "application/json")
READS_PDFS = re.compile(r"vendor/pdfjs/pdf\.worker\.min\.[0-9a-f]{12}\.mjs")
READER_POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'"
"""A worker has a policy of its own. The reader's loads its decoder of JPEG 2000 from beside it; it has no page to run anything in."""
CSS_URL = re.compile(r"""url\((["']?)/static/([^)"']+)\1\)""")


@dataclass(frozen=True)
class Served:
    """One file as it goes out: its hashed name, its bytes, the same gzipped (empty when that does not pay)."""

    filename: str
    body: bytes
    gzipped: bytes
    mimetype: str


@dataclass
class Assets:
    """Every static file by name. Raises FileNotFoundError for a name that is not there."""

    root: Path
    debug: bool = False
    by_name: dict[str, Served] = field(default_factory=dict)
    seen: dict[str, float] = field(default_factory=dict)

    def url(self, name: str) -> str:
        """The cacheable URL of a bundle or of a path under `static/`."""
        return URL_PREFIX + self.get(name).filename

    def get(self, name: str) -> Served:
        if self.debug:
            self._forget_if_changed(name)
        if name not in self.by_name:
            self.by_name[name] = _served(name, self._read(name))
        return self.by_name[name]

    def find(self, filename: str) -> Served | None:
        """The file a hashed name stands for, also when the hash is another release's; None when there is no file."""
        stem, _, suffix = filename.rpartition(".")
        name = f"{stem.rpartition('.')[0]}.{suffix}"
        known = name in BUNDLES or self._path(name) is not None
        return self.get(name) if known else None

    def warm(self) -> None:
        """Read all bundles now, so a missing file stops the boot instead of a page."""
        for name in BUNDLES:
            self.get(name)

    def _path(self, name: str) -> Path | None:
        """The file of that name inside the folder. A name that no file system takes is no file either."""
        try:
            path = (self.root / name).resolve()
            return path if path.is_relative_to(self.root) and path.is_file() else None
        except (OSError, ValueError):
            return None

    def _sources(self, name: str) -> list[Path]:
        if name == "app.css":
            return [path for _, patterns in CSS_LAYERS for path in self._matching(patterns)]
        if name in JS_BUNDLES:
            return self._matching(JS_BUNDLES[name])
        path = self._path(name)
        if path is None:
            raise FileNotFoundError(f"static/{name} does not exist; asset() takes a bundle or a path under static/")
        return [path]

    def _matching(self, patterns: tuple[str, ...]) -> list[Path]:
        return [path for pattern in patterns for path in sorted(self.root.glob(pattern))]

    def _read(self, name: str) -> bytes:
        if name == "app.css":
            return self._stylesheet().encode()
        if name in JS_BUNDLES:
            return "\n".join(path.read_text() for path in self._sources(name)).encode()
        return self._sources(name)[0].read_bytes()

    def _stylesheet(self) -> str:
        parts = [f"@layer {', '.join(layer for layer, _ in CSS_LAYERS)};"]
        for layer, patterns in CSS_LAYERS:
            text = "\n".join(path.read_text() for path in self._matching(patterns))
            parts.append(f"@layer {layer} {{\n{text}\n}}")
        return CSS_URL.sub(lambda match: f'url("{self.url(match[2])}")', _minified("\n".join(parts)))

    def _forget_if_changed(self, name: str) -> None:
        newest = max((path.stat().st_mtime for path in self._sources(name)), default=0.0) + len(self._sources(name))
        if self.seen.get(name) != newest:
            self.seen[name] = newest
            self.by_name.pop(name, None)


def _minified(css: str) -> str:
    """Comments and indentation go; nothing that needs a parser is tried."""
    css = re.sub(r"/\*(?!!).*?\*/", "", css, flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", "\n", css).strip()


def _served(name: str, body: bytes) -> Served:
    stem, _, suffix = name.rpartition(".")
    mimetype = mimetypes.guess_type(name)[0] or "application/octet-stream"
    digest = hashlib.sha256(body).hexdigest()[:12]
    # mtime=0: the same input gives the same bytes on every worker.
    gzipped = gzip.compress(body, 9, mtime=0) if mimetype.startswith(COMPRESSIBLE) else b""
    return Served(f"{stem}.{digest}.{suffix}", body, gzipped if len(gzipped) < len(body) else b"", mimetype)


def _answer(served: Served, exact: bool) -> Response:
    compress = bool(served.gzipped) and "gzip" in request.headers.get("Accept-Encoding", "")
    response = Response(served.gzipped if compress else served.body, mimetype=served.mimetype)
    # During a deploy an old page may ask a new worker: it gets today's file, but must not keep it under the old name.
    response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable" if exact else "no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    if READS_PDFS.fullmatch(served.filename):
        response.headers["Content-Security-Policy"] = READER_POLICY
    if served.gzipped:
        response.headers["Vary"] = "Accept-Encoding"
    if compress:
        response.headers["Content-Encoding"] = "gzip"
    response.set_etag(served.filename)
    response.make_conditional(request)
    return response


door = Blueprint("assets", __name__)


@door.get(f"{URL_PREFIX}<path:filename>", endpoint="dist")
def dist(filename: str) -> Response:
    """A file by its hashed name; 404 when there is no such file."""
    served = current_app.extensions["assets"].find(filename)
    return _answer(served, served.filename == filename) if served else abort(404)


def init_assets(app: Flask, root: Path | None = None) -> Assets:
    """Read the bundles, serve `/static/dist/…`, and give templates `asset(name)`. Raises FileNotFoundError at boot."""
    folder = root or Path(app.static_folder or "static")
    assets = Assets(folder.resolve(), debug=app.debug)
    assets.warm()
    app.extensions["assets"] = assets
    app.jinja_env.globals["asset"] = assets.url
    app.register_blueprint(door)
    return assets
