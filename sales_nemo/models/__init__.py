from . import (
    qualification_protected_mixin,
    crm_qualification_profile,
    crm_qualification_criterion,
    crm_qualification_answer,
    crm_qualification_decision,
    crm_lead_need,
    crm_lead_commitment,
    crm_lead,
    crm_team,
    mail_activity,
    mail_message,
    res_partner,
)
