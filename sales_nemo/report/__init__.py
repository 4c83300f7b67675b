from . import qualification_report_mixin
from . import crm_qualification_funnel
from . import crm_qualification_override
from . import crm_qualification_response
from . import crm_qualification_lift
from . import crm_qualification_lift_query
