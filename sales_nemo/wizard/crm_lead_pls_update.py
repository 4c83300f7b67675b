from collections import Counter

from odoo import api, fields, models

from ..scorecard import get_auc

# Won and lost records from which on it is told what Grade is worth.
SAMPLE_MIN = 30


class CrmLeadPlsUpdate(models.TransientModel):
    """Odoo's dialog of predictive scoring offers Grade, which knows of contact, too."""

    _inherit = "crm.lead.pls.update"

    pls_fields = fields.Many2many(default=lambda self: self._get_offered_fields())
    counts_contact_twice = fields.Boolean(compute="_compute_counts_contact_twice")
    grade_worth = fields.Char(compute="_compute_grade_worth")

    @api.depends("pls_fields")
    def _compute_counts_contact_twice(self):
        for dialog in self:
            dialog.counts_contact_twice = dialog.pls_fields._counts_contact_twice()

    @api.depends_context("lang")
    def _compute_grade_worth(self):
        self.grade_worth = self._describe_grade_worth()

    def _get_offered_fields(self):
        """What is ticked, and Grade with it; it knows of contact already."""
        found = self.env["crm.lead.scoring.frequency.field"].search([])
        ticked = self._get_default_pls_fields() or found.browse()
        ours = found.grouped(lambda field: field.field_id.name)
        if ours.get("contact_state", found.browse()) & ticked:
            return ticked
        return ticked | ours.get("qualification_grade", found.browse())

    def _describe_grade_worth(self):
        """How often the letter tells a won record from a lost one, in words.

        Nothing is learnt for it, so that no record judges itself.
        """
        triples, closed = [], Counter()
        for grade, status, count in (
            self.env["crm.lead"]
            .with_context(active_test=False)
            ._read_group(
                [
                    ("won_status", "in", ("won", "lost")),
                    ("qualification_grade", "not in", ("none", False)),
                ],
                ["qualification_grade", "won_status"],
                ["__count"],
            )
        ):
            triples.append((-ord(grade[0]), count, count if status == "won" else 0))
            closed[status] += count
        won, lost = closed["won"], closed["lost"]
        if min(won, lost) < SAMPLE_MIN:
            return self.env._(
                "What Grade brings can't be told yet: too few were won (%(won)s) or "
                "lost (%(lost)s) with one.",
                won=won,
                lost=lost,
            )
        return self.env._(
            "What Grade brings: of a won and a lost record, its letter, as it is "
            "today, tells which is which in %(share)s %% of the cases; 50 %% is "
            "chance. Counted from %(won)s won and %(lost)s lost ones.",
            share=round(100 * get_auc(triples)),
            won=won,
            lost=lost,
        )


class CrmLeadScoringFrequencyField(models.Model):
    """Grade and Contact Status say the same of contact."""

    _inherit = "crm.lead.scoring.frequency.field"

    def _counts_contact_twice(self):
        names = set(self.mapped("field_id.name"))
        return names >= {"qualification_grade", "contact_state"}
