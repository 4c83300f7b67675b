from odoo import api, fields, models
from odoo.exceptions import UserError

from ..base.calls import on_one, on_some
from ..base.identity import get_words, is_text
from ..decision.reasons import explain, get_codes
from ..policy.policy_content import find_problem_of_value

# What of a program's context is meant for us.
CONTEXT = ("allowed_company_ids", "lang", "tz")


class CrmLead(models.Model):
    """What programs are offered, over JSON-2 and XML-RPC, as plain dictionaries.

    ``readme/API.md`` has the schemas. What is refused is told as data; what is asked
    for in a wrong way raises one ``UserError`` that names all that is wrong.
    """

    _inherit = "crm.lead"

    @api.readonly
    @on_some
    def qualification_check(self):
        """What the gate says of each of these, what fails, and what to do next."""
        self.check_access("read")
        # portal users may read some leads, and no verdict
        self._check_field_access(self._fields["qualification_state"], "read")
        verdicts = self._get_verdicts()
        steps = self._get_next_steps(verdicts)
        return [
            lead._get_check(verdicts.get(lead), steps.get(lead.id)) for lead in self
        ]

    def _get_check(self, known, step):
        profile, verdict = self._get_judging_profile(), known and known[1]
        is_open = step and step.key and self._peek_won_status() == "pending"
        # sudo: a lead shows what is asked, of whatever company its profile is
        question = self.env["crm.qualification.criterion"].sudo()
        question = question.browse(is_open and step.question)
        label = is_open and self._get_labels("qualification_step")[step.key]
        return {
            "id": self.id,
            "type": self.type,
            "profile": profile.name or "",
            "enforcement": profile._get_policy().enforcement,
            "state": self._get_qualification_state(verdict),
            "passed": bool(verdict and verdict.passed),
            "score": verdict.score if verdict else 0.0,
            "grade": verdict.grade if verdict else "none",
            "failed": [
                {
                    "check": check.key,
                    "reason": " ".join(get_codes(check.reason)) or "other",
                    "text": explain(self.env, check)["reason"],
                }
                for check in (verdict.failed if verdict else ())
            ],
            "next_step": is_open
            and {
                "step": step.key,
                "text": question.name or step.about or label,
                "criterion": question.code or "",
            },
        }

    @on_one
    def qualification_answer(self, values):
        """Answer a criterion: ``criterion`` (code or id), ``value``, ``note``."""
        values = self._read_values(
            values, "crm.qualification.answer", "criterion", "value", "note"
        )
        # sudo: who may change the lead may know what it is asked
        criteria = self.sudo().qualification_profile_id.criterion_ids
        code, value = values["criterion"], values.get("value")
        criterion = criteria.filtered(lambda one: code in (one.code, one.id))
        if not criterion:
            codes = ", ".join(criteria.mapped("code"))
            raise UserError(self.env._("“criterion” has to be one of %s", codes))
        if isinstance(value, bool):
            value = "yes" if value else "no"
        lead = self._for_program()
        lead.save_qualification_answer(criterion.id, value, values.get("note"))
        return lead._tell()

    @on_one
    def qualification_add_need(self, values):
        """Add a need: ``name``, ``detail``, ``state``."""
        return self._add_fact("crm.lead.need", values, "name", "detail", "state")

    @on_one
    def qualification_add_commitment(self, values):
        """Add what the buyer promised: ``name``, ``kind``, ``date_deadline``."""
        names = "name", "kind", "date_deadline"
        return self._add_fact("crm.lead.commitment", values, *names)

    @on_one
    def qualification_log_contact(self, values):
        """Log a call or visit: ``outcome``, ``channel``, ``date``, ``note`` and
        ``call_back_date``."""
        names = "outcome", "channel", "date", "note", "call_back_date"
        return self._add_fact("crm.lead.log.contact", values, *names)

    def _add_fact(self, model, values, *names):
        values = self._read_values(values, model, *names)
        lead = self._for_program()
        fact = lead.env[model].create(values | {"lead_id": self.id})
        if model == "crm.lead.log.contact":
            fact.action_log()
        return lead._tell()

    @on_one
    def qualification_convert(self):
        """Make this lead an opportunity, if the gate lets it through."""
        lead = self._for_program()
        if lead.type != "lead" or lead._peek_won_status() != "pending":
            text = self.env._("Only an open lead is converted.")
            return lead._tell({"check": "lead", "reason": "no_lead", "text": text})
        dialog = lead.env["crm.lead2opportunity.partner"].with_context(
            active_model=lead._name, active_id=lead.id, active_ids=lead.ids
        )
        dialog.create({"lead_id": lead.id, "name": "convert"}).action_apply()
        if lead.type == "lead":
            return lead._tell(*lead.qualification_check()[0]["failed"])
        return lead._tell()

    @on_one
    def qualification_ask_exception(self, values):
        """Ask an approver to let it through: ``reason``, ``stage_id``."""
        model = "crm.qualification.exception"
        values = self._read_values(values, model, "reason", "stage_id")
        lead = self._for_program()
        try:
            stage = self.env["crm.stage"].browse(values.get("stage_id"))
            lead._ask_exception(values["reason"], stage)
        except UserError as error:
            # missing rights and records stay errors
            if type(error) is not UserError:
                raise
            failed = {"check": "exception", "reason": "not_asked", "text": str(error)}
            return lead._tell(failed)
        return lead._tell()

    def _for_program(self):
        """This lead, which may be changed, without what else the context holds."""
        self.check_access("write")
        known = self.env.context
        kept = {name: known[name] for name in CONTEXT if name in known}
        return self.with_env(self.env(context=kept))

    def _tell(self, *failed):
        """How a call ended: what refused it, and what the gate says now."""
        [check] = self.qualification_check()
        return {"ok": not failed, "failed": [*failed], "check": check}

    def _read_values(self, values, model, *names):
        """What a program gave, if nothing is wrong with it.

        :param names: of what it may give, most of them fields of the model; the first
            is required
        :raise UserError: names all that is wrong
        """
        values = values if isinstance(values, dict) else {"": values}
        words = {"names": ", ".join(names)}
        problems = [
            self.env._("“%(name)s” is not known here, only %(names)s", name=x, **words)
            for x in {*values} - {*names}
        ]
        for name in names:
            field, value = self.env[model]._fields.get(name), values.get(name)
            if name == "criterion":
                wanted = not isinstance(value, str | int) and self.env._("a code")
            elif name == names[0] and not (isinstance(value, str) and get_words(value)):
                wanted = self.env._("filled in")
            elif name not in values:
                continue
            elif name == "value":
                is_plain = value is None or isinstance(value, int | float)
                wanted = not (is_plain or is_text(value)) and self.env._(
                    "a text or a number"
                )
            elif field.type == "datetime":
                wanted = not _is_moment(value) and self.env._(
                    "a moment such as 2026-05-01 09:30:00"
                )
            else:
                wanted = find_problem_of_value(self.env, field, value)
            if wanted:
                told = {"name": name, "wanted": wanted}
                problems.append(self.env._("“%(name)s” has to be %(wanted)s", **told))
        if problems:
            raise UserError("; ".join(sorted(problems)))
        return values


def _is_moment(value):
    try:
        return isinstance(value, str) and bool(fields.Datetime.to_datetime(value))
    except ValueError:
        return False
