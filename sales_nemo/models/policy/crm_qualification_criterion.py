from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError

from ...facts import OPEN_ANSWERS, Answer
from ..base.qualification_domain import (
    check_domain,
    filter_stored,
    find_empty_field,
    parse_domain,
    split_domain,
)
from .policy_content import give_codes


class CrmQualificationCriterion(models.Model):
    """A question of a profile, with the rule that says which answers are good.

    An answer is *met*, *partly* met (some of a choice's points), *not met* or
    *disqualifying*. Criteria of scope *account* are answered once per commercial
    entity and serve every lead of it.
    """

    _name = "crm.qualification.criterion"
    _inherit = ["qualification.policy.mixin", "qualification.door.mixin"]
    _description = "Qualification Criterion"
    _order = "profile_id, sequence, id"

    _policy_company = "profile_id.company_id"
    _policy_parent = "profile_id"
    _policy_children = ("choices", "choice_ids")

    profile_id = fields.Many2one(
        "crm.qualification.profile",
        required=True,
        index=True,
        ondelete="cascade",
        help="The profile that asks this.",
    )
    name = fields.Char(
        string="Question",
        required=True,
        translate=True,
        help="What to find out, as the salesperson reads it.",
    )
    guidance = fields.Text(
        translate=True, help="How to find out: whom to ask, and what to listen for."
    )
    code = fields.Char(
        required=True,
        copy=False,
        readonly=True,
        help="What the question is known by, whatever it is called: drafts, versions "
        "and files keep its answers by it.",
    )
    active = fields.Boolean(
        default=True, help="Taken out of the profile it keeps its answers."
    )
    sequence = fields.Integer(default=10, help="Its place among the questions.")
    weight = fields.Float(
        default=1.0, help="Share of the score, relative to the other criteria."
    )
    requirement = fields.Selection(
        [("none", "Not required"), ("known", "Known"), ("met", "Met")],
        default="none",
        required=True,
        help="What there must be before a lead can be converted.\n"
        "Known: an answer, whatever it is, that has not expired.\n"
        "Met: a good answer.",
    )
    scope = fields.Selection(
        [("lead", "Lead"), ("account", "Account")],
        default="lead",
        required=True,
        help="Lead: asked for each lead.\n"
        "Account: asked once per company, the answer serves all of its leads.",
    )
    answer_type = fields.Selection(
        [
            ("yes_no", "Yes / No"),
            ("choice", "Choice"),
            ("number", "Number"),
            ("date", "Date"),
            ("text", "Text"),
            ("automatic", "Automatic"),
        ],
        default="yes_no",
        required=True,
        help="Automatic: answered by a filter on the lead or its account.",
    )
    stage_id = fields.Many2one(
        "crm.stage",
        string="Asked From",
        ondelete="set null",
        help="Asked of opportunities from this stage on; empty: at the conversion.",
    )
    validity_days = fields.Integer(
        string="Valid for",
        help="Days after which an answer has to be asked again; 0: for ever.",
    )
    is_disqualifying = fields.Boolean(
        string="Disqualifies", help="A failing answer rules the lead out."
    )
    # Pass rules, by type of answer
    expected = fields.Selection(
        [("yes", "Yes"), ("no", "No")],
        string="Good Answer",
        default="yes",
        help="The answer to a yes/no question that meets the criterion.",
    )
    choice_ids = fields.One2many(
        "crm.qualification.choice",
        "criterion_id",
        string="Choices",
        copy=True,
        help="What one can answer, and how much each is worth.",
    )
    is_ordered = fields.Boolean(
        string="Choices Are a Scale",
        help="In their order each choice is worth no less than the next one, or, where "
        "the last one earns most, no more. What is proposed from history keeps to it.",
    )
    number_rule = fields.Selection(
        [
            ("any", "Any number"),
            ("at_least", "At least"),
            ("at_most", "At most"),
            ("between", "Between"),
        ],
        default="any",
        required=True,
        help="Which numbers meet the criterion.",
    )
    number_min = fields.Float(
        string="Minimum", digits=(16, 4), help="Met from this number on."
    )
    number_max = fields.Float(
        string="Maximum", digits=(16, 4), help="Met up to this number."
    )
    date_min = fields.Date(string="Earliest", help="Met from this day on.")
    date_max = fields.Date(string="Latest", help="Met until this day.")
    domain = fields.Char(
        string="Filter",
        default="[]",
        help="Met by the leads (or accounts) that this filter selects. A condition on "
        "an empty field says nothing, unless it asks whether the field is set.",
    )
    domain_model = fields.Char(compute="_compute_domain_model")
    domain_problem = fields.Char(
        compute="_compute_domain_problem",
        help="Why the filter can't be used; until then it says nothing.",
    )
    answer_count = fields.Integer(
        compute="_compute_answer_count",
        string="Answers",
        help="How many answers there are, on leads and accounts.",
    )

    _unique_code = models.Constraint(
        "UNIQUE (profile_id, code)",
        "Each question of a profile has a code of its own.",
    )
    _check_weight = models.Constraint(
        # "not a number" is greater than all numbers here
        "CHECK (weight BETWEEN 0 AND 1000000)",
        "Choose a weight of 0 to 1,000,000: with 0 a question earns no points.",
    )
    _check_validity_days = models.Constraint(
        "CHECK (validity_days BETWEEN 0 AND 36500)",
        "Choose a validity of 0 to 36,500 days: with 0 answers never expire.",
    )

    @api.constrains("number_rule", "number_min", "number_max", "date_min", "date_max")
    def _check_bounds(self):
        for criterion in self:
            least, most = criterion.number_min, criterion.number_max
            first, last = criterion.date_min, criterion.date_max
            is_between = criterion.number_rule == "between"
            if (is_between and least > most) or (first and last and first > last):
                raise ValidationError(
                    self.env._(
                        "“%s”: the lower bound is above the upper one.", criterion.name
                    )
                )

    @api.constrains("domain", "scope", "answer_type")
    def _check_domain(self):
        for criterion in self.filtered("domain_problem"):
            raise ValidationError(
                self.env._(
                    "The filter of “%(question)s” can't be used: %(problem)s",
                    question=criterion.name,
                    problem=criterion.domain_problem,
                )
            )

    @api.constrains("requirement", "answer_type", "choice_ids")
    def _check_can_be_met(self):
        for criterion in self:
            good = criterion.choice_ids.filtered(
                lambda c: c.active and c.points >= 100 and not c.is_disqualifying
            )
            is_asked = criterion.requirement == "met"
            if is_asked and criterion.answer_type == "choice" and not good:
                raise ValidationError(
                    self.env._(
                        "“%s” must be met but no choice can meet it: give one of them "
                        "100 points.",
                        criterion.name,
                    )
                )

    @api.depends("scope")
    def _compute_domain_model(self):
        for criterion in self:
            account = criterion.scope == "account"
            criterion.domain_model = "res.partner" if account else "crm.lead"

    @api.depends("domain", "domain_model", "answer_type")
    def _compute_domain_problem(self):
        for criterion in self:
            is_used = criterion.answer_type == "automatic"
            model = self.env[criterion.domain_model]
            problem = is_used and check_domain(model, criterion.domain)
            criterion.domain_problem = problem

    def _compute_answer_count(self):
        counts = dict(
            self.env["crm.qualification.answer"]._read_group(
                [("criterion_id", "in", self.ids)], ["criterion_id"], ["__count"]
            )
        )
        for criterion in self:
            criterion.answer_count = counts.get(criterion, 0)

    def _compute_display_name(self):
        """Lists and cards show the next question of each lead: its name is at hand."""
        names = self._get_names()
        known = self.filtered(lambda criterion: criterion.id in names)
        for criterion in known:
            criterion.display_name = names[criterion.id]
        others = self - known
        return super(CrmQualificationCriterion, others)._compute_display_name()

    # ------------------------------------------------------------
    # ORM
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        criteria = super().create(give_codes(self, vals_list))
        criteria._criteria_changed()
        return criteria

    def write(self, vals):
        res = super().write(vals)
        # PostgreSQL refuses what can't be before anything is judged by it
        self.flush_recordset(vals.keys() & self._fields.keys())
        if not vals.keys() <= {"guidance", "sequence"}:
            self._criteria_changed()
        return res

    def unlink(self):
        profiles = self.profile_id
        res = super().unlink()
        profiles.exists()._policy_changed()
        return res

    @api.model
    @tools.ormcache("self._get_policy_stamp()", "self.env.lang")
    def _get_names(self):
        """The criteria's names in the user's language, by id.

        :rtype: dict
        """
        # sudo: the same for everybody, as it is kept for everybody
        return {criterion.id: criterion.name for criterion in self.sudo().search([])}

    @api.model
    @tools.ormcache("self._get_policy_stamp()")
    def _get_account_ids(self):
        """Ids of the criteria that are asked once about an account.

        :rtype: frozenset
        """
        # sudo: the same for everybody, as it is kept for everybody
        return frozenset(self.sudo().search([("scope", "=", "account")])._ids)

    def _get_policy_filter(self, content):
        account = content.get("scope") == "account"
        return "domain", "res.partner" if account else "crm.lead"

    def _get_keys(self):
        """What the answers to each criterion are known by: its own id.

        A draft's are those of the profile that it changes.

        :return: ``{criterion: id}``
        """
        published = self.profile_id.draft_of_id.with_context(active_test=False)
        known = {(c.profile_id.id, c.code): c.id for c in published.criterion_ids}
        return {c: known.get((c.profile_id.draft_of_id.id, c.code), c.id) for c in self}

    def _criteria_changed(self):
        automatic = any(c.answer_type == "automatic" for c in self)
        self.profile_id._policy_changed(domains=automatic)

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    @api.model
    def _find_criterion(self, criterion_id):
        """The criterion that a client names.

        :param criterion_id: its id, or anything else that a client sent
        :raise UserError: there is none
        """
        criterion = self.browse(type(criterion_id) is int and criterion_id).exists()
        if not criterion:
            raise UserError(
                self.env._("There is no question %s: reload the page.", criterion_id)
            )
        return criterion

    def _get_row(self, state, answer, value, record):
        """This question with what is known, as lead and account show it.

        :param str state: of the answer, as the gate sees it
        :param answer: ``crm.qualification.answer``, may be empty
        :param str value: what was answered, as text
        :param record: the lead or account that the question is about
        :rtype: dict
        """
        question = self._get_question()
        is_unknown = question["type"] == "automatic" and state == "unknown"
        return question | {
            "unknown": self._explain_unknown(record) if is_unknown else "",
            "value": value,
            "state": state,
            "is_open": state in OPEN_ANSWERS,
            "answered_by": answer.user_id.name or "",
            "date": fields.Datetime.to_string(answer.date),
            "note": answer.note or "",
            "answer_id": answer.id,
            "has_proof": answer.has_proof,
            "origin": answer.origin or "",
        }

    @tools.ormcache("self._get_policy_stamp()", "self.id", "self.env.lang")
    def _get_question(self):
        """This question as it is shown, in the user's language.

        :rtype: dict
        """
        # sudo: the same for everybody, as it is kept for everybody
        criterion = self.sudo()
        return {
            "id": criterion.id,
            "name": criterion.name,
            "guidance": criterion.guidance or "",
            "required": criterion.requirement != "none",
            "requirement": criterion.requirement,
            "type": criterion.answer_type,
            "scope": criterion.scope,
            # whatever the context of who asks first says
            "choices": criterion.choice_ids.filtered("active").mapped("name"),
        }

    def _grade_answer(self, answer):
        """State and points of an answer by this criterion's rule.

        :param answer: a ``crm.qualification.answer`` that has a value
        :return: ``(state, points)``: state as in ``crm.qualification.answer.state``,
            points as the share of the weight, 0.0 … 1.0
        """
        self.ensure_one()
        is_choice, choice = self.answer_type == "choice", answer.choice_id
        if is_choice and choice.is_disqualifying:
            return "disqualifying", 0.0
        points = choice.points / 100.0 if is_choice else float(self._is_good(answer))
        if 0 < points < 1:
            return "partly", points
        return ("met" if points else self._get_failing_state()), points

    def _get_failing_state(self):
        return "disqualifying" if self.is_disqualifying else "not_met"

    def _is_good(self, answer):
        if self.answer_type == "yes_no":
            return answer.value_yes_no == self.expected
        if self.answer_type == "number":
            number, rule = answer.value_number, self.number_rule
            low_enough = rule in ("any", "at_least") or number <= self.number_max
            return low_enough and (
                rule in ("any", "at_most") or number >= self.number_min
            )
        if self.answer_type == "date":
            day = answer.value_date
            return not (
                (self.date_min and day < self.date_min)
                or (self.date_max and day > self.date_max)
            )
        return bool(answer.value_text)

    def _get_automatic_answers(self, records):
        """What the filter says about each of these leads or accounts now.

        :param records: leads, or accounts, as the criterion's scope says
        :return: ``{id of the record: Answer}``
        :rtype: dict
        """
        self.ensure_one()
        text, failing = self._get_automatic_rule()
        answers = dict.fromkeys(records._ids, Answer(self.id))
        if not self._is_usable(records, text):
            return answers
        # whoever asks, in whatever language: the same records meet it
        records = records.with_context(lang=None, active_test=True)
        met, unmet = split_domain(records, parse_domain(text))
        found = filter_stored(records, met)
        answers |= dict.fromkeys(found._ids, Answer(self.id, "met", 1.0))
        failed = filter_stored(records - found, unmet)
        return answers | dict.fromkeys(failed._ids, Answer(self.id, failing))

    @api.model
    def _is_usable(self, records, text):
        """Whether a stored filter can be used; else it says nothing about anybody."""
        profiles = self.env["crm.qualification.profile"]
        return not profiles._get_filter_problem(records._name, text)

    def _explain_unknown(self, record):
        """Which empty field the filter would have to know; an empty text if it is none.

        :param record: the lead or account that the question is about
        """
        text = self._get_automatic_rule()[0]
        if not self._is_usable(record, text):
            return ""
        # sudo: the name of a field is no secret
        field = find_empty_field(record.sudo(), parse_domain(text))
        if not field:
            return ""
        return self.env._("%s is empty", field._description_string(self.env))

    @tools.ormcache("self._get_policy_stamp()", "self.id")
    def _get_automatic_rule(self):
        """The filter of an automatic criterion, and the state where it doesn't match.

        :rtype: tuple[str, str]
        """
        # sudo: the same for everybody, as it is kept for everybody
        criterion = self.sudo()
        return criterion.domain, criterion._get_failing_state()
