"""Whether the packages are there that the door for callbacks needs."""

from importlib.util import find_spec

from infobip_analytics.errors import SourceError


def check_packages() -> None:
    """Say how they are installed, where they are not; SourceError."""
    lacking = [name for name in ("starlette", "uvicorn") if find_spec(name) is None]
    if lacking:
        raise SourceError(
            f"receiving callbacks needs {' and '.join(lacking)}, which "
            f"{'are' if len(lacking) > 1 else 'is'} not installed; "
            'pip install "infobip-analytics[archive,receive]" installs what is lacking'
        )
