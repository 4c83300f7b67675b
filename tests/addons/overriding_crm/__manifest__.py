{
    "name": "Overrides of the conversion, for the differential test",
    "version": "19.0.1.0.0",
    "author": "sales_nemo contributors",
    "license": "LGPL-3",
    "depends": ["crm"],
    "data": ["security/ir.model.access.csv"],
    "installable": True,
}
