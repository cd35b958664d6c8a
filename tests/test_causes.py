"""What the causes of codes promise: advice that is whole, and that contradicts itself nowhere."""

from collections import Counter

import pytest

from infobip_analytics import explain
from infobip_analytics.codes.meanings import PERMANENT_MEANS, coded_rows, meaning_of
from infobip_analytics.reference import FOLDER, rows

Row = dict[str, str]

CAUSES = {row["cause"]: row for row in rows("causes")}
CODES = coded_rows()
ERRORS = rows("errors")

WHO = {"list", "content", "account", "operator", "infobip", "nobody"}
DOCUMENTED = [
    *("kind", "channel", "id", "name", "group", "permanent", "description"),
    *("who", "action", "retry", "suppress", "source", "note"),
]
HOW_MANY = (" 2 ", " 3 ", " 5 ")


def name_of(row: Row) -> str:
    return f"{row['kind']}-{row['channel']}-{row['id']}-{row['name'] or 'nameless'}"


every_cause = pytest.mark.parametrize("cause", CAUSES.values(), ids=list(CAUSES))
every_code = pytest.mark.parametrize("row", CODES, ids=name_of)


def note_of(table: str, id: str, **others: str) -> str:
    """The note of the one row that fits."""
    asked = {"id": id, **others}.items()
    (row,) = [row for row in rows(table) if asked <= row.items()]
    return row["note"]


def test_every_cause_exists_and_is_used() -> None:
    assert {row["cause"] for row in CODES} == set(CAUSES)


@every_cause
def test_a_cause_keeps_to_the_words_that_there_are(cause: Row) -> None:
    assert cause["who"] in WHO
    assert cause["retry"] in {"no", "later", "after fix"}
    assert cause["suppress"] in {"yes", "after repeats", "no"}
    assert cause["cause"] == cause["cause"].lower().replace(" ", "_")


@every_cause
def test_sentences_end_with_a_full_stop_and_phrases_do_not(cause: Row) -> None:
    assert all(cause[column].endswith(".") for column in ("act", "why"))
    assert not any(cause[column].endswith(".") for column in ("title", "when", "evidence"))
    assert cause["title"][0].isupper()


@every_cause
def test_who_shall_send_again_is_told_when_and_nobody_else(cause: Row) -> None:
    assert bool(cause["when"]) == (cause["retry"] != "no")


@every_cause
def test_a_repeat_after_a_fix_waits_for_something_to_be_done(cause: Row) -> None:
    assert cause["when"].startswith("once ") or cause["retry"] != "after fix"


@every_cause
def test_what_may_have_arrived_is_not_sent_again_at_once(cause: Row) -> None:
    if "twice" in cause["why"]:
        assert cause["retry"] == "no" or "after the validity period has ended" in cause["when"]


@every_cause
def test_a_number_is_left_out_for_a_reason_and_after_a_number_of_failures(cause: Row) -> None:
    if cause["suppress"] == "yes":
        assert cause["why"].startswith("One ")
    if cause["suppress"] == "after repeats":
        assert "Leave" in cause["why"]
        assert any(number in cause["why"] for number in HOW_MANY)


@every_cause
def test_whom_support_can_help_is_told_what_to_send(cause: Row) -> None:
    if cause["who"] in {"account", "operator", "infobip"} or "Support" in cause["act"]:
        assert cause["evidence"]


@every_cause
def test_a_number_is_suppressed_at_once_only_where_the_list_is_at_fault(cause: Row) -> None:
    if cause["suppress"] == "yes":
        assert cause["who"] == "list"
        assert cause["retry"] != "later"


@every_cause
def test_text_account_and_infobip_never_speak_against_a_number(cause: Row) -> None:
    if cause["who"] in {"content", "account", "infobip"}:
        assert cause["suppress"] == "no"


@every_code
def test_a_contradiction_is_said_in_the_note(row: Row) -> None:
    one = meaning_of(row)
    flags = {row.get(f"permanent{edition}", "") for edition in ("", "_2015", "_2022")} - {""}
    contradictions = {
        "permanent, yet sent again": one.permanent is True and one.retry == "later",
        "not permanent, yet left out": one.permanent is False and one.suppress == "yes",
        "the flag changed": len(flags) > 1,
        "temporary by name": one.permanent is True and "TEMPORARY" in str(one.name),
    }
    assert one.note or not any(contradictions.values()), contradictions


@every_code
def test_what_is_delivered_or_pending_needs_nobody(row: Row) -> None:
    if row.get("outcome") in {"delivered", "pending"}:
        one = meaning_of(row)
        assert (one.who, one.retry, one.suppress) == ("nobody", "no", "no")


