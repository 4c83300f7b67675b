import re

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ... import gate
from ..base.batches import work_off
from ..facts.crm_lead_status import LEAD_COMPANY
from .crm_lead_next_step import STEPS

# Rows that are treated between two commits.
ANSWER_BATCH = 2000
GRADE_BATCH = 10_000
# How far back ended meetings are looked for, and when those began at the earliest.
ENDED_DAYS = 1
LONGEST_MEETING_DAYS = 31
# Next steps that come before to ask about a promise that is overdue, and that itself.
KEYS = [key for key, _label in STEPS]
BEFORE_LATE = [*KEYS[: KEYS.index("commitments_overdue") + 1], "disqualified"]
# Among the codes of what a lead fails: the contact that it has.
CONTACT_REASON = re.compile(r"\bcontact_\w+")


class CrmLead(models.Model):
    """What time does to facts: meetings end, answers expire, contacts grow old.

    Set-based, batch by batch, and only for rows that cross a limit. Nothing is noted
    in between.
    """

    _inherit = "crm.lead"

    @api.model
    def _cron_age(self):
        """Scheduled every day: let time pass, and mend what nothing else told of.

        A person who moved to another company, for example, or mail that came in while
        somebody else was saving the lead.
        """
        stale = self.env["crm.contact.evidence"]._get_stale()
        over = [answer_id for answer_id, _lead_id in self._find_expired()]
        # what agents logged where that is left out: the stored contact says no age
        logged = Domain("contact_origin", "=", "agent") & Domain(
            "qualification_profile_id.confirm_agents", "=", True
        )
        late = [*self._find_late(), *self.search(logged).ids]
        work_off(
            self.env,
            lambda: self._refresh_contacts(stale),
            lambda: self._expire_answers(over),
            lambda: self._judge_late(late),
            self._age_grades,
        )

    @api.model
    def _cron_ended_meetings(self):
        """Scheduled at the end of each meeting: it was held, and is contact now."""
        now = fields.Datetime.now()
        since = fields.Datetime.subtract(now, days=ENDED_DAYS)
        earliest = fields.Datetime.subtract(since, days=LONGEST_MEETING_DAYS)
        meetings = self.env["calendar.event"].search(
            [("start", ">=", earliest), ("stop", ">=", since), ("stop", "<=", now)]
        )
        leads, partners = meetings._get_parties()
        stale = self.env["crm.contact.evidence"]._get_stale(leads)
        heard = partners.ids
        work_off(
            self.env,
            lambda: leads._refresh_contacts(stale),
            lambda: partners._refresh_contacts(heard),
        )

    @api.model
    def _find_expired(self, answer_ids=None):
        """Answers whose validity is over, those of one lead or account together.

        Answers of closed records never expire; an account's answers do.

        :param list answer_ids: among these; None: among all
        :return: ids of answers, each with that of its lead
        :rtype: list[tuple]
        """
        self.env.flush_all()
        among = SQL("TRUE")
        if answer_ids is not None:
            among = SQL("a.id = ANY(%s)", answer_ids)
        return self.env.execute_query(
            SQL(
                """
                SELECT a.id, a.lead_id
                  FROM crm_qualification_answer a
             LEFT JOIN crm_lead l ON l.id = a.lead_id
                 WHERE a.expires_on < %(today)s
                   AND a.is_expired IS NOT TRUE AND a.state <> 'unknown'
                   AND (a.lead_id IS NULL OR l.won_status = 'pending')
                   AND %(among)s
              ORDER BY a.lead_id, a.partner_id
                """,
                today=self.env["res.company"]._get_day_sql(
                    SQL("COALESCE(a.company_id, %s)", LEAD_COMPANY)
                ),
                among=among,
            )
        )

    @api.model
    def _expire_answers(self, over):
        """Mark the first batch of some answers whose validity is over as expired; their
        leads follow.

        Leads that somebody is writing just now are left for the next run.

        :param list over: ids; those of the batch are taken off it
        :return: number of answers in the batch
        """
        batch = over[:ANSWER_BATCH]
        # somebody may have answered again meanwhile
        found = self._find_expired(batch)
        leads = self.browse({lead_id for _id, lead_id in found if lead_id})
        free = {None, *leads._lock_unless_written().ids}
        expired = self.env["crm.qualification.answer"].browse(
            [answer_id for answer_id, lead_id in found if lead_id in free]
        )
        self.env.cr.execute(
            SQL(
                "UPDATE crm_qualification_answer SET is_expired = TRUE"
                " WHERE id = ANY(%s)",
                expired.ids,
            )
        )
        expired.invalidate_recordset(["is_expired"], flush=False)
        expired.modified(["is_expired"])
        self._write_and_forget()
        # not before: what PostgreSQL refuses is tried again
        del over[:ANSWER_BATCH]
        return len(batch)

    @api.model
    def _find_late(self):
        """Open leads with a promise that is overdue and should be asked about next, but
        isn't yet.

        :return: ids
        :rtype: list[int]
        """
        self.env.flush_all()
        query = SQL(
            """
            SELECT DISTINCT l.id
              FROM crm_lead_commitment c
              JOIN crm_lead l ON l.id = c.lead_id
              JOIN crm_qualification_profile p ON p.id = l.qualification_profile_id
             WHERE c.active AND c.state = 'open' AND c.date_deadline < %s
               AND NOT (p.confirm_agents IS TRUE AND c.origin = 'agent')
               AND l.won_status = 'pending' AND p.enforcement <> 'off'
               AND p.commitments_required > 0
               AND COALESCE(l.qualification_step, '') <> ALL(%s)
          ORDER BY l.id
            """,
            self.env["res.company"]._get_day_sql(LEAD_COMPANY),
            BEFORE_LATE,
        )
        return [lead_id for [lead_id] in self.env.execute_query(query)]

    @api.model
    def _judge_late(self, late):
        """Judge the first batch of some leads anew.

        Those that somebody is writing just now are left for the next run.

        :param list late: ids; those of the batch are taken off it
        :return: number of leads in the batch
        """
        batch = late[:ANSWER_BATCH]
        self.browse(batch)._lock_unless_written()._compute_again("qualification_state")
        self._write_and_forget()
        del late[:ANSWER_BATCH]
        return len(batch)

    @api.model
    def _age_grades(self):
        """Write the grade of one batch of open leads whose contact crossed a limit.

        The number is that of ``gate.get_grade_number``; the letter stays. Leads that
        somebody is writing just now are left for the next run.

        :return: number of leads and opportunities whose grade changed
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE crm_lead SET qualification_grade = aged.grade
                  FROM (
                    SELECT l.id, new.grade
                      FROM crm_lead l
                      JOIN crm_qualification_profile p
                        ON p.id = l.qualification_profile_id
                CROSS JOIN LATERAL (
                    SELECT %(today)s - %(contact_day)s AS days
                ) age
                CROSS JOIN LATERAL (
                    SELECT LEFT(l.qualification_grade, 1) || (1
                           + (age.days > p.age_fresh)::int
                           + (age.days > p.age_recent)::int
                           + (age.days > p.age_old)::int) AS grade
                ) new
                     WHERE l.won_status = 'pending' AND l.contact_date IS NOT NULL
                       AND l.qualification_grade <> 'none'
                       AND l.qualification_grade <> new.grade
                       AND NOT (p.confirm_agents IS TRUE
                                AND COALESCE(l.contact_origin = 'agent', FALSE))
                     LIMIT %(batch)s
                       FOR NO KEY UPDATE OF l SKIP LOCKED
                  ) aged
                 WHERE crm_lead.id = aged.id
             RETURNING crm_lead.id
                """,
                today=self.env["res.company"]._get_day_sql(LEAD_COMPANY),
                contact_day=self.env["res.company"]._get_day_sql(
                    LEAD_COMPANY, SQL("l.contact_date")
                ),
                batch=GRADE_BATCH,
            ),
            # a lead that was saved in between is tried again: no error
            log_exceptions=False,
        )
        aged = self.browse([row[0] for row in self.env.cr.fetchall()])
        aged.invalidate_recordset(["qualification_grade"], flush=False)
        aged.modified(["qualification_grade"])
        self._write_and_forget()
        return len(aged)

    # ------------------------------------------------------------
    # CONTACT
    # ------------------------------------------------------------

    def _contact_stored(self, news, states):
        """Of who is judged alike only the grade's number, or the reason, changes."""
        again = self.filtered(lambda lead: lead._is_judged_alike(states[lead]))
        if again:
            verdict = self.pool.field_computed[self._fields["qualification_grade"]]
            with self.env.protecting(verdict, again):
                again._set_grade_number()
                super(CrmLead, again)._contact_stored(news, states)
            again.modified(["qualification_grade"])
        return super(CrmLead, self - again)._contact_stored(news, states)

    def _is_judged_alike(self, contact_state):
        """True where another contact state would get the verdict of the present one.

        Not where another addon's check may ask when the contact was.

        :param str contact_state: the other one
        """
        # sudo: as in _get_judging_profile
        profile = self.sudo().qualification_profile_id
        policy = profile._get_policy()
        states = {contact_state, self.contact_state}
        is_counted = policy.attempts_max and "outbound" in states
        if is_counted or policy.confirm_agents:
            return False
        # who waits for our answer is what is next, whatever else is missing
        return policy.enforcement == "off" or (
            profile._get_gate_checks() == gate.CHECKS
            and (contact_state == "inbound") == (self.contact_state == "inbound")
            and gate.is_contact_enough(contact_state, policy)
            == gate.is_contact_enough(self.contact_state, policy)
        )

    def _set_grade_number(self):
        """Bring the number of the stored grade in line with the stored contact, and the
        reason of who is not enough in touch.

        Nothing else of the verdict depends on how long ago it was.
        """
        for lead in self.sudo():  # sudo: the grade is the gate's to write
            policy = lead.qualification_profile_id._get_policy()
            is_open = lead._peek_won_status() == "pending"
            if (
                policy.enforcement != "off"
                and lead.qualification_grade != gate.NO_GRADE
                and (is_open or not lead.closing_values)
            ):
                company = lead._get_company()
                day = company._get_day(not is_open and lead._get_closing() or None)
                contact = lead.contact_date
                age = (day - company._get_day(contact)).days if contact else None
                number = gate.get_grade_number(age, policy.age_limits)
                lead.qualification_grade = f"{lead.qualification_grade[0]}{number}"
                reason = f"contact_{lead.contact_state}"
                for name in ("qualification_failed", "qualification_step"):
                    if code := lead[name]:
                        lead[name] = CONTACT_REASON.sub(reason, code)
