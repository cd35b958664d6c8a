"""The answer to `explain` of an event or a report: what each field says, where they disagree."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from infobip_analytics.codes.meanings import Meaning
from infobip_analytics.codes.wording import in_short

if TYPE_CHECKING:
    from infobip_analytics.codes.events import Event
    from infobip_analytics.codes.payloads import Report


class Told(NamedTuple):
    """A meaning, and the fields that tell it.

    Of an event error, status_code and comment; of a report status and error, or status_id (without
    one status_name) where the status is not in the group that came.
    """

    meaning: Meaning
    told_by: tuple[str, ...]


class RowExplanation:
    """What a row's fields say: a list of meanings that shows itself in terminal and notebook.

    `subject` is event or report; `fields` holds what the row says of its fate, as text on one line
    with long numbers masked; `verdict` what became of the message and why, where one can say;
    `told` the meanings, each with the fields that tell it, those that say why first;
    `disagreements` a sentence for each thing in which the fields disagree with one another or with
    the tables; `note` what else to know.
    """

    __slots__ = ("disagreements", "fields", "note", "subject", "told", "verdict")

    def __init__(
        self,
        subject: str,
        fields: "Event | Report",
        told: tuple[Told, ...],
        disagreements: tuple[str, ...],
        note: str,
        verdict: str = "",
    ) -> None:
        self.subject = subject
        self.fields = fields
        self.told = told
        self.disagreements = disagreements
        self.note = note
        self.verdict = verdict

    @property
    def meanings(self) -> tuple[Meaning, ...]:
        """The meanings alone, in the same order."""
        return tuple(one.meaning for one in self.told)

    def __len__(self) -> int:
        return len(self.told)

    def __iter__(self) -> Iterator[Meaning]:
        return iter(self.meanings)

    def __getitem__(self, position: int) -> Meaning:
        return self.told[position].meaning

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON.

        event or report, meanings (with told_by), disagreements, note and verdict.
        """
        return {
            self.subject: self.fields._asdict(),
            "meanings": [
                one.meaning._asdict()
                | {"in_short": in_short(one.meaning), "told_by": list(one.told_by)}
                for one in self.told
            ],
            "disagreements": list(self.disagreements),
            "note": self.note,
            "verdict": self.verdict or None,
        }

    def __str__(self) -> str:
        from infobip_analytics.codes.row_terminal import as_text
        from infobip_analytics.codes.terminal import terminal_width

        return as_text(self, width=terminal_width())

    def __repr__(self) -> str:
        """The same, in colour where a terminal shows it: a prompt displays the repr."""
        from infobip_analytics.codes.row_terminal import as_text
        from infobip_analytics.codes.terminal import colour_is_wanted, terminal_width

        return as_text(self, width=terminal_width(), colour=colour_is_wanted())

    def _repr_html_(self) -> str:
        from infobip_analytics.codes.row_notebook import as_html

        return as_html(self)
