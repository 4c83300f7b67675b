import json
from collections import Counter
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.misc import formatLang

from .. import backtest
from ..intervals import get_newcombe, get_wilson
from ..models.base.actions import list_records
from ..models.base.calls import on_one
from ..models.decision.reasons import get_check_name, get_check_names

RESULTS = (backtest.PASSED, backtest.BLOCKED, backtest.UNKNOWN)
# Blocked, and by no other check.
ALONE = "alone"


class CrmQualificationBacktest(models.TransientModel):
    """Shows what a profile would have made of the deals of a period.

    Managers only, as the profiles are; each number opens the deals that it counts.
    """

    _name = "crm.qualification.backtest"
    _description = "Profile Tried on History"

    profile_id = fields.Many2one(
        "crm.qualification.profile", required=True, readonly=True, ondelete="cascade"
    )
    enforcement = fields.Selection(related="profile_id.enforcement")
    state = fields.Selection(related="profile_id.state")
    date_from = fields.Date(
        string="Closed From",
        required=True,
        default=lambda self: fields.Date.subtract(fields.Date.today(), years=1),
        help="Deals that were won or lost from this day on.",
    )
    date_to = fields.Date(
        string="Closed Until",
        required=True,
        default=fields.Date.context_today,
        help="Deals that were won or lost until this day.",
    )
    # text: of JSON the field would make a deep copy each time that it is read
    pasts = fields.Text(
        compute="_compute_pasts",
        store=True,
        # collected once: what is tried in the form is judged by what is stored
        readonly=False,
        # the user's own access to leads counts
        compute_sudo=False,
        help="What ``crm.qualification.profile._collect_pasts`` gave, as JSON.",
    )
    tried = fields.Json(
        help="What is tried that the profile does not say; see "
        "``crm.qualification.profile._change_content``."
    )
    history = fields.Json(
        compute="_compute_history",
        store=True,
        compute_sudo=False,
        help="What ``crm.qualification.profile._judge_pasts`` gave.",
    )
    # The profile with what is tried, as JSON. No help: as below.
    policy = fields.Json(compute="_compute_policy", compute_sudo=False)
    # The numbers of the table: totals and checks, each by won and lost, each of these
    # by passed, blocked, unknown, and blocked by it alone. No help: without a label it
    # would be the table's tip.
    result = fields.Json(compute="_compute_result", compute_sudo=False)
    summary = fields.Char(compute="_compute_result", compute_sudo=False)
    cost = fields.Text(
        compute="_compute_result",
        compute_sudo=False,
        help="What refusing would have cost on these deals.",
    )
    is_by_stage = fields.Boolean(compute="_compute_result", compute_sudo=False)

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        if any(trial.date_from > trial.date_to for trial in self):
            raise ValidationError(
                self.env._("The period ends before it begins: change one of its days.")
            )

    @api.depends("profile_id", "date_from", "date_to")
    def _compute_pasts(self):
        for trial in self:
            days = (trial.date_from, trial.date_to)
            pasts = all(days) and trial.profile_id._collect_pasts(*days)
            trial.pasts = json.dumps(pasts)

    @api.depends("pasts", "tried")
    def _compute_history(self):
        for trial in self:
            pasts = json.loads(trial.pasts or "false")
            profile = trial.profile_id
            trial.history = pasts and profile._judge_pasts(pasts, trial.tried)

    @api.depends("profile_id", "tried")
    def _compute_policy(self):
        for trial in self:
            trial.policy = trial.profile_id._change_content(trial.tried or {})

    @api.depends("history")
    def _compute_result(self):
        for trial in self:
            history = trial.history or {"deals": [], "is_cut": False}
            counts = Counter()
            for _lead_id, is_won, results in history["deals"]:
                counts[is_won, None, backtest.get_outcome(results)] += 1
                counts.update((is_won, key, result) for key, result in results.items())
                if alone := backtest.get_alone(results):
                    counts[is_won, alone, ALONE] += 1
            found = dict.fromkeys(
                key
                for _lead_id, _is_won, results in history["deals"]
                for key, result in results.items()
                if result in RESULTS
            )
            # in the order of the gate, which the stored JSON doesn't keep
            names = get_check_names(trial.env)
            keys = dict.fromkeys([*(key for key in names if key in found), *found])
            trial.result = {
                "totals": trial._get_row(counts, None),
                "checks": [
                    trial._get_row(counts, key)
                    | {"key": key, "name": names.get(key, key)}
                    for key in keys
                ],
                "is_cut": history["is_cut"],
            }
            trial.summary = trial._describe(trial.result["totals"])
            trial.cost = trial._describe_cost(trial.result["totals"])
            trial.is_by_stage = bool(trial.profile_id._get_policy().stages)

    @on_one
    def action_enforce(self):
        """Turn the gate on: from now on leads that don't qualify are refused."""
        self.profile_id.action_enforce()
        return {"type": "ir.actions.act_window_close"}

    @on_one
    def action_keep(self):
        """Make what is tried the profile's draft, or part of it if it is one; open it.

        :raise AccessError: the user may not change profiles
        :raise UserError: there is a draft already; or what is wrong with it
        """
        profile = self.profile_id
        content = profile._change_content(self.tried or {})
        if profile.state == "draft":
            profile.apply_policy(content)
            return profile._get_records_action()
        profile._check_published()
        if profile.draft_ids:
            raise UserError(
                self.env._(
                    "There is a draft of “%s” already, which would be lost: publish or "
                    "discard it, or try the changes on it.",
                    profile.name,
                )
            )
        return profile._make_draft(content, profile)._get_records_action()

    @on_one
    def action_open_deals(self, is_won, result=None, key=None):
        """Open the opportunities behind a number.

        :param bool is_won: the won ones, else the lost ones
        :param str result: passed, blocked or unknown; alone: blocked by no other check;
            None: all of them
        :param str key: of the check that gave the result; None: all checks together
        :raise UserError: there is no such result or check
        """
        known = (None, *RESULTS, ALONE) if key else (None, *RESULTS)
        if result not in known or not isinstance(key, str | None):
            raise UserError(
                self.env._("There is no such number: open one of those in the table.")
            )
        ids = [
            lead_id
            for lead_id, won, results in (self.history or {"deals": []})["deals"]
            if won == is_won
            and (
                backtest.get_alone(results) == key
                if result == ALONE
                else result
                in (None, results.get(key) if key else backtest.get_outcome(results))
            )
        ]
        deals = self.env["crm.lead"].browse(ids)
        return list_records(deals, self._get_title(is_won, result, key))

    def _get_row(self, counts, key):
        """Numbers of one check, or of all together.

        :param Counter counts: by (is won, check's key or None, result)
        """
        return {
            name: {result: counts[is_won, key, result] for result in (*RESULTS, ALONE)}
            for name, is_won in (("won", True), ("lost", False))
        }

    def _get_title(self, is_won, result, key):
        status = self.env._("Won") if is_won else self.env._("Lost")
        words = {
            backtest.PASSED: self.env._("would have passed"),
            backtest.BLOCKED: self.env._("would have been blocked"),
            backtest.UNKNOWN: self.env._("unknown"),
            ALONE: self.env._("would have been blocked by this alone"),
        }
        parts = [status, words.get(result), key and get_check_name(self.env, key)]
        return ", ".join(part for part in parts if part)

    def _describe(self, totals):
        """The totals in one sentence."""
        won, lost = totals["won"], totals["lost"]
        numbers = {
            "won": sum(won.values()),
            "lost": sum(lost.values()),
            "blocked_won": won[backtest.BLOCKED],
            "blocked_lost": lost[backtest.BLOCKED],
            "unknown": won[backtest.UNKNOWN] + lost[backtest.UNKNOWN],
        }
        if not numbers["won"] + numbers["lost"]:
            return self.env._(
                "No opportunity of this profile was won or lost in this period."
            )
        if numbers["unknown"]:
            return self.env._(
                "This profile would have blocked %(blocked_won)s of %(won)s won and "
                "%(blocked_lost)s of %(lost)s lost deals; of %(unknown)s too little is "
                "known to tell.",
                **numbers,
            )
        return self.env._(
            "This profile would have blocked %(blocked_won)s of %(won)s won and "
            "%(blocked_lost)s of %(lost)s lost deals.",
            **numbers,
        )

    def _describe_cost(self, totals):
        """What refusing costs, in sentences; empty where nothing would be blocked.

        The break-even is what a win may bring, in costs of working a lead.
        """
        (won, number), passed = (
            (totals["won"][result], totals["won"][result] + totals["lost"][result])
            for result in (backtest.BLOCKED, backtest.PASSED)
        )
        if not number:
            return ""
        tell = partial(formatLang, self.env, digits=1)
        rates = self.env._(
            "Won of the blocked: %(blocked)s; of those that passed: %(passed)s.",
            blocked=self._describe_rate(won, number),
            passed=self._describe_rate(*passed),
        )
        low, high = get_newcombe(*passed, won, number)
        if passed[1]:
            rates += " " + self.env._(
                "Those that passed are ahead by %(low)s to %(high)s points.",
                low=tell(100 * low),
                high=tell(100 * high),
            )
        if passed[1] and low <= 0 <= high:
            rates += " " + self.env._("That may be chance.")
        low, high = get_wilson(won, number)
        if won:
            pays = self.env._(
                "Refusing the blocked pays where a win brings less than %(times)s "
                "times what working a lead costs (%(low)s to %(high)s times).",
                times=tell(number / won),
                low=tell(1 / high),
                high=tell(1 / low),
            )
        else:
            pays = self.env._(
                "None of the blocked was won: refusing them pays at least where a win "
                "brings less than %s times what working a lead costs.",
                tell(1 / high),
            )
        caveat = self.env._(
            "Ranges are 95 % intervals. Only what came in is counted: how refused "
            "leads would have ended nobody knows. A profile that was tuned on these "
            "deals is judged here on the same ones, and looks better than it will on "
            "others."
        )
        return "\n".join([rates, pays, caveat])

    def _describe_rate(self, part, whole):
        rates = (part / (whole or 1), *get_wilson(part, whole))
        rate, low, high = (formatLang(self.env, 100 * r, digits=1) for r in rates)
        if not whole:
            return self.env._("there are none")
        return self.env._(
            "%(part)s of %(whole)s, %(rate)s %% (%(low)s to %(high)s %%)",
            part=part,
            whole=whole,
            rate=rate,
            low=low,
            high=high,
        )
