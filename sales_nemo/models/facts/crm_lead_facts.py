from collections import defaultdict

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...facts import Answer, Commitment, Facts, Need
from ..base.identity import ERASED, get_words, is_address, is_name, is_phone
from ..evidence.evidence_sql import CONTACT_COLUMNS, NOT_BY_AGENTS

# What facts are read from, besides the records of their own.
FACT_FIELDS = (
    *CONTACT_COLUMNS,
    "active",
    "company_id",
    "contact_name",
    "create_date",
    "date_closed",
    "email_normalized",
    "partner_id",
    "phone",
    "phone_sanitized",
    "qualification_chance",
    "qualification_profile_id",
    "stage_id",
    "user_id",
    "wrong_phone",
)
# What is known so soon after the closing was written down with it, as by an import.
AT_CLOSING = "5 minutes"


def drop_twins(facts):
    """Needs or commitments without those that are the same as one before.

    :param facts: ``[Need, …]`` or ``[Commitment, …]``
    """
    found = {}
    for number, fact in enumerate(facts):
        # of what was erased nobody knows whether it is the same
        words = number if fact.name == ERASED else get_words(fact.name).casefold()
        found.setdefault((words, *fact[1:-1]), fact)
    return [*found.values()]


class CrmLead(models.Model):
    """What is known about leads, read in a constant number of queries for the gate."""

    _inherit = "crm.lead"

    def _collect_facts(self, contacts=None, known=None, if_open=False):
        """All facts about these leads, in a constant number of queries.

        Extension point: other addons put theirs into ``extra``.

        :param dict contacts: ``{lead id: Contact}``; None: as known now
        :param dict known: what ``_get_answers_by_criterion`` gave; None: it is asked
        :param bool if_open: as they would count if closed records were open, today
        :return: ``{lead id: Facts}``
        """
        if not self:
            return {}
        # sudo: what is known doesn't depend on who asks; needed for stored states, too
        leads = self.sudo()
        leads._fetch_for_facts()
        unattended, known = {}, known or leads._get_answers_by_criterion()
        if contacts is None:
            contacts = leads._get_known_contacts()
            silent = leads.filtered(lambda x: contacts[x.id].state != "two_way")
            unattended = silent._get_unattended_meetings() if silent else {}
        doubting = leads._filter_doubting()
        if doubting:
            evidence = self.env["crm.contact.evidence"]
            contacts = contacts | evidence._get_contact(doubting, NOT_BY_AGENTS)
        companies = {lead.id: lead._get_company() for lead in leads}
        days = {company: company._get_day() for company in {*companies.values()}}
        running = leads.filtered(
            lambda lead: if_open or lead._peek_won_status() == "pending"
        )
        todays = {lead.id: days[companies[lead.id]] for lead in running}
        # time has stopped for the others
        last_days = {
            lead.id: companies[lead.id]._get_day(lead._get_closing() or None)
            for lead in leads - running
        }
        contact_days = {
            lead_id: company._get_day(moment)
            for lead_id, company in companies.items()
            if (moment := contacts[lead_id].two_way_date)
        }
        extra = {x: {"wrong_number": w} for x, w in leads._get_wrong_numbers().items()}
        for lead_id, meeting in unattended.items():
            day = companies[lead_id]._get_day(meeting.stop)
            extra.setdefault(lead_id, {})["unattended"] = day
        customers = leads._get_customers()
        answers = leads._collect_answers(known, todays)
        needs, commitments = leads._collect_entered(doubting)
        return {
            lead_id: Facts(
                today=todays.get(lead_id) or last_days[lead_id],
                **lead._get_reach(customers, "wrong_number" in extra.get(lead_id, ())),
                contact=contacts[lead_id],
                needs=tuple(needs[lead_id]),
                commitments=tuple(commitments[lead_id]),
                answers=answers[lead_id],
                extra=extra.get(lead_id, {}),
                contact_day=contact_days.get(lead_id),
            )
            for lead_id, lead in zip(leads._ids, leads, strict=True)
        }

    def _fetch_for_facts(self):
        """Read what facts are read from, besides the records of their own.

        All at once: Odoo by itself reads a thousand records with each query.
        """
        self.fetch(FACT_FIELDS)
        names = "commercial_partner_id", "is_company", "name", "partner_share"
        self.partner_id.fetch([*names, "wrong_phone"])

    def _collect_entered(self, doubting):
        """The needs and the commitments of these leads, in one query.

        What was typed twice is one.

        :param doubting: those of which a person confirms what agents tell
        :return: ``({lead id: [Need, …]}, {lead id: [Commitment, …]})``
        """
        names = ["active", "lead_id", "name", "origin", "state"]
        self.env["crm.lead.need"].flush_model(names)
        self.env["crm.lead.commitment"].flush_model([*names, "date_deadline"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT lead_id, TRUE, id, name, state, origin, NULL
                  FROM crm_lead_need WHERE active AND lead_id = ANY(%(leads)s)
                 UNION ALL
                SELECT lead_id, FALSE, id, name, state, origin, date_deadline
                  FROM crm_lead_commitment
                 WHERE active AND lead_id = ANY(%(leads)s)
              ORDER BY 3
                """,
                leads=self.ids,
            )
        )
        needs, commitments = defaultdict(list), defaultdict(list)
        for lead_id, is_need, _id, name, state, origin, deadline in rows:
            is_doubted = origin == "agent" and lead_id in doubting._ids
            if is_need:
                if is_doubted and state == "confirmed":
                    state = "suspected"
                needs[lead_id].append(Need(name, state, origin))
            elif not is_doubted:
                promise = Commitment(name, state, deadline, origin)
                commitments[lead_id].append(promise)
        for told in (needs, commitments):
            told.update(
                (x, drop_twins(facts)) for x, facts in told.items() if facts[1:]
            )
        return needs, commitments

    def _filter_doubting(self):
        """Those whose profile has a person confirm what agents tell."""
        # sudo: what a lead is asked doesn't depend on who asks
        profiles = self.sudo().qualification_profile_id
        doubting = profiles.filtered(lambda p: p._get_policy().confirm_agents)
        if not doubting:
            return self.browse()
        return self.filtered(lambda x: x.sudo().qualification_profile_id in doubting)

    def _store_contact(self, contacts):
        """Behind an agent's word others may have come in, which are not stored."""
        before = self.filtered(lambda lead: lead.contact_origin == "agent")
        res = super()._store_contact(contacts)
        told = before | self.filtered(lambda lead: lead.contact_origin == "agent")
        if told and (doubting := told._filter_doubting()):
            doubting.modified(["contact_state"])
            doubting._facts_changed()
        return res

    def _get_reach(self, customers, is_wrong):
        """Whether a person is known, by name or as contact, and a way to reach them.

        :param customers: what ``_get_customers`` gave
        :param bool is_wrong: a call showed that the phone number is wrong
        """
        partner, name = self.partner_id & customers, self.contact_name
        email = self.email_normalized
        phone = not is_wrong and self.phone
        # of one of our own Odoo takes the name and the addresses
        own = self.partner_id - partner
        return {
            "has_person": (name != own.name and is_name(name))
            or (not partner.is_company and is_name(partner.name)),
            "has_address": (email != own.email_normalized and is_address(email))
            or (phone != own.phone and is_phone(phone)),
        }

    def _get_customers(self):
        """The contacts of these leads, without our own people and companies."""
        ours = {own for _id, own in self.env["res.company"]._get_all_companies()}
        # sudo: who is one of our own doesn't depend on who asks
        return self.partner_id.filtered(
            lambda partner: (
                partner.sudo().partner_share
                and partner.sudo().commercial_partner_id.id not in ours
            )
        )

    def _collect_answers(self, known_by_lead, todays):
        """The answers that count for each lead, one per criterion of its profile.

        :param dict known_by_lead: as ``_get_answers_by_criterion`` gives them
        :param dict todays: ``{lead id: the day that it is now in its company}``, of
            those whose answers expire
        :return: ``{lead id: (Answer, …)}``
        """
        answers = self.env["crm.qualification.answer"]
        collected = {}
        for profile, leads in self.grouped("qualification_profile_id").items():
            policy = profile._get_policy()
            questions = policy.questions
            automatic = [
                leads._answer_automatically(question)
                for question in questions
                if question.automatic
            ]
            unknown = {question.key: Answer(question.key) for question in questions}
            for lead_id, lead in zip(leads._ids, leads, strict=True):
                by_key = dict(unknown)
                for key in unknown.keys() & known_by_lead[lead_id].keys():
                    answer = known_by_lead[lead_id][key]
                    # an account's answer counts for leads that other companies see,
                    # too; what it says stays in its own
                    is_told = (
                        answer.lead_id
                        or answer.company_id == lead.company_id.id
                        or self.env["res.company"]._is_alone()
                    )
                    today = todays.get(lead_id)
                    is_doubted = policy.confirm_agents and answer.origin == "agent"
                    by_key[key] = answers._get_fact(answer, today, is_told, is_doubted)
                for found in automatic:
                    by_key[found[lead_id].key] = found[lead_id]
                collected[lead_id] = tuple(by_key.values())
        return collected

    def _get_answers_by_criterion(self, values=True, until=None):
        """Each lead's own answers and its account's; the newer one wins.

        :param bool values: with what was answered; no verdict asks for it
        :param dict until: as ``_get_hindsight`` gives it; None: all of them count
        :return: ``{lead id: {criterion id: KnownAnswer}}``
        """
        if not self:
            return {}
        answers = self.env["crm.qualification.answer"]
        known_by_lead = {lead_id: {} for lead_id in self._ids}
        until = until or {}
        shared = defaultdict(lambda: defaultdict(list))
        domain = Domain("lead_id", "in", self.ids)
        if accounts := self.partner_id.commercial_partner_id:
            domain |= Domain("partner_id", "in", accounts.ids)
        for answer in answers._read_known(domain, values):
            if not answer.lead_id:
                shared[answer.partner_id][answer.company_id].append(answer)
            elif answer.date <= (until.get(answer.lead_id) or answer.date):
                known_by_lead[answer.lead_id][answer.criterion_id] = answer
        if shared:
            self._add_account_answers(known_by_lead, shared, until)
        return known_by_lead

    def _add_account_answers(self, known_by_lead, shared, until):
        """Let an account's answers count for these leads where they are the newer ones.

        :param dict known_by_lead: ``{lead id: {criterion id: KnownAnswer}}``, added to
        :param dict shared: ``{account id: {company id: [KnownAnswer, …]}}``
        :param dict until: as ``_get_answers_by_criterion`` takes it
        """
        by_partner = {
            partner.id: shared.get(partner.commercial_partner_id.id)
            for partner in self._get_customers()
        }
        doubting = {*self._filter_doubting()._ids}
        for lead_id, lead in zip(self._ids, self, strict=True):
            by_company = by_partner.get(lead.partner_id.id)
            if not by_company:
                continue
            known = known_by_lead[lead_id]
            for answer in by_company.get(lead._get_answering_company().id, ()):
                if answer.date > (until.get(lead_id) or answer.date):
                    continue
                own = known.get(answer.criterion_id)
                both = [own, answer] if own else [answer]
                if lead_id in doubting:
                    # what is still to be confirmed hides nothing
                    both = [a for a in both if a.origin != "agent"] or both
                known[answer.criterion_id] = max(both, key=lambda a: a.precedence)

    def _get_closing(self):
        """When this closed record was won or lost.

        Odoo notes no moment for what was lost when it came in, as by an import: that of
        its coming in counts, as in Odoo's own figures.
        """
        return self.date_closed or self.create_date

    @api.model
    def _get_closing_sql(self, created, closed):
        """``_get_closing`` as SQL.

        :param SQL created: when the record came in
        :param SQL closed: what Odoo notes as its closing
        """
        return SQL("COALESCE(%s, %s)", closed, created)

    @api.model
    def _get_closing_domain(self, operator, value, path=""):
        """Condition on what ``_get_closing`` gives.

        :param str path: what of that moment is compared, as ``.month_number``
        """
        is_noted = Domain("date_closed", "!=", False)
        noted, came = (
            Domain(name + path, operator, value)
            for name in ("date_closed", "create_date")
        )
        return (is_noted & noted) | (~is_noted & came)

    @api.model
    def _get_hindsight_sql(self, created, closed):
        """From when on what is told of a closed record is hindsight; NULL: never.

        Who was closed already when they came into Odoo, as history that is imported,
        had nothing told before: all that is known of them counts.

        :param SQL created: when the record came in
        :param SQL closed: when it was won or lost
        """
        return SQL(
            "CASE WHEN %(closed)s > %(created)s + %(soon)s::interval"
            " THEN %(closed)s + %(soon)s::interval END",
            created=created,
            closed=closed,
            soon=AT_CLOSING,
        )

    def _get_hindsight(self):
        """The moments after which what is told of these closed records is hindsight.

        :return: ``{lead id: moment}``, without those of whom all that is known counts
        :rtype: dict
        """
        self.flush_recordset(["date_closed"])
        moment = self._get_hindsight_sql(SQL("create_date"), SQL("date_closed"))
        query = "SELECT id, %(moment)s FROM crm_lead WHERE id = ANY(%(ids)s)"
        rows = self.env.execute_query(SQL(query, moment=moment, ids=self.ids))
        return {lead_id: moment for lead_id, moment in rows if moment}

    def _filter_imported(self):
        """Those of these closed records that were closed when they came in."""
        hindsight = self._get_hindsight()
        return self.filtered(lambda lead: lead.id not in hindsight)

    def _get_answering_company(self):
        """The company whose answers about an account count for this lead.

        The lead's own, else its owner's; for a lead that is nobody's the only company
        there is, if there is only one.
        """
        own = self.company_id or self.user_id.company_id
        return own or own.browse(own._get_only_id())

    def _answer_automatically(self, question):
        """What an automatic criterion says about each of these leads now.

        :param question: ``Criterion``
        :return: ``{lead id: Answer}``
        """
        criterion = self.env["crm.qualification.criterion"].browse(question.key)
        if not question.account:
            return criterion._get_automatic_answers(self)
        customers = self._get_customers()
        known = criterion._get_automatic_answers(customers.commercial_partner_id)
        accounts = {one.id: one.commercial_partner_id.id for one in customers}
        unknown = Answer(question.key)
        return {
            lead.id: known.get(accounts.get(lead.partner_id.id), unknown)
            for lead in self
        }
