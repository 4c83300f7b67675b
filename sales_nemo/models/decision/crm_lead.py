from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import MissingError

from ... import gate
from ...policy import GRADE_LETTERS
from ..base.qualification_checks_mixin import KEPT
from .reasons import get_failed_codes

# The grades: letters by score, numbers by the age of the last contact, and none.
GRADES = [
    *((f"{a}{n}", f"{a}{n}".upper()) for a, _least in GRADE_LETTERS for n in "1234"),
    (gate.NO_GRADE, "None"),
]
# What the fields have in common that keep the gate's verdict.
JUDGED = KEPT | {"compute": "_compute_qualification", "store": True}
# In whatever context facts are read.
NOT_WITHDRAWN = [("active", "=", True)]
FACTS = {"domain": NOT_WITHDRAWN, "groups": "base.group_user"}


class CrmLead(models.Model):
    """Leads collect facts, ask the gate, and keep its verdict.

    All that is created or written comes through the door here. ``_get_verdicts`` asks
    the gate about what ``crm_lead_facts.py`` reads. What then happens to a lead is
    decided in ``crm_lead_gate.py``; what its salesperson sees of it is in
    ``crm_lead_sheet.py``.
    """

    _name = "crm.lead"
    _inherit = [
        "crm.lead",
        "qualification.checks.mixin",
    ]

    _qualification_links = ("qualification_profile_id", "recycle_team_id")

    # stage, probability and archiving make it
    won_status = fields.Selection(written_by="code")
    # Facts
    qualification_answer_ids = fields.One2many(
        "crm.qualification.answer",
        "lead_id",
        string="Answers",
        **FACTS,
    )
    # with those that were withdrawn: from inverses without a domain Odoo tells what
    # follows from leads, of many at once instead of by a search for each
    qualification_all_answer_ids = fields.One2many(
        "crm.qualification.answer",
        "lead_id",
        string="All Answers",
        groups=fields.NO_ACCESS,
    )
    qualification_need_ids = fields.One2many(
        "crm.lead.need",
        "lead_id",
        string="Needs",
        **FACTS,
    )
    qualification_commitment_ids = fields.One2many(
        "crm.lead.commitment",
        "lead_id",
        string="Commitments",
        **FACTS,
    )
    qualification_role_ids = fields.One2many(
        "crm.lead.role",
        "lead_id",
        string="Roles in the Decision",
        help="Who decides, who is for us, who uses it, who is against it.",
        **FACTS,
    )
    # Verdict
    qualification_profile_id = fields.Many2one(
        "crm.qualification.profile",
        compute="_compute_qualification_profile_id",
        store=True,
        readonly=False,
        copy=False,
        ondelete="set null",
        groups="base.group_user",
        help="The first profile that matches this lead says what is asked. Only sales "
        "managers choose another one.",
        written_by="manager",
        old_rows="NULL",
    )
    qualification_profile_pinned = fields.Boolean(
        help="A manager chose the profile; matching leaves it alone.",
        **KEPT,
    )
    qualification_state = fields.Selection(
        [
            ("none", "Not judged"),
            ("blocked", "Blocked"),
            ("ready", "Ready"),
            ("qualified", "Passed"),
            ("overridden", "Overridden"),
            ("flagged", "Flagged"),
            ("disqualified", "Disqualified"),
        ],
        string="Qualification",
        help="Leads: blocked until all checks pass, then ready; disqualified when an "
        "answer rules them out.\nOpportunities: qualified, overridden by an approver, "
        "or flagged because they never passed.",
        **JUDGED | {"old_rows": "'none'"},
    )
    qualification_score = fields.Float(
        string="Score",
        aggregator="avg",
        help="Percent of the criteria's points that the answers earn.",
        **JUDGED | {"old_rows": "0"},
    )
    qualification_grade = fields.Selection(
        GRADES,
        string="Grade",
        help="Letter: share of the criteria's points, A from 75 %, B from 50 %, C from "
        "25 %, or as the profile learnt it from history.\nNumber: age of the last "
        "contact by the profile's limits, 4 also when there was none.\n"
        "None: no profile judges it.",
        **JUDGED | {"old_rows": "'none'"},
    )
    closing_values = fields.Json(
        help="What Odoo's predictive scoring counted when the record was won or lost.",
        **KEPT,
    )
    # Decision
    qualification_decision_id = fields.Many2one(
        "crm.qualification.decision",
        string="Decision",
        index="btree_not_null",
        ondelete="set null",
        help="How this opportunity came into the pipeline.",
        **KEPT,
    )
    qualification_decision_ids = fields.One2many(
        "crm.qualification.decision",
        "lead_id",
        string="Decisions",
        **KEPT,
    )
    qualification_deadline = fields.Date(
        help="Until when a flagged opportunity should pass.",
        **KEPT,
    )
    is_unjudged = fields.Boolean(
        help="It came into the pipeline when no profile matched it: the first one that "
        "does judges it.",
        **KEPT | {"old_rows": "FALSE"},
    )

    # ------------------------------------------------------------
    # COMPUTES
    # ------------------------------------------------------------

    @api.depends(
        lambda self: [
            "company_id",
            "team_id",
            "qualification_profile_pinned",
            *sorted(self.env["crm.qualification.profile"]._get_lead_field_paths()[0]),
        ]
    )
    def _compute_qualification_profile_id(self):
        free = self.filtered(lambda lead: not lead.qualification_profile_pinned)
        matched = self.env["crm.qualification.profile"]._match(free)
        for lead in free:
            lead.qualification_profile_id = matched[lead.id]

    @api.depends(lambda self: self._get_qualification_depends())
    def _compute_qualification(self):
        saved = self.filtered(lambda lead: isinstance(lead.id, int))
        judged = self.pool.field_computed[self._fields["qualification_grade"]]
        for lead in self - saved:
            for field in judged:
                lead[field.name] = lead._origin[field.name]
            lead.qualification_state = lead.qualification_state or "none"
            lead.qualification_grade = lead.qualification_grade or gate.NO_GRADE
        # the stored contact is right: it was read when it last changed
        contacts = {lead.id: lead._get_stored_contact() for lead in saved.sudo()}
        known = saved.sudo()._get_answers_by_criterion(values=False)
        facts_by_lead = saved._collect_facts(contacts, known)
        saved._set_verdicts(saved._get_verdicts(facts_by_lead))

    def _store_verdicts(self, verdicts):
        """Store what was judged just now: nobody is judged again for that.

        :param dict verdicts: as ``_get_verdicts`` gives them
        """
        stored = self.pool.field_computed[self._fields["qualification_grade"]]
        for field in stored:
            self.env.remove_to_compute(field, self)
        with self.env.protecting(stored, self):
            self._set_verdicts(verdicts)

    def _set_verdicts(self, verdicts):
        """Set what is stored of verdicts; only while these fields are protected.

        :param dict verdicts: as ``_get_verdicts`` gives them
        """
        steps = self._get_next_steps(verdicts)
        # set together what is the same, as of many new leads
        ids_by_values, rated = defaultdict(list), []
        for lead in self:
            _facts, verdict = verdicts.get(lead, (None, None))
            is_open = lead._peek_won_status() == "pending"
            # sudo: the grade doesn't depend on who asks
            counted = {} if is_open else lead.sudo().closing_values or {}
            # of open records only: nothing is to be done about others
            failed = verdict.failed if verdict and is_open else ()
            step = is_open and steps.get(lead.id) or gate.Step()
            chance = verdict.chance if verdict and is_open else 0.0
            # sudo: neither does what the chance was
            if is_open and chance != lead.sudo().qualification_chance:
                rated.append(lead.id)
            values = {
                "qualification_state": lead._get_qualification_state(verdict),
                "qualification_score": verdict.score if verdict else 0.0,
                "qualification_grade": counted.get("qualification_grade", verdict.grade)
                if verdict
                else gate.NO_GRADE,
                "qualification_chance": chance,
                "qualification_failed": get_failed_codes(failed) or False,
                "qualification_missing_count": len(failed),
                "qualification_step": step.key or False,
                "qualification_step_about": step.about or False,
                "qualification_question_id": step.question,
            }
            ids_by_values[tuple(values.items())].append(lead.id)
        for values, ids in ids_by_values.items():
            leads = self.browse(ids)
            for name, value in values:
                leads[name] = value
        if rated:
            # sudo: nor the probability
            self.sudo().browse(rated)._set_probabilities()

    def _get_qualification_depends(self):
        """Fields whose change makes a lead be judged anew; messages tell it themselves.

        Extension point: append the fields that further facts are read from.
        """
        return [
            "type",
            "active",
            "won_status",
            "date_closed",
            "attempt_count",
            "contact_state",
            "contact_date",
            "partner_id.is_company",
            "partner_id.name",
            "contact_name",
            "email_normalized",
            "phone",
            "wrong_phone",
            "partner_id.wrong_phone",
            "company_id",
            "user_id.company_id",
            "qualification_profile_id",
            "qualification_decision_id",
            "qualification_need_ids.active",
            "qualification_need_ids.name",
            "qualification_need_ids.origin",
            "qualification_need_ids.state",
            "qualification_commitment_ids.active",
            "qualification_commitment_ids.name",
            "qualification_commitment_ids.origin",
            "qualification_commitment_ids.state",
            "qualification_commitment_ids.date_deadline",
            "qualification_answer_ids.active",
            "qualification_answer_ids.state",
            "qualification_answer_ids.points",
            "qualification_answer_ids.origin",
            "qualification_answer_ids.is_expired",
            "partner_id.commercial_partner_id.qualification_answer_ids.active",
            "partner_id.commercial_partner_id.qualification_answer_ids.state",
            "partner_id.commercial_partner_id.qualification_answer_ids.points",
            "partner_id.commercial_partner_id.qualification_answer_ids.origin",
            "partner_id.commercial_partner_id.qualification_answer_ids.is_expired",
            "partner_id.commercial_partner_id.qualification_answer_ids.company_id",
            *sorted(self.env["crm.qualification.profile"]._get_lead_field_paths()[1]),
        ]

    def _get_qualification_state(self, verdict):
        """The state that a verdict means for this lead or opportunity.

        :param verdict: ``gate.Verdict``, or None where no profile judges
        """
        self.ensure_one()
        if self.type == "opportunity":
            # sudo: the state doesn't depend on who may read the log
            outcome = self.sudo().qualification_decision_id.outcome
            if outcome in ("flagged", "advised"):
                return "qualified" if verdict and verdict.passed else "flagged"
            if outcome == "overridden":
                return "overridden"
            return "qualified" if outcome else "none"
        if not verdict:
            return "none"
        if verdict.disqualified:
            return "disqualified"
        return "ready" if verdict.passed else "blocked"

    # ------------------------------------------------------------
    # ORM
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """The only one in the addon: what Odoo created is looked at in this order."""
        self = self._check_new_values(vals_list)
        leads = super().create(vals_list)
        leads._start_contact()
        both = list(zip(leads, vals_list, strict=True))
        chosen = [
            lead.id for lead, vals in both if vals.get("qualification_profile_id")
        ]
        leads.browse(chosen)._pin_profile()
        leads._guard_created()
        told = [lead.id for lead, vals in both if vals.get("qualification_answer_ids")]
        leads.browse(told)._hand_over_answers()
        return leads

    def write(self, vals):
        """The only one in the addon: what is written is looked at in this order.

        First whether it may be set, then whether the user may take the lead; after
        Odoo's own code whether another profile judges it, what became of it, who is
        told what was answered, and what happens to the lost.
        """
        self._check_values([vals])
        if not self:
            return super().write(vals)
        self._check_taking(vals)
        # Odoo writes more into them
        names = set(vals)
        # of any write: an addon below may make a transition of it
        try:
            before = self._get_snapshot()
        except MissingError:
            self._refuse_merged()
            raise
        res = super().write(vals)
        if "partner_id" in names:
            self._drop_earlier_address(before, names)
        if "qualification_profile_id" in names:
            self._pin_profile()
        else:
            self._guard_profile_change(before)
        self._guard_transitions(before)
        if not names.isdisjoint({"type", "partner_id"}):
            self._hand_over_answers()
        self._guard_lost(before, names)
        self._guard_promises(before)
        return res

    def _drop_earlier_address(self, before, names):
        """The address of the contact before is not that of the next one, who has none.

        Nothing is lost: it is the earlier contact's own.

        :param dict before: what ``_get_snapshot`` gave before the write
        :param set names: of the fields that were written: what is given is kept
        """
        kinds = {"email_from": "email_normalized", "phone": "phone_sanitized"}
        # sudo: who may change the contact need not read either of them
        for lead in self.sudo():
            old, new = before[lead.id]["partner_id"].sudo(), lead.partner_id
            if not (old and new) or old == new:
                continue
            for name in kinds.keys() - names:
                value = lead[kinds[name]]
                if value and value == old[kinds[name]] != new[kinds[name]]:
                    lead[name] = False

    def _write_past_door(self, vals):
        """Write what the door need not see, such as what takes a transition back."""
        return super().write(vals)  # pylint: disable=super-method-mismatch

    def _check_taking(self, vals):
        """Hook: refuse to give leads to whom they may not be given.

        :param dict vals: as ``write`` takes them
        """

    def _hand_over_answers(self):
        """Hook: opportunities give what they know about the account to the account."""

    def _guard_lost(self, before, names):
        """Hook: refuse to lose without a reason, and plan what happens to the lost.

        :param dict before: what ``_get_snapshot`` gave before the write
        :param set names: of the fields that were written
        """

    def _pin_profile(self):
        """Keep the profile that a manager chose; an empty one is matched again."""
        for lead in self.sudo():  # sudo: only this code pins
            lead.qualification_profile_pinned = bool(lead.qualification_profile_id)

    # ------------------------------------------------------------
    # VERDICT
    # ------------------------------------------------------------

    def _get_judging_profile(self):
        """The profile that judges this lead; empty where none does."""
        # sudo: a rep is judged by profiles of companies that aren't selected now, too
        profile = self.sudo().qualification_profile_id
        is_off = profile._get_policy().enforcement == "off"
        return profile.browse() if is_off else profile

    def _is_enforced(self):
        """True where a profile refuses this lead that does not pass."""
        # sudo: as in _get_judging_profile
        policy = self.sudo().qualification_profile_id._get_policy()
        return policy.enforcement == "enforce"

    def _get_verdicts(self, facts_by_lead=None):
        """The gate's verdicts, with the facts that they are drawn from.

        :param dict facts_by_lead: as ``_collect_facts`` gives them; None: as they are
            now
        :return: ``{lead: (Facts, gate.Verdict)}``; leads that no profile judges
            are not in it
        """
        if facts_by_lead is None:
            facts_by_lead = self._collect_facts()
        found = {}
        for profile, policy, leads in self._group_by_policy():
            checks = profile._get_gate_checks()
            for lead_id in leads._ids:
                facts = facts_by_lead[lead_id]
                found[lead_id] = facts, gate.judge(facts, policy, checks)
        return {lead: found[lead.id] for lead in self if lead.id in found}

    def _review_qualification(self):
        """Match and judge these leads anew, when their values are next needed."""
        self._compute_again("qualification_profile_id")
        self._compute_again("qualification_state")
