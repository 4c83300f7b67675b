import {expect, queryAllTexts, test, waitFor, waitForNone} from "@odoo/hoot";
import {contains, mountView, onRpc} from "@web/../tests/web_test_helpers";
import {
    defineMessage,
    defineQualificationModels,
    qualificationModels,
} from "./sales_nemo_test_helpers";

defineQualificationModels();

const column = (name) => `.o_kanban_group:has(.o_column_title:contains(${name}))`;
const getCards = (name) => queryAllTexts(`${column(name)} .o_kanban_record`);
const drop = (card, name) =>
    contains(`.o_kanban_record:contains(${card})`).dragAndDrop(column(name));

/** A board on which the server answers a dropped card with `result`. */
async function mountBoard(setStatus) {
    qualificationModels.CrmLead._records = [
        {id: 7, name: "Tour deal", won_status: "pending"},
        {id: 8, name: "Lost deal", won_status: "lost"},
        {id: 9, name: "Won deal", won_status: "won"},
    ];
    onRpc("crm.lead", "action_set_won_status", function ({args}) {
        expect.step(args);
        return setStatus(this.env, ...args);
    });
    await mountView({
        type: "kanban",
        resModel: "crm.lead",
        arch: `
            <kanban js_class="pipeline_board">
                <templates><t t-name="card"><field name="name"/></t></templates>
            </kanban>`,
        groupBy: ["won_status"],
    });
}

function write(env, [id], status) {
    env["crm.lead"].write([id], {won_status: status});
    return {};
}

test("a dropped card does what the button does, then the board shows it", async () => {
    await mountBoard((...args) => ({
        ...write(...args),
        effect: {type: "rainbow_man", message: "Well done"},
    }));
    await drop("Tour deal", "Won");
    await waitFor(`${column("Won")} .o_kanban_record:contains(Tour deal)`);
    await waitFor(".o_reward:contains(Well done)");
    expect(getCards("Pending")).toEqual([]);
    expect.verifySteps([[[7], "won"]]);
});

test("and back", async () => {
    await mountBoard(write);
    await drop("Lost deal", "Pending");
    await waitFor(`${column("Pending")} .o_kanban_record:contains(Lost deal)`);
    await drop("Won deal", "Pending");
    await waitFor(`${column("Pending")} .o_kanban_record:contains(Won deal)`);
    expect.verifySteps([
        [[8], "pending"],
        [[9], "pending"],
    ]);
});

test("the card stays until the dialog is done; discarded, nothing changes", async () => {
    defineMessage("Why?");
    const dialog = {
        type: "ir.actions.act_window",
        res_model: "mail.message",
        res_id: 1,
        views: [[false, "form"]],
        target: "new",
    };
    let lose = () => {};
    await mountBoard((env, ids, status) => {
        lose = () => write(env, ids, status);
        return dialog;
    });
    await drop("Tour deal", "Lost");
    await waitFor(".modal:contains(Why?)");
    expect(getCards("Pending")).toEqual(["Tour deal"]);
    await contains(".modal .btn-close").click();
    await waitForNone(".modal");
    expect(getCards("Pending")).toEqual(["Tour deal"]);
    expect(getCards("Lost")).toEqual(["Lost deal"]);
    await drop("Tour deal", "Lost");
    await waitFor(".modal:contains(Why?)");
    lose();
    await contains(".modal .btn-close").click();
    await waitFor(`${column("Lost")} .o_kanban_record:contains(Tour deal)`);
    expect.verifySteps([
        [[7], "lost"],
        [[7], "lost"],
    ]);
});
