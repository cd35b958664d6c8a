"""What to know about the answer to a code as a whole: what decides, and how the code was read."""

from infobip_analytics.codes.groups import groups_named
from infobip_analytics.codes.lookup import agreeing, named
from infobip_analytics.codes.meanings import Meaning, with_id
from infobip_analytics.codes.nearest import called
from infobip_analytics.codes.other_channels import asked_elsewhere, told_elsewhere
from infobip_analytics.codes.ranking import Context, misfits, note_on
from infobip_analytics.codes.spelling import Asked
from infobip_analytics.codes.wording import printable
from infobip_analytics.reference import rows

SEARCHED = "statuses and errors of SMS and MMS, DLT codes of India, SMPP codes"


def remark_on(asked: Asked, meanings: tuple[Meaning, ...], context: Context) -> str:
    """What to know about the answer as a whole, in one paragraph; empty if nothing."""
    is_group = asked.number is None and groups_named(str(asked.name))
    known = (on_the_choice(meanings, context, asked), on_other_channels(meanings, context, asked))
    told = known if meanings or is_group else (on_the_unknown(asked),)
    sentences = (*told, on_the_form(asked))
    return " ".join(sentence for sentence in sentences if sentence)


def on_the_form(asked: Asked) -> str:
    """How the code was read, where that is not plain to see."""
    code, number = printable(asked.code), asked.number
    if number is None:
        return ""
    if asked.is_compound:
        return (
            f"{code} is a compound: its first number, {number}, is the code. "
            "What the numbers behind it mean is not documented; zeros are usual."
        )
    if asked.name is not None:
        return on_number_and_name(asked)
    if asked.is_hex:
        return f"{code} is {number} in decimal."
    return on_err_in_hex(asked) if "err:" in str(asked.code) else ""


def on_number_and_name(asked: Asked) -> str:
    """What becomes of the number's other meanings, or that number and name disagree."""
    number, name = asked.number or 0, str(asked.name)
    if not agreeing(asked):
        names = dict.fromkeys(one.name for one in with_id(number) if one.name)
        has = f"{number} is {' or '.join(names)}" if names else f"no Infobip table has {number}"
        return f"Number and name disagree: {has}, and the name is that of {called(named(name))}."
    others = len(with_id(number)) - len(agreeing(asked))
    more = {0: "", 1: f"{number} has 1 other meaning, of another name."}
    return more.get(others, f"{number} has {others} other meanings, of other names.")


def on_err_in_hex(asked: Asked) -> str:
    """What the error of a receipt would be in hex, as some SMPP clients write it unmarked."""
    digits = str(asked.code).rpartition("err:")[2].strip()
    try:
        number = int(digits, 16)
    except ValueError:
        return ""
    errors = [one for one in with_id(number) if one.kind == "error"]
    if not errors or number == asked.number:
        return ""
    return (
        f"The error is read as decimal; where a client writes it in hex, {digits} is "
        f"{errors[0].title}."
    )


def on_the_choice(meanings: tuple[Meaning, ...], context: Context, asked: Asked) -> str:
    """What decides between several meanings, or how many do not fit what is known."""
    if asked.state is not None:
        return "The state says what became of the message, the error why."
    if asked.number is not None and asked.name is not None and not agreeing(asked):
        return ""
    known = note_on(meanings, context)
    fitting = [one for one in meanings if not misfits(one, context)] or meanings
    if len({one.kind for one in fitting}) > 1:
        decides = (
            "Statuses, errors and SMPP codes are numbered apart: the field that the code came from "
            "decides."
        )
    elif len(fitting) > 1:
        decides = "The channel, the group and the name that came with the code decide."
    else:
        decides = ""
    return known or decides


def on_other_channels(meanings: tuple[Meaning, ...], context: Context, asked: Asked) -> str:
    """What a status is in another channel, where a status was asked for and ours are none."""
    others = asked_elsewhere(asked) if context.kind == "status" else []
    if not others or any(one.kind == "status" for one in meanings):
        return ""
    return f"{told_elsewhere(others)}."


def on_the_unknown(asked: Asked) -> str:
    """That no table has the code, and what is known of it nevertheless.

    Infobip's tables of other channels may have it: those are not here.
    """
    if others := asked_elsewhere(asked):
        searched = f"no table here has {printable(asked.code)} (searched: {SEARCHED})."
        return f"{searched} {told_elsewhere(others)}."
    unlisted = [row["note"] for row in rows("unlisted_codes") if row["code"] == str(asked.number)]
    return " ".join([f"no Infobip table has {printable(asked.code)} ({SEARCHED}).", *unlisted])
