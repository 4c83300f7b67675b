import {expect, queryAllTexts, test, waitFor} from "@odoo/hoot";
import {contains, mountView} from "@web/../tests/web_test_helpers";
import {
    defineMessage,
    defineQualificationModels,
    onRpcOpen,
    qualificationModels,
} from "./sales_nemo_test_helpers";

const {CrmLead} = qualificationModels;
const BADGE = ".o_contact_badge";

defineQualificationModels();

async function mountBadges(type, arch, ...states) {
    CrmLead._records = states.map((state, index) => ({
        id: index + 1,
        name: `Lead ${index + 1}`,
        contact_state: state,
    }));
    await mountView({type, resModel: "crm.lead", arch});
}

const LIST = `<list><field name="contact_state" widget="contact_badge"/></list>`;
const KANBAN = `
    <kanban>
        <templates>
            <t t-name="card">
                <field name="name"/>
                <field name="contact_state" widget="contact_badge"/>
            </t>
        </templates>
    </kanban>`;

test("says who has heard from whom", async () => {
    await mountBadges("list", LIST, "none", "outbound", "inbound", "two_way");
    expect(queryAllTexts(BADGE)).toEqual([
        "Never contacted",
        "No reply yet",
        "Waiting for us",
        "In touch",
    ]);
    expect(`${BADGE}.text-bg-warning:has(.fa-reply)`).toHaveText("Waiting for us");
    expect(`${BADGE}.text-bg-success`).toHaveText("In touch");
    // where nobody was in touch, there is nothing to open
    expect(`button${BADGE}`).toHaveCount(3);
});

test("on a card it opens what proves the contact, not the lead", async () => {
    defineMessage("Is anybody there?");
    onRpcOpen("crm.lead", "action_open_contact_proof");
    await mountBadges("kanban", KANBAN, "none", "inbound");
    await contains(`.o_kanban_record:contains(Lead 2) ${BADGE}`).click();
    await waitFor(".modal:contains(Is anybody there?)");
    await contains(".modal .btn-close").click();
    expect(".modal").toHaveCount(0);
    expect(".o_kanban_record:not(.o_kanban_ghost)").toHaveCount(2);
    expect.verifySteps([["action_open_contact_proof", [2]]]);
});
