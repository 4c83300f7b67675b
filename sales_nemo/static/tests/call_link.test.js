import {expect, test} from "@odoo/hoot";
import {fields, mountView} from "@web/../tests/web_test_helpers";
import {
    defineQualificationModels,
    qualificationModels,
} from "./sales_nemo_test_helpers";

const {CrmLead} = qualificationModels;

defineQualificationModels();

const ARCH = `
    <form>
        <field
            name="phone"
            widget="qualification_call"
            readonly="1"
            invisible="not phone"
        />
    </form>`;

async function mountCall(phone) {
    CrmLead._fields.phone = fields.Char();
    CrmLead._records = [{id: 1, name: "Ann", phone}];
    await mountView({type: "form", resModel: "crm.lead", resId: 1, arch: ARCH});
}

test("dials the number", async () => {
    await mountCall("+32 2 555 12 34");
    expect("a:contains(Call)").toHaveAttribute("href", "tel:+3225551234");
});

test("is not there without a number", async () => {
    await mountCall(false);
    expect("a:contains(Call)").toHaveCount(0);
});
