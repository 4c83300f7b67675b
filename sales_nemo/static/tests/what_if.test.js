import {expect, queryAllValues, test} from "@odoo/hoot";
import {animationFrame} from "@odoo/hoot-mock";
import {contains, mountView, onRpc} from "@web/../tests/web_test_helpers";
import {
    defineQualificationModels,
    qualificationModels,
} from "./sales_nemo_test_helpers";

const count = (blocked) => ({passed: 9, blocked, unknown: 0, alone: 0});
const getResult = (won, lost) => ({
    is_cut: false,
    totals: {won: count(won), lost: count(lost)},
    checks: [],
});
const POLICY = {
    score_min: 40,
    needs_required: 1,
    commitments_required: 0,
    contact_required: "two_way",
    check_reachable: true,
    check_criteria: true,
    criteria: [
        {code: "budget", name: "Budget?", weight: 3, requirement: "none"},
        {code: "size", name: "How big?", weight: 1, requirement: "met", stage_id: 4},
    ],
};

defineQualificationModels();

async function mountWhatIf() {
    qualificationModels.Backtest._records = [
        {
            id: 4,
            tried: false,
            policy: POLICY,
            result: getResult(2, 5),
            date_from: "2026-01-01",
            date_to: "2026-05-01",
        },
    ];
    // the server tells what it would be
    onRpc("crm.qualification.backtest", "onchange", ({args}) => {
        const {tried} = args[1];
        expect.step(tried);
        const policy = {...POLICY, ...tried, criteria: POLICY.criteria};
        return {value: {policy, result: tried ? getResult(1, 7) : getResult(2, 5)}};
    });
    qualificationModels.Backtest._onChanges = {tried() {}};
    await mountView({
        type: "form",
        resModel: "crm.qualification.backtest",
        resId: 4,
        arch: `
            <form>
                <field name="policy" invisible="1"/>
                <field name="result" invisible="1"/>
                <field name="tried" widget="qualification_what_if"/>
                <field name="date_from"/>
                <field name="date_to"/>
            </form>`,
    });
    await contains("summary").click();
}

test("shows the profile as it stands", async () => {
    await mountWhatIf();
    const values = queryAllValues(".o_what_if input[type=number]").map(Number);
    expect(values).toEqual([40, 1, 0, 3, 1]);
    expect("select[name=contact_required]").toHaveValue("two_way");
    expect("input[name=check_reachable]").toBeChecked();
    expect("tr[data-code=size] select").toHaveValue("met");
    expect("tr[data-code=size] small").toHaveCount(1);
    expect("tr[data-code=budget] small").toHaveCount(0);
    expect(".o_what_if [role=status]").toHaveCount(0);
});

test("each change is asked once, and what it changes is told", async () => {
    await mountWhatIf();
    await contains("input[name=score_min]").edit("55");
    expect.verifySteps([{score_min: 55}]);
    expect(".o_what_if [role=status]").toHaveText(
        /blocks 2 won and 5 lost deals; with these changes 1 won and 7 lost\./
    );
    await contains("tr[data-code=budget] input").edit("9");
    await contains("tr[data-code=budget] select").select("known");
    expect.verifySteps([
        {score_min: 55, criteria: {budget: {weight: 9}}},
        {score_min: 55, criteria: {budget: {weight: 9, requirement: "known"}}},
    ]);
    await contains(".o_what_if [role=status] button").click();
    expect.verifySteps([false]);
    expect(".o_what_if [role=status]").toHaveCount(0);
});

test("what is no number is taken back", async () => {
    await mountWhatIf();
    await contains("input[name=score_min]").edit("300");
    await animationFrame();
    expect("input[name=score_min]").toHaveValue(40);
    expect.verifySteps([]);
});
