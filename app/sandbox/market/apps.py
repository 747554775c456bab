"""Our own registration at each platform: where it sends the seller back to, and where its pushes go."""

from app.sandbox.stripe.scope import Scope

from .errors import CannotDo
from .shops import PLATFORMS
from .store import Doc


def get(scope: Scope, platform: str) -> Doc:
    """{redirect, push} as registered, or the application's usual addresses."""
    base = scope.config.app_url
    usual = {"redirect": f"{base}/channels/{platform}/return", "push": f"{base}/webhooks/{platform}"}
    return {**usual, **scope.state.setting(f"market.app.{platform}", {})}


def register(scope: Scope, platform: str, **members: str) -> Doc:
    """Change the registered addresses. Raises CannotDo for an unknown platform or member."""
    if platform not in PLATFORMS:
        raise CannotDo(f"platform must be one of {', '.join(PLATFORMS)}")
    strange = set(members) - {"redirect", "push"}
    if strange:
        raise CannotDo(f"An app has no {', '.join(sorted(strange))}.")
    known = scope.state.setting(f"market.app.{platform}", {})
    scope.state.remember(f"market.app.{platform}", {**known, **members})
    return get(scope, platform)
