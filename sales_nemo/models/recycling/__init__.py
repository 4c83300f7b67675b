from . import (
    crm_lost_reason,
    crm_lead_losing,
    crm_lead_attempts,
    crm_lead_recycling,
    crm_lead_brief,
    crm_lead_pool,
    crm_team_pool,
)
