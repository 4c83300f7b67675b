import {Component, onWillStart, useState} from "@odoo/owl";
import {DateTimeInput} from "@web/core/datetime/datetime_input";
import {serializeDate} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";
import {useCallAction} from "../call_action";
import {until} from "../display";
import {
    QualificationQuestions,
    saveLeadAnswer,
} from "../qualification_questions/qualification_questions";

const REACH = {
    contact_name: {label: _t("Person"), type: "text"},
    email_from: {label: _t("E-mail"), type: "email"},
    phone: {label: _t("Phone"), type: "tel"},
};

/** What is missing for one of the gate's checks, entered right where it is missed. */
export class FactPopover extends Component {
    static template = "sales_nemo.FactPopover";
    static components = {DateTimeInput, QualificationQuestions};
    static props = {
        leadId: {type: Number},
        /** Key of the check. */
        section: {type: String},
        /** What is known, where it is shown already. */
        sheet: {type: Object, optional: true},
        onChanged: {type: Function},
        close: {type: Function},
    };

    setup() {
        this.orm = useService("orm");
        this.callAction = useCallAction();
        this.until = until;
        this.state = useState({sheet: null, reach: {}, text: "", date: false});
        onWillStart(() => this.load());
    }

    async load() {
        const ids = [this.props.leadId];
        const {section, sheet} = this.props;
        if (!sheet) {
            const args = [ids];
            this.state.sheet = await this.orm.call(
                "crm.lead",
                "get_qualification_sheet",
                args
            );
        }
        if (section === "reachable") {
            const [lead] = await this.orm.read("crm.lead", ids, Object.keys(REACH));
            this.fields = Object.entries(REACH)
                .filter(([name]) => !lead[name])
                .map(([name, field]) => ({name, ...field}));
        }
    }

    get sheet() {
        return this.props.sheet || this.state.sheet;
    }

    get check() {
        const {checks} = this.sheet;
        return checks.find(({key}) => key === this.props.section);
    }

    get suspected() {
        return this.sheet.needs.filter(({state}) => state === "suspected");
    }

    get promised() {
        return this.sheet.commitments.filter(({state}) => state === "open");
    }

    /** The one that is asked next; else all that are open. */
    get questions() {
        const {next_question, questions} = this.sheet;
        const next = questions.filter(({id}) => id === next_question);
        return next.length ? next : questions.filter(({is_open}) => is_open);
    }

    /** Keep a fact: the record around shows what is next. */
    async save(kept) {
        await kept;
        Object.assign(this.state, {text: "", date: false});
        this.props.close();
        await this.props.onChanged();
    }

    async onReach() {
        const given = Object.entries(this.state.reach).filter(([, text]) =>
            text.trim()
        );
        if (given.length) {
            const {leadId} = this.props;
            const values = Object.fromEntries(given);
            await this.save(this.orm.write("crm.lead", [leadId], values));
        }
    }

    async add(model, values) {
        const name = this.state.text.trim();
        // a second Enter, or half of a double click, adds nothing
        if (!name || this.isAdding) {
            return;
        }
        this.isAdding = true;
        try {
            const lead_id = this.props.leadId;
            await this.save(this.orm.create(model, [{lead_id, name, ...values}]));
        } finally {
            this.isAdding = false;
        }
    }

    onNeed() {
        return this.add("crm.lead.need", {state: "confirmed"});
    }

    onCommitment() {
        const {date} = this.state;
        return this.add("crm.lead.commitment", {
            date_deadline: date && serializeDate(date),
        });
    }

    onState(model, id, state) {
        return this.save(this.orm.write(model, [id], {state}));
    }

    onAnswer(question, value) {
        const {leadId} = this.props;
        return this.save(saveLeadAnswer(this.orm, leadId, question, value));
    }

    async onAction(method) {
        this.props.close();
        const ids = [this.props.leadId];
        await this.callAction("crm.lead", method, [ids], () => this.props.onChanged());
    }
}
