from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL, float_compare

from ... import chance
from .crm_lead import JUDGED

PROBABILITIES = ("automated_probability", "probability")


class CrmLead(models.Model):
    """What a profile learnt of the chance is the automatic probability of its records.

    The chance by the answers is stored with the verdict; with Odoo's own frequencies of
    the stage it becomes the probability, wherever Odoo asks for one. The others keep
    the one of Odoo's predictive scoring.
    """

    _inherit = "crm.lead"

    qualification_chance = fields.Float(
        string="Chance by the Answers",
        aggregator="avg",
        help="Percent, of open records whose profile has learnt it; without the stage. "
        "Unknown answers count as their average. 0: Odoo's predictive scoring gives "
        "the probability.",
        **JUDGED | {"old_rows": "0"},
    )

    def _set_probabilities(self):
        """Have the automatic probability be what it is now, and with it the
        probability, unless it was set by hand."""
        found, _tooltip = self._pls_get_naive_bayes_probabilities()
        given = [self._fields[name] for name in PROBABILITIES]
        # whether they are open doesn't change, so nobody is judged again
        judged = self.pool.field_computed[self._fields["qualification_grade"]]
        with self.env.protecting([*given, *judged], self):
            for lead in self:
                # not Odoo's field that says so: it can't be asked while these wait
                both = [lead[name] for name in PROBABILITIES]
                is_automatic = not float_compare(*both, precision_digits=2)
                # where Odoo has counted too little it gives none
                lead.automated_probability = found.get(lead.id, 0.0)
                if is_automatic:
                    lead.probability = lead.automated_probability
            self.modified(PROBABILITIES)

    # ------------------------------------------------------------
    # ODOO'S SCORING
    # ------------------------------------------------------------

    def _pls_get_naive_bayes_probabilities(self, batch_mode=False, is_tooltip=False):
        ours = self._get_chances(batch_mode=True) if batch_mode else {}
        rest = self.browse(id_ for id_ in self._ids if id_ not in ours)
        scored = super(CrmLead, rest)._pls_get_naive_bayes_probabilities(
            batch_mode, is_tooltip
        )
        # of no record Odoo gives no pair
        found, tooltip = scored or ({}, {})
        # not before: what Odoo asked for may have been judged just for that
        found |= ours if batch_mode else (ours := self._get_chances())
        if is_tooltip and self.id in ours:
            tooltip = {"probability": ours[self.id], "scores": []}
        return found, tooltip

    def _get_chances(self, batch_mode=False):
        """The probability of those open ones for which a profile has learnt it.

        :param bool batch_mode: as they are in the database; else, in memory
        :return: ``{lead id: percent}``, with two decimals
        :rtype: dict
        """
        if not (rows := self._read_chances(batch_mode)):
            return {}
        profiles = self.env["crm.qualification.profile"].browse(
            {row[1] for row in rows}
        )
        policies = {profile.id: profile._get_policy() for profile in profiles}
        stages, found = self._get_stage_odds(), {}
        for id_, profile_id, percent, team_id, stage_id in rows:
            card = policies[profile_id].card
            if card and card.rules and policies[profile_id].enforcement != "off":
                by_stage = stages.get(team_id, stages[None])
                log_odds = card.stages * by_stage.get(stage_id, 0.0)
                log_odds += chance.to_log_odds(percent)
                percent = round(chance.to_percent(log_odds), 2)
                found[id_] = min(max(percent, 0.01), 99.99)
        return found

    def _read_chances(self, batch_mode):
        """What the probability comes from, of those that are in a stage not won.

        :return: of ``(id, profile id, chance by the answers, team id, stage id)``
        :rtype: list
        """
        if batch_mode:
            self.flush_model()
            query = """
                SELECT l.id, l.qualification_profile_id, l.qualification_chance,
                       l.team_id, l.stage_id
                  FROM crm_lead l JOIN crm_stage s ON s.id = l.stage_id
                 WHERE l.id = ANY(%s) AND l.qualification_chance > 0 AND l.active
                   AND l.won_status = 'pending' AND s.is_won IS NOT TRUE
            """
            return self.env.execute_query(SQL(query, self.ids))
        if not any((chances := self._peek("qualification_chance")).values()):
            return []
        # sudo: the probability doesn't depend on who asks
        leads = self.sudo().filtered(
            lambda lead: (
                chances.get(lead._origin.id)
                and lead.stage_id
                and not lead.stage_id.is_won
            )
        )
        profiles = leads._peek("qualification_profile_id")
        return [
            (lead.id, profiles[id_].id, chances[id_], lead.team_id.id, lead.stage_id.id)
            for lead in leads
            if profiles[id_ := lead._origin.id]
        ]

    def _peek(self, name):
        """What is stored in a computed field, without computing it: who is judged
        later is told then.

        :return: ``{lead id: value}``
        :rtype: dict
        """
        # sudo: as above
        field, leads = self._fields[name], self.sudo()._origin
        waiting = leads & self.env.records_to_compute(field)
        self.env.remove_to_compute(field, waiting)
        values = {lead.id: lead[name] for lead in leads}
        self.env.add_to_compute(field, waiting)
        return values

    @api.model
    def _get_stage_odds(self):
        """What Odoo's scoring has counted about stages, as log likelihood ratios.

        :return: ``{team id: {stage id: log-odds}}``, of all teams together for None
        :rtype: dict
        """
        counts = defaultdict(dict)
        # sudo: as above
        env = self.sudo().env
        for team, stage, won, lost in env["crm.lead.scoring.frequency"]._read_group(
            [("variable", "=", "stage_id")],
            ["team_id", "value"],
            ["won_count:sum", "lost_count:sum"],
        ):
            for known in {team.id or None, None}:
                before = counts[known].get(int(stage), (0.0, 0.0))
                counts[known][int(stage)] = before[0] + won, before[1] + lost
        # those who came into any were in this one, as Odoo has it
        shared = [("team_ids", "=", False)]
        first = env["crm.stage"].search(shared, order="sequence, id", limit=1).id
        return {None: {}} | {
            team: {stage: chance.get_stage_odds(known, first, stage) for stage in known}
            for team, known in counts.items()
        }
