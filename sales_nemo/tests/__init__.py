# Odoo's loader looks for tests here, and nowhere below.
from .base import (
    test_access,
    test_calls,
    test_companies,
    test_filters,
    test_hierarchies,
    test_hoot,
    test_identity,
    test_install,
    test_links,
    test_links_to_hidden,
    test_odd_input,
    test_outside,
    test_query_counts,
)
from .policy import (
    test_criterion,
    test_policy_tours,
    test_profile,
)
from .evidence import (
    test_contact,
    test_evidence_queries,
    test_gateway,
    test_history,
    test_incoming_mail,
    test_live_evidence,
    test_meetings,
    test_outbound,
)
from .facts import (
    test_answer,
    test_attacks_on_facts,
    test_proof,
)
from .decision import (
    test_ageing,
    test_attacks_by_values,
    test_backtest,
    test_decision,
    test_detours_round_profiles,
    test_guard,
    test_guard_create,
    test_guard_merge,
    test_lead_state,
    test_next_question,
    test_tours,
)
from .accounts import (
    test_account,
    test_account_answers,
    test_account_contact,
    test_account_numbers,
    test_handing_over,
    test_lead_from_partner,
    test_lifecycle,
    test_lifecycle_access,
    test_lifecycle_heard,
    test_lifecycle_walk,
    test_partner_merge,
    test_territory,
)
from .conversion import (
    test_assignment,
    test_convert_wizard,
    test_dialogs,
    test_mass_conversion,
    test_merge,
    test_merge_facts,
    test_merge_walk,
)
from .recycling import (
    test_attacks_on_losing,
    test_attacks_on_the_pool,
    test_attempts,
    test_brief,
    test_days,
    test_losing,
    test_lost_mail,
    test_pool,
    test_recycling,
    test_recycling_tours,
    test_returns,
)
from .pipeline import (
    test_check,
    test_funnel,
    test_home,
    test_home_tours,
    test_lift,
    test_overrides,
    test_pipeline,
    test_pipeline_tours,
    test_reports_tours,
    test_scoring,
    test_steps,
    test_trips,
)