@every_code
def test_a_meaning_has_what_its_cause_says(row: Row) -> None:
    one, cause = meaning_of(row), CAUSES[row["cause"]]
    assert one.cause == row["cause"]
    assert (one.cause_title, one.who, one.retry) == (cause["title"], cause["who"], cause["retry"])
    assert (one.when or "", one.evidence or "") == (cause["when"], cause["evidence"])
    assert one.why == f"{row['reason']} {cause['why']}".strip()


def test_the_documented_keys_come_first_and_in_their_order() -> None:
    keys = list(explain(5).to_dict()["meanings"][0])
    assert keys[:13] == DOCUMENTED
    assert set(keys[13:]) >= {"advice", "cause", "cause_title", "when", "why", "evidence"}


def test_the_readme_says_what_the_flag_means_in_the_same_words() -> None:
    with open(f"{FOLDER}/README.md", encoding="utf-8") as file:
        assert PERMANENT_MEANS in " ".join(file.read().split())


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("EC_UNKNOWN_SUBSCRIBER", "number_unknown"),
        ("EC_UNIDENTIFIED_SUBSCRIBER", "number_unidentified"),
        ("EC_ABSENT_SUBSCRIBER", "handset_absent"),
        ("EC_TEMPORARY_HANDSET_FAILURE", "handset_trouble"),
        ("EC_CONTENT_BLOCKED", "opted_out"),  # in spite of its name
        ("EC_INVALIDMSCADDRESS", "content_blocked"),  # in spite of its name
        ("EC_NO_RESPONSE", "no_answer"),
        ("EC_HEADER_SUSPENDED_DUE_TO_USAGE", "limit"),  # of its volume, not its registration
        ("EC_TEMPLATE_SUSPENDED_DUE_TO_USAGE", "limit"),
        ("EC_BEARER_SERVICE_NOT_PROVISIONED", "sms_not_possible"),
        ("EC_TELESERVICE_NOT_PROVISIONED", "sms_not_possible"),
        ("EC_ILLEGAL_EQUIPMENT", "recipient_suspended"),
        ("EC_CALL_BARRED", "recipient_suspended"),
        ("EC_DESTINATION_BLOCKED_BY_OPERATOR", "recipient_suspended"),
        ("EC_USER_OUT_OF_CREDIT", "recipient_credit"),
        ("EXPIRED_DLR_UNKNOWN", "report_missing"),
        ("REJECTED_DND", "opted_out"),
        ("REJECTED_NOT_ENOUGH_CREDITS", "balance"),
        ("NO_ERROR", "none"),
        ("DELIVERED_TO_HANDSET", "delivered"),
    ],
)
def test_telling_codes_have_the_right_cause(code: str, cause: str) -> None:
    assert [one.cause for one in explain(code)] == [cause]


def test_what_only_the_recipient_can_settle_asks_nobody_else_to_act() -> None:
    for code in ("EC_ILLEGAL_EQUIPMENT", "EC_CALL_BARRED", "EC_DESTINATION_BLOCKED_BY_OPERATOR"):
        (one,) = explain(code)
        assert (one.who, one.retry, one.suppress) == ("nobody", "later", "after repeats")


@pytest.mark.parametrize(
    ("code", "kind", "action"),
    [
        ("21", "error", "The recipient can restart or update the phone."),
        ("14", "status", "Remove the number from the block list."),
        ("11", "smpp_command", "Correct the number."),
        ("14", "smpp_command", "Check the credentials."),
    ],
)
def test_infobips_advice_is_told_without_ours_which_is_a_reason(
    code: str, kind: str, action: str
) -> None:
    mine = [row for row in CODES if (row["id"], row["kind"]) == (code, kind)]
    for row in mine:
        assert (row["advice"], row["action"]) == ("documented", action)
        assert row["reason"]
        assert row["reason"] in meaning_of(row).why


@every_code
def test_a_group_decides_only_between_rows_that_there_are(row: Row) -> None:
    rivals = [one for one in CODES if (one["kind"], one["id"]) == (row["kind"], row["id"])]
    assert len(rivals) > 1 or "the row decides" not in row["note"]


