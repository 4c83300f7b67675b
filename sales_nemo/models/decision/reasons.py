"""The words for the gate's reasons: one line each, that a rep can act on.

``gate.py`` knows codes and values only; here they become sentences in the language
of whoever reads them.
"""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from odoo.tools.misc import format_date
from odoo.tools.translate import LazyTranslate

from ...facts import Facts
from ...gate import Check
from ...policy import Policy
from ..policy.policy_content import NEEDLESS_STOP, write_number

_lt = LazyTranslate(__name__)

CHECK_NAMES = {
    "reachable": _lt("Reachable"),
    "contacted": _lt("Contacted"),
    "needs_known": _lt("Needs known"),
    "committed": _lt("Committed"),
    "criteria_met": _lt("Criteria met"),
    "not_disqualified": _lt("Not disqualified"),
}

REASONS = {
    "reachable": _lt("A person and a way to reach them are known."),
    "no_address": _lt("Add an e-mail address or a phone number."),
    "no_person": _lt("Add the name of a person to talk to."),
    "unreachable": _lt("Add a person and an e-mail address or a phone number."),
    "wrong_number": _lt("%(number)s is a wrong number, as we learned on %(day)s."),
    "contact_none": _lt("Nobody has been in touch yet: write or call."),
    "contact_outbound": _lt(
        "No reply yet: we wrote or called, last on %(date)s. Get an answer, or log "
        "the call in which you reached them."
    ),
    "contact_inbound": _lt("They wrote on %(date)s and wait for our answer."),
    "contact_unattended": _lt(
        "A meeting was held on %(unattended)s, but nobody from outside was invited: "
        "who took part?"
    ),
    "contact_old": _lt("The last contact was on %(date)s: get in touch again."),
    "contacted_outbound": _lt("We wrote or called, last on %(date)s."),
    "contacted_inbound": _lt("They wrote to us, last on %(date)s."),
    "contacted_two_way": _lt("In touch both ways, last on %(date)s."),
    "needs": _lt("Needs confirmed by the customer: %(count)s."),
    "needs_suspected": _lt(
        "Needs confirmed by the customer: %(count)s of %(required)s. Ask about the "
        "suspected ones (%(suspected)s)."
    ),
    "needs_missing": _lt(
        "Needs confirmed by the customer: %(count)s of %(required)s. Find out what "
        "they want solved."
    ),
    "commitments": _lt("Commitments of the buyer, open or kept: %(count)s."),
    "commitments_missing": _lt(
        "Commitments of the buyer: %(count)s of %(required)s. Agree on a next step "
        "that the buyer takes."
    ),
    "commitments_broken": _lt(
        "Commitments of the buyer, open or kept: %(count)s of %(required)s; others "
        "were broken. Agree on a new next step."
    ),
    "commitments_overdue": _lt(
        "Commitments past their date: %(overdue)s. Ask whether they were kept."
    ),
    "criteria": _lt("What is required of the criteria is there; score %(score)s %%."),
    "criteria_missing": _lt("Must be met: %(names)s."),
    "criteria_unknown": _lt("Must be known: %(unknown_names)s."),
    "score": _lt("The score is %(score)s %%; no criterion is required."),
    "score_low": _lt("The score is %(score)s %%, at least %(required)s %% are needed."),
    "disqualified": _lt("Ruled out by: %(names)s."),
    "not_disqualified": _lt("No answer rules this lead out."),
}

# What may be missing, as lists and the home page tell it: codes of checks, or of their
# reasons where these are told apart.
MISSING = {
    "contact_none": _lt("First contact"),
    "contact_outbound": _lt("Reply"),
    "contact_inbound": _lt("Our answer"),
    "reachable": _lt("Person or address"),
    "needs_known": _lt("Need"),
    "committed": _lt("Commitment"),
    "criteria_missing": _lt("Required criteria"),
    "criteria_unknown": _lt("Required answers"),
    "score": _lt("Points"),
    "disqualified": _lt("Disqualified"),
}
# Codes that say the same as others beside them.
UNNAMED = sorted({*CHECK_NAMES, *REASONS} - MISSING.keys())
# What one check misses is one thing, whatever it is made of.
TOGETHER = dict.fromkeys(("criteria_missing", "criteria_unknown", "score"), "criteria")
# Reasons that are kept by other codes than their own.
KEPT = {"score_low": "score"}
# Reasons that the log has from before 19.0.1.7.0.
FORMER = {"criteria_and_score": "criteria_missing score_low"}


def get_failed_codes(failed: Iterable[Check]) -> str:
    """What failed: codes of checks and of their reasons, with blanks between them."""
    codes = []
    for check in failed:
        codes.append(check.key)
        for code in get_codes(check.reason):
            codes.append(KEPT.get(code, code))
    return " ".join(codes)


@lru_cache
def get_codes(reason) -> tuple[str, ...]:
    """The codes that a reason consists of; none where it is another addon's text."""
    codes = tuple(FORMER.get(reason, reason).split())
    return codes if REASONS.keys() >= {*codes} else ()


def get_missing_name(env, code) -> str:
    """What is missing, in the user's language.

    :param str code: key of ``MISSING``, or of another addon's check
    """
    return env._(MISSING[code]) if code in MISSING else get_check_name(env, code)


def get_missing_names(env) -> list[tuple[str, str]]:
    """All that may be missing, as a selection; other addons' checks included."""
    others = [key for key in get_check_names(env) if key not in CHECK_NAMES]
    return [(code, get_missing_name(env, code)) for code in (*MISSING, *others)]


def get_check_names(env) -> dict[str, str]:
    """The names of all checks in the user's language, in the gate's order.

    Each check says its own, whatever it is asked about.
    """
    nothing, policy = Facts(today=date.min), Policy()
    functions = env["crm.qualification.profile"]._get_gate_checks()
    checks = [check(nothing, policy) for check in functions]
    return {
        check.key: env._(check.name or CHECK_NAMES.get(check.key, check.key))
        for check in checks
    }


def get_check_name(env, key) -> str:
    """The name of a check in the user's language; its key where there is no such check.

    :param key: of the check; a client's may be no text
    """
    if not isinstance(key, str):
        return str(key)
    ours = CHECK_NAMES.get(key)
    return env._(ours) if ours else get_check_names(env).get(key, key)


def explain(env, check: Check) -> dict:
    """A check in words.

    :param env: environment whose language is used
    :return: ``{"key", "name", "state", "reason"}``, all text. A code that is not ours
        is another addon's and taken as its text.
    """
    values = {
        name: (write_number if isinstance(value, float) else _to_text)(env, value)
        for name, value in check.values.items()
    }
    # what is stored of the check is its reason: such a meeting is only noticed live
    is_unattended = "unattended" in check.values
    codes = get_codes("contact_unattended" if is_unattended else check.reason)
    text = " ".join(map(env._, map(REASONS.get, codes))) % values
    return {
        "key": check.key,
        "name": env._(check.name) if check.name else get_check_name(env, check.key),
        "state": check.state,
        "reason": NEEDLESS_STOP.sub("", text) or check.reason,
    }


def _to_text(env, value) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(str(item) for item in value)
    if hasattr(value, "isoformat"):
        try:
            # a moment in the reader's zone
            return format_date(env, value)
        except OverflowError:
            # clients store the first and the last day, which no other zone has
            return format_date(env, value.date())
    return str(value or 0)
