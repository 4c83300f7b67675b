from odoo import api, fields, models
from odoo.tools import SQL, split_every

# Rows that are treated between two commits.
MEETING_BATCH = 500
ANSWER_BATCH = 2000
GRADE_BATCH = 10_000
# Meetings that began longer ago are not looked for when they end.
LONGEST_MEETING_DAYS = 31
# How far back ended meetings are looked for when the job never ran before.
FIRST_LOOK_DAYS = 60


class CrmLead(models.Model):
    """What time does to facts: meetings end, answers expire, contacts grow old.

    Set-based, batch by batch, and only for rows that cross a limit; what is left when
    the time is up, the next run finds by itself.
    """

    _inherit = "crm.lead"

    @api.model
    def _cron_age(self):
        """Scheduled every day, and at the end of each meeting with a lead."""
        cron = self.env["ir.cron"]
        meetings = self._get_ended_meetings()
        for batch in split_every(MEETING_BATCH, meetings.ids, meetings.browse):
            batch._get_contact_leads()._contact_changed()
            self.env.flush_all()
            if not cron._commit_progress(len(batch), remaining=1):
                return
        while done := self._expire_answers() or self._age_grades():
            if not cron._commit_progress(done, remaining=1):
                return
        cron._commit_progress(remaining=0)

    @api.model
    def _get_ended_meetings(self):
        """Meetings that ended since a day before the job last ran to its end.

        :rtype: recordset of ``calendar.event``
        """
        now = fields.Datetime.now()
        last = self.env.context.get("lastcall")
        since = fields.Datetime.subtract(
            last or now, days=1 if last else FIRST_LOOK_DAYS
        )
        earliest = fields.Datetime.subtract(since, days=LONGEST_MEETING_DAYS)
        return self.env["calendar.event"].search(
            [("start", ">=", earliest), ("stop", ">=", since), ("stop", "<=", now)]
        )

    @api.model
    def _expire_answers(self):
        """Mark one batch of answers whose validity is over; their leads follow.

        Answers of closed records never expire; an account's answers do.

        :return: number of answers that expired
        :rtype: int
        """
        answers = self.env["crm.qualification.answer"]
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE crm_qualification_answer SET state = 'expired', points = 0
                 WHERE id IN (
                    SELECT a.id
                      FROM crm_qualification_answer a
                 LEFT JOIN crm_lead l ON l.id = a.lead_id
                     WHERE a.expires_on < %s
                       AND a.state NOT IN ('unknown', 'expired')
                       AND (a.lead_id IS NULL OR l.won_status = 'pending')
                  ORDER BY a.lead_id, a.partner_id
                     LIMIT %s)
             RETURNING id
                """,
                fields.Date.today(),
                ANSWER_BATCH,
            )
        )
        expired = answers.browse([row[0] for row in self.env.cr.fetchall()])
        expired.invalidate_recordset(["state", "points"], flush=False)
        expired.modified(["state", "points"])
        self.env.flush_all()
        self.env.invalidate_all()
        return len(expired)

    @api.model
    def _age_grades(self):
        """Write the grade of one batch of open leads whose contact crossed a limit.

        The number is that of ``gate.get_grade``; the letter stays.

        :return: number of leads and opportunities whose grade changed
        :rtype: int
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
                    SELECT %(today)s::date - l.contact_date::date AS days
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
                     LIMIT %(batch)s
                  ) aged
                 WHERE crm_lead.id = aged.id
             RETURNING crm_lead.id
                """,
                today=fields.Date.today(),
                batch=GRADE_BATCH,
            )
        )
        aged = self.browse([row[0] for row in self.env.cr.fetchall()])
        aged.invalidate_recordset(["qualification_grade"], flush=False)
        aged.modified(["qualification_grade"])
        self.env.flush_all()
        self.env.invalidate_all()
        return len(aged)
