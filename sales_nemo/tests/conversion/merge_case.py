"""Leads and opportunities in every state, for the tests of merging."""

from ..common import QualificationCase

# Of the decisions of merged opportunities the first of these counts.
OUTCOMES = ("passed", "settled", "overridden", "flagged", "advised", "none")


class MergeCase(QualificationCase):
    """Leads and opportunities in every state, and what is known about them."""

    @classmethod
    def create_opportunity(cls, outcome="passed", name=None, **values):
        """An opportunity whose decision had this outcome; "none": from before."""
        name = name or outcome
        if outcome in ("none", "flagged"):
            cls.profile.active = outcome != "none"
            opportunity = cls.create_lead(name, type="opportunity", **values)
            cls.profile.active = True
            return opportunity
        if outcome == "overridden":
            lead = cls.create_lead(name, user=cls.approver, **values)
            lead._decide_entry("wizard", override_reason="They pay")
            lead.convert_opportunity(lead.partner_id)
            lead.user_id = cls.rep
            return lead.with_user(cls.rep)
        if outcome == "advised":
            cls.profile.enforcement = "advise"
            lead = cls.create_lead(name, **values)
            lead.convert_opportunity(lead.partner_id)
            cls.profile.enforcement = "enforce"
            return lead
        if outcome == "settled":
            return cls.add_facts(cls.create_opportunity("flagged", name, **values))
        lead = cls.create_qualified_lead(name, **values)
        lead.convert_opportunity(lead.partner_id)
        return lead

    @classmethod
    def create_lost(cls, outcome="none", reason=None, **values):
        opportunity = cls.create_opportunity(outcome, "Lost", **values)
        opportunity.action_set_lost(lost_reason_id=reason and reason.id)
        return opportunity

    @classmethod
    def create_facts(cls, model, lead, *rows):
        return (
            cls.env[model]
            .with_user(cls.rep)
            .create([{"lead_id": lead.id} | row for row in rows])
        )

    @classmethod
    def say_on(cls, fact, day):
        """Have a need or commitment be known since a day."""
        fact.sudo().state_date = day
        return fact

    def merge(self, leads, user=None, **options):
        merged = leads.with_user(user or self.rep)._merge_opportunity(**options)
        self.assertFalse(
            self.env["crm.contact.evidence"]._get_stale(merged), "contact is right"
        )
        return merged

    def get_notes(self, lead, text):
        """Bodies of the notes on a lead in which a text stands."""
        bodies = lead.sudo().message_ids.mapped("body")
        return " ".join(body for body in bodies if text in body)

    def get_outcome(self, lead):
        return lead.sudo().qualification_decision_id.outcome or "none"
