from . import (
    qualification_entry_mixin,
    base_partner_merge,
    crm_lead_to_opportunity,
    crm_lead_to_opportunity_mass,
    crm_lead_enter_stage,
    crm_lead_from_partner,
    crm_lead_log_contact,
    crm_lead_lost,
    crm_merge_opportunity,
    crm_qualification_backtest,
    crm_qualification_import,
    crm_qualification_publish,
)
