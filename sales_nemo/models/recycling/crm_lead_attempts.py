from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning

from ..base.actions import list_records
from ..base.calls import on_one
from ..base.qualification_checks_mixin import KEPT
from .crm_lead_losing import PLAN_FIELDS


class CrmLead(models.Model):
    """Attempts: the lost records that a lead continues, its ancestors.

    What a lead continues is never its duplicate, and merging keeps the chain.
    """

    _inherit = "crm.lead"

    recycled_from_id = fields.Many2one(
        "crm.lead",
        string="Earlier Attempt",
        ondelete="set null",
        help="The lost record that this one continues.",
        **KEPT,
    )
    recycled_lead_ids = fields.One2many(
        "crm.lead",
        "recycled_from_id",
        string="Came Back As",
        context={"active_test": False},
        help="The lead that continues this lost record: one at most.",
        **KEPT,
    )
    attempt = fields.Integer(
        default=1,
        aggregator=None,
        help="How often it was tried: 1 at first, 2 after it came back once.",
        **KEPT | {"old_rows": "1"},
    )

    similar_leads = fields.Html(
        compute="_compute_similar_leads",
        groups="base.group_user",
        help="Open and earlier ones with the same address, phone or account.",
    )

    # The promise, and the index for reading.
    _recycled_once = models.UniqueIndex(
        "(recycled_from_id) WHERE recycled_from_id IS NOT NULL",
        "A lost record comes back once at most.",
    )

    @api.depends(
        "email_domain_criterion", "email_normalized", "partner_id", "phone_sanitized"
    )
    def _compute_potential_lead_duplicates(self):
        """What a lead continues is no double of it."""
        res = super()._compute_potential_lead_duplicates()
        for lead in self.filtered("recycled_from_id"):
            ancestors = lead._origin._get_ancestors()
            earlier = lead.duplicate_lead_ids.filtered(
                lambda double, ancestors=ancestors: double._origin in ancestors
            )
            lead.duplicate_lead_ids -= earlier
            lead.duplicate_lead_count -= len(earlier)
        return res

    @api.depends("duplicate_lead_ids")
    def _compute_similar_leads(self):
        """Links, while a lead is entered: a saved one has Odoo's button."""
        link = Markup('<a href="/odoo/crm.lead/%s" target="_blank">%s</a>')
        for lead in self:
            similar = self.browse() if lead._origin else lead.duplicate_lead_ids._origin
            visible = similar._filtered_access("read")
            links = [link % (double.id, double.display_name) for double in visible]
            lead.similar_leads = Markup(", ").join(links)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    @on_one
    def action_open_attempts(self):
        """Open all attempts that this record is one of, the first one first."""
        self.check_access("read")
        attempts = self | self._get_ancestors()
        last = self
        # sudo: as in _get_ancestors; the list shows those that the user may see
        while last := last.sudo().recycled_lead_ids:
            attempts |= last
        return list_records(attempts, self.env._("Attempts"), create=False)

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    def _get_ancestors(self):
        """The lost records that these leads continue, and those before them.

        A query for each attempt, however many leads there are.
        """
        # sudo: what a lead continues doesn't depend on who may see it
        ancestors, last = self.browse(), self.sudo()
        while last := last.recycled_from_id - ancestors.sudo():
            ancestors |= self.browse(last.ids)
        return ancestors

    def _get_running_attempt(self):
        """The record that continues this lost one now; itself if none does."""
        # sudo: as in _get_ancestors
        last = self.sudo()
        while last._filter_lost() and last.recycled_lead_ids:
            last = last.recycled_lead_ids
        return self.browse(last.id)

    def _take_in_mail(self, message_dict, is_ours):
        """What is written on a lost record reaches the one that continues it.

        It comes back for what they write, not for mails of programs or our own people.
        """
        lead = super()._take_in_mail(message_dict, is_ours)
        if not lead._filter_lost():
            return lead
        running = lead._get_running_attempt()
        unproven = self.env.context.get("qualification_no_proof")
        if running._filter_lost() and not (
            message_dict["is_auto_reply"] or unproven or is_ours
        ):
            running = running._hear_from_lost()
        if running != lead:
            lead._message_log(
                body=lead._in_lang().env._(
                    "Answered by mail: went to %s.",
                    running._get_html_link(title=f"#{running.id}"),
                )
            )
        return running

    def _hear_from_lost(self):
        """They wrote on a lost record: it comes back now, or somebody is told.

        :return: the record where it goes on
        """
        self.ensure_one()
        if self.recycle_date and not self.recycle_outcome:
            self._recycle()
        if new := self.recycled_lead_ids:
            new.activity_ids.summary = new._in_lang().env._("They wrote: it came back")
            return new
        owner = (self.user_id | self.team_id.user_id).filtered("active")[:1]
        # Odoo deletes those from before the loss
        if owner and not self.activity_ids.filtered("automated"):
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self._in_lang().env._("They wrote on what was lost"),
                user_id=owner.id,
            )
        return self

    def _refuse_restoring(self):
        """What came back goes on where it came back.

        :raise RedirectWarning: names the running attempt, and offers it
        """
        for lead in self.sudo().filtered("recycled_lead_ids"):
            last = lead.recycled_lead_ids._get_running_attempt()
            raise RedirectWarning(
                self.env._(
                    "%(name)s came back already: go on with #%(id)s.",
                    name=lead.display_name,
                    id=last.id,
                ),
                last._get_records_action(),
                self.env._("Open #%s", last.id),
            )

    def _get_lead_duplicates(self, partner=None, email=None, include_lost=False):
        """What a lead continues is no double of it, and of what came back nobody is who
        only shares an address that many use."""
        found = super()._get_lead_duplicates(partner, email, include_lost)
        # most leads have no doubles: nothing to look up
        if self and found - self:
            found -= self._get_ancestors()
            if returned := (self | found).filtered("recycled_from_id"):
                keys = (self | found)._get_identity_keys()
                own = set((partner or self.partner_id).ids).union(*map(keys.get, self))
                doubles = found - self if returned & self else returned
                found -= doubles.filtered(lambda double: not keys[double] & own)
        return found

    def _merge_dependences(self, opportunities):
        """Attempts, exclusions and plans follow the record that stays."""
        res = super()._merge_dependences(opportunities)
        # sudo: who may merge the leads may merge what they come from
        self.sudo()._take_attempts(opportunities.sudo())
        return res

    def _take_attempts(self, tail):
        """Take over what records that are merged into this one continue, or became.

        :param tail: the records that are merged
        """
        everybody = self | tail
        self.attempt = max(everybody.mapped("attempt"))
        self.is_pooled = any(everybody.mapped("is_pooled"))
        self.excluded_user_ids |= tail.excluded_user_ids
        if everybody.recycled_from_id or everybody.recycled_lead_ids:
            self._take_links(everybody)
        planned = tail._filter_lost().filtered(
            lambda lead: lead.recycle_date and not lead.recycle_outcome
        )
        if self._filter_lost() and not self.recycle_date and planned:
            soonest = min(planned, key=lambda lead: lead.recycle_date)
            self.write(
                self._convert_to_write({name: soonest[name] for name in PLAN_FIELDS})
            )

    def _take_links(self, everybody):
        """Continue what one of several merged records continued, and so on.

        :param everybody: the merged records, this one first
        """
        earlier = everybody.recycled_from_id - everybody
        later = everybody.recycled_lead_ids - everybody
        kept = self.recycled_from_id & earlier or earlier[:1]
        child = self.recycled_lead_ids & later or later[:1]
        linked = everybody | later
        # each is continued once: free all first
        linked.recycled_from_id = False
        linked.flush_recordset(["recycled_from_id"])
        self.recycled_from_id = kept
        child.recycled_from_id = self
