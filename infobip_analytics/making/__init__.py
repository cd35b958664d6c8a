"""How messages are made, whoever counts them out: of what, by which rule, and finished how.

`recognising` tells delivery reports from campaign events; `finishing` gives what folding and
pairing make its country and what is the same in every row; `building` does one after the other.
"""

from infobip_analytics.making.building import Build
from infobip_analytics.making.finishing import derived, facts, finished, ingredients
from infobip_analytics.making.recognising import recognised

__all__ = ["Build", "derived", "facts", "finished", "ingredients", "recognised"]
