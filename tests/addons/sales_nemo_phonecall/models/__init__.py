from . import crm_phonecall
from . import crm_contact_evidence
from . import crm_lead_facts
from . import crm_qualification_profile
from . import crm_phonecall_conversion
from . import crm_lead_brief
from . import crm_qualification_home
