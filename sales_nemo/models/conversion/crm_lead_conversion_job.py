import logging

from psycopg2 import IntegrityError, OperationalError

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import clean_context

from ..base.batches import lock_rows
from ..base.calls import on_one
from ..decision.reasons import explain

_logger = logging.getLogger(__name__)

# From so many leads on a conversion works in the background.
BACKGROUND_FROM = 1000
# Leads that are converted between two commits.
BATCH = 100
# A batch that meets somebody else's change is tried again so often, then later.
TRIES = 5
RUNNING = ("waiting", "running")


class CrmLeadConversionJob(models.Model):
    """A mass conversion: who asked, for which leads, with what options, what came out.

    A few leads are converted at once; many by a scheduled action, batch by batch, as
    the user who asked. Each batch commits its leads, their lines and its place in the
    list together: whatever stops it, the next run goes on from there.
    """

    _name = "crm.lead.conversion.job"
    _description = "Mass Conversion"
    _inherit = ["qualification.kept.mixin"]
    _order = "id desc"

    user_id = fields.Many2one(
        "res.users",
        string="Asked by",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        help="With their rights it runs, and they are told when it is done.",
    )
    company_ids = fields.Many2many(
        "res.company",
        string="Companies",
        readonly=True,
        help="Companies that the user had switched on; the first is the current one.",
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("running", "Running"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
            ("failed", "Stopped by an error"),
        ],
        required=True,
        default="waiting",
        readonly=True,
        index=True,
        help="It goes on in the background, also when you close this.",
    )
    is_background = fields.Boolean(
        readonly=True, help="Many leads: the scheduled job converts them."
    )
    lead_ids = fields.Json(
        readonly=True, prefetch=False, help="Ids of the leads, in their order."
    )
    opportunity_ids = fields.Json(
        readonly=True,
        prefetch=False,
        help="Ids of those that were opportunities when the user asked.",
    )
    options = fields.Json(
        readonly=True, prefetch=False, help="Values of the dialog, by field."
    )
    user_context = fields.Json(
        readonly=True, prefetch=False, help="The user's language, time zone, companies."
    )
    deduplicate = fields.Boolean(readonly=True)
    is_override = fields.Boolean(
        readonly=True, help="An approver lets through what does not qualify."
    )
    total_count = fields.Integer(
        string="Leads", readonly=True, help="How many were selected."
    )
    done_count = fields.Integer(
        string="Treated", readonly=True, help="Leads of the list that had their turn."
    )
    turn = fields.Integer(
        readonly=True, help="How many were assigned: who of the salespeople is next."
    )
    error = fields.Text(
        readonly=True, help="What stopped it. What was done before stays done."
    )
    line_ids = fields.One2many(
        "crm.lead.conversion.line", "job_id", string="Results", readonly=True
    )
    progress = fields.Json(compute="_compute_progress", help="As the browser shows it.")

    @api.depends("total_count")
    def _compute_display_name(self):
        for job in self:
            job.display_name = self.env._("Conversion of %s leads", job.total_count)

    @api.depends("state", "done_count", "total_count")
    def _compute_progress(self):
        for job in self:
            job.progress = {
                "state": job.state,
                "done": job.done_count,
                "total": job.total_count,
            }

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    @api.readonly
    @on_one
    def get_progress(self):
        """How far this conversion is.

        :return: ``{"state", "done", "total"}``
        :rtype: dict
        """
        return self.progress

    @on_one
    def action_cancel(self):
        """Stop after the batch that is being converted; what is done stays done.

        :raise AccessError: somebody else asked, and the user is no manager
        """
        self.check_access("read")
        for job in self.sudo():  # sudo: only this code writes a conversion
            if job.state in RUNNING:
                job.state = "cancelled"
                job._finish()
        return self.action_open_result()

    @on_one
    def action_resume(self):
        """Go on where an error or the user stopped it.

        :raise AccessError: somebody else asked, and the user is no manager
        """
        self.check_access("read")
        for job in self.sudo():  # sudo: only this code writes a conversion
            if job.state in ("cancelled", "failed"):
                job.write({"state": "waiting", "error": False})
                job._trigger_cron()
        return self.action_open_result()

    @on_one
    def action_open_result(self):
        """Open this conversion in a dialog."""
        name = self.env._("Result of the conversion")
        return self._get_records_action(name=name, target="new", context={})

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    @api.model
    def _create_job(self, wizard, leads, deduplicate):
        """Note what a dialog asks for.

        :param wizard: ``crm.lead2opportunity.partner.mass``
        :param leads: recordset of ``crm.lead``, in the order in which they are assigned
        :param bool deduplicate: merge each with its duplicates first
        :return: the new conversion, in superuser mode
        """
        context = self.env.context
        # sudo: only this code writes a conversion; cleaned: no default_… gets into it
        jobs = self.with_env(self.env(su=True, context=clean_context(context)))
        return jobs.create(
            {
                "user_id": self.env.uid,
                "company_ids": [Command.set(self.env.companies.ids)],
                "lead_ids": leads.ids,
                "opportunity_ids": wizard.opportunity_ids.ids,
                "options": wizard._get_options(),
                "user_context": {
                    name: context[name]
                    for name in ("lang", "tz", "allowed_company_ids")
                    if name in context
                },
                "deduplicate": deduplicate,
                "is_override": wizard._is_overriding(),
                "total_count": len(leads),
                "is_background": len(leads) >= BACKGROUND_FROM,
            }
        )

    def _start(self, env):
        """Convert a few leads now, many in the background.

        :param env: environment of the user who asks
        """
        self.ensure_one()
        if self.is_background:
            self._trigger_cron()
            return
        self._convert_next_leads(self.total_count, env)
        self._finish()

    def _trigger_cron(self):
        # sudo: who asks need not have the right to plan scheduled actions
        self.env.ref("sales_nemo.ir_cron_conversion").sudo()._trigger()

    @api.model
    def _cron_convert(self):
        """Scheduled: convert the next leads of each conversion, turn by turn."""
        cron = self.env["ir.cron"]
        while jobs := self.search([("state", "in", RUNNING)], order="id"):
            for job in jobs:
                done = job._run_next_batch()
                left = self.search_count([("state", "in", RUNNING)])
                if not cron._commit_progress(done, remaining=left):
                    return

    def _run_next_batch(self):
        """Convert the next leads as the user who asked, and tell the browser.

        :return: number of leads that had their turn
        """
        for _try in range(TRIES):
            try:
                with self.env.cr.savepoint():
                    return self._try_next_batch()
            except OperationalError as error:
                # somebody else wrote the same records; a new transaction sees theirs
                _logger.info("Mass conversion %s: tried again (%s)", self.id, error)
                self.env.cr.rollback()
            except Exception as error:  # pylint: disable=broad-except
                if self.env.cr.closed:
                    # nothing of this batch is stored: the next run goes on from there
                    _logger.info("Mass conversion %s: connection lost", self.id)
                    raise
                # another addon's fault must not stop the conversions of others
                _logger.exception("Mass conversion %s stopped", self.id)
                self.write({"state": "failed", "error": str(error)})
                self._finish()
                return 0
        return 0

    def _try_next_batch(self):
        # a cancellation waits for the batch, and the batch sees one that came before
        lock_rows(self, is_waiting=True)
        if not self.user_id.active and self.state in RUNNING:
            # nobody acts in the name of who has left
            self.state = "cancelled"
        if self.state not in RUNNING:
            return 0
        before = self.done_count
        asker = self.env(
            user=self.user_id.id, su=False, context=self.user_context or {}
        )
        # what is computed at last is written in their name, too
        transaction = self.env.transaction
        worker, transaction.default_env = transaction.default_env, asker
        try:
            self._convert_next_leads(BATCH, asker)
            asker.flush_all()
        finally:
            transaction.default_env = worker
        self.state = "running" if self.done_count < self.total_count else "done"
        if self.state == "done":
            self._finish()
        self.env.flush_all()
        self._send_progress()
        return self.done_count - before

    def _convert_next_leads(self, most, env):
        """Convert the next leads of the list and note what became of each.

        :param int most: number of leads
        :param env: environment of the user who asked
        """
        ids = self.lead_ids[self.done_count : self.done_count + most]
        # what was merged or converted with an earlier one had its turn
        treated = self.env["crm.lead.conversion.line"].search(
            [("job_id", "=", self.id), ("selected_id", "in", ids)]
        )
        known = set(treated.mapped("selected_id"))
        leads = env["crm.lead"].browse([i for i in ids if i not in known])
        lock_rows(leads, is_waiting=True)
        self._convert_or_skip(leads.exists())
        self.done_count += len(ids)

    def _convert_or_skip(self, leads):
        """Convert these leads; one that Odoo or an addon refuses is skipped.

        :param leads: recordset of ``crm.lead``, of the user who asked
        """
        if not leads:
            return
        try:
            with self.env.cr.savepoint():
                self._convert_leads(leads)
        except (UserError, IntegrityError) as refusal:
            if len(leads) == 1:
                self._add_skipped_lines({leads: str(refusal)})
                return
            for lead in leads:
                self._convert_or_skip(lead)

    def _convert_leads(self, leads):
        """Merge duplicates if asked, convert, and note what became of each lead."""
        known = set(self.opportunity_ids or ())
        late = leads.filtered(lambda x: x.type == "opportunity" and x.id not in known)
        message = leads.env._("Somebody else converted it in the meantime.")
        self._add_skipped_lines(dict.fromkeys(late, message))
        leads -= late
        if self.deduplicate:
            leads = self._merge_duplicates(leads)
        if not leads:
            return
        were_leads = leads.filtered(lambda lead: lead.type == "lead")
        without = leads.filtered(lambda lead: not lead.partner_id)
        leads.env["crm.lead2opportunity.partner.mass"]._convert_leads_of_job(
            self, leads
        )
        converted = were_leads.filtered(lambda lead: lead.type == "opportunity")
        self._add_outcome_lines(
            "converted",
            {
                lead: {"customer_id": lead in without and lead.partner_id.id}
                for lead in converted
            },
        )
        self._add_outcome_lines("already", dict.fromkeys(leads - were_leads, {}))
        self._add_skipped_lines(
            {
                lead: lead.env._("It is archived.")
                if not lead.active
                else lead.env._("It is won already.")
                for lead in were_leads - converted
                if not lead.active or lead._peek_won_status() == "won"
            }
        )

    def _merge_duplicates(self, leads):
        """Merge these leads with their duplicates.

        :return: those that are to be converted now
        """
        heads, merged, skipped = leads.sorted()._merge_duplicates()
        self._add_skipped_lines(skipped)
        selected = set(self.lead_ids)
        self._add_lines(
            [
                {
                    "selected_id": lead_id,
                    "lead_id": head.id,
                    "lead_name": name,
                    "outcome": "merged",
                }
                for lead_id, (name, head) in merged.items()
                if lead_id in selected and lead_id != head.id
            ]
        )
        rest = leads.filtered(
            lambda lead: lead.id not in merged and lead not in skipped
        )
        return rest + heads

    def _add_refused_lines(self, refused):
        """Keep who was refused by the gate and why.

        :param dict refused: ``{lead: (Facts, gate.Verdict)}``
        """
        self._add_outcome_lines(
            "refused",
            {
                lead: {
                    "checks": [check.key for check in verdict.failed],
                    "reasons": "\n".join(
                        explain(lead.env, check)["reason"] for check in verdict.failed
                    ),
                }
                for lead, (_facts, verdict) in refused.items()
            },
        )

    def _add_skipped_lines(self, reasons):
        """Keep who could not be converted and why.

        :param dict reasons: ``{lead: text}``
        """
        noted = {lead: {"reasons": reason} for lead, reason in reasons.items()}
        self._add_outcome_lines("skipped", noted)

    def _add_hidden_lines(self, leads):
        """Keep that some could not be converted, without a name: they may be gone."""
        reason = self.env._("You may not see it any more.")
        self._add_lines(
            [
                {"outcome": "skipped", "selected_id": lead.id, "reasons": reason}
                for lead in leads
            ]
        )

    def _add_outcome_lines(self, outcome, values_by_lead):
        """Keep what became of some leads.

        :param str outcome: as in ``crm.lead.conversion.line``
        :param dict values_by_lead: ``{lead: further values of its line}``
        """
        self._add_lines(
            [
                {
                    "outcome": outcome,
                    "selected_id": lead.id,
                    "lead_id": lead.id,
                    "lead_name": lead.sudo().name,  # sudo: the user selected it
                    **values,
                }
                for lead, values in values_by_lead.items()
            ]
        )

    def _add_lines(self, values):
        # sudo: results are the conversion's to write
        lines = self.env["crm.lead.conversion.line"].sudo()
        lines.create([{"job_id": self.id, **one} for one in values])

    def _send_progress(self):
        """Tell the browser of the user who asked how far it is."""
        self.user_id._bus_send(
            "crm.lead.conversion.job/progress", {"id": self.id, **self.progress}
        )

    def _finish(self):
        """Tell the salespeople what they got, and who asked that it is over."""
        if self.state in RUNNING:
            self.state = "done"
        if not self._is_notifying_each():
            self._send_summaries()
        if self.is_background:
            self._send_progress()
            self._send_result()
