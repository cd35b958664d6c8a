"""The answer to `explain`: a list of meanings that shows itself in terminal and notebook."""

from collections.abc import Iterator
from typing import Any

from infobip_analytics.codes.groups import Group, meant_by, members
from infobip_analytics.codes.meanings import Meaning
from infobip_analytics.codes.wording import in_short


class Explanation:
    """All meanings of one code, to be read as a list, printed, or taken as plain values.

    `code` is what was asked for, `note` what to know about the answer as a whole. `groups` are the
    groups of that name. Of a code that no table has, `neighbours` are next to its number and `near`
    have the names nearest to it. The note has these in words; `remark` is the note without groups
    and nearest names.
    """

    __slots__ = ("code", "groups", "meanings", "near", "neighbours", "remark")

    def __init__(
        self,
        code: int | str,
        meanings: tuple[Meaning, ...],
        remark: str,
        groups: tuple[Group, ...] = (),
        near: tuple[Meaning, ...] = (),
        neighbours: tuple[Meaning, ...] = (),
    ) -> None:
        self.code = code
        self.meanings = meanings
        self.remark = remark
        self.groups = groups
        self.near = near
        self.neighbours = neighbours

    def __len__(self) -> int:
        return len(self.meanings)

    def __iter__(self) -> Iterator[Meaning]:
        return iter(self.meanings)

    def __getitem__(self, position: int) -> Meaning:
        return self.meanings[position]

    @property
    def is_unknown(self) -> bool:
        """Whether the code is neither in a table nor the name of a group."""
        return not self.meanings and not self.groups

    @property
    def note(self) -> str | None:
        """What to know about the answer, in one paragraph; None if nothing."""
        told = [f"{meant_by(group)} {members(group)}" for group in self.groups]
        told += [self.remark, self.nearness if self.is_unknown else ""]
        return " ".join(sentence for sentence in told if sentence) or None

    @property
    def nearness(self) -> str:
        """The nearest names with their ids, in a sentence; empty where there are neighbours."""
        if self.neighbours:
            return ""
        names = dict.fromkeys(one.name for one in self.near)
        ids = {name: [str(one.id) for one in self.near if one.name == name] for name in names}
        near = ", ".join(f"{name} ({', '.join(dict.fromkeys(ids[name]))})" for name in names)
        return f"Nearest names: {near}." if near else "No name is near it."

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON: code, meanings (a list of dicts), note, groups, nearest."""
        return {
            "code": self.code,
            "meanings": [one._asdict() | {"in_short": in_short(one)} for one in self.meanings],
            "note": self.note,
            "groups": [one._asdict() | {"codes": one.codes} for one in self.groups],
            "nearest": [
                {"kind": one.kind, "channel": one.channel, "id": one.id, "name": one.name}
                for one in (*self.near, *self.neighbours)
            ],
        }

    def __str__(self) -> str:
        from infobip_analytics.codes.terminal import as_text, terminal_width

        return as_text(self, width=terminal_width())

    def __repr__(self) -> str:
        """The same, in colour where a terminal shows it: a prompt displays the repr."""
        from infobip_analytics.codes.terminal import as_text, colour_is_wanted, terminal_width

        return as_text(self, width=terminal_width(), colour=colour_is_wanted())

    def _repr_html_(self) -> str:
        from infobip_analytics.codes.notebook import as_html

        return as_html(self)
