from . import (
    crm_lead_merge,
    crm_lead_conversion,
    crm_lead_assignment,
    crm_lead_conversion_job,
    crm_lead_conversion_result,
    crm_lead_conversion_line,
    crm_team,
)
