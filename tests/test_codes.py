"""What a status says became of a message."""

import pytest

from infobip_analytics.codes import Verdict, error_group_of, group_of, verdict
from infobip_analytics.reference import rows

UNKNOWN = Verdict("unknown", None, 2)
STATUSES = rows("statuses")


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("ACCEPTED", Verdict("pending", None, 1)),
        ("PENDING", Verdict("pending", None, 1)),
        ("UNDELIVERABLE", Verdict("failed", None, 4)),
        ("DELIVERED", Verdict("delivered", "unknown", 5)),
        ("EXPIRED", Verdict("failed", None, 4)),
        ("REJECTED", Verdict("rejected", None, 4)),
    ],
)
@pytest.mark.parametrize("id", [None, 9999], ids=["no id", "unknown id"])
def test_a_group_decides_by_itself(group: str, id: int | None, expected: Verdict) -> None:
    assert verdict(group, id) == expected


@pytest.mark.parametrize(
    "row", STATUSES, ids=[f"{row['group']}-{row['id']}-{row['name']}" for row in STATUSES]
)
def test_every_status_has_the_verdict_of_its_row(row: dict[str, str]) -> None:
    outcome, receipt, _ = verdict(row["group"], int(row["id"]))
    assert (outcome, receipt) == (row["outcome"], row["receipt"] or None)


def test_receipts_tell_the_handset_from_the_operator() -> None:
    assert verdict("DELIVERED", 5) == Verdict("delivered", "handset", 5)
    assert verdict("DELIVERED", 2) == Verdict("delivered", "operator", 3)


def test_expired_dlr_unknown_is_missing_information_and_no_failure() -> None:
    assert verdict("EXPIRED", 29) == UNKNOWN
    assert verdict("EXPIRED", 15) == Verdict("failed", None, 4)


def test_the_id_refines_only_inside_its_group() -> None:
    assert verdict("REJECTED", 29).outcome == "rejected"
    assert verdict("UNDELIVERABLE", 5).outcome == "failed"
    assert verdict("PENDING", 5).outcome == "pending"
    assert verdict("EXPIRED", 87).outcome == "failed"
    assert verdict("REJECTED", 87).outcome == "rejected"


@pytest.mark.parametrize("group", [None, "", " ", "NO_SUCH_GROUP", "delivered?"])
@pytest.mark.parametrize("id", [None, 2, 5, 29, 9999])
def test_without_a_known_group_nothing_is_known(group: str | None, id: int | None) -> None:
    assert verdict(group, id) == UNKNOWN


def test_case_and_spaces_of_a_group_do_not_matter() -> None:
    assert verdict(" Delivered\n", 5) == verdict("DELIVERED", 5)
    assert verdict("ok", None) == verdict("ACCEPTED", None)


def test_a_handset_outranks_a_failure_and_a_failure_outranks_the_operator() -> None:
    ordered = [
        verdict("DELIVERED", 5).rank,
        verdict("REJECTED", 6).rank,
        verdict("DELIVERED", 2).rank,
        verdict("EXPIRED", 29).rank,
        verdict("PENDING", 7).rank,
    ]
    assert ordered == sorted(set(ordered), reverse=True)
    assert verdict("UNDELIVERABLE", 9).rank == verdict("REJECTED", 6).rank


def test_a_verdict_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        verdict("DELIVERED", 5).rank = 9  # type: ignore[misc]


def test_group_ids_have_their_names() -> None:
    assert [group_of(id) for id in range(-1, 7)] == [
        None,
        "ACCEPTED",
        "PENDING",
        "UNDELIVERABLE",
        "DELIVERED",
        "EXPIRED",
        "REJECTED",
        None,
    ]
    assert [error_group_of(id) for id in range(5)] == [
        "OK",
        "HANDSET_ERRORS",
        "USER_ERRORS",
        "OPERATOR_ERRORS",
        None,
    ]
