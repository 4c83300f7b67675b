import base64
import dataclasses
import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import json_default
from odoo.tools.misc import DATE_LENGTH, clean_context

from ... import backtest, gate
from ...gate import Check
from ..base.calls import notify, on_one, on_some
from ..base.identity import ERASED
from ..policy.policy_content import write_number
from .crm_lead import GRADES
from .reasons import explain, get_codes

# What of the facts and checks tells nothing about a person: states, days, and the names
# of criteria.
IMPERSONAL = frozenset(
    "contact contact_day date day deadline key names origin state today unattended"
    " unknown_names".split()
)
# What is kept as it is, JSON's own and dates.
PLAIN = (str, int, float, date, type(None))
# What of a version an auditor gets.
VERSION = ("profile_id", "number", "date", "user_id", "note", "content")


def name_values(value):
    """What the gate keeps, with its records as dicts: JSON would have them as lists."""
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
        value = {name: getattr(value, name) for name in names}
    elif hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, Mapping):
        return {
            key: one if isinstance(one, PLAIN) else name_values(one)
            for key, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [name_values(one) for one in value]
    return value


def write_down(kept):
    """What the gate keeps, as JSON: dates as text, as Odoo writes them.

    :param dict kept: ``checks``, of ``gate.Check``, and more
    """
    kept = name_values(kept)
    for check in kept["checks"]:
        # whoever reads it names it in their language
        del check["name"]
    return json.loads(json.dumps(kept, default=json_default))


def erase_texts(value, name=None):
    """What the log keeps of facts or of a verdict, without what people said.

    :param value: JSON
    :param str name: its key
    """
    if name in IMPERSONAL or (name == "reason" and get_codes(value)):
        return value
    if isinstance(value, dict):
        return {key: erase_texts(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [erase_texts(one) for one in value]
    return ERASED if value and isinstance(value, str) else value


class CrmQualificationDecision(models.Model):
    """Who was let through the gate, when, why, and on which facts. Append-only.

    Only the gate's own code writes rows, in superuser mode; nobody has the right to
    create, change or delete one. A decision with ``is_pending`` opens the transition
    of its own lead once; nothing else does.
    """

    _name = "crm.qualification.decision"
    _description = "Qualification Decision"
    _inherit = ["qualification.kept.mixin"]
    _order = "date desc, id desc"
    _rec_name = "lead_name"

    lead_id = fields.Many2one(
        "crm.lead",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        help="Whom it was about. Empty: deleted since.",
    )
    lead_name = fields.Char(readonly=True, help="Survives the lead's deletion.")
    # by this name Odoo's own Privacy Lookup finds it
    email_normalized = fields.Char(
        "E-mail",
        readonly=True,
        help="Of the lead: by it the decision is found when somebody asks what is kept "
        "about them, even when the lead is gone.",
    )
    company_id = fields.Many2one("res.company", readonly=True)
    profile_id = fields.Many2one(
        "crm.qualification.profile",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="By which policy it was decided.",
    )
    version_id = fields.Many2one(
        "crm.qualification.version",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="What was published and judged it.",
    )
    date = fields.Datetime(required=True, readonly=True, help="When it was decided.")
    user_id = fields.Many2one(
        "res.users", readonly=True, ondelete="set null", help="Who tried."
    )
    user_name = fields.Char(readonly=True, help="Survives the user's deletion.")
    path = fields.Selection(
        [
            ("wizard", "Convert wizard"),
            ("mass", "Mass conversion"),
            ("merge", "Merge"),
            ("link", "Link in an e-mail"),
            ("assignment", "Automatic assignment"),
            ("portal", "Portal"),
            ("automatic", "Automation, scheduled job or e-mail"),
            ("convert", "Conversion by another app"),
            ("write", "Change of type"),
            ("create", "Created as opportunity"),
            ("enter", "Came under a profile"),
            ("restore", "Restored"),
            ("won", "Won"),
            ("stage", "Stage"),
            ("facts", "New facts"),
        ],
        required=True,
        readonly=True,
        help="The way on which the lead came to the gate.",
    )
    stage_id = fields.Many2one(
        "crm.stage",
        readonly=True,
        ondelete="set null",
        help="The stage that it came into, where that asks for something.",
    )
    is_past = fields.Boolean(
        readonly=True,
        help="It was created won or lost: history, that was never in the pipeline.",
    )
    outcome = fields.Selection(
        [
            ("passed", "Passed"),
            ("overridden", "Overridden"),
            ("flagged", "Flagged"),
            ("refused", "Refused"),
            ("settled", "Settled"),
            ("advised", "Advised"),
        ],
        required=True,
        readonly=True,
        index=True,
        help="Advised: let through although the facts did not pass, since the profile "
        "only advises.\nSettled: the facts of a flagged opportunity pass by now.",
    )
    reason = fields.Char(readonly=True, help="Why an approver overrode the gate.")
    exception_ids = fields.One2many("crm.qualification.exception", "decision_id")
    asked_by_id = fields.Many2one(related="exception_ids.user_id", string="Asked By")
    facts = fields.Json(readonly=True, help="The facts that the gate saw.")
    verdict = fields.Json(
        readonly=True,
        help="Whether it passed, and the checks: key, state, code of the reason, and "
        "the values that the reason names. Before 19.0.1.5.0 the reason is a text. "
        "Where stages ask for something, those that did; an empty one is the "
        "conversion. Not before 19.0.1.9.0.",
    )
    # In the reader's language. No help: without a label it would be the list's tip.
    checks = fields.Json(compute="_compute_checks")
    score = fields.Float(readonly=True, help="The score at that moment, in percent.")
    grade = fields.Selection(GRADES, readonly=True, help="The letter at that moment.")
    signature = fields.Char(
        readonly=True,
        help="Fingerprint of the verdict: equal refusals are logged once.",
    )
    is_pending = fields.Boolean(
        readonly=True,
        index="btree_not_null",
        help="Opens the transition that is being made; never true once it is made.",
    )
    summary = fields.Text(
        compute="_compute_summary",
        string="Reasons",
        help="What was missing at that moment.",
    )

    @api.depends("verdict")
    @api.depends_context("lang", "tz")
    def _compute_checks(self):
        for decision in self:
            decision.checks = [
                explain(self.env, self._restore_check(check))
                for check in (decision.verdict or {}).get("checks", [])
            ]

    @api.depends("checks")
    @api.depends_context("lang", "tz")
    def _compute_summary(self):
        for decision in self:
            decision.summary = "\n".join(
                f"{check['name']}: {check['reason']}"
                for check in decision.checks
                if check["state"] == "failed"
            )

    # ------------------------------------------------------------
    # ORM
    # ------------------------------------------------------------

    def write(self, vals):
        """Only the lead's link (merges) and the pending mark ever change."""
        if not vals.keys() <= {"lead_id", "is_pending"}:
            raise AccessError(self.env._("The decision log can't be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_log(self):
        raise AccessError(self.env._("The decision log can't be deleted."))

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    @on_one
    def action_judge_again(self):
        """Judge it again, and tell what comes out otherwise."""
        [found] = self.judge_again()
        if problem := found["problem"]:
            return notify(problem, title=self.env._("It can't be judged again"))
        if texts := found["differences"]:
            title = self.env._("Judged again, this is different")
            return notify("; ".join(texts), title=title, type="danger", sticky=True)
        return notify(self.env._("Judged again, the same comes out."), type="success")

    @on_some
    def action_export_json(self):
        """Download these with their facts, and the versions that they name, as JSON.

        :raise AccessError: the user may not export, or not read one of them
        """
        if not self.env.user.has_group("base.group_allow_export"):
            raise AccessError(self.env._("You have no right to export."))
        columns = [f.name for f in self._fields.values() if f.store and f.column_type]
        versions = self.version_id._filtered_access("read").read(VERSION, None)
        kept = {"decisions": self.read(columns, None), "versions": versions}
        text = json.dumps(kept, default=json_default, ensure_ascii=False, indent=1)
        files = self.env["crm.qualification.decision.file"]
        file = files.create({"content": base64.b64encode(text.encode())})
        url = f"/web/content/{file._name}/{file.id}/content/decisions.json?download=1"
        return {"type": "ir.actions.act_url", "url": url}

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    @api.readonly
    @on_some
    def judge_again(self):
        """Judge these again: the facts that each kept, by the version that it names.

        What checks of other addons said is taken as it is: their facts are theirs.

        :return: of each ``id``; ``differences``: what comes out otherwise, texts; and
            ``problem``: why it can't be judged again, or an empty text
        :rtype: list[dict]
        :raise AccessError: the user may not read one of them
        """
        self.check_access("read")
        return [{"id": one.id} | one._judge_again() for one in self]

    def _judge_again(self):
        env, kept = self.env, self.verdict or {}
        past = self.facts and backtest.read_snapshot(self.facts)
        # sudo: what judged it doesn't depend on who asks
        policy, at = self.version_id.sudo()._get_policy(), kept.get("at")
        problem = ""
        if not past or past.missing - {"extra"}:
            problem = env._("Its facts were not kept.")
        elif not policy:
            problem = env._("The version that judged it was not kept, or questions.")
        elif at is None and policy.stages:
            problem = env._("It was not kept which stages asked.")
        if problem:
            return {"problem": problem, "differences": []}
        is_entering = at is not None and None not in at
        checks = gate.STAGE_CHECKS if is_entering else gate.CHECKS
        policy = policy if at is None else policy.asking(at)
        verdict = gate.judge(past.facts, policy, checks)
        judged = {c["key"]: c for c in write_down({"checks": verdict.checks})["checks"]}
        pairs = [(old, judged.get(old["key"], old)) for old in kept["checks"]]
        passed = all(new["state"] != gate.FAILED for _old, new in pairs)
        # whoever is won comes as it came in, whatever the facts say by now
        through = self.outcome in ("passed", "settled")
        through = passed if self.path == "won" else through
        words = {True: env._("Yes"), False: env._("No")}
        scores = self.score, verdict.score
        told = [
            (env._("Let through by the facts"), words[through], words[passed]),
            (env._("Passed"), words[kept["passed"]], words[passed]),
            (env._("Score"), *(write_number(env, one) for one in scores)),
            (env._("Grade"), self.grade, verdict.grade),
        ]
        told = [one for one in told if one[1] != one[2]]
        for both in pairs:
            # names are in somebody's language
            cores = [
                c
                | {"values": {k: v for k, v in c["values"].items() if "names" not in k}}
                for c in both
            ]
            if cores[0] != cores[1]:
                said = [explain(env, self._restore_check(check)) for check in both]
                texts = [f"{one['reason']} ({one['state']})" for one in said]
                told.append((said[0]["name"], *texts))
        differences = [f"{name}: {old} → {new}" for name, old, new in told]
        return {"problem": "", "differences": differences}

    @api.model
    def _log(self, entries, path, reason=None, pending=False, stages=None):
        """Append decisions of the gate.

        :param list entries: ``(lead, outcome, facts, verdict)``, the last two as in
            ``gate.py``
        :param str path: how the leads came to the gate
        :param str reason: why an approver overrode, or None
        :param bool pending: they open a transition that is still to be made
        :param dict stages: ``crm.stage`` that the leads came into, by lead; None: it is
            about none
        :return: the new rows, in superuser mode
        """
        # sudo: nobody may write the log, nor outsiders read the leads' profiles, the
        # gate's code does
        # cleaned: nobody's default_… keys get into a row
        log = self.with_env(self.env(su=True, context=clean_context(self.env.context)))
        return log.create(
            [
                log._prepare_values(lead.sudo(), outcome, facts, verdict)
                | {"path": path, "reason": reason, "is_pending": pending}
                | {"stage_id": stages[lead].id if stages else False}
                | {"is_past": path == "create" and lead._peek_won_status() != "pending"}
                for lead, outcome, facts, verdict in entries
            ]
        )

    @api.model
    def _restore_check(self, kept):
        """A check of the log as the gate had it: the log keeps moments as text.

        :param dict kept: an entry of ``verdict["checks"]``
        :rtype: gate.Check
        """
        values = dict(kept.get("values", {}))
        if values.get("date"):
            # before 19.0.1.6.8 the day only
            is_day = len(values["date"]) == DATE_LENGTH
            read = fields.Date.to_date if is_day else fields.Datetime.to_datetime
            values["date"] = read(values["date"])
        return Check(kept["key"], kept["state"], kept["reason"], values)

    def _prepare_values(self, lead, outcome, facts, verdict):
        kept = write_down({"facts": facts, "checks": verdict.checks})
        at = {} if verdict.at is None else {"at": verdict.at}
        return {
            "date": fields.Datetime.now(),
            "user_id": self.env.uid,
            "user_name": self.env.user.name,
            "lead_id": lead.id,
            "lead_name": lead.name,
            "email_normalized": lead.email_normalized,
            "company_id": lead.company_id.id,
            "profile_id": lead.qualification_profile_id.id,
            "version_id": lead.qualification_profile_id.version_id.id,
            "outcome": outcome,
            "facts": kept["facts"],
            "verdict": {"passed": verdict.passed, "checks": kept["checks"]} | at,
            "score": verdict.score,
            "grade": verdict.grade,
            "signature": self._get_signature(verdict),
        }

    @api.model
    def _get_signature(self, verdict):
        """Fingerprint of a verdict: which checks failed, and why, in any language."""
        failed = [
            (c.key, c.reason, {k: c.values[k] for k in c.values if "names" not in k})
            for c in verdict.failed
        ]

        def to_text(value):
            # of a moment its day: we wrote again on the same one
            return json_default(value.date() if isinstance(value, datetime) else value)

        text = json.dumps(failed, default=to_text, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @api.model
    def _get_last_refusals(self, leads):
        """Each lead's newest decision, if that was a refusal.

        :param leads: recordset of ``crm.lead``
        :return: ``{lead id: (signature, path)}``
        """
        # sudo: refusals that the user can't read are logged once all the same
        decisions = self.sudo().search([("lead_id", "in", leads.ids)], order="date, id")
        newest = {decision.lead_id.id: decision for decision in decisions}
        return {
            lead_id: (decision.signature, decision.path)
            for lead_id, decision in newest.items()
            if decision.outcome == "refused"
        }


class CrmQualificationDecisionFile(models.TransientModel):
    """A part of the log that somebody downloads; gone a few hours later."""

    _name = "crm.qualification.decision.file"
    _description = "Decisions as a File"

    content = fields.Binary(attachment=False, readonly=True)
