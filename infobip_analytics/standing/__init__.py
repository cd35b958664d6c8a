"""Who is really worse: rates of groups, shrunk as far as chance could have made them differ.

`fitting` finds how much groups differ by themselves, `shrunken` what that makes of each group's
rate, `ranking` puts them in order, `table` is the answer.
"""

from infobip_analytics.standing.ranking import league

__all__ = ["league"]
