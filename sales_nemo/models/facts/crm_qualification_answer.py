from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, ValidationError
from odoo.fields import Domain
from odoo.tools.misc import clean_context

from ..base.batches import expecting
from ..base.identity import get_words
from ..policy.crm_qualification_criterion_value import VALUE_FIELDS, to_plain
from ..policy.policy_content import NEEDLESS_STOP
from .qualification_proof_mixin import NO_PROOF
from .qualification_withdraw_mixin import WITHDRAWAL

# What an import calls the column of values, of answers and of leads.
VALUE_COLUMNS = frozenset({"value", "qualification_answer_ids/value"})


class CrmQualificationAnswer(models.Model):
    """What is known about one criterion, of one lead or of one account.

    ``value`` reads and writes every type as text; the typed fields hold it. An answer
    without a value is *unknown*, which is not the same as "no".
    """

    _name = "crm.qualification.answer"
    _description = "Qualification Answer"
    _inherit = ["qualification.proof.mixin"]
    _order = "criterion_id, id"
    _rec_name = "criterion_id"

    _qualification_links = (
        "message_id", "event_id", "criterion_id", "lead_id", "partner_id",
    )  # fmt: skip
    _said = frozenset(
        {*VALUE_FIELDS.values(), "criterion_id", "date", "is_zero", "note"}
    )

    criterion_id = fields.Many2one(
        "crm.qualification.criterion",
        required=True,
        index=True,
        ondelete="cascade",
        help="The question that this answers.",
    )
    lead_id = fields.Many2one(
        "crm.lead",
        index="btree_not_null",
        ondelete="cascade",
        check_company=False,
        help="Whose answer it is. Empty: it holds for the account.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Account",
        index="btree_not_null",
        ondelete="cascade",
        help="The company (or private person) whose answer serves all of its leads.",
    )
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        precompute=True,
        readonly=False,
        help="Whose answer about an account this is: companies that share one know "
        "different things about it. What is known about a lead is its company's.",
    )
    answer_type = fields.Selection(related="criterion_id.answer_type")
    # The value
    value = fields.Char(
        compute="_compute_value",
        readonly=False,
        help="The answer as plain text: yes, a choice's name, 12.5, 2026-05-01, free "
        "text. In files whose numbers or dates have other separators use the columns "
        "Number and Date.",
    )
    is_zero = fields.Boolean(help="The answer is the number zero, not nothing.")
    value_yes_no = fields.Selection(
        [("yes", "Yes"), ("no", "No")],
        string="Yes / No",
        help="The answer, where yes or no is asked.",
    )
    choice_id = fields.Many2one(
        "crm.qualification.choice",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('criterion_id', '=', criterion_id)]",
        help="The answer, where there are choices.",
    )
    value_number = fields.Float(
        string="Number", digits=(16, 4), help="The answer, where a number is asked."
    )
    value_date = fields.Date(string="Date", help="The answer, where a date is asked.")
    value_text = fields.Text(string="Text", help="The answer, in the customer's words.")
    # What it is worth
    state = fields.Selection(
        [
            ("met", "Met"),
            ("partly", "Partly met"),
            ("not_met", "Not met"),
            ("disqualifying", "Disqualifying"),
            ("unknown", "Unknown"),
        ],
        compute="_compute_state",
        store=True,
        help="Result of the answer by its criterion's rule, expired or not.",
        written_by="code",
    )
    points = fields.Float(
        compute="_compute_state",
        store=True,
        help="Share of the criterion's weight that the answer earns, 0 to 1.",
        written_by="code",
    )
    # Who, when, proof
    user_id = fields.Many2one(
        "res.users",
        string="Answered by",
        default=lambda self: self.env.user,
        written_by="code",
        help="Who wrote it down.",
    )
    date = fields.Datetime(
        string="Answered on",
        default=fields.Datetime.now,
        required=True,
        help="When we learnt it. Older than the criterion allows, it is asked again.",
    )
    expires_on = fields.Date(
        compute="_compute_expires_on",
        store=True,
        help="The last day on which it counts for open records; empty: for ever.",
        written_by="code",
    )
    is_expired = fields.Boolean(
        string="Expired",
        compute="_compute_is_expired",
        store=True,
        help="It is to be asked again. Answers of closed records never expire.",
        written_by="code",
    )
    note = fields.Text(help="Who said it, and where it stands.")
    history = fields.Text(
        string="Earlier Answers",
        readonly=True,
        copy=False,
        help="What was answered before, here or, when leads, contacts or accounts came "
        "together, elsewhere: of two answers to one question the newer one stays.",
        written_by="code",
    )

    _lead_or_account = models.Constraint(
        "CHECK ((lead_id IS NULL) <> (partner_id IS NULL))",
        "An answer belongs to a lead or to an account: choose one of them, not both.",
    )
    _account_company = models.Constraint(
        "CHECK (partner_id IS NULL OR company_id IS NOT NULL)",
        "An account's answer belongs to a company: companies that share an account "
        "know different things about it.",
    )
    _expiring = models.Index(
        "(expires_on) WHERE expires_on IS NOT NULL AND is_expired IS NOT TRUE"
        " AND state <> 'unknown'"
    )
    _unique_lead_criterion = models.UniqueIndex(
        "(lead_id, criterion_id) WHERE lead_id IS NOT NULL AND active",
        "This lead already has an answer to that criterion: change the one that is "
        "there.",
    )
    _unique_account_criterion = models.UniqueIndex(
        "(partner_id, criterion_id, company_id)"
        " WHERE partner_id IS NOT NULL AND active",
        "There is an answer about this account to that criterion already: change the "
        "one that is there.",
    )

    @api.constrains(
        "criterion_id",
        "lead_id",
        "partner_id",
        "choice_id",
        "value_yes_no",
        "value_number",
        "value_date",
        "value_text",
        "is_zero",
        "date",
    )
    def _check_answer(self):
        # without a criterion Odoo says that it is required
        asked = self.filtered("criterion_id")
        problems = [problem for answer in asked for problem in answer._get_problems()]
        if problems:
            raise ValidationError("\n".join(dict.fromkeys(problems)))

    @api.depends("partner_id")
    def _compute_company_id(self):
        for answer in self:
            if not answer.partner_id:
                answer.company_id = False
            elif not answer.company_id:
                answer.company_id = self.env.company

    @api.depends(
        "criterion_id.answer_type",
        "is_zero",
        "choice_id.name",
        "value_yes_no",
        "value_number",
        "value_date",
        "value_text",
    )
    def _compute_value(self):
        for answer in self:
            column = answer._get_value_field()
            if not answer._is_answered():
                answer.value = False
            elif column == "choice_id":
                # sudo: the choice's name is no secret to who may read the answer
                answer.value = answer.sudo().choice_id.name
            else:
                answer.value = self._describe(answer[column])

    @api.depends(
        "is_zero",
        "choice_id.points",
        "choice_id.is_disqualifying",
        "value_yes_no",
        "value_number",
        "value_date",
        "value_text",
        "criterion_id.answer_type",
        "criterion_id.expected",
        "criterion_id.is_disqualifying",
        "criterion_id.number_rule",
        "criterion_id.number_min",
        "criterion_id.number_max",
        "criterion_id.date_min",
        "criterion_id.date_max",
    )
    def _compute_state(self):
        for answer in self:
            if answer._is_answered():
                answer.state, answer.points = answer.criterion_id._grade_answer(answer)
            else:
                answer.state, answer.points = "unknown", 0.0

    @api.depends("state", "expires_on", "lead_id.won_status")
    def _compute_is_expired(self):
        for answer in self:
            lead = answer.lead_id
            today = lead._get_day() if lead else answer.company_id._get_day()
            answer.is_expired = self._is_over(answer, today) and (
                not lead or lead._peek_won_status() == "pending"
            )

    @api.depends(
        "date",
        "criterion_id.validity_days",
        # a company's days begin and end in its zone
        *(
            f"{company}.{zone}"
            for company in ("company_id", "lead_id.company_id", "user_id.company_id")
            for zone in ("partner_id.tz", "resource_calendar_id.tz")
        ),
    )
    def _compute_expires_on(self):
        for answer in self:
            days = answer.criterion_id.validity_days
            expires_on = False
            if days and answer.date:
                company = answer.company_id or answer.lead_id.company_id
                company = company or answer.user_id.company_id or self.env.company
                day = company._get_day(answer.date)
                expires_on = fields.Date.add(day, days=days)
            # a conversion asks for it: whoever converts has changed no answer
            if answer.expires_on != expires_on:
                answer.expires_on = expires_on

    # ------------------------------------------------------------
    # ORM
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._read_value(dict(vals)) for vals in vals_list]
        answers = super().create(vals_list)
        answers._get_leads()._facts_changed()
        return answers

    def write(self, vals):
        if "value" in vals:
            criteria = self.env["crm.qualification.criterion"]
            asked = criteria.browse(vals.get("criterion_id"))
            by_criterion = {asked: self} if asked else self.grouped("criterion_id")
            for criterion, answers in by_criterion.items():
                rest = {name: value for name, value in vals.items() if name != "value"}
                answers.write(rest | criterion._parse_value(vals["value"]))
            return True
        vals = self._use_account(dict(vals))
        is_new = not vals.keys().isdisjoint({*VALUE_FIELDS.values(), "is_zero"})
        if is_new:
            # what proved the old answer doesn't prove the new one
            vals = NO_PROOF | vals
        old = {answer: answer._get_statement() for answer in self} if is_new else {}
        is_changed = not vals.keys() <= {"note", *NO_PROOF, *WITHDRAWAL}
        others = self.filtered(lambda answer: answer.user_id != self.env.user)
        if is_changed:
            vals.setdefault("date", fields.Datetime.now())
        # who rewrites the note of somebody else's answer answers it
        elif renoted := others.filtered(lambda a: a._changes(vals, {"note"})):
            # sudo: who changes an answer signs for it
            renoted.sudo()._write_unsigned(
                {"user_id": self.env.uid, "date": fields.Datetime.now()}
            )
        res = super().write(vals)
        for answer, saying in old.items():
            if saying and answer.value != saying[0]:
                # sudo: nobody rewrites the history
                answer.sudo()._add_to_history(saying)
        if is_changed:
            # sudo: who changes an answer signs for it, nobody signs for others
            self.sudo().filtered(
                lambda a: a.user_id != self.env.user
            ).user_id = self.env.user
        self._get_leads()._facts_changed()
        return res

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    def _read_value(self, vals):
        """Values of a new answer with its text read by the criterion's rule."""
        if default := self.env.context.get("default_partner_id"):
            vals.setdefault("partner_id", False if vals.get("lead_id") else default)
        vals = self._use_account(vals)
        if "value" not in vals:
            number = vals.get("value_number", False)
            # a file's zero is a number, its empty cell is False
            if number is not False and self.env.context.get("import_file"):
                vals.setdefault("is_zero", number == 0)
            return vals
        criterion_id = vals.get("criterion_id") or self.env.context.get(
            "default_criterion_id"
        )
        criterion = self.env["crm.qualification.criterion"].browse(criterion_id)
        value = vals.pop("value")
        if not criterion:
            # Odoo says that it is required
            return vals
        try:
            return vals | criterion._parse_value(value)
        except ValidationError:
            # as the import does with values of its own fields; the words are kept
            unread = self.env.context.get("import_set_empty_fields") or ()
            if VALUE_COLUMNS.isdisjoint(unread):
                raise
            return {"note": self.env._("Can't be read: %s", value)} | vals

    @api.model
    def _save(self, criterion, owner, value, note=None):
        """Answer a criterion, or change the answer that is there.

        :param criterion: ``crm.qualification.criterion``
        :param dict owner: ``lead_id``, ``partner_id`` and, for accounts, ``company_id``
        :param str value: "yes", a choice's name, "12.5", "2026-05-01"; empty: unknown
        :param str note: how it was found out; None keeps the present one
        :raise ValidationError: names the values that are allowed
        """
        # cleaned: nobody's default_… keys get into an answer
        self = self.with_env(self.env(context=clean_context(self.env.context)))
        vals = {"value": value or ""} | ({} if note is None else {"note": note})
        domain = Domain("criterion_id", "=", criterion.id) & Domain("active", "=", True)
        for name, known in owner.items():
            domain &= Domain(name, "=", known)
        if answer := self.search(domain, limit=1):
            answer.write(vals)
            return
        try:
            with expecting(UniqueViolation):
                self.create({"criterion_id": criterion.id} | owner | vals)
        except UniqueViolation as error:
            # somebody has just answered: Odoo tries again, and changes their answer
            raise ConcurrencyError("Answered at the same moment") from error

    @api.model
    def _get_account_owner(self, account, company):
        """How a company's answer names an account as its owner, for ``_save``."""
        return {"partner_id": account.id, "company_id": company.id, "lead_id": False}

    def _move_to(self, owner, company=None):
        """Have answers follow to a lead or account; of two the newer one stays.

        An answer that is known stays before an unknown one. Who answered, and when,
        stays as it is. The one that has to go is kept in the history of the other.

        :param owner: ``crm.lead``, or ``res.partner`` of an account
        :param company: ``res.company`` whose answers about the account they become;
            None: as each is now
        """
        if not self:
            return
        own_answers = owner.qualification_answer_ids
        field, other = (
            ("lead_id", "partner_id")
            if owner._name == "crm.lead"
            else ("partner_id", "lead_id")
        )
        known, gone = {}, self.browse()
        for answer in (own_answers | self).sorted("date"):
            # the owner's own keep their company
            theirs = (
                answer.company_id if answer in own_answers or not company else company
            )
            place = answer.criterion_id, field == "partner_id" and theirs
            rival = known.get(place)
            winner = max(rival or answer, answer, key=lambda a: a._get_precedence())
            if rival:
                loser = answer if winner == rival else rival
                winner._add_to_history(loser._get_statement(), loser.history)
                gone |= loser
            known[place] = winner
        moving = self.browse([a.id for a in known.values()]) - own_answers
        gone.unlink()
        moving._write_unsigned(
            {field: owner.id, other: False}
            | ({"company_id": company.id} if company else {})
        )

    def _get_precedence(self):
        """Of two answers to the same question the one with the higher counts."""
        return self._is_answered(), self.origin != "agent", self.date

    def _get_statement(self):
        """What this answer says, who says so, and when; None while it is unknown."""
        if not self._is_answered():
            return None
        return self.value, self.user_id.name, self.date

    def _add_to_history(self, saying, history=None):
        """Keep in the history what was said before, or elsewhere.

        :param tuple saying: as ``_get_statement`` gives it, or None
        :param str history: of the one who said so
        """
        said = saying and "{} ({}, {:%Y-%m-%d})".format(*saying)
        # the youngest first
        lines = [said, history, self.history]
        history = "\n".join(line for line in lines if line)
        self._write_unsigned({"history": history or False})

    def _write_unsigned(self, vals):
        """Write past our own ``write``, which would sign and date the answers anew."""
        return super().write(vals)  # pylint: disable=super-method-mismatch

    @api.model
    def _describe(self, value):
        """What a typed value says, as text; of a choice its name is told instead."""
        if not isinstance(value, float):
            return str(value)
        # all digits that are kept: what is told is read again
        return to_plain(*f"{value:.4f}".split("."))

    @api.model
    def _is_over(self, answer, today):
        """True where the validity of an answer is over.

        :param answer: an answer, or its ``KnownAnswer``
        :param date today: the day, for open records; None: answers of closed ones
            never expire
        """
        expires_on = today and answer.state != "unknown" and answer.expires_on
        return bool(expires_on) and expires_on < today

    def _get_author(self):
        # with a history of somebody else's it is their word, too
        user, lines = self.user_id, (self.history or "").splitlines()
        is_own = all(f" ({user.name}, " in line for line in lines)
        return user if is_own else user.browse()

    def _get_account(self):
        return self.partner_id or super()._get_account()

    def _use_account(self, vals):
        """Values in which an answer of any person serves the whole account."""
        if vals.get("partner_id"):
            partner = self.env["res.partner"].browse(vals["partner_id"])
            vals["partner_id"] = partner.commercial_partner_id.id
        return vals

    def _is_answered(self):
        """Unknown is not the same as "no", and zero is a number."""
        column = self._get_value_field()
        value = column and self[column]
        if column == "value_text":
            value = get_words(value)
        return bool(value or (column and self.is_zero))

    def _get_leads(self):
        """The open leads that these answers speak of, accounts' leads included."""
        accounts = self.partner_id
        if not accounts:
            return self.lead_id
        return self.lead_id | self.env["crm.lead"].search(
            Domain("partner_id.commercial_partner_id", "in", accounts.ids)
            & Domain("won_status", "=", "pending")
        )

    def _get_value_field(self):
        """Name of the typed field that holds the answer; empty for automatic ones."""
        return VALUE_FIELDS.get(self.criterion_id.answer_type, "")

    def _get_problems(self):
        """All that is wrong with this answer, as sentences.

        :rtype: list[str]
        """
        self.ensure_one()
        criterion, problems = self.criterion_id, []
        if criterion.answer_type == "automatic":
            problems.append(
                self.env._(
                    "“%(question)s” is answered by its filter and takes no other "
                    "answer.",
                )
            )
        if self.partner_id and criterion.scope == "lead":
            problems.append(
                self.env._(
                    "“%(question)s” is asked for each lead: answer it on the lead, "
                    "not on the account.",
                )
            )
        if self.choice_id and self.choice_id.criterion_id != criterion:
            problems.append(
                self.env._(
                    "“%(choice)s” is a choice of another criterion. Allowed for "
                    "“%(question)s”: %(allowed)s.",
                )
            )
        if self.is_zero and criterion.answer_type != "number":
            problems.append(
                self.env._(
                    "Zero is no answer to “%(question)s”. Allowed: %(allowed)s.",
                )
            )
        own = self._get_value_field()
        if any(self[column] for column in VALUE_FIELDS.values() if column != own):
            problems.append(
                self.env._(
                    "This answer is of another type than “%(question)s” asks for. "
                    "Allowed: %(allowed)s.",
                )
            )
        if self.date and self.date > fields.Datetime.add(fields.Datetime.now(), days=1):
            problems.append(
                self.env._("“%(question)s” can't be answered in the future.")
            )
        words = problems and {
            "question": criterion.name,
            "allowed": criterion._describe_values(),
            "choice": self.choice_id.name,
        }
        return [problem % words for problem in problems]


class CrmQualificationCriterion(models.Model):
    """Once there are answers, a question stays what it is."""

    _inherit = "crm.qualification.criterion"

    @api.constrains("answer_type", "scope")
    def _check_answers_fit(self):
        """Type and scope are fixed once there are answers: they would mean nothing."""
        # sudo: also answers that the manager can't see
        answers = self.env["crm.qualification.answer"].sudo()
        found = answers.search([("criterion_id", "in", self.ids)])
        wrong = found.filtered(lambda answer: answer._get_problems())
        if wrong:
            raise ValidationError(
                NEEDLESS_STOP.sub(
                    "",
                    self.env._(
                        "These questions are answered already, so their type and scope "
                        "can't change; archive the profile or add a new question: "
                        "%(names)s.",
                        names=", ".join(wrong.criterion_id.mapped("name")),
                    ),
                )
            )
