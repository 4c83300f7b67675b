import {
    expect,
    press,
    queryAll,
    queryAllAttributes,
    queryAllTexts,
    test,
    waitFor,
} from "@odoo/hoot";
import {contains, mountView, onRpc} from "@web/../tests/web_test_helpers";
import {
    defineQualificationModels,
    qualificationModels,
} from "./sales_nemo_test_helpers";

const {CrmLead} = qualificationModels;
const PATH = ".o_qualification_path";
const NAMES = {
    reachable: "Reachable",
    contacted: "Contacted",
    needs_known: "Needs known",
};

defineQualificationModels();

/** The form of a lead that fails some checks and is at a step. */
async function mountPath(failed, step) {
    const getPath = () =>
        Object.entries(NAMES).map(([key, name]) => ({
            key,
            name,
            state: failed.includes(key) ? "failed" : "passed",
        }));
    CrmLead._records = [
        {id: 7, name: "Tour lead", qualification_step: step, qualification_path: false},
    ];
    onRpc("crm.lead", "web_read", async ({parent}) => {
        const [values] = await parent();
        return [{...values, qualification_path: getPath()}];
    });
    onRpc("crm.lead", "get_qualification_sheet", () => ({
        checks: getPath().map((check) => ({...check, reason: "They say."})),
        commitments: [],
        needs: [],
        questions: [],
        can_write: true,
    }));
    await mountView({
        type: "form",
        resModel: "crm.lead",
        resId: 7,
        arch: `
            <form>
                <field name="qualification_path" widget="qualification_path"/>
                <sheet>
                    <field name="name"/>
                    <notebook>
                        <page string="Notes" name="notes"><field name="contact_name"/></page>
                        <page string="Qualification" name="qualification"><field name="email_from"/></page>
                    </notebook>
                </sheet>
            </form>`,
    });
}

test("each check has its place, its icon and its name; the next one is marked", async () => {
    await mountPath(["contacted", "needs_known"], "contact_outbound");
    expect(queryAllTexts(`${PATH} button`)).toEqual(Object.values(NAMES));
    expect(queryAllAttributes(`${PATH} i[role=img]`, "aria-label")).toEqual([
        "Passed",
        "Failed",
        "Failed",
    ]);
    expect(`${PATH} .fa-check-circle`).toHaveCount(1);
    expect(`${PATH} .fa-times-circle`).toHaveCount(2);
    expect(queryAllTexts(`${PATH} [aria-current=step]`)).toEqual(["Contacted"]);
    expect(PATH).not.toHaveClass("o_qualification_path_passed");
});

test("a step that is no check's own is marked at what fails first", async () => {
    await mountPath(["needs_known"], "other");
    expect(queryAllTexts(`${PATH} [aria-current=step]`)).toEqual(["Needs known"]);
});

test("is quiet where all is passed", async () => {
    await mountPath([], "convert");
    expect(PATH).toHaveClass("o_qualification_path_passed");
    expect(`${PATH} [aria-current]`).toHaveCount(0);
    expect(queryAll(`${PATH} .text-success, ${PATH} .text-danger`)).toHaveLength(0);
});

test("is filled by the keyboard right where it is", async () => {
    const failed = ["needs_known"];
    onRpc("crm.lead.need", "create", ({args}) => {
        expect.step(args[0]);
        failed.pop();
        return [5];
    });
    await mountPath(failed, "needs_missing");
    await contains(`${PATH} [aria-current=step]`).focus();
    await press("Enter");
    await waitFor(".o_fact_popover:contains(They say.) input:focus");
    await contains(".o_fact_popover input").edit("Speed", {confirm: false});
    await press("Enter");
    await waitFor(`${PATH}.o_qualification_path_passed`);
    expect(".o_fact_popover").toHaveCount(0);
    expect.verifySteps([[{lead_id: 7, name: "Speed", state: "confirmed"}]]);
});

test("a key opens the tab", async () => {
    await mountPath(["needs_known"], "needs_missing");
    expect(".tab-pane [name=contact_name]").toHaveCount(1);
    await press(["alt", "q"]);
    await waitFor(".tab-pane [name=email_from]");
});
