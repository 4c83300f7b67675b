from . import (
    crm_lead_to_opportunity,
    crm_lead_to_opportunity_mass,
    crm_lead_log_contact,
)
