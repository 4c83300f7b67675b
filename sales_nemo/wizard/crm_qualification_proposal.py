import logging

from odoo import api, fields, models
from odoo.tools.misc import formatLang

from ..models.base.calls import on_one
from ..models.decision.crm_qualification_profile_scorecard import BATCH

_logger = logging.getLogger(__name__)

# From so many closed records on it is learnt in the background.
BACKGROUND_FROM = 2 * BATCH


class CrmQualificationProposal(models.TransientModel):
    """Weights learnt from history: how far it is, and what came out.

    A few records are read at once, many by a scheduled action, as the user who asked.
    """

    _name = "crm.qualification.proposal"
    _description = "Weights Proposed from History"
    _transient_max_hours = 24

    profile_id = fields.Many2one(
        "crm.qualification.profile", required=True, readonly=True, ondelete="cascade"
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("running", "Running"),
            ("done", "Done"),
            ("failed", "Stopped by an error"),
        ],
        default="waiting",
        required=True,
        readonly=True,
    )
    percent = fields.Integer(readonly=True, help="How much of the history was read.")
    user_context = fields.Json(readonly=True)
    error = fields.Text(readonly=True, help="Why no weights could be learnt.")
    result = fields.Json(
        readonly=True, help="What crm.qualification.profile._propose_weights gave."
    )
    draft_id = fields.Many2one(
        "crm.qualification.profile", readonly=True, ondelete="set null"
    )
    summary = fields.Text(
        compute="_compute_summary", help="What was learnt, and from how many deals."
    )

    @api.depends("result")
    @api.depends_context("lang")
    def _compute_summary(self):
        for proposal in self:
            found = proposal.result
            proposal.summary = found and "\n".join(proposal._describe(found))

    @on_one
    def action_open_draft(self):
        """Open the draft that the proposal made."""
        return self.draft_id._get_records_action()

    def _learn_or_plan(self):
        """Learn now from a few records, in the background from many."""
        if len(self.profile_id._find_closed(BACKGROUND_FROM)) < BACKGROUND_FROM:
            self._finish(self.profile_id._propose_weights(lambda percent: None))
            return
        names = ("lang", "tz", "allowed_company_ids")
        context = self.env.context
        self.user_context = {name: context[name] for name in names if name in context}
        # sudo: who asks need not have the right to plan scheduled actions
        self.env.ref("sales_nemo.ir_cron_proposal").sudo()._trigger()

    @api.model
    def _cron_propose(self):
        """Scheduled: learn what was asked for, one profile after the other."""
        cron = self.env["ir.cron"]
        asked = self.search([("state", "in", ("waiting", "running"))], order="id")
        for number, proposal in enumerate(asked, 1):
            if proposal.state == "running":
                # so it was when the server was stopped
                proposal._fail(self.env._("The server was stopped meanwhile."))
            elif proposal.create_uid.active:
                proposal._propose(cron)
            cron._commit_progress(1, remaining=len(asked) - number)

    def _propose(self, cron):
        def progress(percent):
            self.write({"state": "running", "percent": percent})
            cron._commit_progress()

        progress(0)
        context = self.user_context or {}
        asker = self.env(user=self.create_uid.id, su=False, context=context)
        try:
            profile = self.profile_id.with_env(asker)
            profile._check_weights_proposable()
            self._finish(profile._propose_weights(progress))
            self.env.flush_all()
        except Exception as error:  # pylint: disable=broad-except
            if self.env.cr.closed:
                raise
            self.env.cr.rollback()
            _logger.info("Weights of profile %s were not learnt: %s", self.id, error)
            self._fail(str(error))

    def _finish(self, found):
        values = {"result": found, "draft_id": found["draft_id"]}
        self.write(values | {"state": "done", "percent": 100})
        if self.user_context is not False:
            self._notify("success", self.summary)

    def _fail(self, error):
        self.write({"state": "failed", "error": error})
        self._notify("danger", error)

    def _notify(self, kind, text):
        title = self.env._("Weights from History: %s", self.profile_id.name)
        message = {"type": kind, "title": title, "message": text, "sticky": True}
        self.create_uid._bus_send("simple_notification", message)

    def _describe(self, found):
        """What came out, in words.

        :rtype: list[str]
        """
        if found["result"] == "too_few":
            return [
                self.env._(
                    "Too few to learn from: %(deals)s closed records, %(won)s of them "
                    "won, and what was known of these. It takes 100, of these 30 won "
                    "and 30 lost, with answers that differ and were known in time.",
                    **found,
                )
            ]
        auc = {
            name: f"{100 * one['auc']:.0f}" for name, one in found["quality"].items()
        }
        values = auc | {
            "deals": found["deals"],
            "won": found["won"],
            "gain": formatLang(self.env, found["gain"], digits=3),
            "error": formatLang(self.env, 1.96 * found["gain_error"], digits=3),
        }
        text = self.env._("Nothing to gain beyond chance.")
        if found["result"] == "learnt":
            text = self.env._(
                "Nothing changes until you publish the draft. Its least score stays as "
                "it is: try it on history."
            )
        lines = [
            self.env._(
                "Of a won and a lost record of this history the learnt points put the "
                "won one first %(new)s times of 100, today's weights %(hand)s times, "
                "Odoo's own scoring %(odoo)s times; 50 is chance.",
                **values,
            ),
            text,
            self.env._(
                "Told by records that were left out, of %(deals)s closed ones, %(won)s "
                "of them won: a gain in log loss of %(gain)s ± %(error)s.",
                **values,
            ),
        ]
        if found["refused"]:
            lines.append(
                self.env._(
                    "%s refusals have no outcome: history knows only who got through, "
                    "and thinks too well of those who are like the refused.",
                    found["refused"],
                )
            )
        return lines
