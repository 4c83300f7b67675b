import logging

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ... import chance, gate
from ...facts import Criterion
from ...policy import Policy
from ..base.calls import on_one
from ..base.qualification_domain import (
    check_domain,
    filter_stored,
    get_domain_fields,
    parse_domain,
)

# In the context while a draft is tried and all will be undone: an object, which no
# client can send.
TRIAL = object()

_logger = logging.getLogger(__name__)


class CrmQualificationProfile(models.Model):
    """What a lead must look like before it may become an opportunity.

    A profile holds the criteria (the questions), says which of the gate's checks are
    made, and how strictly. A lead takes the first active profile, by sequence, whose
    company, teams and domain match it.
    """

    _name = "crm.qualification.profile"
    _inherit = ["qualification.policy.mixin"]
    _description = "Qualification Profile"
    _order = "sequence, id"

    _policy_company = "company_id"
    _policy_children = ("criteria", "criterion_ids")
    _policy_free = frozenset({"sequence", "active"})

    name = fields.Char(required=True, translate=True, help="What the policy is called.")
    description = fields.Text(
        string="When It Fits",
        translate=True,
        help="For which kind of business, and why these questions.",
    )
    sequence = fields.Integer(
        default=lambda self: self._get_next_sequence(),
        help="A lead takes the first matching profile.",
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", help="Only leads of this company; empty: of every company."
    )
    team_ids = fields.Many2many(
        "crm.team",
        string="Sales Teams",
        help="Only leads of these teams; empty: of every team.",
    )
    lead_domain = fields.Char(
        string="Leads",
        default="[]",
        help="Only leads that this filter selects; empty: all of them.",
    )
    lead_domain_problem = fields.Char(
        compute="_compute_lead_domain_problem",
        help="Why the filter on leads can't be used; until then it selects none.",
    )
    criterion_ids = fields.One2many(
        "crm.qualification.criterion",
        "profile_id",
        string="Criteria",
        copy=True,
        help="What makes a good customer, or a good deal.",
    )
    # Policy
    enforcement = fields.Selection(
        [("off", "Off"), ("advise", "Advise"), ("enforce", "Enforce")],
        default="enforce",
        required=True,
        help="Enforce: leads that don't qualify are refused.\n"
        "Advise: everything is shown and logged, nothing is refused.\n"
        "Off: the leads of this profile are not judged.",
    )
    direct_policy = fields.Selection(
        [
            ("flag", "Flag it until it qualifies"),
            ("lead", "Make it a lead"),
            ("refuse", "Refuse it"),
        ],
        string="Direct Opportunities",
        default="flag",
        required=True,
        help="What happens to an opportunity that is created without having been a "
        "lead, when its facts don't pass. Where Leads are switched off it is flagged "
        "instead of made a lead.",
    )
    flag_days = fields.Integer(
        string="Flag Deadline",
        default=7,
        help="Days in which a flagged opportunity should qualify.",
    )
    check_reachable = fields.Boolean(
        string="Reachable",
        default=True,
        help="A person and an e-mail address or phone number are known.",
    )
    contact_required = fields.Selection(
        [
            ("none", "Not checked"),
            ("any", "We or they wrote or called"),
            ("two_way", "In touch both ways"),
        ],
        string="Required Contact",
        default="two_way",
        required=True,
        help="How much contact a lead needs, as messages, meetings and calls show it.",
    )
    attempts_max = fields.Integer(
        string="Give Up After",
        help="Attempts without an answer, then a lead should be given up; 0: never.",
    )
    needs_required = fields.Integer(
        string="Confirmed Needs",
        default=1,
        help="Least number of needs that the customer confirmed; 0: not checked.",
    )
    needs_stage_id = fields.Many2one(
        "crm.stage",
        string="Needs From",
        ondelete="set null",
        help="Needs are asked for from this stage on; empty: at the conversion.",
    )
    commitments_required = fields.Integer(
        string="Commitments",
        default=1,
        help="Least number of open or kept commitments of the buyer; 0: not checked.",
    )
    commitments_stage_id = fields.Many2one(
        "crm.stage",
        string="Commitments From",
        ondelete="set null",
        help="Commitments are asked for from this stage on; empty: at the conversion.",
    )
    confirm_agents = fields.Boolean(
        string="Confirm What Agents Tell",
        help="What an agent tells counts once a person has confirmed it: until then "
        "needs are suspected, answers unknown, and commitments, contacts and meetings "
        "prove nothing. Agents can't change what others have told.",
    )
    check_criteria = fields.Boolean(
        string="Criteria Met",
        default=True,
        help="What is required of the criteria is there: each is known or met; and the "
        "score is high enough.",
    )
    score_min = fields.Float(
        string="Least Score",
        help="Percent of the criteria's points that a lead must earn.",
    )
    age_fresh = fields.Integer(
        string="Fresh",
        default=14,
        help="Days up to which the last contact earns a 1 in the grade.",
    )
    age_recent = fields.Integer(string="Recent", default=30, help="Days for a 2.")
    age_old = fields.Integer(string="Old", default=90, help="Days for a 3, later a 4.")
    _check_score_min = models.Constraint(
        "CHECK (score_min >= 0 AND score_min <= 100)",
        "The least score is a percentage: choose a number from 0 to 100.",
    )
    _check_counts = models.Constraint(
        "CHECK (LEAST(needs_required, commitments_required, attempts_max) >= 0)",
        "Numbers of needs, commitments and attempts can't be negative: use 0 to switch "
        "the check off.",
    )
    _check_flag_days = models.Constraint(
        "CHECK (flag_days BETWEEN 0 AND 36500)",
        "Choose 0 to 36,500 days until a flagged opportunity should pass.",
    )
    _check_ages = models.Constraint(
        "CHECK (age_fresh >= 0 AND age_fresh <= age_recent AND age_recent <= age_old)",
        "The limits for the age of the last contact must grow: fresh, recent, old.",
    )

    @api.constrains("lead_domain")
    def _check_lead_domain(self):
        for profile in self.filtered("lead_domain_problem"):
            raise ValidationError(
                self.env._(
                    "The filter on leads of “%(profile)s” can't be used: %(problem)s",
                    profile=profile.name,
                    problem=profile.lead_domain_problem,
                )
            )

    @api.constrains("company_id", "team_ids")
    def _check_team_company(self):
        for profile in self.filtered("company_id"):
            foreign = profile.team_ids.filtered(
                lambda team, company=profile.company_id: (
                    team.company_id and team.company_id != company
                )
            )
            if foreign:
                raise ValidationError(
                    self.env._(
                        "These teams belong to another company than “%(profile)s”: "
                        "%(teams)s.",
                        profile=profile.name,
                        teams=", ".join(foreign.mapped("name")),
                    )
                )

    @api.depends("lead_domain")
    def _compute_lead_domain_problem(self):
        leads = self.env["crm.lead"]
        for profile in self:
            profile.lead_domain_problem = check_domain(leads, profile.lead_domain)

    # ------------------------------------------------------------
    # ORM
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        profiles = super().create(vals_list)
        profiles._policy_changed(domains=True)
        return profiles

    def write(self, vals):
        res = super().write(vals)
        if self._is_policy(vals.keys()):
            self._policy_changed(domains=True)
        return res

    @api.model
    def _get_next_sequence(self):
        """A new profile comes last: what leads take now, they go on taking."""
        # sudo: after those of other companies, too
        profiles = self.sudo().with_context(active_test=False)
        return profiles.search([], order="sequence desc", limit=1).sequence + 10

    def _get_policy_filter(self, content):
        return "lead_domain", "crm.lead"

    @api.model
    def _is_policy(self, names):
        return not names <= {"name", "description", "version_id"}

    def copy_data(self, default=None):
        return [
            dict(vals, name=self.env._("%s (copy)", profile.name))
            for profile, vals in zip(
                self, super().copy_data(default=default), strict=True
            )
        ]

    def unlink(self):
        # sudo: leads that the manager can't see lose their profile, too
        leads = self.env["crm.lead"].sudo().with_context(active_test=False)
        used = leads.search([("qualification_profile_id", "in", self.ids)])
        res = super().unlink()
        self._review_leads(used)
        return res

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    @on_one
    def action_open_leads(self):
        """Open the leads and opportunities that this profile judges."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Leads of %s", self.name),
            "res_model": "crm.lead",
            "view_mode": "list,kanban,form",
            "domain": [("qualification_profile_id", "=", self.id)],
            "context": {"search_default_group_qualification_state": 1},
        }

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    def _get_gate_checks(self):
        """The checks that the gate makes, in the order in which they are shown.

        Extension point: append functions ``(facts, policy) → gate.Check``.
        """
        return gate.CHECKS

    @tools.ormcache("self._get_policy_stamp()", "self.id", "self.env.lang")
    def _get_policy(self):
        """This profile as the gate reads it, in the user's language; no profile
        judges nothing.

        :rtype: Policy
        """
        if not self:
            return Policy(enforcement="off")
        self.ensure_one()
        # sudo: the same for everybody, as it is kept for everybody; active: what was
        # taken out is none of it, whatever the context of who asks first says
        criteria = self.sudo().criterion_ids.filtered("active")
        keys, card = criteria._get_keys(), self._get_scorecard()
        questions = {
            criterion.code: Criterion(
                key=keys[criterion],
                name=criterion.name,
                weight=criterion.weight,
                requirement=criterion.requirement,
                sequence=criterion.sequence,
                automatic=criterion.answer_type == "automatic",
                account=criterion.scope == "account",
                stage=criterion.stage_id.id or None,
            )
            for criterion in keys
        }
        # nothing rules that was not published
        enforcement = self.enforcement if self.state == "published" else "off"
        rules = self.is_scorecard_probability and enforcement != "off"
        learnt = card and {
            "bands": tuple(map(tuple, card["bands"])),
            "card": chance.read_card(card, questions, rules),
        }
        return Policy(
            reachable=self.check_reachable,
            contact=self.contact_required,
            needs=self.needs_required,
            commitments=self.commitments_required,
            criteria=self.check_criteria,
            score_min=self.score_min,
            questions=tuple(questions.values()),
            needs_stage=self.needs_stage_id.id or None,
            commitments_stage=self.commitments_stage_id.id or None,
            attempts_max=self.attempts_max,
            confirm_agents=self.confirm_agents,
            age_limits=(self.age_fresh, self.age_recent, self.age_old),
            enforcement=enforcement,
            **learnt or {},
        )

    def _match(self, leads):
        """The profile of each lead: the first one that matches.

        :param leads: recordset of ``crm.lead``
        :return: ``{lead id: profile}``, empty profile where none matches
        :rtype: dict
        """
        matched = {}
        # whoever asks, in whatever language: the same leads match
        remaining = leads.with_context(lang=None, active_test=True)
        # sudo: the policy is the company's, whatever the rep may read
        for profile_id, *scope in self._get_match_rules():
            if not remaining:
                break
            found = filter_stored(remaining, self._get_match_domain(*scope))
            matched.update(dict.fromkeys(found._ids, self.browse(profile_id)))
            remaining -= found
        return {lead_id: matched.get(lead_id, self.browse()) for lead_id in leads._ids}

    @api.model
    @tools.ormcache("self._get_policy_stamp()")
    def _get_match_rules(self):
        """Which leads the active profiles judge, in the order in which leads take them.

        :return: ``((id, company id, team ids, domain as text), …)``
        :rtype: tuple
        """
        # sudo, and all teams: the same for everybody, as it is kept for everybody; a
        # profile whose teams are archived matches nothing, not everything
        profiles = self.sudo().with_context(active_test=False)
        return tuple(
            (found.id, found.company_id.id, found.team_ids._ids, found.lead_domain)
            for found in profiles.search(
                [("active", "=", True), ("state", "=", "published")]
            )
        )

    @api.model
    def _get_match_domain(self, company_id, team_ids, lead_domain):
        """Domain on leads: company, teams and the profile's own filter.

        :param int company_id: or False for every company
        :param tuple team_ids: ids; empty for every team
        :param str lead_domain: the filter
        """
        domain = Domain.TRUE
        if company_id:
            domain &= Domain("company_id", "in", [company_id, False])
        if team_ids:
            domain &= Domain("team_id", "in", team_ids)
        return domain & self._read_filter("crm.lead", lead_domain)

    @api.model
    def _read_filter(self, model, text):
        """The domain that a stored filter means; nothing where it can't be used.

        :param str model: name of the model that it filters
        :param str text: as it is stored
        :rtype: Domain
        """
        if self._get_filter_problem(model, text):
            return Domain.FALSE
        return parse_domain(text)

    @api.model
    @tools.ormcache("model", "text")
    def _get_filter_problem(self, model, text):
        """Why a stored filter can't be used, found out once; empty when it can."""
        problem = check_domain(self.env[model], text, is_stored=True)
        if problem:
            _logger.warning(
                "Unusable filter on %s, so nothing matches: %s: %s",
                model,
                text,
                problem,
            )
        return problem

    @api.model
    def _get_lead_field_paths(self):
        """Fields of leads that profiles' and criteria's domains read.

        Asked while the registry is set up, also before our tables are complete.

        :return: ``(fields that choose the profile, fields that answer criteria)``
        :rtype: tuple[set[str], set[str]]
        """
        Lead, cr = self.env["crm.lead"], self.env.cr
        matching, answering = set(), set()
        if not tools.sql.column_exists(cr, "crm_qualification_criterion", "stage_id"):
            return matching, answering
        cr.execute(
            """
            SELECT 'profile', lead_domain FROM crm_qualification_profile
             WHERE active AND state = 'published' AND lead_domain IS NOT NULL
             UNION
            SELECT c.scope, c.domain FROM crm_qualification_criterion c
              JOIN crm_qualification_profile p ON p.id = c.profile_id
             WHERE p.active AND p.state = 'published' AND c.active
               AND c.answer_type = 'automatic' AND c.domain IS NOT NULL
            """
        )
        for scope, text in cr.fetchall():
            account = scope == "account"
            model = self.env["res.partner"] if account else Lead
            try:
                paths = get_domain_fields(model, parse_domain(text))
            except Exception:  # whatever is stored, the registry must load
                continue
            if scope == "profile":
                matching |= paths
            elif account:
                prefix = "partner_id.commercial_partner_id"
                answering |= {f"{prefix}.{path}" for path in paths}
            else:
                answering |= paths
        if self._asks_by_stage():
            answering.add("stage_id")
        return matching, answering

    def _asks_by_stage(self):
        """True where a profile that rules asks for something from a stage on."""
        self.env.cr.execute(
            """
            SELECT EXISTS (
                SELECT FROM crm_qualification_profile p
             LEFT JOIN crm_qualification_criterion c ON c.profile_id = p.id AND c.active
                 WHERE p.active AND p.state = 'published' AND 0 < COALESCE(
                       c.stage_id, p.needs_stage_id, p.commitments_stage_id))
            """
        )
        return self.env.cr.fetchone()[0]

    def _policy_changed(self, domains=False):
        """Have leads matched and judged anew after a change of policy.

        :param bool domains: the fields that leads depend on may have changed
        """
        is_tried = self.env.context.get("qualification_trial") is TRIAL
        if is_tried or not any(profile.state == "published" for profile in self):
            return
        if domains:
            self._update_dependencies()
        if self.env.registry.ready:
            self._review_leads()

    def _review_leads(self, leads=None):
        """Hook: have leads matched and judged anew.

        :param leads: recordset of ``crm.lead``; None for all open ones
        """

    @api.model
    def _update_dependencies(self):
        """Have the registry follow the fields that the domains read now.

        As Odoo CRM does it for the fields of predictive lead scoring.
        """
        registry, lead = self.env.registry, self.env["crm.lead"]
        if not registry.ready:
            return
        self.env.flush_all()
        matching, answering = self._get_lead_field_paths()
        followed = registry.field_depends
        if not (
            matching <= set(followed[lead._fields["qualification_profile_id"]])
            and answering <= set(followed[lead._fields["qualification_state"]])
        ):
            registry._setup_models__(self.env.cr, ["crm.lead"])


class ResUsers(models.Model):
    """Agents whose word is to be confirmed decide about no lead."""

    _inherit = "res.users"

    def _is_doubted(self):
        # sudo: whether an administrator marked it as an agent is no secret here
        if not self.sudo().is_qualification_agent:
            return super()._is_doubted()
        # sudo: nor what profiles of other companies ask for
        profiles = self.env["crm.qualification.profile"].sudo()
        rules = [("confirm_agents", "=", True), ("state", "=", "published")]
        return bool(profiles.search_count(rules, limit=1))
