"""One set of messages, rated as each definition in use rates it, and why the numbers differ."""

from infobip_analytics.definitions.comparing import compare_definitions

__all__ = ["compare_definitions"]