@pytest.mark.parametrize(
    ("table", "key", "words"),
    [
        ("errors", {"id": "628"}, "flagged permanent although the name says temporary"),
        ("errors", {"id": "5"}, "not permanent although a bad number is the usual cause"),
        ("errors", {"id": "579"}, "(group 2); a published payload carries it with group 3"),
        ("errors", {"id": "2051"}, "the name is about an address, the description about blocked"),
        ("errors", {"id": "375"}, "the name blames the source, Infobip's text calls it the recip"),
        ("errors", {"id": "4102", "group": "USER_ERRORS"}, "lists it twice, under USER_ERRORS and"),
        ("errors", {"id": "4102", "group": "OPERATOR_ERRORS"}, "false in 2015, true since"),
        ("errors", {"id": "0"}, "Rejected and undelivered messages often carry error 0 too"),
        ("errors", {"id": "1024"}, "0x400"),
        ("errors", {"id": "1153"}, "1153+0+0+0"),
        ("errors", {"id": "72"}, "Gone from Infobip's present table"),
        ("errors", {"id": "511"}, "Gone from Infobip's present table"),
        ("statuses", {"id": "87", "group": "EXPIRED"}, "three meanings"),
        ("statuses", {"id": "87", "group": "REJECTED", "channel": "sms"}, "EXPIRED is charged"),
        ("statuses", {"id": "87", "channel": "voice"}, "three meanings"),
        ("statuses", {"id": "29"}, "Missing information, no proven failure"),
        ("statuses", {"id": "14", "name": "REJECTED_DESTINATION"}, "now belongs to id 52"),
        ("statuses", {"id": "52"}, "the name belonged to id 14"),
        ("smpp_errors", {"id": "12"}, "differs from the standard"),
        ("smpp_errors", {"id": "255"}, "differs from the standard"),
    ],
)
def test_where_facts_clash_the_note_says_how(table: str, key: Row, words: str) -> None:
    assert words in note_of(table, **key)


CHANGED = {"35", "36", "71", "255", "4097", "10", "51", "4102"}


@pytest.mark.parametrize(
    "row", [row for row in ERRORS if row["id"] in CHANGED], ids=lambda r: r["id"]
)
def test_a_flag_that_changed_is_told_with_both_values(row: Row) -> None:
    assert row["permanent"] != row["permanent_2015"]
    assert f"{row['permanent_2015']} in 2015" in row["note"]


def test_no_other_flag_changed() -> None:
    for row in ERRORS:
        assert row["permanent_2022"] in {"", row["permanent"]}, row
        assert row["permanent_2015"] in {"", row["permanent"]} or row["id"] in CHANGED, row


def test_the_flags_are_as_many_as_the_page_of_2026_has() -> None:
    flags = {(row["id"], row["permanent"]) for row in ERRORS if row["channel"] == "sms"}
    legacy = {("72", "true"), ("511", "false")}
    assert Counter(flag for _, flag in flags - legacy) == {"true": 62, "false": 83}


@pytest.mark.parametrize(
    ("spelling", "kind", "id"),
    [
        ("EC_SM_DF_memoryCapacityExceeded", "error", 256),
        ("EC_invalidPduFurmat", "error", 4096),
        ("EC_INVALIDPDUFORMAT", "error", 4096),
        ("EC_INVALID_PDU_FORMAT", "error", 4096),
        ("EC_Cancelled", "error", 4100),
        ("EC_CANCELLED", "error", 4100),
        ("EC_MESSAGE_CANCELED", "error", 4100),
        ("EC_ValidityExpired", "error", 4101),
        ("EC_VALIDITYEXPIRED", "error", 4101),
        ("EC_SOURCE_ADDRESS_BLACKLISTED", "error", 2053),
        ("EC_USSD_BUSY", "error", 72),
        ("EC_INITIATING_RELEASE", "error", 511),
        ("REJECTED_DESTINATION", "status", 14),
        ("REJECTED_DESTINATION", "status", 52),
        ("REJECTED_INVALID_DESTINATION", "status", 52),
        ("ENROUTE", "smpp_state", 1),
        ("DELIVRD", "smpp_state", 2),
        ("EXPIRED", "smpp_state", 3),
        ("DELETED", "smpp_state", 4),
        ("UNDELIV", "smpp_state", 5),
        ("ACCEPTD", "smpp_state", 6),
        ("UNKNOWN", "smpp_state", 7),
        ("REJECTD", "smpp_state", 8),
    ],
)
def test_a_spelling_of_any_year_is_known(spelling: str, kind: str, id: int) -> None:
    assert (kind, id) in [(one.kind, one.id) for one in explain(spelling)]


GENERAL = sorted({int(row["id"]) for row in ERRORS if row["channel"] == "sms"})


def test_receipts_can_carry_147_errors() -> None:
    assert len(GENERAL) == 147
    assert {GENERAL[0], GENERAL[-1]} == {0, 5492}


@pytest.mark.parametrize("id", GENERAL)
def test_the_err_of_a_receipt_is_found_in_hex_and_in_decimal(id: int) -> None:
    for written in (f"0x{id:04X}", f"0x{id:x}", str(id), f"{id:03d}"):
        assert ("error", id) in [(one.kind, one.id) for one in explain(written)], written


def test_no_cause_gathers_so_much_that_it_says_nothing() -> None:
    counted = Counter(row["cause"] for row in CODES)
    assert 20 <= len(CAUSES) <= 45
    assert max(counted.values()) <= len(CODES) / 4
