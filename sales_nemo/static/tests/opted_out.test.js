import {expect, test} from "@odoo/hoot";
import {mountView} from "@web/../tests/web_test_helpers";
import {
    defineQualificationModels,
    qualificationModels,
} from "./sales_nemo_test_helpers";

defineQualificationModels();

test("marks who wants no mail", async () => {
    const {ResPartner} = qualificationModels;
    ResPartner._records = [
        ...ResPartner._records,
        {id: 71, name: "Ann", crm_opted_out: true},
        {id: 72, name: "Bob"},
    ];
    await mountView({
        type: "list",
        resModel: "res.partner",
        arch: `<list><field name="name"/><field name="crm_opted_out" widget="opted_out"/></list>`,
        domain: [["id", ">", 70]],
    });
    expect(".o_opted_out").toHaveCount(1);
    expect(".o_data_row:contains(Ann) .o_opted_out").toHaveAttribute(
        "aria-label",
        "Opted out"
    );
});
