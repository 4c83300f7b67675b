import {
    animationFrame,
    expect,
    manuallyDispatchProgrammaticEvent,
    press,
    queryAllTexts,
    queryFirst,
    queryOne,
    test,
    waitFor,
} from "@odoo/hoot";
import {mockDate} from "@odoo/hoot-mock";
import {Component, useState, xml} from "@odoo/owl";
import {QualificationQuestions} from "@sales_nemo/qualification_questions/qualification_questions";
import {
    contains,
    defineParams,
    makeServerError,
    mountView,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {
    chosen,
    defineQualificationModels,
    makeLongQuestion,
    makeQuestion,
    makeSizeQuestion,
    pill,
    qualificationModels,
} from "./sales_nemo_test_helpers";

const {ConvertDialog, CrmLead} = qualificationModels;

defineQualificationModels();

const names = ".o_qualification_question label.fw-bold";
const question = (name) => `.o_qualification_question:contains(${name})`;

async function mountQuestions(questions, props) {
    await mountWithCleanup(QualificationQuestions, {
        props: {
            questions,
            isReadonly: false,
            save: ({name}, value) => expect.step(`${name} ${value}`),
            ...props,
        },
    });
}

test("each type of question has its own way to answer", async () => {
    await mountQuestions([
        makeQuestion(),
        makeSizeQuestion(),
        makeQuestion({id: 3, name: "Seats?", type: "number"}),
        makeQuestion({id: 4, name: "When?", type: "date", value: "2026-04-01"}),
        makeQuestion({id: 5, name: "Why?", type: "text"}),
        makeQuestion({id: 6, name: "Big town?", type: "automatic"}),
        makeLongQuestion({id: 7, name: "Rooms?"}),
    ]);
    expect(queryAllTexts(pill("Budget?", ""))).toEqual(["Yes", "No"]);
    await contains(pill("Budget?", "No")).click();
    expect(queryAllTexts(pill("Size?", ""))).toEqual(["Large", "Medium", "Small"]);
    await contains(pill("Size?", "Medium")).click();
    expect(queryAllTexts(`${question("Rooms?")} option`)).toEqual([
        "",
        "Huge",
        "Large",
        "Medium",
        "Small",
        "Tiny",
        "None",
    ]);
    await contains(`${question("Rooms?")} select`).select("Tiny");
    expect(`${question("Seats?")} input`).toHaveAttribute("inputmode", "decimal");
    await contains(`${question("Seats?")} input`).edit("12.5");
    await contains(`${question("When?")} input`).edit("05/01/2026");
    await contains(`${question("Why?")} input`).edit("It is slow");
    expect(`${question("Big town?")} input`).toHaveCount(0);
    expect(`${question("Big town?")} select`).toHaveCount(0);
    expect(question("Big town?")).toHaveText(/Answered by a filter/);
    expect.verifySteps([
        "Budget? no",
        "Size? Medium",
        "Rooms? Tiny",
        "Seats? 12.5",
        "When? 2026-05-01",
        "Why? It is slow",
    ]);
});

test("says what an answer is worth, who gave it and when", async () => {
    mockDate("2026-05-10 12:00:00");
    const states = ["met", "partly", "not_met", "disqualifying", "unknown", "expired"];
    await mountQuestions(
        states.map((state, id) => makeSizeQuestion({id, name: `Size ${state}?`, state}))
    );
    expect(queryAllTexts(".badge")).toEqual([
        "Met",
        "Partly met",
        "Not met",
        "Disqualifying",
        "Unknown",
        "Expired, ask again",
    ]);
});

test("an answer has an author and an age, an open question guidance", async () => {
    mockDate("2026-05-10 12:00:00");
    await mountQuestions([
        makeSizeQuestion({
            answered_by: "Rep",
            date: "2026-05-08 12:00:00",
            guidance: "Count the desks",
            state: "met",
            value: "Large",
        }),
        makeQuestion({
            guidance: "Ask who signs",
            required: true,
            requirement: "met",
            scope: "account",
        }),
        makeQuestion({id: 3, name: "Start?", required: true, requirement: "known"}),
    ]);
    expect(chosen("Size?", "Large")).toHaveCount(1);
    expect(`${question("Size?")} .text-muted`).toHaveText("Rep, 2 days ago");
    expect(`${question("Budget?")} .small`).toHaveText("Ask who signs");
    expect(`${question("Size?")} label [title]`).toHaveCount(0);
    expect(`${question("Budget?")} label [title='Must be met']`).toHaveCount(1);
    expect(`${question("Start?")} label [title='Must be known']`).toHaveCount(1);
    expect(`${question("Budget?")} .fa-building-o`).toHaveAttribute(
        "aria-label",
        "Answered once for the whole account"
    );
});

test("what the server refuses stays for mending", async () => {
    expect.errors(1);
    let isRefused = true;
    await mountQuestions([makeQuestion({name: "Why?", type: "text"})], {
        async save() {
            if (isRefused) {
                throw makeServerError({
                    type: "ValidationError",
                    message: "Not a reason",
                });
            }
        },
    });
    await contains("input").edit("many");
    await waitFor("input.is-invalid[aria-invalid=true]");
    expect("input").toHaveValue("many");
    await waitFor(".modal:contains(Not a reason)");
    await contains(".modal .btn-close").click();
    isRefused = false;
    await contains("input").edit("12");
    await waitFor("input:not(.is-invalid):not([aria-invalid])");
    expect.verifyErrors(["Not a reason"]);
});

test("numbers and dates are in the reader's notation, what is sent is plain", async () => {
    defineParams({
        lang_parameters: {
            date_format: "%d.%m.%Y",
            decimal_point: ",",
            thousands_sep: ".",
            grouping: [3, 0],
        },
    });
    const save = ({name}, value) => expect.step([name, value]);
    await mountQuestions(
        [
            makeQuestion({id: 3, name: "Seats?", type: "number", value: "1250.5"}),
            makeQuestion({id: 4, name: "When?", type: "date", value: "2026-04-01"}),
        ],
        {save}
    );
    expect(`${question("Seats?")} input`).toHaveValue("1.250,5");
    expect(`${question("When?")} input`).toHaveValue("01.04.2026");
    await contains(`${question("Seats?")} input`).edit("1.250");
    await contains(`${question("When?")} input`).edit("02.01.2026");
    expect.verifySteps([
        ["Seats?", 1250],
        ["When?", "2026-01-02"],
    ]);
    await contains(`${question("Seats?")} input`).edit("many");
    await waitFor(".o_notification:contains(Write one such as 1.250,5)");
    await waitFor("input.is-invalid[aria-invalid=true]");
    expect.verifySteps([]);
});

test("keys move a choice, Enter and leaving keep it", async () => {
    await mountQuestions([makeLongQuestion(), makeQuestion({id: 3, type: "text"})]);
    const choose = async (key, value) => {
        await press(key);
        queryOne("select").value = value;
        await manuallyDispatchProgrammaticEvent(queryOne("select"), "change");
    };
    await contains("select").focus();
    await choose("ArrowDown", "Large");
    await choose("ArrowDown", "Medium");
    expect.verifySteps([]);
    await press("Enter");
    expect.verifySteps(["Size? Medium"]);
    await choose("s", "Small");
    expect.verifySteps([]);
    await press("Tab");
    expect.verifySteps(["Size? Small"]);
});

test("arrows walk through what is shown, a key chooses", async () => {
    await mountQuestions([makeQuestion(), makeSizeQuestion()]);
    const pills = (name) => `${question(name)} input`;
    queryFirst(pills("Budget?")).focus();
    await press("ArrowRight");
    expect(`${pills("Budget?")}[value=no]`).toBeFocused();
    await press("ArrowDown");
    expect(`${pills("Budget?")}[value=yes]`).toBeFocused();
    queryFirst(pills("Size?")).focus();
    await press("ArrowLeft");
    expect(`${pills("Size?")}[value=Small]`).toBeFocused();
    await press("ArrowUp");
    expect(`${pills("Size?")}[value=Medium]`).toBeFocused();
    expect("input:checked").toHaveCount(0);
    expect.verifySteps([]);
    await press("Enter");
    await press("3");
    expect(`${pills("Size?")}[value=Small]`).toBeFocused();
    queryFirst(pills("Budget?")).focus();
    await press("n");
    await press("1");
    await press("2");
    await press("Y");
    expect.verifySteps([
        "Size? Medium",
        "Size? Small",
        "Budget? no",
        "Budget? yes",
        "Budget? no",
        "Budget? yes",
    ]);
});

test("from right to left, the arrows walk as they point", async () => {
    defineParams({lang_parameters: {direction: "rtl"}});
    await mountQuestions([makeSizeQuestion()]);
    queryFirst("input").focus();
    await press("ArrowLeft");
    expect("input[value=Medium]").toBeFocused();
    await press("ArrowRight");
    expect("input[value=Large]").toBeFocused();
    expect.verifySteps([]);
});

test("what is chosen is taken back by a click, not by its key", async () => {
    await mountQuestions([makeQuestion({value: "yes"})]);
    queryOne("input:checked").focus();
    await press("y");
    await press("1");
    expect.verifySteps([]);
    await contains(pill("Budget?", "Yes")).click();
    expect.verifySteps(["Budget? "]);
});

test("the focus stays with a question that moves, and goes on from one that leaves", async () => {
    class Parent extends Component {
        static components = {QualificationQuestions};
        static props = {};
        static template = xml`
            <QualificationQuestions questions="state.questions" isReadonly="false" save="save"/>
        `;
        setup() {
            const questions = [1, 2, 3].map((id) => makeQuestion({id, name: `Q${id}`}));
            this.state = useState({questions});
            this.save = ({id}, value) => {
                const rest = this.state.questions.filter((one) => one.id !== id);
                const moved = makeQuestion({id, name: `Q${id}`, value});
                this.state.questions = value === "yes" ? [...rest, moved] : rest;
            };
        }
    }
    await mountWithCleanup(Parent);
    queryFirst(`${question("Q1")} input`).focus();
    await press("y");
    await animationFrame();
    expect(queryAllTexts(names)).toEqual(["Q2", "Q3", "Q1"]);
    expect(`${question("Q1")} input[value=yes]`).toBeFocused();
    queryFirst(`${question("Q2")} input`).focus();
    await press("n");
    await animationFrame();
    expect(`${question("Q3")} input[value=yes]`).toBeFocused();
});

test("readers answer nothing", async () => {
    const text = makeQuestion({id: 3, name: "Why?", type: "text"});
    await mountQuestions([makeQuestion(), makeLongQuestion(), text], {
        isReadonly: true,
    });
    expect("select:disabled").toHaveCount(1);
    expect("input[type=radio]:disabled").toHaveCount(2);
    expect("input[type=text]:disabled").toHaveCount(1);
});

test("the dialog that converts asks what is open and keeps what was typed", async () => {
    CrmLead._records = [{id: 7, name: "Tour lead"}];
    ConvertDialog._records = [
        {
            id: 1,
            lead_id: 7,
            qualification_checks: [
                {key: "reachable", name: "Reachable", reason: "Ann", state: "passed"},
                {key: "criteria_met", name: "Criteria", reason: "-", state: "failed"},
                {key: "committed", name: "Off", reason: "", state: "not_applicable"},
            ],
        },
    ];
    const questions = [
        makeQuestion(),
        makeSizeQuestion({is_open: false, state: "met", value: "Large"}),
        makeQuestion({id: 3, name: "Big town?", type: "automatic"}),
    ];
    onRpc("crm.lead", "get_qualification_sheet", () => {
        expect.step("sheet");
        return {questions};
    });
    onRpc("crm.lead", "save_qualification_answer", function ({args}) {
        expect.step(args);
        questions[0] = makeQuestion({is_open: false, state: "met", value: args[2]});
        this.env["crm.lead2opportunity.partner"].write([1], {
            qualification_checks: [
                {key: "criteria_met", name: "Criteria", reason: "-", state: "passed"},
            ],
        });
        return {questions};
    });
    onRpc("crm.lead2opportunity.partner", "web_save", ({args}) => expect.step(args[1]));
    await mountView({
        type: "form",
        resModel: "crm.lead2opportunity.partner",
        resId: 1,
        arch: `
            <form>
                <field name="lead_id" invisible="1"/>
                <field name="qualification_checks" widget="qualification_checks"/>
                <field name="need_name"/>
                <widget name="qualification_open_questions"/>
            </form>`,
    });
    expect("li[data-check=reachable][data-state=passed]").toHaveText("ReachableAnn");
    expect("li[data-check=criteria_met][data-state=failed]").toHaveCount(1);
    expect("li[data-check]").toHaveCount(2, {message: "only checks that are on"});
    expect(queryAllTexts(names)).toEqual(["Budget?"]);
    await contains("div[name=need_name] input").edit("Speed");
    await contains(pill("Budget?", "Yes")).click();
    await waitFor("li[data-check=criteria_met][data-state=passed]");
    expect("h5:contains(Open questions)").toHaveCount(0);
    expect("div[name=need_name] input").toHaveValue("Speed");
    expect.verifySteps(["sheet", [[7], 1, "yes"], {need_name: "Speed"}]);
});
