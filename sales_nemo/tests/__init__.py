# Odoo's loader looks for tests here, and nowhere below.
from .base import (
    test_access,
    test_companies,
    test_filters,
    test_hierarchies,
    test_hoot,
    test_install,
    test_links,
    test_links_to_hidden,
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
    test_live_evidence,
    test_meetings,
    test_outbound,
)
from .facts import (
    test_answer,
    test_proof,
)
from .decision import (
    test_ageing,
    test_attacks,
    test_backtest,
    test_decision,
    test_guard,
    test_lead_state,
    test_next_question,
    test_tours,
)
from .accounts import (
    test_account,
    test_lead_from_partner,
    test_lifecycle,
    test_partner_merge,
    test_territory,
)
from .conversion import (
    test_assignment,
    test_convert_wizard,
    test_dialogs,
    test_mass_conversion,
    test_merge,
)
from .recycling import (
    test_losing,
    test_pool,
    test_recycling,
    test_recycling_tours,
)
from .pipeline import (
    test_check,
    test_home,
    test_home_tours,
    test_lift,
    test_pipeline,
    test_pipeline_tours,
    test_reports,
    test_reports_tours,
    test_scoring,
    test_steps,
)
