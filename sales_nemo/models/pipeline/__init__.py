from . import (
    crm_lead_pipeline,
    crm_lead_steps,
    crm_lead_home,
    crm_qualification_check,
)
