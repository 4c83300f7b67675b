from . import (
    reasons,
    crm_qualification_decision,
    crm_lead,
    crm_lead_ageing,
    crm_lead_gate,
    crm_lead_scoring,
    crm_lead_sheet,
    crm_lead_stages,
    crm_qualification_criterion_backtest,
    crm_qualification_profile_backtest,
    crm_qualification_profile_impact,
    crm_qualification_profile_review,
)
