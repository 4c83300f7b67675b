import {expect, queryAllTexts, test, waitFor} from "@odoo/hoot";
import {contains, mountView, onRpc} from "@web/../tests/web_test_helpers";
import {
    defineMessage,
    defineQualificationModels,
    onRpcOpen,
    qualificationModels,
} from "./sales_nemo_test_helpers";

const count = (passed, blocked, unknown, alone = 0) => ({
    passed,
    blocked,
    unknown,
    alone,
});
const RESULT = {
    is_cut: false,
    totals: {won: count(1, 2, 0), lost: count(0, 2, 0)},
    checks: [
        {
            key: "contacted",
            name: "Contacted",
            won: count(3, 0, 0),
            lost: count(2, 0, 0),
        },
        {
            key: "needs_known",
            name: "Needs",
            won: count(1, 2, 0, 2),
            lost: count(1, 0, 1),
        },
    ],
};

defineQualificationModels();

async function mountBacktest(result) {
    qualificationModels.Backtest._records = [
        {id: 4, result, date_from: "2026-01-01", date_to: "2026-05-01"},
    ];
    await mountView({
        type: "form",
        resModel: "crm.qualification.backtest",
        resId: 4,
        arch: `
            <form>
                <field name="result" widget="qualification_backtest"/>
                <field name="date_from"/>
            </form>`,
    });
}

test("tells of each check what it would have done", async () => {
    await mountBacktest(RESULT);
    const getRow = (key) => queryAllTexts(`tr[data-check=${key}] :is(th, td)`);
    expect(queryAllTexts("thead tr:first-child th")).toEqual([
        "Check",
        "Won3",
        "Lost2",
        "Blocked by it alone",
    ]);
    expect(getRow("all")).toEqual([
        "All checks together",
        "1",
        "2",
        "0",
        "0",
        "2",
        "0",
        "",
        "",
    ]);
    const getNumbers = (key) => getRow(key).slice(1).map(Number);
    expect(getNumbers("contacted")).toEqual([3, 0, 0, 2, 0, 0, 0, 0]);
    expect(getNumbers("needs_known")).toEqual([1, 2, 0, 1, 0, 1, 2, 0]);
    expect(".alert").toHaveCount(0);
    // a number of zero opens nothing
    expect("tr[data-check=all] td[data-cell=won-unknown] button").toHaveCount(0);
});

test("each number opens its deals, of the days that are shown", async () => {
    defineMessage("The deals");
    onRpcOpen("crm.qualification.backtest", "action_open_deals");
    onRpc("crm.qualification.backtest", "web_save", ({args}) => expect.step(args[1]));
    await mountBacktest(RESULT);
    const open = async (selector) => {
        await contains(`${selector} button, ${selector}:is(button)`).click();
        await waitFor(".modal:contains(The deals)");
        await contains(".modal .btn-close").click();
    };
    await open("tr[data-check=needs_known] td[data-cell=won-blocked]");
    await open("tr[data-check=all] td[data-cell=lost-blocked]");
    await open("tr[data-check=needs_known] td[data-cell=won-alone]");
    await contains("div[name=date_from] button").click();
    await contains("div[name=date_from] input").edit("02/01/2026");
    await open("[data-side=won]");
    expect.verifySteps([
        ["action_open_deals", [4], true, "blocked", "needs_known"],
        ["action_open_deals", [4], false, "blocked", null],
        ["action_open_deals", [4], true, "alone", "needs_known"],
        {date_from: "2026-02-01"},
        ["action_open_deals", [4], true, null, null],
    ]);
});

test("says that there were more", async () => {
    await mountBacktest({...RESULT, is_cut: true});
    expect(".alert").toHaveText(
        "More deals were closed in this period: these are the newest."
    );
});

test("without deals there is no table", async () => {
    const none = {won: count(0, 0, 0), lost: count(0, 0, 0)};
    await mountBacktest({is_cut: false, totals: none, checks: []});
    expect(".o_backtest").toHaveCount(0);
});
