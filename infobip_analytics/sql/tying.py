"""The rules that tie campaign events to one message.

Events that no id and no send time ties go to the nearest open send: in order of time sends are
opening brackets and final rows closing ones, and the depth of nesting says which belong together.
Where a pair may be forbidden, that depth is only nearly right, and `in_doubt` counts those rows.
"""

from infobip_analytics.sql.steps import Step

_WHO = "PARTITION BY campaign, action, who"
_LINE = "ORDER BY in_line, is_final, row_id"


def tying_steps() -> list[Step]:
    """Steps from `attempts` to `partners`, which has for each row the send that it belongs to."""
    return [_certain(), _neighbours(), _companions(), _rivals(), _brackets(), _partners()]


def _certain() -> Step:
    attempt = f"PARTITION BY attempt {_LINE}"
    own = """CASE
          WHEN is_final THEN NULL
          WHEN message_id IS NOT NULL THEN 'id ' || message_id
          WHEN sent_timestamp IS NOT NULL THEN 'attempt ' || attempt
          ELSE 'row ' || row_id
        END AS own_key"""
    return Step(
        "certain",
        "rules 1 and 2: the same message id, else the same attempt",
        f"""\
  SELECT *,
    CASE
      WHEN NOT is_final THEN own_key
      WHEN id_key IS NOT NULL THEN id_key
      WHEN sent_timestamp IS NULL THEN NULL
      WHEN message_id IS NULL THEN attempt_key
      ELSE nameless_key
    END AS sure_key
  FROM (
    SELECT *,
      MAX(CASE WHEN is_open AND message_id IS NOT NULL THEN own_key END)
        OVER (PARTITION BY COALESCE('id ' || message_id, row_id)) AS id_key,
      LAST_VALUE(CASE WHEN is_open THEN own_key END IGNORE NULLS) OVER (
        {attempt} ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS attempt_key,
      MAX(CASE WHEN is_open AND message_id IS NULL THEN own_key END)
        OVER (PARTITION BY attempt) AS nameless_key
    FROM (
      SELECT *,
        {own}
      FROM attempts
    ) AS owned
  ) AS matched""",
    )


def _neighbours() -> Step:
    recipient = "PARTITION BY campaign, action, COALESCE(recipient, row_id)"
    rival = "(is_open OR (is_final AND sure_key IS NULL))"
    return Step(
        "neighbours",
        "rule 3 is by customer, where both rows have one, else by recipient; when a send got its "
        "first final row, and whether two sends are one message",
        f"""\
  SELECT *,
    is_final AND sure_key IS NULL AS is_loose,
    COALESCE(
      MAX(CASE WHEN is_open THEN customer END) OVER ({recipient}),
      MAX(CASE WHEN {rival} THEN customer END) OVER ({recipient})
    ) AS neighbour,
    recipient IS NOT NULL
      AND COUNT(CASE WHEN {rival} AND customer IS NULL THEN 1 END) OVER ({recipient}) > 0
      AND COUNT(CASE WHEN {rival} THEN customer END) OVER ({recipient}) > 0
      AND COUNT(CASE WHEN is_final AND sure_key IS NULL THEN 1 END) OVER ({recipient}) > 0
      AS is_mixed,
    MIN(CASE WHEN is_final THEN happened END)
      OVER (PARTITION BY COALESCE(sure_key, row_id)) AS ended,
    COUNT(CASE WHEN is_open THEN 1 END)
      OVER (PARTITION BY COALESCE(sure_key, row_id)) AS n_open
  FROM certain""",
    )


def _companions() -> Step:
    group = "PARTITION BY campaign, action, who"
    return Step(
        "companions",
        "how many sends each row might belong to, and how many of them say an id or a time",
        f"""\
  SELECT *,
    COUNT(CASE WHEN is_open THEN 1 END) OVER ({group}) AS n_sends,
    COUNT(CASE WHEN is_open THEN message_id END) OVER ({group}) AS n_named,
    COUNT(CASE WHEN is_open THEN sent_timestamp END) OVER ({group}) AS n_timed,
    COUNT(CASE WHEN is_open THEN 1 END) OVER ({group}, sent_timestamp) AS n_same_time
  FROM (
    SELECT *,
      COALESCE(
        'customer ' || customer,
        CASE WHEN is_mixed THEN 'customer ' || neighbour END,
        'recipient ' || recipient,
        'row ' || row_id
      ) AS who
    FROM neighbours
  ) AS with_who""",
    )


def _rivals() -> Step:
    return Step(
        "rivals",
        "1 opens, -1 closes a bracket. A final row whose id or time no send can have is an orphan; "
        "a send that has its final row by rule 1 or 2 is closed already",
        f"""\
  SELECT *,
    bracket = -1 AND (
      MAX(CASE WHEN is_mixed AND (is_open OR bracket <> 0) THEN 1 ELSE 0 END) OVER ({_WHO}) = 1
      OR COUNT(CASE WHEN is_open AND ended IS NULL AND n_open > 1 THEN 1 END) OVER ({_WHO}) > 0
      OR COALESCE(MAX(CASE WHEN is_open THEN ended END) OVER ({_WHO})
        > MIN(CASE WHEN bracket = -1 THEN happened END) OVER ({_WHO}), FALSE)
      OR (n_named > 0
        AND COUNT(CASE WHEN bracket = -1 THEN message_id END) OVER ({_WHO}) > 0)
      OR (n_timed > 0
        AND COUNT(CASE WHEN bracket = -1 THEN sent_timestamp END) OVER ({_WHO}) > 0)
    ) AS is_doubtful
  FROM (
    SELECT *,
      CASE
        WHEN is_open AND ended IS NULL THEN 1
        WHEN NOT is_loose THEN 0
        WHEN is_mixed THEN -1
        WHEN n_sends = 0 THEN 0
        WHEN message_id IS NOT NULL AND n_named = n_sends THEN 0
        WHEN sent_timestamp IS NOT NULL AND n_timed = n_sends AND n_same_time = 0 THEN 0
        ELSE -1
      END AS bracket
    FROM companions
  ) AS opened""",
    )


def _brackets() -> Step:
    so_far = f"{_WHO} {_LINE} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
    return Step(
        "brackets",
        "how deep each bracket is nested, and the latest send so far",
        f"""\
  SELECT *,
    SUM(bracket) OVER ({so_far}) + CASE WHEN is_final THEN 1 ELSE 0 END AS depth,
    LAST_VALUE(CASE WHEN is_open THEN sure_key END IGNORE NULLS) OVER ({so_far}) AS latest_key,
    LAST_VALUE(CASE WHEN is_open THEN happened END IGNORE NULLS) OVER ({so_far}) AS latest
  FROM rivals""",
    )


def _partners() -> Step:
    level = f"{_WHO}, bracket <> 0, depth {_LINE}"
    return Step(
        "partners",
        "the bracket before it at the same depth, which it closes if that one opens",
        f"""\
  SELECT *,
    LAG(CASE WHEN bracket = 1 THEN sure_key END) OVER ({level}) AS partner_key,
    LAG(CASE WHEN bracket = 1 THEN happened END) OVER ({level}) AS partner
  FROM brackets""",
    )
