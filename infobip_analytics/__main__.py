"""Let `python -m infobip_analytics` be the command `infobip-analytics`."""

from infobip_analytics.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
