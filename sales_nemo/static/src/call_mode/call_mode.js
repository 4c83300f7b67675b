import {Component, markup, onWillStart, useEffect, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {serializeDate} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {Mutex} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useCallAction} from "../call_action";
import {CallOutcomes, DIALOG} from "../call_outcome/call_outcome";
import {moment, useLabels} from "../display";
import {FactPopover} from "../fact_popover/fact_popover";
import {SECTIONS} from "../next_step/next_step";
import {
    QualificationQuestions,
    saveLeadAnswer,
} from "../qualification_questions/qualification_questions";
import {findOpen} from "./work_through";

const {DateTime} = luxon;
// What is shown of a lead besides its sheet.
const SHOWN = [
    "city",
    "contact_message_id",
    "contact_name",
    "name",
    "partner_name",
    "phone",
    "qualification_next_step",
    "qualification_step",
    "recycled_from_id",
];
// Steps that are taken on the screen itself.
const HERE = [...Object.keys(SECTIONS), "contact_none", "contact_outbound"];

/** One lead at a time: who it is, what is asked, what the call came to, and the next. */
export class CallMode extends Component {
    static template = "sales_nemo.CallMode";
    static components = {CallOutcomes, FactPopover, Layout, QualificationQuestions};
    static props = {...standardActionServiceProps};
    static path = "work-through";
    static displayName = _t("Work Through");

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.callAction = useCallAction();
        this.display = {controlPanel: {}};
        this.moment = moment;
        this.contacts = useLabels("crm.lead", "contact_state");
        this.outcomes = useLabels(DIALOG, "outcome");
        this.mutex = new Mutex();
        this.page = useRef("page");
        this.state = useState({round: null, asked: [], logged: "", note: ""});
        onWillStart(() => this.load());
        useEffect(
            () => {
                this.page.el?.scrollIntoView();
            },
            () => [this.lead?.id]
        );
    }

    /** @param {Number} step 1: go on, -1: go back, 0: show what is known now */
    load(step = 0) {
        return this.mutex.exec(() => this.loadNow(step));
    }

    async loadNow(step) {
        const round = await this.orm.call("crm.lead", "get_call_round", [step]);
        const shown = round.lead ? await this.show(round.lead) : await this.sum(round);
        if (shown.lead?.id !== this.lead?.id) {
            const open = shown.sheet?.questions.filter(
                ({is_open, type}) => is_open && type !== "automatic"
            );
            Object.assign(this.state, {asked: open || [], logged: "", note: ""});
        }
        const {ids, position} = round;
        this.state.round = {count: ids.length, position, ...shown};
    }

    /** All that is shown of a lead. */
    async show(id) {
        const {orm} = this;
        const dueCall = [
            ["res_model", "=", "crm.lead"],
            ["res_id", "=", id],
            ["user_id", "=", user.userId],
            ["activity_type_id.category", "=", "phonecall"],
            ["date_deadline", "<=", serializeDate(DateTime.now())],
        ];
        const [[lead], sheet, [call]] = await Promise.all([
            orm.read("crm.lead", [id], SHOWN),
            orm.call("crm.lead", "get_qualification_sheet", [[id]]),
            orm.searchRead("mail.activity", dueCall, ["id"], {limit: 1}),
        ]);
        const {contact_message_id: proof, recycled_from_id: lost} = lead;
        // with a brief came back what was lost
        const brief = [
            ["model", "=", "crm.lead"],
            ["res_id", "=", id],
            ["message_type", "=", "notification"],
            ["subtype_id.internal", "=", true],
        ];
        const [said, notes] = await Promise.all([
            proof ? this.findMessage([["id", "=", proof[0]]], "preview") : "",
            lost ? this.findMessage(brief, "body") : "",
        ]);
        return {lead: {...lead, call: call?.id, said, brief: notes}, sheet};
    }

    async findMessage(domain, name) {
        const options = {limit: 1, order: "id"};
        const found = await this.orm.searchRead(
            "mail.message",
            domain,
            [name],
            options
        );
        return found[0]?.[name] || "";
    }

    /** What came of it. */
    async sum({ids, since}) {
        const {orm} = this;
        const all = [["id", "in", ids]];
        const reached = ["contact_date", ">=", since];
        const converted = ["date_conversion", ">=", since];
        const before = (name) => ["|", [name, "=", false], [name, "<", since]];
        const context = {active_test: false};
        const [heard, made, left] = await Promise.all([
            orm.searchCount("crm.lead", [...all, reached], {context}),
            orm.searchCount("crm.lead", [...all, converted], {context}),
            findOpen(orm, [
                ...all,
                ...before("contact_date"),
                ...before("date_conversion"),
            ]),
        ]);
        // in the order of the list
        const rest = ids.filter((id) => left.includes(id));
        return {lead: null, reached: heard, converted: made, left: rest};
    }

    get round() {
        return this.state.round;
    }

    get lead() {
        return this.state.round?.lead;
    }

    get sheet() {
        return this.state.round.sheet;
    }

    get number() {
        return _t("%(number)s of %(count)s", {
            number: this.round.position + 1,
            count: this.round.count,
        });
    }

    get brief() {
        return markup(this.lead.brief);
    }

    get phoneHref() {
        return `tel:${this.lead.phone.replace(/\s+/g, "")}`;
    }

    /** Those that were open when the lead was; they keep their places. */
    get questions() {
        const {questions} = this.sheet;
        return this.state.asked
            .map((asked) => questions.find(({id}) => id === asked.id))
            .filter(Boolean);
    }

    /** The checks for which something is entered. */
    get sections() {
        const {checks} = this.sheet;
        const reach = checks.find(({key}) => key === "reachable");
        const isMissing = reach?.state === "failed" || !this.lead.phone;
        return [...(isMissing ? ["reachable"] : []), "needs_known", "committed"];
    }

    /** What is missing to reach them is asked anew when some of it is there. */
    sectionKey(section) {
        const {id, phone} = this.lead;
        const {reason} = this.sheet.checks.find(({key}) => key === section) || {};
        return section === "reachable"
            ? `${id} ${reason} ${phone}`
            : `${id} ${section}`;
    }

    get isStepElsewhere() {
        const {qualification_step: step} = this.lead;
        return step && !HERE.includes(step);
    }

    /** One thing at a time: the second half of a double click does nothing. */
    async once(work) {
        if (!this.isBusy) {
            this.isBusy = true;
            try {
                await work();
            } finally {
                this.isBusy = false;
            }
        }
    }

    onMove(step) {
        return this.once(() => this.move(step));
    }

    async move(step) {
        const {note} = this.state;
        const fields = note.trim() ? ".o_call_note" : "form input";
        const inputs = [...this.page.el.querySelectorAll(fields)];
        const typed = inputs.find(({value}) => value.trim());
        if (typed) {
            typed.focus();
            const text = _t("This is not kept yet: add or log it, or empty the field.");
            this.notification.add(text, {type: "warning"});
        } else {
            await this.load(step);
        }
    }

    async onAnswer(question, value) {
        await saveLeadAnswer(this.orm, this.lead.id, question, value);
        await this.load();
    }

    onOutcome(outcome, day) {
        return this.once(() => this.log(outcome, day));
    }

    /** Who was reached is talked with; else the next one is called. */
    async log(outcome, day) {
        const {call, id} = this.lead;
        const values = {outcome, note: this.state.note, call_back_date: day};
        const party = call ? {activity_id: call} : {lead_id: id};
        const ids = await this.orm.create(DIALOG, [{...values, ...party}]);
        await this.orm.call(DIALOG, "action_log", [ids]);
        this.state.note = "";
        await this.load();
        if (this.lead?.id !== id) {
            return;
        }
        this.state.logged = outcome;
        if (outcome !== "reached") {
            this.notification.add(this.outcomes[outcome], {type: "success"});
            await this.move(1);
        }
    }

    async onNextStep() {
        const args = [[this.lead.id]];
        const reload = () => this.load();
        await this.callAction("crm.lead", "action_next_step", args, reload);
    }

    openLead() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "crm.lead",
            res_id: this.lead.id,
            views: [[false, "form"]],
        });
    }

    async workThroughRest() {
        await this.orm.call("crm.lead", "action_work_through", [this.round.left]);
        await this.load();
    }
}

registry.category("actions").add("sales_nemo.call_mode", CallMode);
