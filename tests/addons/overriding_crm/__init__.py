from . import crm_lead, overriding_call
