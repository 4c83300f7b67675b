from . import (
    qualification_withdraw_mixin,
    qualification_proof_mixin,
    crm_lead_fact_mixin,
    crm_qualification_answer,
    crm_qualification_answer_known,
    crm_lead_need,
    crm_lead_commitment,
    crm_lead_role,
    crm_lead_status,
    crm_lead_facts,
)
