import logging

from psycopg2 import OperationalError

from odoo import Command, api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..base.batches import work_off
from ..base.identity import get_identity_keys
from ..facts.crm_lead_status import LEAD_COMPANY

_logger = logging.getLogger(__name__)

# Lost records that come back between two commits.
RETURN_BATCH = 100
# What a new attempt takes over from the lost one, besides the contact's data.
CARRIED_FIELDS = (
    "name",
    "description",
    "referred",
    "campaign_id",
    "medium_id",
    "source_id",
    "tag_ids",
    "partner_id",
    "expected_revenue",
    "recurring_revenue",
    "recurring_plan",
)
# The contact's data. Where there is a contact, its e-mail address and phone number are
# its own to say: what was taken off it must not come back with an old lead.
CARRIED_CONTACT_FIELDS = (
    "partner_name",
    "contact_name",
    "function",
    "website",
    "lang_id",
    "street",
    "street2",
    "zip",
    "city",
    "state_id",
    "country_id",
)
CARRIED_ADDRESS_FIELDS = ("email_from", "phone", "wrong_phone")


class CrmLead(models.Model):
    """Back to the sea: on its day, a lost record is continued by a new lead.

    Where Leads are switched off it is a new opportunity, judged as any that is created.

    The lost record stays archived, with its reason, and counts as lost in predictive
    scoring: Odoo would wipe the one and take back the other if it were restored, and
    count it twice if it were copied. A lost record comes back once at most.
    """

    _inherit = "crm.lead"

    # ------------------------------------------------------------
    # RETURN
    # ------------------------------------------------------------

    @api.model
    def _cron_recycle(self):
        """Scheduled every day: let those come back whose day is there."""
        work_off(self.env, self._recycle_due)

    @api.model
    def _recycle_due(self):
        """Let one batch of lost records come back.

        They are locked, and those that another worker has locked are left to it; each
        carries its outcome afterwards, whatever it is.

        :return: number of records that were treated
        """
        self.env.flush_all()
        # another worker's commit in between is tried again: no error
        self.env.cr.execute(
            SQL(
                """
                SELECT id
                  FROM crm_lead l
                 WHERE recycle_date <= %s AND recycle_outcome IS NULL
                   AND recycle_to IN ('same', 'other', 'pool')
                   AND won_status = 'lost' AND NOT active
              ORDER BY recycle_date, id
                 LIMIT %s
                   FOR NO KEY UPDATE SKIP LOCKED
                """,
                self.env["res.company"]._get_day_sql(LEAD_COMPANY),
                RETURN_BATCH,
            ),
            log_exceptions=False,
        )
        if due := self.browse([row[0] for row in self.env.cr.fetchall()]):
            due.invalidate_recordset(flush=False)
            due._recycle()
            self.env.flush_all()
        return len(due)

    def _recycle(self):
        """Let these lost records come back, those that somebody is at already not."""
        superseding = self._get_superseding()
        superseded = self.filtered(lambda lost: lost in superseding)
        superseded._close_plan(
            "superseded",
            {
                lost.id: lost._in_lang()._get_superseded_note(superseding[lost])
                for lost in superseded
            },
        )
        (self - superseded)._come_back()

    def _get_superseding(self):
        """Records because of which lost ones need not come back any more.

        Those are open now, however old, or were won since the loss, in the same
        company: any of the same person, or an opportunity of the same account or mail
        domain. Of several lost records of one person that are due, the last lost comes
        back.

        :return: ``{lost record: the record that is there instead}``
        """
        found = {
            lost: lost.recycled_lead_ids[0] for lost in self if lost.recycled_lead_ids
        }
        keys_by_lost = self._get_identity_keys()
        closings = {lost: lost._get_closing() for lost in self}
        instead = self._search_instead(
            keys_by_lost, min(closings.values(), default=None)
        )
        kept = {}
        for lost in self.sorted(closings.get, reverse=True):
            if lost in found:
                continue
            known = keys_by_lost[lost]
            same = instead.filtered(
                lambda lead, lost=lost, known=known: lead._is_instead_of(lost, known)
            )
            keys = {(key, lost.company_id.id) for key in known}
            twin = next((kept[key] for key in keys if key in kept), None)
            if same or twin:
                found[lost] = same[:1] or twin
            else:
                kept |= dict.fromkeys(keys, lost)
        return found

    def _search_instead(self, keys_by_lost, since):
        """What may be there instead: open now, or won since the first of the losses.

        :param dict keys_by_lost: as ``_get_identity_keys`` gives them
        :param datetime since: the first of the losses; None: there are none
        """
        if not self:
            return self
        is_open = Domain("won_status", "=", "pending") & Domain("active", "=", True)
        won = Domain("won_status", "=", "won") & Domain("date_closed", ">", since)
        accounts = self.partner_id.commercial_partner_id
        keys = set().union(*keys_by_lost.values())
        known = self.filtered(lambda lost: lost.email_normalized in keys)
        domains = known.mapped("email_domain_criterion")
        same = (
            Domain("partner_id.commercial_partner_id", "in", accounts.ids)
            | Domain("email_domain_criterion", "in", domains)
            | Domain("phone_sanitized", "in", [k for k in keys if isinstance(k, str)])
        )
        return self.with_context(active_test=False).search(same & (is_open | won))

    def _get_identity_keys(self):
        """By what each of these is known again; by nothing that is our own.

        :return: ``{lead: keys}``, as ``identity.get_identity_keys`` gives them
        """
        keys = {lead: lead._get_own_keys() for lead in self}
        ours = self.env["res.company"]._filter_ours(set().union(*keys.values()))
        return {lead: own - ours for lead, own in keys.items()}

    def _get_own_keys(self):
        return get_identity_keys(
            self.partner_id.id, self.email_normalized, self.phone_sanitized
        )

    def _is_instead_of(self, lost, keys):
        """True when this record makes the return of a lost one needless.

        :param set keys: by which the lost one is known
        """
        if self.won_status == "won" and self.date_closed <= lost._get_closing():
            return False
        if self.company_id and lost.company_id and self.company_id != lost.company_id:
            return False
        if keys & self._get_own_keys():
            return True
        account = lost.partner_id.id in keys and lost.partner_id.commercial_partner_id
        domain = lost.email_normalized in keys and lost.email_domain_criterion
        return self.type == "opportunity" and bool(
            (account and account == self.partner_id.commercial_partner_id)
            or (domain and domain == self.email_domain_criterion)
        )

    def _come_back(self):
        """Create the new attempts; one that can't be created stops no other."""
        if not self:
            return
        try:
            with self.env.cr.savepoint():
                self._create_attempts()
                self.env.flush_all()
        except OperationalError:
            # somebody else wrote the same rows: all of it is tried again
            raise
        except Exception as error:
            # whatever another addon raises
            if len(self) > 1:
                for lost in self:
                    lost._come_back()
                return
            reason = str(error) if isinstance(error, UserError) else ""
            if not reason:
                _logger.exception("Lead %s could not come back", self.id)
            note = self._in_lang()._get_failed_note(reason)
            self._close_plan("failed", {self.id: note})

    def _create_attempts(self):
        """Create a lead for each of these lost records, with a brief of what is known.

        They carry the outcome and a link afterwards.
        """
        owners = {lost.id: lost._get_returning_owner() for lost in self}
        briefs = self._prepare_briefs(owners)
        groups = self.grouped(
            lambda lost: (lost.company_id, lost._in_lang(owners[lost.id]).env.lang)
        )
        created = {}
        for (company, lang), group in groups.items():
            leads = self.with_company(company).with_context(
                lang=lang, mail_create_nosubscribe=True
            )
            new = leads.create(
                [lost._prepare_attempt_values(owners[lost.id]) for lost in group]
            )
            created |= dict(zip(group, new, strict=True))
            new._message_log_batch(
                {created[lost].id: briefs[lost.id] for lost in group}
            )
            for owner, owned in new.grouped("user_id").items():
                owned._remind_of_return(owner)
        self._close_plan(
            "returned",
            {
                lost.id: lost._in_lang().env._(
                    "Came back as %s.", created[lost]._get_html_link()
                )
                for lost in self
            },
        )

    def _close_plan(self, outcome, notes):
        """Note on lost records what became of their return; nothing else changes.

        :param str outcome: as in ``recycle_outcome``
        :param dict notes: ``{lost record's id: text}``, for the chatter
        """
        if self:
            self._write_past_door({"recycle_outcome": outcome})
            self._message_log_batch(bodies=notes)

    def _remind_of_return(self, owner):
        """Put what came back among its salesperson's activities of today."""
        if owner:
            # the assignment is told already
            self.with_context(mail_activity_quick_update=True).activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=self[:1]._get_day(),
                summary=self.env._("It came back: get in touch again"),
                user_id=owner.id,
            )

    def _get_returning_owner(self):
        """Who gets the new attempt; nobody where it is for somebody else.

        Neither where its salesperson left, or works for other companies only.
        """
        self.ensure_one()
        owner = self.user_id
        if (
            self.recycle_to != "same"
            or not owner.active
            or not owner.has_group("sales_team.group_sale_salesman")
            or (self.company_id and self.company_id not in owner.company_ids)
        ):
            return owner.browse()
        return owner

    def _get_returning_team(self):
        """The team that gets the new attempt; an archived or foreign one doesn't."""
        self.ensure_one()
        chosen = self.recycle_team_id if self.recycle_to == "pool" else self.team_id
        teams = (chosen | self.team_id).filtered("active")
        if self.company_id:
            teams = teams.filtered(lambda team: team.company_id <= self.company_id)
        return teams[:1]

    def _get_direct_policy(self):
        """What comes back as an opportunity is not refused: it would be lost twice."""
        policy = super()._get_direct_policy()
        return "flag" if policy == "refuse" and self.recycled_from_id else policy

    def _prepare_attempt_values(self, owner):
        """Values of the lead that continues this lost record; where Leads are switched
        off, of an opportunity: nobody would find a lead.

        Extension point. What was answered about the account stays on the account; what
        was answered about the lost record, and what its buyer promised, stays there.

        :param owner: ``res.users`` who gets it, or nobody
        :rtype: dict
        """
        self.ensure_one()
        team = self._get_returning_team()
        names = [*CARRIED_FIELDS, *CARRIED_CONTACT_FIELDS]
        if not self.partner_id:
            names += CARRIED_ADDRESS_FIELDS
        values = self._convert_to_write({name: self[name] for name in names})
        if self.partner_id:
            known = self._prepare_values_from_partner(self.partner_id)
            values |= {
                name: known[name] for name in CARRIED_CONTACT_FIELDS if name in known
            }
        excluded = self.excluded_user_ids - owner
        if self.recycle_to != "same":
            excluded |= self.user_id
        return values | {
            "type": "lead" if self._are_leads_shown(owner) else "opportunity",
            "user_id": owner.id,
            "team_id": team.id,
            "company_id": (self.company_id or team.company_id).id,
            "recycled_from_id": self.id,
            "attempt": self.attempt + 1,
            "is_pooled": not owner,
            "excluded_user_ids": [Command.set(excluded.ids)],
            "qualification_need_ids": [
                Command.create(
                    {name: need[name] for name in ("name", "detail", "sequence")}
                    | {"state": "suspected"}
                )
                for need in self.qualification_need_ids
                if need.state != "not_for_us"
            ],
            "qualification_role_ids": [
                Command.create(
                    {
                        "partner_id": role.partner_id.id,
                        "role": role.role,
                        "note": role.note,
                    }
                )
                for role in self.qualification_role_ids
            ],
        }

    def _get_superseded_note(self, lead):
        # by its number: who reads this record may not see the other one
        link = lead._get_html_link(title=f"#{lead.id}")
        if lead._filter_lost():
            return self.env._("Does not come back: %s comes back instead.", link)
        return self.env._("Does not come back: %s is there instead.", link)

    def _get_failed_note(self, reason):
        return self.env._(
            "Could not come back. %s Mend it and choose another day.",
            reason or self.env._("An error stopped it, the log says which."),
        )
