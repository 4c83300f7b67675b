from collections import defaultdict
from math import log

from odoo import api, fields, models
from odoo.tools import SQL, float_compare

from ...chance import to_log_odds, to_percent
from ...intervals import get_wilson
from .crm_lead import JUDGED

PROBABILITIES = ("automated_probability", "probability")
# What the probability of many is read from.
READ_TOGETHER = (
    "qualification_chance", "qualification_profile_id", "stage_id", "team_id",
)  # fmt: skip


class CrmLead(models.Model):
    """What a profile learnt of the chance is the automatic probability of its records.

    The chance by the answers is stored with the verdict; with Odoo's own frequencies of
    the stages it becomes the probability, wherever Odoo asks for one. All others keep
    that of Odoo's predictive scoring.
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
        rest, ours = self, {}
        if batch_mode:
            self.flush_model()
            # sudo: what it reads is our own; all at once
            self.sudo().fetch(READ_TOGETHER)
            ours = self._get_chances()
            rest = self.browse(id_ for id_ in self._ids if id_ not in ours)
        scored = super(CrmLead, rest)._pls_get_naive_bayes_probabilities(
            batch_mode, is_tooltip
        )
        # of no record Odoo gives no pair
        found, tooltip = scored or ({}, {})
        # not before: what Odoo asked for may have been judged just for that
        ours = ours if batch_mode else self._get_chances()
        if is_tooltip and self.id in ours:
            # its own explanation has no field of the lead for each reason
            tooltip = {"probability": ours[self.id], "scores": []}
        return found | ours, tooltip

    def _get_chances(self):
        """The probability of those open ones for which a profile has learnt it.

        :return: ``{lead id: percent}``, with two decimals
        :rtype: dict
        """
        chances = self._peek("qualification_chance")
        if not any(chances.values()):
            return {}
        profiles = self._peek("qualification_profile_id")
        policies = {known: known._get_policy() for known in {*profiles.values()}}
        stages, found = self._get_stage_odds(), {}
        for lead in self.sudo():  # sudo: the probability doesn't depend on who asks
            chance = chances.get(lead._origin.id)
            policy = chance and policies[profiles[lead._origin.id]]
            # Odoo's own number is right for what is won or in no stage
            is_running = lead.stage_id and not lead.stage_id.is_won
            if chance and is_running and policy.card and policy.card.rules:
                log_odds = to_log_odds(chance) + lead._weigh_stage(policy, stages)
                percent = round(to_percent(log_odds), 2)
                found[lead.id] = min(max(percent, 0.01), 99.99)
        return found

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

    def _weigh_stage(self, policy, stages):
        """Log-odds that the stage adds.

        :param dict stages: as ``_get_stage_odds`` gives them
        """
        known = stages.get(self.team_id.id) or stages[None]
        return policy.card.stages * known.get(self.stage_id.id, 0.0)

    @api.model
    def _get_stage_odds(self):
        """How much more often those came into a stage who were won, as Odoo's scoring
        counted: log likelihood ratios.

        :return: ``{team id: {stage id: log-odds}}``, of all teams together for None
        :rtype: dict
        """
        # sudo: as above
        env = self.sudo().env
        counts, domain = defaultdict(dict), [("variable", "=", "stage_id")]
        for team, stage, won, lost in env["crm.lead.scoring.frequency"]._read_group(
            domain, ["team_id", "value"], ["won_count:sum", "lost_count:sum"]
        ):
            for known in {team.id or None, None}:
                before = counts[known].get(int(stage), (0.0, 0.0))
                counts[known][int(stage)] = before[0] + won, before[1] + lost
        # those who came into any were in the first one, as Odoo has it; who came into
        # a won one has ended
        stages = env["crm.stage"].search([], order="sequence, id")
        first = stages.filtered(lambda stage: not stage.team_ids)[:1].id
        running = {stage.id for stage in stages if not stage.is_won}
        odds = {None: {}}
        for team, known in counts.items():
            won, lost = known.get(first, (0, 0))
            odds[team] = {
                stage: log(some_won / won) - log(some_lost / lost)
                for stage, (some_won, some_lost) in known.items()
                if stage in running and min(won, lost, some_won, some_lost) > 0
            }
        return odds

    def _get_moves(self):
        """The log-odds of each stage that one was moved into, as Odoo has tracked it.

        Not of that in which it began, or was imported: who was won has left it, so that
        only the lost would be seen there.

        :return: of ``(lead id, log-odds)``
        """
        query = """
            SELECT DISTINCT message.res_id, tracking.new_value_integer
              FROM mail_message message
              JOIN mail_tracking_value tracking ON tracking.mail_message_id = message.id
              JOIN ir_model_fields field ON field.id = tracking.field_id
             WHERE message.model = 'crm.lead' AND message.res_id = ANY(%s)
               AND field.name = 'stage_id'
        """
        stages = self._get_stage_odds()
        # together: a record of its own would be read on its own
        teams = {lead.id: lead.team_id.id for lead in self}
        for lead_id, stage_id in self.env.execute_query(SQL(query, self.ids)):
            known = stages.get(teams[lead_id]) or stages[None]
            if log_odds := round(known.get(stage_id, 0.0), 2):
                yield lead_id, log_odds

    # ------------------------------------------------------------
    # EXPLAINED
    # ------------------------------------------------------------

    def prepare_pls_tooltip_data(self):
        data = super().prepare_pls_tooltip_data()
        if self.id in self._get_chances():
            found = self._explain_chance()
            data |= {"low_3_data": [], "top_3_data": [found]}
        return data

    def _explain_chance(self):
        """Why the probability is what it is, for Odoo's tooltip.

        Its log-odds are ``intercept`` + ``slope`` · points + ``stage``; the points of
        an open question are its mean, ``chances`` what its answer would make of it,
        ``similar`` are closed records whose answers gave about the same chance.

        :rtype: dict
        """
        # sudo: a lead shows what is asked, of whatever company its profile is
        profile = self.sudo().qualification_profile_id
        policy, learnt = profile._get_policy(), profile._get_scorecard()
        facts, card = self._collect_facts()[self.id], policy.card
        stage = self._weigh_stage(policy, self._get_stage_odds())
        points, chances = card.get_points(facts), card.get_open(facts, stage)
        bins = [known for known in learnt["quality"]["shown"]["bins"] if known["n"]]
        percent = card.get_chance(facts)
        near = bins and min(bins, key=lambda b: abs(100 * b["predicted"] - percent))
        return {
            "field": "scorecard",
            "profile": profile.name,
            "intercept": card.intercept,
            "slope": card.slope,
            "stage": stage,
            "stage_name": self.stage_id.name,
            "questions": [
                {
                    "name": question.name,
                    "value": facts.answer_by_key[question.key].value,
                    "points": points.get(question.key),
                    "chances": chances.get(question.key),
                    **card.worths[question.key]._asdict(),
                }
                for question in policy.asked
                if card.worths[question.key].best
            ],
            "similar": near and near | {"bounds": get_wilson(near["won"], near["n"])},
            "learnt": learnt["learnt"],
        }
